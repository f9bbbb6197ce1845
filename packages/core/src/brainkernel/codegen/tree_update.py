"""The update of elements that a tree joins: a loop, a system for all of them, and another loop."""

from __future__ import annotations

import re

from brainkernel.codegen.dialect import Dialect, Lines
from brainkernel.program.tree import SOLVER

ASSIGNED = re.compile(r"(_\w+) = ")
SOLVED = re.compile(rf"(\w+) = {SOLVER}\((.*)\)")


def around_solver(reading: Lines, moving: Lines, dialect: Dialect) -> Lines:
    """Print two loops over elements, and between them what solves for all elements together.

    What the first loop computes and the second needs is kept in arrays; what is only read is read
    again.

    Parameters
    ----------
    reading : list of str
        What takes values from arrays.
    moving : list of str
        What computes with them, with one line that solves a system.
    dialect : Dialect
        Of a backend that goes through elements one by one.
    """
    number = next(n for n, line in enumerate(moving) if SOLVED.match(line))
    solved = SOLVED.match(moving[number])
    assert solved is not None
    first, second = moving[:number], moving[number + 1 :]
    result, arguments = solved[1], solved[2].split(", ")
    # what is computed costs more than an array; what is read is in one already
    kept = _kept(first, second)
    numpy = dialect.whole_numpy()
    arrays = [name for name in dict.fromkeys((*arguments[1:], *kept))]
    begin, further = dialect.elements("_i", "_group.size")
    to_parent = arguments[0]
    stored = [f"{_all(name)}[_i] = {name}" for name in (to_parent, *arrays)]
    named = ", ".join(_all(name) for name in arguments)
    before = _needed([*reading, *first], stored)
    restored = [f"{name} = {_all(name)}[_i]" for name in (result, *kept)]
    after = _needed([*reading, *restored], second)
    return [
        f"{_all(to_parent)} = {numpy}.empty(_group.size, {numpy}.int64)",
        *(f"{_all(name)} = {numpy}.empty(_group.size)" for name in arrays),
        *begin,
        *(f"{further}{line}" for line in (*before, *stored)),
        f"{_all(result)} = {SOLVER}({named})",
        *begin,
        *(f"{further}{line}" for line in (*after, *second)),
    ]


def _all(name: str) -> str:
    """The array of a value of all elements."""
    return f"_all_{name.lstrip('_')}"


def _kept(first: Lines, second: Lines) -> list[str]:
    """What lines compute that later ones read."""
    text = "\n".join(second)
    computed = []
    for line in first:
        assigned = ASSIGNED.match(line)
        if assigned and re.search(rf"(?<![\w.]){assigned[1]}\b", text):
            computed.append(assigned[1])
    return computed


def _needed(lines: Lines, reading: Lines) -> Lines:
    """Leave out what gives a name to what no later line reads."""
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", "\n".join(reading)))
    kept: Lines = []
    for line in reversed(lines):
        name, _, value = line.partition(" = ")
        if name.isidentifier() and name not in words:
            continue
        words.update(re.findall(r"(?<![\w.])[A-Za-z_]\w*", value or line))
        kept.append(line)
    return kept[::-1]
