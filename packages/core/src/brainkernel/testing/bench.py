# mypy: disallow-untyped-defs=False, check-untyped-defs=False
"""The bench for models: four neurons of one, or its synapses between two groups of four."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.levels import end_of

SIZE = 4
# steps between the onsets of two neurons, not to be a multiple of what neurons do by themselves
PHASE = 17


class Cell(bk.Neuron):
    """An integrate-and-fire neuron to try synapses on, without units, so that it takes any."""

    C = bk.parameter(200.0)
    g_L = bk.parameter(10.0)
    E_L = bk.parameter(-65.0)
    V_th = bk.parameter(-50.0)
    V_reset = bk.parameter(-60.0)
    t_ref = bk.parameter(1.0)
    V = bk.state(-65.0, doc="membrane potential")
    I = bk.input()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, C, g_L, E_L):
        """Leak and input."""
        return (g_L * (E_L - V) + I) / C

    @bk.threshold
    def fires(V, V_th):
        """At V_th."""
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        """To V_reset."""
        return V_reset


@dataclass
class Bench:
    """A network around one model, and what drives it."""

    net: bk.Network
    member: Any
    inputs: dict[Any, Any]
    seen: bk.Neuron

    @property
    def definition(self) -> ModelDefinition:
        """What the model says, as it was made."""
        definition: ModelDefinition = self.member.definition
        return definition

    @property
    def symmetric(self) -> bool:
        """Whether neurons differ only in what drives them."""
        alone = isinstance(self.member, bk.Neuron) and self.member.own_inputs()
        return not (
            alone or self.definition.names("draw") or list(self.definition.of_kind("diffusion"))
        )

    def in_phases(self, duration: float) -> Bench:
        """Switch inputs on one neuron after another in the first quarter, and give the bench.

        Parameters
        ----------
        duration : float
            How long it will be run, in ms.
        """
        steps = round(duration / self.net.dt)
        for target, values in self.inputs.items():
            onsets = PHASE * np.arange(np.size(values)) % max(1, steps // 4)
            rows = np.where(np.arange(steps)[:, None] >= onsets, np.ravel(values), 0.0)
            self.inputs[target] = bk.TimedArray(rows, self.net.dt)
        return self

    def run(self, duration: float, backend: Any = "numpy", **options: Any) -> Bench:
        """Run the network, and give the bench back."""
        self.net.run(duration, inputs=self.inputs, backend=backend, **options)
        return self


def class_of(model: Any) -> type[Any]:
    """The class of a model, which may come with some parameters: ``partial(LIF, noise=0.5)``."""
    made: Any = model.func if isinstance(model, functools.partial) else model
    return made  # type: ignore[no-any-return]


def bench(
    model: Any,
    drive: Sequence[float],
    dt: float,
    *,
    order: Sequence[int] = range(SIZE),
    **options: Any,
) -> Bench:
    """Put a model on the bench.

    `order` says which of the drives each neuron has, and so how many neurons there are.
    """
    build = synapses if issubclass(class_of(model), bk.Synapse) else neurons
    settings = {key: options.pop(key) for key in ("dtype", "seed") if key in options}
    drives = np.resize(drive, len(order))
    member, members, seen, inputs = build(model, drives, np.asarray(order), dt, options)
    net = bk.Network(*members, dt=dt, **settings, **monitors(member, seen))
    return Bench(net, member, inputs, seen)


def monitors(member: Any, seen: Any) -> dict[str, Any]:
    """Watch the states of the model, and states and spikes of the neurons that show its effect."""
    watched = {"states": member}
    if seen is not member:
        watched["cells"] = seen
    made: dict[str, Any] = {}
    for name, target in watched.items():
        if named(target):
            made[name] = bk.StateMonitor(target, target.definition.names("state"))
    if seen.definition.threshold:
        made["spikes"] = bk.SpikeMonitor(seen)
    return made


def named(member: Any) -> bool:
    """Whether a member has states."""
    return bool(member.definition.names("state"))


def neurons(
    model: Any, drive: Any, order: Any, dt: float, options: dict[str, Any]
) -> tuple[Any, Any, Any, Any]:
    """Make neurons, with a constant drive for each of their inputs."""
    group = model(options.pop("size", order.size), name="model", **options)
    free = [name for name in group.definition.names("input") if name not in group.own_inputs()]
    inputs = {(group, name): np.resize(drive[order], group._size) for name in free}
    return group, [group], group, inputs


def synapses(
    model: Any, drive: Any, order: Any, dt: float, options: dict[str, Any]
) -> tuple[Any, Any, Any, Any]:
    """Make the synapses of all pairs between two groups that have everything the model names."""
    cell, size = cell_for(class_of(model).definition), order.size
    sources, cells = cell(size, name="sources"), cell(size, name="cells")
    position = np.argsort(order)
    pre, post = np.divmod(np.arange(size * size), size)
    if list(class_of(model).definition.of_kind("on_pre", "on_post")):
        options.setdefault("delay", 3 * dt)
    rule = bk.connect.from_ij(pre, position[post])
    made = model(sources, cells, connect=rule, name="model", **options)
    inputs = {
        (sources, "I"): 250.0 + 150.0 * np.arange(size),
        (cells, "I"): 100.0 * np.arange(size)[order] + drive[order],
    }
    return made, [sources, cells, made], cells, inputs


def cell_for(definition: ModelDefinition) -> type[Cell]:
    """A cell with the states and inputs that a synapse names at its ends."""
    named: list[str] = []
    for function in (*definition.derived, *definition.functions):
        names = (*function.arguments, *function.targets)
        named += [name for name in names if name not in definition.declarations]
    ends = {stem for stem, end in map(end_of, named) if end}
    adds: set[str] = set()
    for function in definition.of_kind("adds_to"):
        adds.update(function.targets)
    body: dict[str, Any] = {
        name: bk.state(0.0) for name in sorted(ends - set(Cell.definition.declarations))
    }
    body |= {name: bk.input() for name in sorted(adds - set(Cell.definition.declarations))}
    return type("Cell", (Cell,), {**body, "__doc__": Cell.__doc__, "__module__": __name__})
