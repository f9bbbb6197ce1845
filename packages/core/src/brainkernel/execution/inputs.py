"""External input: which input of which neurons a user means, and what is added to it in a run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.errors import InputError
from brainkernel.execution.input_rows import Clock, InputRows, Reached, input_rows
from brainkernel.model.definition import suggestion
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.stimuli import parts
from brainkernel.model.synapse import Synapse
from brainkernel.model.synapse_group import SynapseGroup
from brainkernel.program.address import Address, as_slice
from brainkernel.program.job import InputDrive
from brainkernel.program.program import Program, input_name


@dataclass(frozen=True)
class Stimulus:
    """One input of one end, ready to be cut into drives."""

    what: str
    address: Address
    rows: InputRows

    def drive(self, first: int, steps: int) -> InputDrive:
        """The drive for some steps."""
        return InputDrive(self.address, *self.rows.rows(first, first + steps), self.rows.steady)


def stimuli(
    inputs: Mapping[Any, object],
    members: Sequence[Neuron],
    program: Program,
    dt: float,
    first: int,
    last: int,
) -> list[Stimulus]:
    """Read what a user gives as ``inputs=`` for the run from step `first` to `last`.

    What reaches the same neurons, under several keys or as a list of stimuli, adds up.

    Raises
    ------
    InputError
        A group that is not in the network, an input that it does not have, or values that do not
        fit.
    """
    if not isinstance(inputs, Mapping):
        raise InputError(f"inputs={inputs!r}: give a dictionary, {{group: value}}")
    clock, found = Clock(dt, first), []
    for key, given in inputs.items():
        for end, name, value in _named(key, given, members):
            reached = _reached(end, name)
            address = input_address(program, end, name)
            for part in parts(value):
                stimulus = Stimulus(reached.what, address, input_rows(part, reached, clock))
                if last > first:
                    stimulus.rows.check(first, last)
                    _warn_of_other_times(stimulus, clock, last, getattr(part, "since", ""))
                found.append(stimulus)
    return found


def _reached(end: End, name: str) -> Reached:
    unit = end._group.definition.declarations[name].unit
    shape = end.shape if isinstance(end, Neuron) else ()
    return Reached(f"the input {name} of {end._label()}", unit, end._size, shape)


def _warn_of_other_times(stimulus: Stimulus, clock: Clock, last: int, since: str) -> None:
    """Say that a stimulus does nothing in a run, since it is on before or after it."""
    begin, end = stimulus.rows.span
    if max(begin, clock.start) < min(end, last):
        return
    times = step_times(np.array([begin, end, clock.start, last]), clock.dt)
    hint = " To count from the start of each run, give since='run'." if since == "network" else ""
    warnings.warn(
        f"{stimulus.what} is given from {times[0]:g} to {times[1]:g} ms of the network's time, "
        "outside this run, "
        f"which goes from {times[2]:g} to {times[3]:g} ms: it adds nothing.{hint}",
        stacklevel=7,
    )


def input_address(program: Program, end: End, name: str) -> Address:
    """Find an input of a group or slice in the program's named arrays."""
    for block in program.blocks:
        for group in block.groups:
            if group.name == end._group.name:
                neurons = group.first - block.first + end.ids
                return Address(block.name, input_name(name), as_slice(neurons))
    raise InputError(f"{end._label()} is driven but not in the network: add it to Network(...)")


def _named(key: Any, given: Any, members: Sequence[Neuron]) -> Iterator[tuple[End, str, Any]]:
    """Whom a key names, with one value for each input that it means."""
    place, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    end = _end(place, members)
    names = end._group.definition.names("input")
    several = isinstance(given, Mapping) and name is None
    for wanted, value in given.items() if several else [(name, given)]:
        yield end, _input_name(end, wanted, names), value


def _end(place: Any, members: Sequence[Neuron]) -> End:
    known = {_name(member): member for member in members}
    if isinstance(place, Synapse):
        place = place._synapses
        if not place.definition.names("input"):
            raise InputError(
                f"{place._label()} has no input: {place.definition.name} declares none"
            )
    if isinstance(place, str):
        if place not in known:
            raise InputError(
                f"inputs={{{place!r}: ...}}: no group of the network has this name; "
                f"{suggestion(place, known)}"
            )
        return known[place]
    if not isinstance(place, (Neuron, Slice)):
        raise InputError(
            f"inputs={{...}}: {place!r} is no group, slice or name of a group; write {{group: "
            f"value}}, "
            f"{{(group, 'I'): value}} or {{'name': value}}; the groups are {', '.join(known)}"
        )
    if not any(place._group is member for member in members):
        raise InputError(
            f"{place._label()} is driven but not in the network: add it to Network(...)"
        )
    return place


def _name(member: Neuron) -> str:
    """The name by which a user knows a group, or the projection whose synapses it is."""
    of_projection = isinstance(member, SynapseGroup)
    return str(member._label() if of_projection else member.name)


def _input_name(end: End, name: Any, names: Sequence[str]) -> str:
    if name is None and len(names) == 1:
        return names[0]
    if not names:
        raise InputError(f"{end._label()} has no input: {end._group.definition.name} declares none")
    if name not in names:
        raise InputError(
            f"inputs of {end._label()}: name one, {{(group, '...'): value}}; "
            f"{suggestion(str(name or ''), names)}"
        )
    return str(name)
