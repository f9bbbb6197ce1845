"""The text of a function as its author wrote it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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

    def where(self) -> str:
        """``file:line`` of the definition."""
        return f"{self.file}:{self.line}"
