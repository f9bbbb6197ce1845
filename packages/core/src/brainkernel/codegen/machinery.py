"""The functions of a program that belong to no model: imported, or printed in full.

A text names each with an underscore before it, so that no name of a model can meet one.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from types import FunctionType, ModuleType
from typing import Any

from brainkernel.codegen.dialect import Dialect, Lines

WORD = re.compile(r"(?<![\w.\"'])[A-Za-z_]\w*")
WIDTH = 100


def print_imports(dialect: Dialect, text: Lines) -> Lines:
    """Print what a text imports: its library, and the functions of the machinery that it uses."""
    lines: Lines = []
    for module, names in _used(dialect, text).items():
        lines += import_lines(module.__name__, names)
    return [*dialect.imports(text), *lines]


def print_in_full(dialect: Dialect, text: Lines) -> Lines:
    """Print what a text imports with the functions of the machinery themselves."""
    printer = _Printer(dialect)
    for module, names in _used(dialect, text).items():
        for name in names:
            printer.add(module, name)
    outside: Lines = []
    for module_name in sorted(printer.outside):
        outside += import_lines(module_name, sorted(printer.outside[module_name]))
    return [*dialect.imports([*printer.lines, *text]), *outside, *printer.lines]


def import_lines(module: str, names: list[str]) -> Lines:
    """Print the import of some names, each with an underscore before it."""
    aliases = ", ".join(f"{name} as _{name}" for name in names)
    line = f"from {module} import {aliases}"
    if len(line) <= WIDTH:
        return [line]
    inner = textwrap.wrap(f"{aliases},", WIDTH - 4, break_long_words=False)
    return [f"from {module} import (", *(f"    {part}" for part in inner), ")"]


def _used(dialect: Dialect, text: Lines) -> dict[ModuleType, list[str]]:
    """List, by module, the functions of the machinery that a text names."""
    whole = "\n".join([*text, *dialect.imports(text)])
    words = set(re.findall(r"(?<![\w.])_([A-Za-z]\w*)\b", whole))
    found: dict[ModuleType, list[str]] = {}
    for module in dialect.machine:
        names = sorted(words & set(module.__all__))
        words -= set(names)
        if names:
            found[module] = names
    return found


class _Printer:
    """Prints functions after those that they call."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.lines: Lines = []
        self.outside: dict[str, set[str]] = {}
        self._done: set[str] = set()

    def add(self, module: ModuleType, name: str) -> None:
        """Print one name of a module, if it is a function; else note that it must be imported."""
        if name in self._done:
            return
        self._done.add(name)
        value = vars(module)[name]
        function = getattr(value, "py_func", value)
        ours = isinstance(function, FunctionType) and function.__module__.startswith("brainkernel")
        if not ours or name in self.dialect.never_printed:
            self.outside.setdefault(module.__name__, set()).add(name)
            return
        self._print(name, function, self.dialect.source_decorators(value))

    def _print(self, name: str, function: FunctionType, decorators: Lines) -> None:
        text = inspect.getsource(function).rstrip()
        scope = function.__globals__
        words = dict.fromkeys(WORD.findall(_without_strings(text)))
        labels = {word: self._label(word, scope) for word in words if word in scope}
        labels[function.__name__] = f"_{name}"
        printed = _renamed(text, labels)
        begin = [] if printed.startswith("@") else decorators
        self.lines += ["", "", *begin, *printed.split("\n")]

    def _label(self, word: str, scope: dict[str, Any]) -> str:
        value = scope[word]
        if word == "np" or isinstance(value, ModuleType):
            return self.dialect.module_label(word)
        self.add(sys.modules[scope["__name__"]], word)
        return f"_{word}"


def _without_strings(text: str) -> str:
    return re.sub(r'""".*?"""', "", text, flags=re.DOTALL)


def _renamed(text: str, labels: dict[str, str]) -> str:
    parts = re.split(r'(""".*?""")', text, flags=re.DOTALL)
    return "".join(
        part if part.startswith('"""') else WORD.sub(lambda m: labels.get(m[0], m[0]), part)
        for part in parts
    )
