"""What a pure function records: what the network's monitors watch, as arrays with time first."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.backend import (
    End,
    Look,
    Monitor,
    Network,
    Synapse,
    chosen,
    elements,
    first_neuron,
    read_value,
    state_address,
    whole_steps,
)
from brainkernel.errors import BackendError


class Monitors:
    """The monitors of a network.

    Parameters
    ----------
    network : Network
        State monitors give their variables, spike monitors ``spike`` (1.0 or 0.0 for each neuron
        and step), rate monitors ``rate`` in Hz.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        looks = StepLooks(network)
        self.looks = {name: monitor.looks(looks) for name, monitor in network.monitors.items()}
        self.every: dict[str, int] = {}
        for name, monitor in network.monitors.items():
            self.every[name] = self._every(name, monitor)

    def sample(self, arrays: Any, fired: Any) -> Any:
        """Look at one step."""
        samples: dict[str, dict[str, Any]] = {}
        for name, looks in self.looks.items():
            samples[name] = {variable: look(arrays, fired) for variable, look in looks.items()}
        return samples

    def records(self, samples: Any, first: Any, steps: int) -> Any:
        """What of all steps is recorded, at each monitor's own interval."""
        return {name: self._thinned(name, values, first, steps) for name, values in samples.items()}

    def _thinned(self, name: str, values: Any, first: Any, steps: int) -> Any:
        every = self.every[name]
        if every == 1:
            return values
        if self.network.monitors[name].averaged:
            covered = steps // every * every

            def averages(record: Any) -> Any:
                return record[:covered].reshape(-1, every).mean(axis=1)

            return jax.tree.map(averages, values)
        begin = (every - 1 - first) % every  # the first step that ends on the monitor's grid
        index = begin + every * jnp.arange(steps // every)
        return jax.tree.map(lambda record: record[index], values)

    def _every(self, name: str, monitor: Monitor) -> int:
        if monitor.every is None:
            return 1
        label = f"the interval of monitor {name}"
        every = int(whole_steps(monitor.every, self.network.dt, label, least=1))
        if self.network.step % every:
            raise BackendError(
                f"monitor {name} looks every {every} steps, and the network is at step "
                f"{self.network.step}, between "
                "two of them: make the function where it is at one"
            )
        return every


class StepLooks:
    """What monitors can look at in one step of a network."""

    def __init__(self, network: Network) -> None:
        self.network, self.dt = network, network.dt

    def values(self, target: End | Synapse, variable: str, selected: Any = None) -> Look:
        """A state, or ``spike``.

        Raises
        ------
        BackendError
            For anything else.
        """
        if variable == "spike" and not isinstance(target, Synapse):
            return self.fired(target, selected)
        member = target if isinstance(target, Synapse) else target._group
        if variable not in member.definition.names("state"):
            raise BackendError(
                f"a pure function records states and spikes, and {variable} of {member._label()} "
                "is neither: compute it "
                'from recorded states, or record it with net.run(..., backend="jax")'
            )
        address = state_address(self.network, member, variable)
        index = self._index(target, variable, selected)
        return lambda arrays, fired: arrays[address.part][address.index][index]

    def _index(self, target: End | Synapse, variable: str, selected: Any) -> Any:
        if not isinstance(target, Synapse):
            neurons = chosen(target, selected)
            everyone = np.array_equal(neurons, np.arange(target._group._size))
            return slice(None) if everyone else neurons
        if selected is None:
            return slice(None)
        size = read_value(self.network, target, variable).size
        return elements(selected, size, (), f"a monitor of {target._label()}.{variable}")

    def fired(self, target: End, selected: Any = None, event: str = "") -> Look:
        """Which neurons of a group or slice fired, or had an event: 1.0 or 0.0 for each."""
        neurons = first_neuron(self.network, target._group, event) + chosen(target, selected)
        return lambda arrays, fired: fired[neurons]
