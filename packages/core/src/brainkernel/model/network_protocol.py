"""The network that took a group or projection last.

What is asked of it, and what is kept when it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from weakref import ref


class Owner(Protocol):
    """Reads and writes the present values of its members."""

    def read(self, member: Any, name: str) -> Any:
        """The present value of a member's parameter or state."""

    def connectivity(self, member: Any, what: str) -> Any:
        """Sources (``pre``), targets (``post``) or delays (``delay``, ms) of a projection."""

    def write(self, member: Any, name: str, value: object) -> None:
        """Give a member's parameter or state a new value."""

    def add_synapses(
        self,
        member: Any,
        pre: Any,
        post: Any,
        delay: object,
        values: Mapping[str, object],
    ) -> Any:
        """Give a projection further synapses, and return their numbers."""

    def remove_synapses(self, member: Any, selection: Any) -> None:
        """Take synapses from a projection."""

    def set_delays(self, member: Any, delay: object) -> None:
        """Give the synapses of a projection other delays."""

    def check_impulses(self, member: Any, impulses: Any) -> None:
        """Refuse impulses that a group cannot take now."""

    def check_can_lose(self, label: str) -> None:
        """Refuse to lose a member in the middle of a run."""

    def lose(self, label: str, newer: Any) -> None:
        """Stop, because a newer network takes a member."""


class Membership:
    """What an object knows of the network that took it last.

    Attributes
    ----------
    automatic_name : str or None
        The name that the network chose, where the user gave none; the next network chooses anew.
    set_later : frozenset of str
        Parameters and first states that were set in a network, and not given when the object was
        made.
    own_definition : ModelDefinition or None
        Its model without the steps that the present network was given for it; None where there are
        none.
    rewired : bool
        Whether its synapses are others than its rule gives.
    """

    def __init__(self) -> None:
        self._network: ref[Owner] | None = None
        self.automatic_name: str | None = None
        self.set_later: frozenset[str] = frozenset()
        self.own_definition: Any = None
        self.rewired = False

    @property
    def network(self) -> Owner | None:
        """The network.

        None where none ever took the object, or where it is gone: it is held weakly.
        """
        return None if self._network is None else self._network()

    @property
    def ever(self) -> bool:
        """Whether any network ever took the object."""
        return self._network is not None

    def begin(self, network: Owner, automatic_name: str | None) -> None:
        """Belong to a network from now on."""
        self._network, self.automatic_name = ref(network), automatic_name
