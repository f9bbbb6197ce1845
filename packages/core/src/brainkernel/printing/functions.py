"""The users' functions, word for word, each followed by a line that binds what it captures."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FunctionType, ModuleType

from brainkernel._step import Text, read_function
from brainkernel.printing.dialect import Dialect, Lines
from brainkernel.program import Program


class Functions:
    """Collects the printed functions in an order in which each stands after what it calls."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.lines: Lines = []
        self._labels: dict[object, str] = {}
        self._taken: set[str] = set()

    def add(self, label: str, source: Text, whole: bool = False, comment: str = "") -> None:
        """Print a function under a label, after its helpers."""
        helpers = {name: self._helper(name, helper, whole) for name, helper in source.helpers}
        numpy = self.dialect.whole_numpy() if whole else "np"
        captured = {**dict.fromkeys(source.numpy_names, numpy), **helpers}
        captured.update({name: literal(value) for name, value in source.constants})
        listed = "".join(f", {name}={value}" for name, value in captured.items())
        self.lines += ["", "", *([f"# {comment}"] if comment else []), *source.text.split("\n"), "", ""]
        self.lines.append(f"{label} = step_function({source.name}{listed})")
        self._taken.add(label)

    def _helper(self, name: str, source: Text, whole: bool) -> str:
        key = (source.text + repr(source.constants), source.helpers, whole)
        if key not in self._labels:
            label = f"helper_{name}"
            number = 2
            while label in self._taken:
                label, number = f"helper_{name}_{number}", number + 1
            self.add(label, source, whole, "a helper")
            self._labels[key] = label
        return self._labels[key]


def literal(value: float) -> str:
    """Print a number; infinity and NaN have no literal."""
    return repr(value) if math.isfinite(value) else f"float('{value}')"


def print_functions(program: Program, dialect: Dialect) -> Lines:
    """Print the random source where it is used, and all step functions."""
    from brainkernel import random

    functions = Functions(dialect)
    for name in sorted({draw.distribution for block in program.blocks for draw in block.draws} | _uniform(program)):
        functions.add(f"random_{name}", _source(getattr(random, name)), comment="of brainkernel.random")
    whole = {c.function for b in program.blocks for c in b.whole_steps}
    whole |= {c.function for e in program.edges for loop in e.loops for c in loop.whole_steps}
    for label, source in program.functions.items():
        functions.add(label, source, label in whole, _origin(source))
    return functions.lines


def _origin(source: Text) -> str:
    return "of its integration method" if source.file.startswith("<integrator") else f"from {Path(source.file).name}"


def _uniform(program: Program) -> set[str]:
    counted = {"poisson", "bernoulli"}
    return {"uniform"} if any(d.distribution in counted for b in program.blocks for d in b.draws) else set()


def _source(function: FunctionType) -> Text:
    return read_function(function, "random", whole=True)


def print_machine(dialect: Dialect) -> Lines:
    """Print the functions that belong to no model."""
    lines: Lines = []
    for function in _own_functions(dialect.machine):
        lines += ["", "", *dialect.decorators("machine"), *inspect.getsource(function).rstrip().split("\n")]
    return lines


def _own_functions(module: ModuleType) -> Iterable[Callable[..., object]]:
    own: Mapping[str, object] = vars(module)
    found = [value for value in own.values() if isinstance(value, FunctionType) and value.__module__ == module.__name__]
    return sorted(found, key=lambda function: function.__code__.co_firstlineno)
