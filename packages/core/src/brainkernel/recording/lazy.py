"""Lazy states over time, computed from when they were written last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.addresses import state_address
from brainkernel.lowering.lazy_states import parameters_of, since_address
from brainkernel.model.synapse import Synapse
from brainkernel.program.job import Records
from brainkernel.program.program import LazyState
from brainkernel.recording.series import Compiled, Ints, Sample


class LazyValues:
    """A lazy state of a projection, brought to the time of each record; the run is left as it is.

    Parameters
    ----------
    network : Compiled
        The network.
    projection : Synapse
        The projection.
    lazy : LazyState
        The state.
    which, ids : array
        The elements as the user counts them, and their numbers in the dataset.
    sample : function
        Has states sampled.
    """

    def __init__(
        self,
        network: Compiled,
        projection: Synapse,
        lazy: LazyState,
        which: Ints,
        ids: Ints,
        sample: Sample,
    ) -> None:
        self.ids = ids
        self._network, self._projection, self._lazy = network, projection, lazy
        self._which = which
        build = network.build
        self._values = sample(state_address(build, projection, lazy.name).of(which), ids)
        self._since = sample(since_address(build, projection, lazy).of(which), ids)

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[np.float64]:
        """Its values at some grid points (steps, elements)."""
        written = self._since.values(steps, first, records)
        elapsed = (steps[:, None] - written) * self._network.dt
        arguments = []
        for value in parameters_of(self._network.build, self._projection, self._lazy):
            arguments.append(value[self._which] if isinstance(value, np.ndarray) else value)
        # what acts at the time of a record has acted, so that nothing may have passed since
        values = self._values.values(steps, first, records)
        with np.errstate(all="ignore"):
            return np.asarray(self._lazy.source.call(elapsed, values, *arguments))
