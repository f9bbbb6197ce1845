"""How dense the code of each package is, held below limits.

``python tools/density.py`` prints a table with a line for each package and fails where a package is
above a limit. Folders given as arguments are measured instead, and held to no limit.

What is counted, in all Python files of a package's ``src``:

- a *code line* is neither blank, nor only a comment, nor part of a docstring;
- a *syntax node* is any node that ``ast.walk`` yields, docstrings left out;
- a *nested comprehension* has more than one ``for``, or stands inside another comprehension;
- a *comment* begins with ``#`` and is no directive to a tool (``noqa``, ``type:``, ``fmt:``,
  ``ruff:``). Packages of models need none: their step functions are the papers' equations.

Counted in this way, pluggy 1.6 has 6.4 nodes a code line, attrs 5.3, optimistix 6.4, equinox 6.6
and xarray 7.6; all have less than 0.1 nested comprehensions in a hundred code lines, and a comment
for every 8 to 15 lines. Lines of at most 100 characters are held by ruff.

Where a package missed a limit when the check was made, `RATCHET` holds it near where it stood. Its
numbers may only come closer to the limits: whoever makes a package lighter moves its number too,
and an entry goes once its package keeps the common limit.
"""

from __future__ import annotations

import ast
import io
import math
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Limits:
    """What a package is held to."""

    nodes: float = 10.0  # a code line
    nested: float = 0.2  # in a hundred code lines
    comments: float = 20.0  # code lines for each


RATCHET = {
    "backend-jax": Limits(comments=40.0),
    "backend-numba": Limits(comments=40.0),
    "core": Limits(comments=66.0),
    "models-cells": Limits(comments=math.inf),
    "models-neurons": Limits(comments=math.inf),
    "models-synapses": Limits(comments=math.inf),
}

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DIRECTIVE = re.compile(r"#\s*(noqa|type:|fmt:|ruff:|pragma:)")
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass
class Density:
    """Counts over the files of a package."""

    lines: int = 0
    nodes: int = 0
    nested: int = 0
    comments: int = 0

    def add(self, text: str) -> None:
        """Count the text of one file."""
        tree = ast.parse(text)
        docstrings = list(docstrings_of(tree))
        self.lines += len(code_lines(text, docstrings))
        self.nodes += len(list(ast.walk(tree))) - 2 * len(docstrings)  # a statement and its text
        self.nested += sum(is_nested(node) for node in comprehensions_of(tree))
        self.comments += count_comments(text)

    @property
    def nodes_a_line(self) -> float:
        """Syntax nodes in a code line, on average."""
        return self.nodes / max(self.lines, 1)

    @property
    def nested_in_hundred(self) -> float:
        """Nested comprehensions in a hundred code lines."""
        return 100 * self.nested / max(self.lines, 1)

    @property
    def lines_a_comment(self) -> float:
        """Code lines for each comment."""
        return self.lines / max(self.comments, 1)


def docstrings_of(tree: ast.AST) -> Iterator[ast.Expr]:
    """Find the docstrings, those of attributes (a text alone in a line) among them."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                yield node


def code_lines(text: str, docstrings: list[ast.Expr]) -> set[int]:
    """Give the numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for docstring in docstrings:
        lines.difference_update(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return lines


def comprehensions_of(tree: ast.AST) -> Iterator[ast.AST]:
    """Find the comprehensions of a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, COMPREHENSIONS))


def is_nested(comprehension: ast.AST) -> bool:
    """Tell whether a comprehension has a second ``for``, or holds another comprehension."""
    generators = getattr(comprehension, "generators", [])
    return len(generators) > 1 or len(list(comprehensions_of(comprehension))) > 1


def count_comments(text: str) -> int:
    """Count the comments that speak to a reader."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return sum(not DIRECTIVE.match(comment) for comment in comments)


def measure(folder: Path) -> Density:
    """Measure all Python files under a folder."""
    density = Density()
    for path in sorted(folder.rglob("*.py")):
        density.add(path.read_text(encoding="utf-8"))
    return density


def faults(density: Density, limits: Limits) -> Iterator[str]:
    """Say which limits a package is above."""
    if density.nodes_a_line > limits.nodes:
        yield f"{density.nodes_a_line:.2f} syntax nodes a code line; at most {limits.nodes}"
    if density.nested_in_hundred > limits.nested:
        nested = f"{density.nested_in_hundred:.2f} nested comprehensions in a hundred code lines"
        yield f"{nested}; at most {limits.nested}"
    if density.lines_a_comment > limits.comments:
        yield f"a comment every {density.lines_a_comment:.1f} code lines; at most {limits.comments}"


def table(measured: dict[str, Density]) -> Iterator[str]:
    """Print a line for each package."""
    columns = ("code lines", "nodes/line", "nested/100", "lines/comment")
    yield f"{'package':<24}" + "".join(f"{column:>15}" for column in columns)
    for name, density in measured.items():
        yield (
            f"{name[-23:]:<24}{density.lines:>15}{density.nodes_a_line:>15.2f}"
            f"{density.nested_in_hundred:>15.2f}{density.lines_a_comment:>15.1f}"
        )


def main(folders: list[str]) -> int:
    """Print the table, and give 1 where a package is above a limit."""
    if folders:
        print(*table({name: measure(Path(name)) for name in folders}), sep="\n")
        return 0
    sources = sorted(ROOT.glob("packages/*/src"))
    measured = {source.parent.name: measure(source) for source in sources}
    print(*table(measured), sep="\n")
    failed = False
    for name, density in measured.items():
        for fault in faults(density, RATCHET.get(name, Limits())):
            print(f"{name}: {fault}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
