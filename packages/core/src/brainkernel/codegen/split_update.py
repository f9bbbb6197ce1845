"""Updates that follow means or sums over their group, for programs that go neuron by neuron.

The loop over neurons is split where the next line needs a mean: all neurons come that far, what
they add up is summed, and a second loop goes on from there. What a neuron has computed before and
reads after is kept for it in between.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.named_arrays import Structure
from brainkernel.codegen.neuron_update import (
    compute,
    keep,
    method_label,
    rings,
    unpacked,
    used_lines,
)
from brainkernel.program.program import NeuronBlock

MEAN = re.compile(r"(\w+) = _group_(mean|total)\((.+), _group\)")
"""A line that needs all neurons of the group."""
READ_AGAIN = frozenset({"np", "_neurons", "_firing", "_group", "_i", "_step", "dt"})
"""What lines read that begin every loop anew: they only name values of the neuron."""
CONDITION = re.compile(r"_fires\w*|_held")
"""The names of what is true or false."""


@dataclass(frozen=True)
class Sum:
    """What is added up between two loops: its printed name, and the place where neurons put it."""

    target: str
    what: str
    place: int


@dataclass
class Part:
    """One of the loops: the sums that it begins with, and its statements."""

    sums: list[Sum] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    @cached_property
    def stored(self) -> set[str]:
        """The names that it gives values to."""
        names = {one.target for one in self.sums}
        for statement in self.statements:
            names |= _names(statement, ast.Store)
        return names

    def exposed(self) -> list[str]:
        """The names that it reads before it gives them a value, in order."""
        exposed: dict[str, None] = {}
        given = {one.target for one in self.sums}
        for statement in self.statements:
            read = _names(statement, ast.Load)
            if statement.startswith("if "):
                read |= _names(statement, ast.Store)
            exposed.update(dict.fromkeys(sorted(read - given)))
            given |= _names(statement, ast.Store)
        return list(exposed)


def _names(statement: str, context: type[ast.expr_context]) -> set[str]:
    nodes = ast.walk(ast.parse(statement))
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


class SplitUpdate:
    """The update of a block as several loops.

    Attributes
    ----------
    parts : list of Part
        The loops.
    kept : dict of str to str
        Names that one loop gives values to and a later one reads, each with its place in between.
    """

    def __init__(self, block: NeuronBlock, dialect: Dialect) -> None:
        self.block, self.dialect = block, dialect
        self.parts = _parts([*compute(block, dialect), *keep(block, dialect)])
        self.kept: dict[str, str] = {}
        for number, part in enumerate(self.parts[1:], start=1):
            for name in part.exposed():
                if self._origin(name, number) is not None and not self._again(name, number):
                    self.kept[name] = f"kept_{name}"

    @property
    def places(self) -> int:
        """How many sums are made at once at most."""
        return max((len(part.sums) for part in self.parts), default=0)

    def fields(self) -> list[str]:
        """The arrays between the loops: what is added up, sums of chunks, and what is kept."""
        numbers = range(1, self.places + 1)
        summed = [f"{what}_{number}" for number in numbers for what in ("summed", "chunks")]
        return [*summed, *self.kept.values()]

    def _origin(self, name: str, number: int) -> int | None:
        """The last loop before one that gives a name its value."""
        before = [n for n in range(number) if name in self.parts[n].stored]
        return before[-1] if before else None

    def _again(self, name: str, number: int) -> str:
        """The line that gives a name its value anew in a later loop, where it only reads arrays."""
        # arrays are written at the end of the last loop, so that all loops read the same from them
        if self._origin(name, number) != 0:
            return ""
        defining = [s for s in self.parts[0].statements if name in _names(s, ast.Store)]
        only = len(defining) == 1 and _names(defining[0], ast.Load) <= READ_AGAIN
        return defining[0] if only else ""

    def lines(self) -> Lines:
        """Print a function for each loop."""
        lines: Lines = []
        for number in range(len(self.parts)):
            lines += self._function(number)
        return lines

    def name(self, number: int) -> str:
        """The printed name of the function of a loop."""
        name = f"update_{self.block.name}"
        return f"{name}_part{number + 1}" if number else name

    def _function(self, number: int) -> Lines:
        block, part = self.block, self.parts[number]
        begin, further = self.dialect.elements("_i", "_group.size")
        body = [*self._read(number), *part.statements, *self._keep(number)]
        flat: Lines = []
        for statement in body:
            flat += statement.split("\n")
        head = [*unpacked(block, self.dialect), *rings(block), "_between = _group.between"]
        lines = [*head, "_time = (_step + 1) * dt", *begin, *(f"{further}{line}" for line in flat)]
        named = any("t" in _names(statement, ast.Load) for statement in body)
        time = ["t = _step * dt"] if named else []
        arguments = ", ".join(("_step, dt, _group", *(one.target for one in part.sums)))
        summary = f"Take one group of {block.definition.name} from step to step + 1"
        which = f", part {number + 1} of {len(self.parts)}"
        return [
            "",
            "",
            *self.dialect.decorators("update"),
            f"def {self.name(number)}({arguments}):",
            f'    """{summary}{method_label(block)}{which}."""',
            *indent([*time, *used_lines(lines)], 1),
        ]

    def _read(self, number: int) -> Lines:
        """Print what a loop needs of those before it."""
        if number == 0:
            return []
        lines = []
        for name in self.parts[number].exposed():
            again = self._again(name, number)
            if again:
                lines.append(again)
            elif name in self.kept and self._origin(name, number) is not None:
                place = f"_between.{self.kept[name]}[_i]"
                lines.append(f"{name} = {place}{' != 0.0' if CONDITION.fullmatch(name) else ''}")
        return lines

    def _keep(self, number: int) -> Lines:
        """Print what a loop keeps for later ones."""
        kept = []
        for later in range(number + 1, len(self.parts)):
            for name in self.parts[later].exposed():
                if name in self.kept and self._origin(name, later) == number:
                    kept.append(name)
        return [f"_between.{self.kept[name]}[_i] = {name}" for name in dict.fromkeys(kept)]

    def calls(self) -> Lines:
        """Print the calls of the loops after the first, with the sums and meetings before each."""
        neurons, barrier = f"_network.neurons.{self.block.name}", self.dialect.barrier()
        lines: Lines = []
        for number, part in enumerate(self.parts[1:], start=1):
            values = []
            added = []
            for one in part.sums:
                chunks = f"{neurons}.between.chunks_{one.place}"
                values.append(f"_{one.what}_of_chunks({chunks}, {neurons}.whole, _k)")
                arrays = f"{neurons}.between.summed_{one.place}, {chunks}"
                added.append(f"_add_in_chunks({arrays}, {neurons}.whole, _k, _network.threads)")
            update = f"{self.name(number)}(_step, dt, _group, {', '.join(values)})"
            own = f"_group = _group_of({neurons}, _k, {neurons}.own)"
            groups = f"for _k in range({neurons}.size):"
            lines += [*barrier, groups, *indent(added, 1)]
            lines += [*barrier, groups, *indent([own, update], 1)]
        return lines


def is_split(block: NeuronBlock, dialect: Dialect) -> bool:
    """Whether the update of a block is printed as several loops."""
    return dialect.loops and bool(block.over_group)


def between_structure(block: NeuronBlock, dialect: Dialect) -> Structure:
    """Name the arrays that lie between the loops of an update; none where it is one loop."""
    fields = SplitUpdate(block, dialect).fields() if is_split(block, dialect) else []
    return Structure(f"_{block.name}_between", dict.fromkeys(fields, ""))


def _parts(lines: Iterable[str]) -> list[Part]:
    """Split the lines of an update before each that reads a sum which is not made yet."""
    parts = [Part()]
    waiting: list[Sum] = []
    for statement in _statements(lines):
        if {one.target for one in waiting} & _names(statement, ast.Load):
            parts.append(Part(sums=waiting))
            waiting = []
        needed = MEAN.fullmatch(statement)
        if needed is None:
            parts[-1].statements.append(statement)
            continue
        target, what, summand = needed.groups()
        waiting.append(Sum(target, what, len(waiting) + 1))
        place = f"_between.summed_{len(waiting)}[_i]"
        parts[-1].statements.append(f"{place} = {summand}")
    return parts


def _statements(lines: Iterable[str]) -> list[str]:
    """Join the lines of a statement that has several."""
    statements: list[str] = []
    for line in lines:
        if line.startswith((" ", ")")):
            statements[-1] += f"\n{line}"
        else:
            statements.append(line)
    return statements
