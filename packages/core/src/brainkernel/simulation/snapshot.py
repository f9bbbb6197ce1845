"""What a network keeps of a moment, to come back to it."""

from __future__ import annotations

from typing import Any
from weakref import ref

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.kept_values import KeptValues
from brainkernel.program.state import State
from brainkernel.simulation.membership import Kept

Values = tuple[KeptValues, Kept]
"""The values of all members, and what is given for their parameters."""


class Snapshot:
    """What `Network.store` keeps: state, synapses, parameters, and what was recorded until then."""

    def __init__(
        self,
        owner: Any,
        build: Build,
        state: State,
        values: Values,
        recorded: Any,
        impulses: Any,
    ) -> None:
        self.owner = ref(owner)  # weakly: a snapshot does not keep its network
        self.build = build  # with the synapses of that moment
        self.state, self.values = state, values
        self.recorded, self.impulses = recorded, impulses
