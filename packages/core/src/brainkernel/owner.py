"""What a group or projection asks of the network that owns it."""

from __future__ import annotations

from typing import Any, Protocol


class Owner(Protocol):
    """Reads and writes the present values of its members."""

    def read(self, member: Any, name: str) -> Any:
        """The present value of a member's parameter or state."""

    def wires(self, member: Any, what: str) -> Any:
        """Sources (``pre``), targets (``post``) or delays in ms (``delay``) of a projection's synapses."""

    def write(self, member: Any, name: str, value: object) -> None:
        """Give a member's parameter or state a new value."""

    def check_impulses(self, member: Any, impulses: Any) -> None:
        """Refuse impulses that a group cannot take now."""
