"""A network's arrays by the names of its members, and one step of all in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from brainkernel.errors import BackendError, InputError
from brainkernel.execution.impulses import impulse_arrays
from brainkernel.lowering.fill_arrays import keys_of
from brainkernel.model.definition import suggestion
from brainkernel.model.neuron import Neuron
from brainkernel.model.stimuli import TimedArray, Window
from brainkernel.program.program import Program
from brainkernel.simulation.network import Network
from brainkernel_jax.backend import JaxBackend
from brainkernel_jax.derived import with_derived
from brainkernel_jax.fields import Key, Place, state_place
from brainkernel_jax.places import HeadPlace, Places, Span, places_of
from brainkernel_jax.tables import is_complete, some, tables_of

Tree = dict[str, Any]
HIDDEN = ("refractory_left", "was_above")
FLIGHT = "in flight"


class Flow:
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
        self.network, self.build, self.dtype = network, network.build, dtype
        self.program, pieces = self.build.program, self.build.pieces(1)
        executable = JaxBackend().compile(self.program)
        self.module = executable._module
        tables = tables_of(self.program, pieces, self.build.tables.stores, gradients=True)
        places = places_of(self.program, pieces)
        heads = _with_complete(places, tables)
        self.places = replace(places, surrogate=surrogate, heads=heads, through_reset=reset)
        self.tables = jax.tree.map(jnp.asarray, tables)
        self.fixed = self.numbers({**self._named("constants"), **self._named("synaptic")})
        self.keys = jax.tree.map(jnp.asarray, self._named("keys"))
        self.first = network.step
        self.template = self.numbers(executable.arrays_of(network.state))
        self.states = dict(self._states())
        self.impulses = _impulses(network, self.program)

    def numbers(self, tree: Any) -> Any:
        """All values as numbers of the wanted kind."""
        return jax.tree.map(lambda value: jnp.array(value, self.dtype), tree)

    def _named(self, store: str) -> Tree:
        array = getattr(self.build, store)
        parts = (part for part in self.program.parts.values() if part.store == store)
        return {part.name: some(array[part.first : part.last]) for part in parts}

    def _states(self) -> Any:
        for member in (*self.network.groups, *self.network.projections):
            for name in member.definition.names("state"):
                yield (member, name), state_place(self.build, member, name)
            if isinstance(member, Neuron):
                block, entry = self.build.group_of(member)
                for name in set(HIDDEN) & set(block.states):
                    own = slice(entry.first - block.first, entry.last - block.first)
                    yield (member, name), Place(f"{block.name}_{name}", own)

    # -- between trees and arrays -------------------------------------------------------------------------------------

    def present(self) -> Tree:
        """The network's state when this was made."""
        return self.unpacked(self.template, jnp.asarray(self.first))

    def unpacked(self, arrays: Tree, step: Any) -> Tree:
        """Arrays as a tree by members."""
        tree: Tree = {"step": step, FLIGHT: {name: arrays[name] for name in self._flying()}}
        for (member, name), place in self.states.items():
            tree.setdefault(str(member.name), {})[name] = arrays[place.part][place.index]
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
        for (member, name), place in self.states.items():
            value = jnp.asarray(state[str(member.name)][name], self.dtype)
            arrays[place.part] = written(
                arrays[place.part], place, value, f"the state {name} of {member.name}"
            )
        return arrays, jnp.asarray(step)

    def _flying(self) -> list[str]:
        arriving = [part.name for part in self.program.parts.values() if part.store == "arriving"]
        return [*arriving, *(["history"] if self.template["history"] is not None else [])]

    def constants(self, fields: Mapping[Key, list[Place]], parameters: Tree) -> Tree:
        """The constants with these parameters, and what follows from them."""
        constants = dict(self.fixed)
        for (member, name), places in fields.items():
            value = jnp.asarray(parameters[str(member.name)][name], self.dtype)
            for place in places:
                what = f"the parameter {name} of {member.name}"
                constants[place.part] = written(constants[place.part], place, value, what)
        touched = {place.part for places in fields.values() for place in places}
        return with_derived(self.program, constants, self.module, touched)

    def rows(self, inputs: Tree, steps: int) -> tuple[Any, list[Span], list[Any]]:
        """What drives the inputs: the same at every step, all in one array.

        And the stretches that have rows.
        """
        fixed, rows = jnp.zeros(self.program.size("inputs"), self.dtype), []
        for group in self.network.groups:
            for name in group.definition.names("input"):
                given = inputs[str(group.name)][name]
                _check_array(given, f"the input {name} of {group.label()}", steps, group.size)
                span, values = self._span(group, name), jnp.asarray(given, self.dtype)
                if values.ndim == 2 and values.shape in ((steps, group.size), (steps, 1)):
                    rows.append((span, values))
                elif values.shape in ((), (1,), (group.size,)):
                    fixed = fixed.at[slice(*span)].add(values)
                else:
                    raise InputError(
                        f"the input {name} of {group.label()} has the shape {values.shape}: give "
                        "one number, "
                        f"{group.size} of them, or a row for each step, ({steps}, {group.size})"
                    )
        return fixed, [span for span, _ in rows], [values for _, values in rows]

    def _span(self, group: Neuron, name: str) -> Span:
        block, entry = self.build.group_of(group)
        first = self.program.parts[f"{block.name}_{name}_input"].first + entry.first - block.first
        return first, first + group.size

    # -- a step -------------------------------------------------------------------------------------------------------

    def keys_of(self, seed: int) -> Tree:
        """The keys of all random numbers under another seed."""
        keys = keys_of(replace(self.program, seed=seed), self.build.roster)
        parts = (part for part in self.program.parts.values() if part.store == "keys")
        return {part.name: jnp.asarray(keys[part.first : part.last]) for part in parts}

    def step_of(
        self, constants: Tree, keys: Tree, fixed: Any, spans: list[Span]
    ) -> Callable[[Any, Any], Any]:
        """A function that takes arrays and the number of a step, and a row of inputs, to the next."""
        each = self.module.for_each_neuron(constants, keys, self.places)

        def step(known: Any, row: Any) -> Any:
            arrays, number = known
            inputs = fixed
            for span, values in zip(spans, row, strict=True):
                inputs = inputs.at[slice(*span)].add(values)
            inputs = inputs + self._impulse(number) if self.impulses[0].size else inputs
            moved = (
                number,
                self.program.dt,
                arrays,
                inputs,
                constants,
                each,
                self.tables,
                self.places,
            )
            arrays, fired = self.module.take_step(*moved)
            return (arrays, number + 1), fired

        return step

    def _impulse(self, number: Any) -> Any:
        steps, places, values = (jnp.asarray(each) for each in self.impulses)
        first, last = jnp.searchsorted(steps, jnp.stack([number, number + 1]))
        nothing = jnp.zeros(self.program.size("inputs"), self.dtype)
        return lax.fori_loop(
            first, last, lambda k, inputs: inputs.at[places[k]].add(values[k]), nothing
        )


def _impulses(network: Network, program: Program) -> tuple[Any, Any, Any]:
    """The impulses that groups bring along; those that begin anew with each run have no run here.

    Raises
    ------
    BackendError
        For impulses that count from the start of each run.
    """
    for group in network.groups:
        if any(impulses.since == "run" for impulses in group.own_inputs().values()):
            raise BackendError(
                f"the spike times of {group.label()} count from the start of each run, and a pure "
                "function has no "
                "runs: give times since the network's time zero"
            )
    return impulse_arrays(network.groups, program, network.dt)


def inputs_by_name(network: Network, given: Mapping[str, Any]) -> Tree:
    """Inputs by group and input name, where a group with one input may be given that one's value itself.

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


def _with_complete(places: Places, tables: Tree) -> dict[str, tuple[HeadPlace, ...]]:
    return {
        name: tuple(replace(head, complete=is_complete(head, tables[name])) for head in heads)
        for name, heads in places.heads.items()
    }


def written(array: Any, place: Place, value: Any, what: str) -> Any:
    """An array with values in one place.

    Raises
    ------
    InputError
        Where there are not as many as the network has.
    """
    shape = jax.eval_shape(lambda: array[place.index]).shape
    if value.shape not in ((), shape):
        wanted = (
            f"{shape[0]} of them"
            if shape
            else "one number, as the network was made; make it with an array there"
        )
        raise InputError(f"{what} has the shape {value.shape}: give {wanted}")
    return array.at[place.index].set(value)


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
