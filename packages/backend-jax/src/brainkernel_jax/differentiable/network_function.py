"""A network's arrays by the names of its members, and one step of all in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from numpy.typing import NDArray

from brainkernel.backend import (
    HIDDEN,
    Address,
    Network,
    Neuron,
    Program,
    TimedArray,
    Window,
    input_name,
    keys_under,
    lowered,
    state_address,
    suggestion,
    was_above,
)
from brainkernel.errors import BackendError, InputError
from brainkernel_jax.backend import JaxBackend
from brainkernel_jax.codegen.runtime import by_name, for_each_neuron
from brainkernel_jax.differentiable.derived_constants import with_derived
from brainkernel_jax.layout.array_layout import (
    ArrayLayout,
    Span,
    TableLayout,
    impulse_arrays,
    input_span,
    layout_of,
)
from brainkernel_jax.layout.parameter_addresses import Key
from brainkernel_jax.layout.tables import at_least_one, is_complete, tables_of

Tree = dict[str, Any]
FLIGHT = "in flight"


class NetworkFunction:
    """One network, ready to be stepped by a pure function.

    Parameters
    ----------
    network : Network
        It stays as it is.
    surrogate : function
        Makes spikes.
    dtype : dtype
        In which everything is computed.
    reset : bool
        Whether derivatives go through resets.
    """

    def __init__(
        self, network: Network, surrogate: Callable[[Any], Any], dtype: Any, reset: bool = True
    ) -> None:
        _check_impulses(network)
        _check_lazy(network)
        self.network, self.dtype = network, dtype
        self._lowered = lowered(network)
        self.program, partition = self._lowered.program, self._lowered.partition
        _check_memory(self.program)
        executable = JaxBackend().compile(self.program)
        self.module = executable._module
        tables = tables_of(self.program, partition, self._lowered.tables, gradients=True)
        layout = layout_of(self.program, partition)
        of_synapses = _with_complete(layout, tables)
        self.layout = replace(layout, surrogate=surrogate, tables=of_synapses, through_reset=reset)
        self.tables = jax.tree.map(jnp.asarray, tables)
        fixed = self._named("constants", self._lowered.constants)
        fixed |= self._named("synaptic", self._lowered.synaptic)
        self.fixed = self.numbers(fixed)
        # keys are words of 32 bits, and no numbers of the wanted kind
        keys = self._named("keys", self._lowered.keys)
        self.keys = jax.tree.map(jnp.asarray, keys)
        self.first = network.step
        self.template = self.numbers(executable.arrays_of(self._lowered.state))
        self.states = dict(self._states())

    def numbers(self, tree: Any) -> Any:
        """All values as numbers of the wanted kind."""
        return jax.tree.map(lambda value: jnp.array(value, self.dtype), tree)

    def _named(self, store: str, array: NDArray[Any]) -> Tree:
        names = (part.name for part in self.program.parts.values() if part.store == store)
        return {name: at_least_one(self.program.cut(array, name)) for name in names}

    def _states(self) -> Any:
        for member in (*self.network.groups, *self.network.projections):
            # what is read of third ends is copied anew before it is read
            states = member.definition.names("state")
            for name in (n for n in states if n not in member.definition.end_states):
                yield (member, name), state_address(self.network, member, name)
            if isinstance(member, Neuron):
                events = [was_above(event) for event in member.definition.events]
                for name in (*HIDDEN, *events):
                    address = state_address(self.network, member, name)
                    if address.part in self.program.parts:
                        yield (member, name), address

    # -- between trees and arrays

    def present(self) -> Tree:
        """The network's state when this was made."""
        return self.unpacked(self.template, jnp.asarray(self.first))

    def unpacked(self, arrays: Tree, step: Any) -> Tree:
        """Arrays as a tree by members."""
        tree: Tree = {"step": step}
        tree[FLIGHT] = {name: arrays[name] for name in self._flying()}
        for (member, name), address in self.states.items():
            states = tree.setdefault(str(member.name), {})
            states[name] = arrays[address.part][address.index]
        return tree

    def packed(self, state: Tree) -> tuple[Tree, Any]:
        """A tree by members as arrays; what is left out is as in the network."""
        present = self.present()
        # the step is a number, everything else a dictionary of arrays
        members = dict(state)
        step = members.pop("step", present.pop("step"))
        complete = merged(present, members, "state")
        arrays = {**self.template, **complete[FLIGHT]}
        for (member, name), address in self.states.items():
            value = jnp.asarray(complete[str(member.name)][name], self.dtype)
            label = f"the state {name} of {member.name}"
            arrays[address.part] = written(arrays[address.part], address, value, label)
        return arrays, jnp.asarray(step)

    def _flying(self) -> list[str]:
        parts = self.program.parts.values()
        names = [part.name for part in parts if part.store in ("arriving", "past")]
        if self.template["history"] is not None:
            names.append("history")
        return names

    def constants(self, addresses: Mapping[Key, list[Address]], parameters: Tree) -> Tree:
        """The constants with these parameters, and what follows from them."""
        constants = dict(self.fixed)
        touched: set[str] = set()
        for (member, name), copies in addresses.items():
            value = jnp.asarray(parameters[str(member.name)][name], self.dtype)
            label = f"the parameter {name} of {member.name}"
            for address in copies:
                old = constants[address.part]
                constants[address.part] = written(old, address, value, label)
                touched.add(address.part)
        return with_derived(self.program, constants, self.module, touched)

    def rows(self, inputs: Tree, steps: int) -> tuple[Any, list[Span], list[Any]]:
        """What drives the inputs: the same at every step, all in one array.

        And the stretches that have rows.
        """
        fixed = jnp.zeros(self.program.size("inputs"), self.dtype)
        spans: list[Span] = []
        rows = []
        for group in self.network.groups:
            for name in group.definition.names("input", "timed"):
                value = inputs[str(group.name)][name]
                _check_array(value, f"the input {name} of {group._label()}", steps, group._size)
                span = self._span(group, name)
                values = jnp.asarray(value, self.dtype)
                if values.ndim == 2 and values.shape in ((steps, group._size), (steps, 1)):
                    spans.append(span)
                    rows.append(values)
                elif values.shape in ((), (1,), (group._size,)):
                    fixed = fixed.at[slice(*span)].add(values)
                else:
                    raise InputError(
                        f"the input {name} of {group._label()} has the shape {values.shape}: give "
                        f"one number, {group._size} of them, or a row for each step, "
                        f"({steps}, {group._size})"
                    )
        return fixed, spans, rows

    def _span(self, group: Neuron, name: str) -> Span:
        span = input_span(self.layout, state_address(self.network, group, input_name(name)))
        assert span is not None
        return span

    # -- a step

    def keys_of(self, seed: int) -> Tree:
        """The keys of all random numbers under another seed."""
        keys: Tree = self._named("keys", keys_under(self.network, seed))
        return {name: jnp.asarray(words) for name, words in keys.items()}

    def step_of(
        self, constants: Tree, keys: Tree, fixed: Any, spans: list[Span]
    ) -> Callable[[Any, Any], Any]:
        """Make the function of arrays, the number of a step and a row of inputs to the next.

        Besides it gives what monitors see: the arrays at the record, and which neurons fired.
        """
        constants = {**constants, **keys}
        values = for_each_neuron(constants, self.layout)  # type: ignore[no-untyped-call]
        dt = self.program.dt
        # only a program with steps after the record has it
        finish = getattr(self.module, "finish_step", None)

        def step(carried: Any, row: Any) -> Any:
            arrays, number = carried
            flat = fixed
            for span, values_now in zip(spans, row, strict=True):
                flat = flat.at[slice(*span)].add(values_now)
            if self._lowered.impulses:
                flat = flat + self._impulse(number)
            inputs = by_name(flat, self.layout)  # type: ignore[no-untyped-call]
            arrays, fired = self.module.take_step(
                number, dt, arrays, inputs, constants, values, self.tables, self.layout
            )
            recorded = arrays, fired
            if finish is not None:
                arrays = finish(number, dt, arrays, constants, values, self.tables, self.layout)
            return (arrays, number + 1), recorded

        return step

    def _impulse(self, number: Any) -> Any:
        arrays = impulse_arrays(self.layout, self._lowered.impulses)
        steps, indices, values = map(jnp.asarray, arrays)

        def add(impulse: Any, inputs: Any) -> Any:
            return inputs.at[indices[impulse]].add(values[impulse])

        first, last = jnp.searchsorted(steps, jnp.stack([number, number + 1]))
        nothing = jnp.zeros(self.program.size("inputs"), self.dtype)
        return lax.fori_loop(first, last, add, nothing)


def _check_lazy(network: Network) -> None:
    """Refuse states that are integrated over the time since an event, whatever acted meanwhile.

    Raises
    ------
    BackendError
        With the first lazy state.
    """
    for projection in network.projections:
        for state in projection.definition.analysis.lazy:
            raise BackendError(
                f"{projection._label()}.{state} is lazy, which a pure function has not: its "
                "parameters and states may be others in each call; leave lazy=True out, or run it "
                'with net.run(..., backend="jax")'
            )


def _check_memory(program: Program) -> None:
    """Refuse what is remembered beside the states: spikes within a step, and past steps.

    Raises
    ------
    BackendError

    Raises
    ------
    BackendError
        With the group.
    """
    for block in program.blocks:
        group = block.groups[0].name
        if block.lag:
            raise BackendError(
                f"{group} has spikes='interpolated', and a pure function has them on the grid "
                "alone, where surrogate derivatives go through them: leave spikes= out"
            )
        if block.memory or block.histories:
            assert block.integrator is not None
            raise BackendError(
                f"{group}: the method {block.integrator.name!r} remembers past steps, which the "
                "state of a pure function does not hold: use 'rk4'"
            )


def _check_impulses(network: Network) -> None:
    """Refuse impulses that begin anew with each run: a pure function has no runs.

    Raises
    ------
    BackendError
        For impulses that count from the start of each run.
    """
    for group in network.groups:
        if any(impulses.since == "run" for impulses in group.own_inputs().values()):
            raise BackendError(
                f"the spike times of {group._label()} count from the start of each run, and a pure "
                "function has no runs: give times since the network's time zero"
            )


def inputs_by_name(network: Network, inputs: Mapping[str, Any]) -> Tree:
    """Arrange inputs by group and name; the value alone will do for a group with one input.

    Raises
    ------
    InputError
        Where a group has several inputs, or none.
    """
    names = {str(group.name): group.definition.names("input") for group in network.groups}
    tree: Tree = {}
    for group, value in inputs.items():
        if isinstance(value, Mapping) or group not in names:
            tree[group] = value
        elif len(names[group]) == 1:
            tree[group] = {names[group][0]: value}
        else:
            raise InputError(
                f"{group} has the inputs {', '.join(names[group]) or '(none)'}: give {{name: "
                f"value}} for it"
            )
    return tree


def _check_array(value: Any, label: str, steps: int, size: int) -> None:
    if callable(value) or isinstance(value, (TimedArray, Window, str, bool)) or value is None:
        raise InputError(
            f"{label} is {value!r}: a pure function takes numbers and arrays: one number, "
            f"{size} of them, or a row for each step, ({steps}, {size})"
        )


def _with_complete(layout: ArrayLayout, tables: Tree) -> dict[str, tuple[TableLayout, ...]]:
    """The tables of all blocks of synapses, each with whether every source reaches every target."""
    layouts: dict[str, tuple[TableLayout, ...]] = {}
    for name, of_block in layout.tables.items():
        arrays = tables[name]
        complete = [replace(table, complete=is_complete(table, arrays)) for table in of_block]
        layouts[name] = tuple(complete)
    return layouts


def written(array: Any, address: Address, value: Any, label: str) -> Any:
    """An array with values in one place.

    Raises
    ------
    InputError
        Where there are not as many as the network has.
    """
    shape = jax.eval_shape(lambda: array[address.index]).shape
    if value.shape not in ((), shape):
        advice = "one number, as the network was made; make it with an array there"
        if shape:
            advice = f"{shape[0]} of them"
        raise InputError(f"{label} has the shape {value.shape}: give {advice}")
    return array.at[address.index].set(value)


def merged(tree: Tree, changes: Tree, kind: str) -> Tree:
    """A tree with some of its values given anew.

    Raises
    ------
    InputError
        For a name that there is not.
    """
    for member, values in changes.items():
        if member not in tree:
            raise InputError(
                f"there is no {member!r} here that has this kind of {kind}; "
                f"{suggestion(member, tree)}"
            )
        for name in values:
            if name not in tree[member]:
                raise InputError(
                    f"{member} has no {kind} {name!r} here; {suggestion(name, tree[member])}"
                )
    return {member: {**values, **changes.get(member, {})} for member, values in tree.items()}
