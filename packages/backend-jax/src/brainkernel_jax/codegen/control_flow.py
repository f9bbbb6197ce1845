"""Blocks that run only where something holds for any neuron, in JAX's way.

A printed text says ``while np.any(going):`` and ``if np.any(some):``. What such a block changes had
a value before, so that the block is a function of these values.
"""

from __future__ import annotations

import ast
import re
from textwrap import dedent

from brainkernel.backend import Lines, indent

HEADER = re.compile(r"(?P<margin> *)(?P<word>while|if) np\.any\((?P<test>.+)\):(?P<comment>  #.*)?")
"""The line that begins such a block."""
CALLS = {"while": "_repeat_while", "if": "_only_if"}


def functional(lines: Lines) -> Lines:
    """Print all such blocks of a text as functions; a text without them stays as it is."""
    if not any(HEADER.fullmatch(line) for line in lines):
        return lines
    return _Blocks().of(lines, frozenset())


class _Blocks:
    """Prints the blocks of one text, numbered."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, lines: Lines, outer: frozenset[str]) -> Lines:
        printed: Lines = []
        begin = 0  # of the function that the present line belongs to
        number = 0
        while number < len(lines):
            line = lines[number]
            header = HEADER.fullmatch(line)
            if line.startswith("def "):
                begin = len(printed)
            if header is None:
                printed.append(line)
                number += 1
                continue
            margin = header["margin"]
            end = number + 1
            while end < len(lines) and lines[end].startswith(f"{margin}    "):
                end += 1
            # a block may change what an outer block has given a value, and so on outwards
            before = outer | _assigned(printed[begin:])
            body = self.of(_dedented(lines[number + 1 : end]), before)
            block = self._block(header, body, before)
            printed += [f"{margin}{text}" for text in block]
            number = end
        return printed

    def _block(self, header: re.Match[str], body: Lines, before: frozenset[str]) -> Lines:
        self.count += 1
        name = f"_block_{self.count}"
        test = header["test"]
        # JAX carries values of fixed number and type: what the block alone knows stays in it
        changed = sorted(_assigned(body) & before)
        values = ", ".join(changed)
        return [
            f"def {name}({values}):{header['comment'] or ''}",
            *indent([*body, f"return {values},"], 1),
            f"{values}, = {CALLS[header['word']]}({_test(header, changed)}, {name}, {values})"
            if header["word"] == "while"
            else f"{values}, = _only_if(np.any({test}), {name}, {values})",
        ]


def _test(header: re.Match[str], changed: list[str]) -> int:
    """The number among the changing values of the one that tells whether the block runs again."""
    return changed.index(header["test"])


def _dedented(lines: Lines) -> Lines:
    return dedent("\n".join(lines)).split("\n")


def _assigned(lines: Lines) -> frozenset[str]:
    """The names that have values after some lines of a function, its arguments included."""
    text = dedent("\n".join(lines))
    if text.startswith("def ") and text.rstrip().endswith(":"):
        text += "\n    pass"
    names = _Names()
    tree = ast.parse(text)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    whole = len(tree.body) == 1 and bool(functions)
    for node in functions[0].body if whole else tree.body:
        names.visit(node)
    if whole:
        names.found.update(argument.arg for argument in functions[0].args.args)
    return frozenset(names.found)


class _Names(ast.NodeVisitor):
    """Collects the names that are assigned to, outside functions."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.found.add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """What it assigns are names of its own."""
