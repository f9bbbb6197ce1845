"""What a pure function records: what the network's monitors watch, as arrays with time first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.backend import (
    Monitor,
    Network,
    RateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapse,
    chosen,
    elements,
    first_neuron,
    read_value,
    state_address,
    whole_steps,
)
from brainkernel.errors import BackendError

Look = Callable[[Any, Any], Any]


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
        self.looks = {name: self._looks(monitor) for name, monitor in network.monitors.items()}
        self.every = {
            name: self._every(name, monitor) for name, monitor in network.monitors.items()
        }

    def sample(self, arrays: Any, fired: Any) -> Any:
        """Look at one step."""
        return {
            name: {variable: look(arrays, fired) for variable, look in looks.items()}
            for name, looks in self.looks.items()
        }

    def records(self, seen: Any, first: Any, steps: int) -> Any:
        """What of all steps is recorded, at each monitor's own interval."""
        return {name: self._thinned(name, values, first, steps) for name, values in seen.items()}

    def _thinned(self, name: str, values: Any, first: Any, steps: int) -> Any:
        every = self.every[name]
        if every == 1:
            return values
        if isinstance(self.network.monitors[name], RateMonitor):
            return jax.tree.map(
                lambda each: each[: steps // every * every].reshape(-1, every).mean(axis=1), values
            )
        begin = (every - 1 - first) % every  # the first step that ends on the monitor's grid
        places = begin + every * jnp.arange(steps // every)
        return jax.tree.map(lambda each: each[places], values)

    def _looks(self, monitor: Monitor) -> dict[str, Look]:
        if isinstance(monitor, StateMonitor):
            return {variable: self._look(monitor, variable) for variable in monitor.variables}
        if isinstance(monitor, SpikeMonitor):
            if monitor.variables:
                raise BackendError(
                    "a pure function records spikes as one number for each neuron and step, "
                    "without values at spikes: "
                    f"record {', '.join(monitor.variables)} of {monitor.target.label()} with a "
                    "StateMonitor"
                )
            return {"spike": self._fired(monitor.target)}
        if isinstance(monitor, RateMonitor):
            fired, factor = self._fired(monitor.target), 1000.0 / self.network.dt
            return {"rate": lambda arrays, flags: factor * fired(arrays, flags).mean()}
        raise BackendError(f"a pure function cannot record with a {type(monitor).__name__}")

    def _look(self, monitor: StateMonitor, variable: str) -> Look:
        member = monitor.member
        if variable == "spike":
            return self._fired(monitor.target, monitor.neurons)
        if variable not in member.definition.names("state"):
            raise BackendError(
                f"a pure function records states and spikes, and {variable} of {member.label()} is "
                "neither: compute it "
                'from recorded states, or record it with net.run(..., backend="jax")'
            )
        selected = monitor.selected(variable)
        address = state_address(self.network, member, variable)
        if isinstance(member, Synapse):
            size = read_value(self.network, member, variable).size
            what = f"a monitor of {member.label()}.{variable}"
            which = slice(None) if selected is None else elements(selected, size, (), what)
        else:
            which = chosen(monitor.target, selected)
            which = slice(None) if np.array_equal(which, np.arange(member.size)) else which
        return lambda arrays, fired: arrays[address.part][address.index][which]

    def _fired(self, target: Any, neurons: Any = None) -> Look:
        neurons_of_all = first_neuron(self.network, target.group) + chosen(target, neurons)
        return lambda arrays, fired: fired[neurons_of_all]

    def _every(self, name: str, monitor: Monitor) -> int:
        if monitor.every is None:
            return 1
        every = int(
            whole_steps(monitor.every, self.network.dt, f"the interval of monitor {name}", least=1)
        )
        if self.network.step % every:
            raise BackendError(
                f"monitor {name} looks every {every} steps, and the network is at step "
                f"{self.network.step}, between "
                "two of them: make the function where it is at one"
            )
        return every
