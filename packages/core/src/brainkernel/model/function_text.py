"""The text of a function as its author wrote it."""

from __future__ import annotations
import __future__

import ast
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

Number = int | float | bool


@dataclass(frozen=True)
class Text:
    """One function as its author wrote it, and what it takes from outside.

    Attributes
    ----------
    name : str
        The name in its ``def`` line.
    arguments : tuple of str
        Argument names: which data it reads.
    text : str
        The source, word for word, without decorators and without the common indentation.
    file, line
        Where the ``def`` stands.
    numpy_names : tuple of str
        The names under which it uses NumPy.
    constants : tuple of (str, number)
        Captured numbers.
    helpers : tuple of (str, Text)
        Captured plain functions.
    call : function
        The same text with the same captures as the printed function, for analysis at build time.
    module : str
        The module from which programs import it; empty where they print it.
    sums_of_inner : tuple of frozenset, optional
        Where the text only calls another one: the `sums` of that one.
    """

    name: str
    arguments: tuple[str, ...]
    text: str
    file: str
    line: int
    numpy_names: tuple[str, ...]
    constants: tuple[tuple[str, Number], ...]
    helpers: tuple[tuple[str, Text], ...]
    call: Callable[..., Any] = field(compare=False, repr=False)
    module: str = ""
    sums_of_inner: tuple[frozenset[str], ...] | None = None

    def where(self) -> str:
        """``file:line`` of the definition."""
        return f"{self.file}:{self.line}"

    @cached_property
    def tree(self) -> ast.FunctionDef:
        """The text as a syntax tree, with lines counted from its ``def``; not to be changed."""
        parsed = ast.parse(self.text).body[0]
        assert isinstance(parsed, ast.FunctionDef)
        return parsed

    @cached_property
    def sums(self) -> tuple[frozenset[str], ...]:
        """For each value that it returns, the names that stand in it as ``name + something``.

        Only names that the text holds nowhere else. Empty where it does not return once, at its
        end.
        """
        if self.sums_of_inner is not None:
            return self.sums_of_inner
        nodes: list[ast.AST] = []
        for statement in self.tree.body:
            nodes += ast.walk(statement)
        last = self.tree.body[-1]
        returns = sum(isinstance(node, ast.Return) for node in nodes)
        if returns != 1 or not isinstance(last, ast.Return) or last.value is None:
            return ()
        values = [last.value]
        if isinstance(last.value, ast.Tuple) and len(last.value.elts) > 1:
            values = last.value.elts
        # a name that stands elsewhere too is more than a summand
        counts = Counter(node.id for node in nodes if isinstance(node, ast.Name))
        once = {name for name, count in counts.items() if count == 1}
        return tuple(frozenset(_summands(value) & once) for value in values)


def generated_text(
    name: str,
    arguments: tuple[str, ...],
    text: str,
    *,
    file: str,
    line: int = 1,
    numpy_names: tuple[str, ...] = (),
    helpers: tuple[tuple[str, Text], ...] = (),
    sums_of_inner: tuple[frozenset[str], ...] | None = None,
) -> Text:
    """Make the `Text` of a function that is written here, from those that it calls."""
    scope: dict[str, Any] = dict.fromkeys(numpy_names, np)
    scope |= {helper: source.call for helper, source in helpers}
    flags = __future__.annotations.compiler_flag
    exec(compile(text, file, "exec", flags, True), scope)
    return Text(
        name=name,
        arguments=arguments,
        text=text,
        file=file,
        line=line,
        numpy_names=numpy_names,
        constants=(),
        helpers=helpers,
        call=scope[name],
        sums_of_inner=sums_of_inner,
    )


def _summands(value: ast.expr) -> set[str]:
    """The names on either side of a sum."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return set()
    return {side.id for side in (value.left, value.right) if isinstance(side, ast.Name)}


def apart(wish: str, taken: Container[str]) -> str:
    """Give a printed name that is none of some others: the wish, with an underscore where it is."""
    name = wish
    while name in taken:
        name += "_"
    return name
