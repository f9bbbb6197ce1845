"""The pages of the documentation and their blocks of code.

A block that is not to be run has a line above it that readers do not see: ``<!-- not run: why
-->``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: (?P<why>\S.*) -->\n\Z")


@dataclass(frozen=True)
class Block:
    """A block of code: language, text, the line of the page above it, and why it is not run."""

    language: str
    text: str
    line: int
    not_run: str


def blocks_of(text: str) -> list[Block]:
    """The blocks of code of a page."""
    found = []
    for match in BLOCK.finditer(text):
        before = text[: match.start()]
        reason = NOT_RUN.search(before)
        line = before.count("\n") + 1
        found.append(Block(match["language"], match["text"], line, reason["why"] if reason else ""))
    return found


def python_of(path: Path) -> list[Block]:
    """The blocks of Python of a page that are run."""
    blocks = blocks_of(path.read_text(encoding="utf-8"))
    return [block for block in blocks if block.language == "python" and not block.not_run]
