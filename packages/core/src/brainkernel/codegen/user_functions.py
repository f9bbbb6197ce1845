"""The users' functions, word for word, and the lines that bind what they capture."""

from __future__ import annotations

import ast
import hashlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainkernel.codegen.dialect import Dialect, Lines
from brainkernel.codegen.machinery import import_lines
from brainkernel.errors import ModelError
from brainkernel.model.step_function import Text
from brainkernel.program.equations import sources_of
from brainkernel.program.program import Call, Loop, Program


class Functions:
    """Collects the printed functions in an order in which each stands after what it calls.

    Parameters
    ----------
    dialect : Dialect
        How the backend writes.
    written : set of str
        The names in the ``def`` lines of all functions to come, which no helper's label may be.
    in_full : bool
        Whether functions that stand in a module are printed too, in place of being imported.
    """

    def __init__(self, dialect: Dialect, written: set[str], in_full: bool) -> None:
        self.dialect = dialect
        self.in_full = in_full
        self.imports: Lines = []
        self.lines: Lines = []
        self._labels: dict[object, str] = {}
        self.sources: dict[str, Text] = {}
        self._written = written
        self._unbound: dict[str, str] = {}

    def add(self, label: str, source: Text, whole: bool = False, comment: str = "") -> None:
        """Print a function under a label, after its helpers.

        Raises
        ------
        ModelError
            Where another function has the label, or its own name is the label of another.
        """
        helpers = {name: self._helper(name, helper, whole) for name, helper in source.helpers}
        numpy = self.dialect.whole_numpy() if whole else "np"
        captured = {**dict.fromkeys(source.numpy_names, numpy), **helpers}
        captured.update({name: literal(value) for name, value in source.constants})
        listed = "".join(f", {name}={value}" for name, value in captured.items())
        for name in {label, source.name} & set(self.sources):
            raise _clash(source, self.sources[name], name)
        origin = f"  # {comment}" if comment else ""
        if source.name in self._unbound:
            self.bind()
        name = source.name
        if source.module and not self.in_full:
            name = f"_{name}"
            self.imports += import_lines(source.module, [source.name])
            origin += f", {digest_of(source)}"
        else:
            self.lines += ["", "", *source.text.split("\n")]
        self._unbound[name] = f"{label} = _step_function({name}{listed}){origin}"
        self.sources[label] = source

    def bind(self) -> None:
        """Print the lines that bind the functions so far, before another one has the same name."""
        if self._unbound:
            self.lines += ["", "", *self._unbound.values()]
        self._unbound.clear()

    def _helper(self, name: str, source: Text, whole: bool) -> str:
        key = (source.text + repr(source.constants), source.helpers, whole)
        if key not in self._labels:
            label = f"helper_{name}"
            number = 2
            while label in self.sources or label in self._written:
                label, number = f"helper_{name}_{number}", number + 1
            self.add(label, source, whole, "a helper")
            self._labels[key] = label
        return self._labels[key]


def literal(value: float) -> str:
    """Print a number.

    Infinity and NaN have no literal, and NumPy's numbers would be made by whatever `np` is.
    """
    value = getattr(value, "item", lambda: value)()
    return repr(value) if math.isfinite(value) else f"float('{value}')"


def digest_of(source: Text) -> str:
    """Tell apart the versions of an imported function, on which what is compiled depends."""
    return hashlib.sha256(source.text.encode()).hexdigest()[:8]


def print_functions(program: Program, dialect: Dialect, in_full: bool = False) -> Functions:
    """Print all step functions; those that stand in a module are imported, or printed `in_full`."""
    functions = Functions(dialect, set(_written(program.functions.values())), in_full)
    _check_labels(program)
    whole: set[str] = set()
    for block in program.blocks:
        calls = (*block.whole_steps, *block.placed)
        whole.update(call.function for call in calls if call.whole)
    for loop in _loops(program):
        whole.update(call.function for call in loop.whole_steps)
    for label, source in program.functions.items():
        functions.add(label, source, label in whole, _origin(source))
    functions.bind()
    return functions


def _clash(one: Text, other: Text, name: str) -> ModelError:
    both = f"{one.name} ({one.where()}) and {other.name} ({other.where()})"
    return ModelError(f"{both} would both be printed as {name}: rename one of them")


def _check_labels(program: Program) -> None:
    """Refuse two functions of one label, of which the program's own table keeps only one."""
    for label, source in _uses(program):
        if source != program.functions[label]:
            raise _clash(program.functions[label], source, label)


def _uses(program: Program) -> Iterator[tuple[str, Text]]:
    loops = _loops(program)
    of_blocks = [block.equations for block in program.blocks]
    of_loops = [loop.equations for loop in loops]
    for equations in (*of_blocks, *of_loops):
        yield from sources_of((*equations.terms, *equations.read_derived))
    calls: list[Call] = []
    for loop in loops:
        calls += [*loop.steps, *loop.whole_steps]
    for synapse_block in program.synapse_blocks:
        calls += synapse_block.event_calls
        yield from ((lazy.function, lazy.source) for lazy in synapse_block.lazy)
        calls += synapse_block.couplings
    for block in program.blocks:
        yield from sources_of(block.read_derived)
        calls += [*block.steps, *block.whole_steps, *block.placed, *block.resets]
        calls += [*block.drives, *block.event_calls]
    calls += [block.threshold for block in program.blocks if block.threshold]
    yield from ((call.function, call.source) for call in calls)


def _loops(program: Program) -> list[Loop]:
    loops: list[Loop] = []
    for synapse_block in program.synapse_blocks:
        loops += synapse_block.loops
    return loops


def _written(sources: Iterable[Text]) -> Iterator[str]:
    for source in sources:
        yield source.name
        yield from _written(helper for _, helper in source.helpers)


def _origin(source: Text) -> str:
    return (
        "of its integration method"
        if source.file.startswith("<integrator")
        else f"from {Path(source.file).name}"
    )


def check_names(own: Lines, functions: Functions) -> None:
    """Refuse names that would mean two things in the printed program.

    Parameters
    ----------
    own : list of str
        All text that is no model's.
    functions : Functions
        The printed functions of the models.

    Raises
    ------
    ModelError
        With the name, and what it stands for.
    """
    statements = ast.parse("\n".join(own)).body
    callable_names = set(functions.sources).union(*map(_defined, statements))
    for statement in statements:
        for name in _defined(statement) & set(functions.sources):
            source = functions.sources[name]
            raise ModelError(
                f"{source.name} ({source.where()}) would be printed as {name}, which is a name of "
                "the printed program itself: rename the function or its model"
            )
        if isinstance(statement, ast.FunctionDef):
            _check_locals(statement, callable_names)


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in statement.names}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return {statement.name} if isinstance(statement, ast.FunctionDef) else set()


def _check_locals(function: ast.FunctionDef, callable_names: set[str]) -> None:
    nodes = list(ast.walk(function))
    values = {node.arg for node in nodes if isinstance(node, ast.arg)}
    values |= {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    called = {
        node.func.id
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for name in sorted(called & callable_names & values):
        raise ModelError(
            f"the printed program's {function.name} would mean two things by {name}: "
            "rename the model, or its parameter, state or function of this name"
        )
