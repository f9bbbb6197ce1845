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
    Address,
    Network,
    Neuron,
    TimedArray,
    Window,
    input_name,
    keys_under,
    lowered,
    state_address,
    suggestion,
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
from brainkernel_jax.layout.tables import is_complete, some, tables_of

Tree = dict[str, Any]
HIDDEN = ("refractory_left", "was_above")
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
        self.network, self.dtype = network, dtype
        self._lowered = lowered(network)
        self.program, partition = self._lowered.program, self._lowered.partition
        executable = JaxBackend().compile(self.program)
        self.module = executable._module
        tables = tables_of(self.program, partition, self._lowered.tables, gradients=True)
        layout = layout_of(self.program, partition)
        of_synapses = _with_complete(layout, tables)
        self.layout = replace(layout, surrogate=surrogate, tables=of_synapses, through_reset=reset)
        self.tables = jax.tree.map(jnp.asarray, tables)
        self.fixed = self.numbers(
            {
                **self._named("constants", self._lowered.constants),
                **self._named("synaptic", self._lowered.synaptic),
            }
        )
        self.keys = jax.tree.map(jnp.asarray, self._named("keys", self._lowered.keys))
        self.first = network.step
        self.template = self.numbers(executable.arrays_of(self._lowered.state))
        self.states = dict(self._states())

    def numbers(self, tree: Any) -> Any:
        """All values as numbers of the wanted kind."""
        return jax.tree.map(lambda value: jnp.array(value, self.dtype), tree)

    def _named(self, store: str, array: NDArray[Any]) -> Tree:
        names = (part.name for part in self.program.parts.values() if part.store == store)
        return {name: some(self.program.cut(array, name)) for name in names}

    def _states(self) -> Any:
        for member in (*self.network.groups, *self.network.projections):
            for name in member.definition.names("state"):
                yield (member, name), state_address(self.network, member, name)
            if isinstance(member, Neuron):
                for name in HIDDEN:
                    address = state_address(self.network, member, name)
                    if address.part in self.program.parts:
                        yield (member, name), address

    # -- between trees and arrays

    def present(self) -> Tree:
        """The network's state when this was made."""
        return self.unpacked(self.template, jnp.asarray(self.first))

    def unpacked(self, arrays: Tree, step: Any) -> Tree:
        """Arrays as a tree by members."""
        tree: Tree = {"step": step, FLIGHT: {name: arrays[name] for name in self._flying()}}
        for (member, name), address in self.states.items():
            tree.setdefault(str(member.name), {})[name] = arrays[address.part][address.index]
        return tree

    def packed(self, state: Tree) -> tuple[Tree, Any]:
        """A tree by members as arrays; what is left out is as in the network."""
        present = self.present()
        step, members = (
            state.get("step", present["step"]),
            {k: v for k, v in state.items() if k != "step"},
        )
        state = merged({k: v for k, v in present.items() if k != "step"}, members, "state")
        arrays = {**self.template, **state[FLIGHT]}
        for (member, name), address in self.states.items():
            value = jnp.asarray(state[str(member.name)][name], self.dtype)
            arrays[address.part] = written(
                arrays[address.part], address, value, f"the state {name} of {member.name}"
            )
        return arrays, jnp.asarray(step)

    def _flying(self) -> list[str]:
        arriving = [part.name for part in self.program.parts.values() if part.store == "arriving"]
        return [*arriving, *(["history"] if self.template["history"] is not None else [])]

    def constants(self, addresses: Mapping[Key, list[Address]], parameters: Tree) -> Tree:
        """The constants with these parameters, and what follows from them."""
        constants = dict(self.fixed)
        for (member, name), copies in addresses.items():
            value = jnp.asarray(parameters[str(member.name)][name], self.dtype)
            for address in copies:
                what = f"the parameter {name} of {member.name}"
                constants[address.part] = written(constants[address.part], address, value, what)
        touched = {address.part for copies in addresses.values() for address in copies}
        return with_derived(self.program, constants, self.module, touched)

    def rows(self, inputs: Tree, steps: int) -> tuple[Any, list[Span], list[Any]]:
        """What drives the inputs: the same at every step, all in one array.

        And the stretches that have rows.
        """
        fixed, rows = jnp.zeros(self.program.size("inputs"), self.dtype), []
        for group in self.network.groups:
            for name in group.definition.names("input"):
                given = inputs[str(group.name)][name]
                _check_array(given, f"the input {name} of {group._label()}", steps, group._size)
                span, values = self._span(group, name), jnp.asarray(given, self.dtype)
                if values.ndim == 2 and values.shape in ((steps, group._size), (steps, 1)):
                    rows.append((span, values))
                elif values.shape in ((), (1,), (group._size,)):
                    fixed = fixed.at[slice(*span)].add(values)
                else:
                    raise InputError(
                        f"the input {name} of {group._label()} has the shape {values.shape}: give "
                        "one number, "
                        f"{group._size} of them, or a row for each step, ({steps}, {group._size})"
                    )
        return fixed, [span for span, _ in rows], [values for _, values in rows]

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
        dt, finish = self.program.dt, getattr(self.module, "finish_step", None)

        def step(carried: Any, row: Any) -> Any:
            arrays, number = carried
            flat = fixed
            for span, given in zip(spans, row, strict=True):
                flat = flat.at[slice(*span)].add(given)
            flat = flat + self._impulse(number) if self._lowered.impulses else flat
            inputs = by_name(flat, self.layout)  # type: ignore[no-untyped-call]
            arrays, fired = self.module.take_step(
                number, dt, arrays, inputs, constants, values, self.tables, self.layout
            )
            recorded = arrays, fired
            if finish is not None:  # steps that come after the record
                arrays = finish(number, dt, arrays, constants, values, self.tables, self.layout)
            return (arrays, number + 1), recorded

        return step

    def _impulse(self, number: Any) -> Any:
        steps, places, values = (
            jnp.asarray(array) for array in impulse_arrays(self.layout, self._lowered.impulses)
        )
        first, last = jnp.searchsorted(steps, jnp.stack([number, number + 1]))
        nothing = jnp.zeros(self.program.size("inputs"), self.dtype)
        return lax.fori_loop(
            first, last, lambda k, inputs: inputs.at[places[k]].add(values[k]), nothing
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
                "function has no "
                "runs: give times since the network's time zero"
            )


def inputs_by_name(network: Network, given: Mapping[str, Any]) -> Tree:
    """Arrange inputs by group and name; the value alone will do for a group with one input.

    Raises
    ------
    InputError
        Where a group has several inputs, or none.
    """
    names = {str(group.name): group.definition.names("input") for group in network.groups}
    tree: Tree = {}
    for group, value in given.items():
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


def _check_array(given: Any, what: str, steps: int, size: int) -> None:
    if callable(given) or isinstance(given, (TimedArray, Window, str, bool)) or given is None:
        raise InputError(
            f"{what} is {given!r}: a pure function takes numbers and arrays: one number, {size} of "
            "them, or a row for "
            f"each step, ({steps}, {size})"
        )


def _with_complete(layout: ArrayLayout, tables: Tree) -> dict[str, tuple[TableLayout, ...]]:
    return {
        name: tuple(replace(one, complete=is_complete(one, tables[name])) for one in several)
        for name, several in layout.tables.items()
    }


def written(array: Any, address: Address, value: Any, what: str) -> Any:
    """An array with values in one place.

    Raises
    ------
    InputError
        Where there are not as many as the network has.
    """
    shape = jax.eval_shape(lambda: array[address.index]).shape
    if value.shape not in ((), shape):
        wanted = (
            f"{shape[0]} of them"
            if shape
            else "one number, as the network was made; make it with an array there"
        )
        raise InputError(f"{what} has the shape {value.shape}: give {wanted}")
    return array.at[address.index].set(value)


def merged(whole: Tree, given: Tree, what: str) -> Tree:
    """A tree with some of its values given anew.

    Raises
    ------
    InputError
        For a name that there is not.
    """
    for member, values in given.items():
        if member not in whole:
            raise InputError(
                f"there is no {member!r} here that has this kind of {what}; "
                f"{suggestion(member, whole)}"
            )
        for name in values:
            if name not in whole[member]:
                raise InputError(
                    f"{member} has no {what} {name!r} here; {suggestion(name, whole[member])}"
                )
    return {member: {**values, **given.get(member, {})} for member, values in whole.items()}
