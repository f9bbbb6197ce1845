"""Step functions: the user's text, read but never rewritten."""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from brainkernel.errors import ModelError
from brainkernel.model.boolean_arithmetic import check_truth
from brainkernel.model.function_text import Number
from brainkernel.model.function_text import Text as Text
from brainkernel.model.portability import BUILTINS, check_portable
from brainkernel.model.slots import Place


@dataclass(frozen=True)
class StepFunction:
    """A step function of a model: its text, its kind and what it writes.

    Attributes
    ----------
    kind : str
        ``derivative``, ``diffusion``, ``threshold``, ``reset``, ``on_pre``, ``on_post``,
        ``adds_to`` or ``step``.
    targets : tuple of str
        The names that its results are written to.
    whole : bool
        True where it sees whole arrays and not one element.
    crossing : bool
        For a threshold: fire only where the value turns from below zero to zero or more.
    unit : str or None
        For `adds_to`: the unit of its result, where its author declares it.
    every : float or None
        For `step`: the interval in ms at whose multiples it runs; None: at each step.
    place : Place or None
        For `step`: where in a step it stands; None: after the integration of an element, or after
        the reset of a group.
    turn : int
        For a step that was given to a network: its number among these; zero for one of a class.
    event : str
        For what happens at an event: its kind; empty for the spike.
    lazy : bool
        For a derivative: whether its state is integrated only when an event needs it.
    over_group : str
        For a derived quantity that is a ``mean`` or ``total`` over all neurons of a group: which.
    """

    kind: str
    targets: tuple[str, ...]
    source: Text
    whole: bool = False
    crossing: bool = False
    unit: str | None = None
    every: float | None = None
    place: Place | None = None
    turn: int = 0
    event: str = ""
    lazy: bool = False
    over_group: str = ""

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.source.name

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names that it reads."""
        return self.source.arguments

    @property
    def text(self) -> str:
        """Its source, word for word."""
        return self.source.text


def read_function(
    function: Callable[..., Any],
    owner: str,
    whole: bool = False,
    known: frozenset[str] = frozenset(),
) -> Text:
    """Read a function's source and resolve what it captures.

    What it captures is taken here, when the model is defined: a number or helper that changes
    afterwards changes neither the printed program nor `Text.call`.

    Parameters
    ----------
    function : function
        A plain Python function written in a file or a notebook cell.
    owner : str
        The model it belongs to, for messages.
    whole : bool
        Whether it sees whole arrays; then any NumPy is allowed.
    known : frozenset of str
        Names of the model's data, for a helpful message when one is used but not named as an
        argument.

    Raises
    ------
    ModelError
        No source, an odd signature, or a captured object that is neither number, function nor
        NumPy.
    PortabilityError
        A construct that some backend cannot run.
    """
    if not isinstance(function, FunctionType):
        raise ModelError(f"{owner}: {function!r} is no plain function: write it with def")
    what = f"{owner}.{function.__name__}"
    text, file, line = _source(function, what)
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    if tree.name in KEPT:
        raise ModelError(
            f"{what} ({file}:{line}): the printed program keeps the name {tree.name}; choose "
            "another"
        )
    arguments = _arguments(tree, what, f"{file}:{line}")
    captured = {
        name: _captured(function, name, what, known)
        for name in _outside_names(tree, arguments, whole)
    }
    numpy_names = tuple(sorted(name for name, value in captured.items() if _is_numpy(value)))
    helpers = {n: v for n, v in captured.items() if isinstance(v, FunctionType)}
    if function in helpers.values():
        raise ModelError(
            f"{what} ({file}:{line}) calls itself: a step function is straight-line code"
        )
    check_portable(
        tree,
        text,
        what=what,
        file=file,
        line=line,
        numpy_names=numpy_names,
        callables=set(helpers),
        whole=whole,
    )
    constants = tuple(sorted((n, _number(v)) for n, v in captured.items() if _is_number(v)))
    texts = tuple((n, read_function(v, owner, whole)) for n, v in sorted(helpers.items()))
    bound = {
        **dict.fromkeys(numpy_names, np),
        **dict(constants),
        **{n: helper.call for n, helper in texts},
    }
    call = _bind(tree, file, line, bound)
    read = Text(tree.name, arguments, text, file, line, numpy_names, constants, texts, call)
    if not whole:
        check_truth(read, what)
    return read


def _bind(tree: ast.FunctionDef, file: str, line: int, captured: dict[str, Any]) -> FunctionType:
    """Make the function anew, so that it sees only what was captured.

    Tracebacks still show its own lines.
    """
    module = ast.increment_lineno(ast.Module([tree], []), line - 1)
    scope: dict[str, Any] = {}
    exec(
        compile(module, file, "exec", __future__.annotations.compiler_flag, dont_inherit=True),
        scope,
    )
    code = scope[tree.name].__code__
    return FunctionType(code, {"__builtins__": builtins, **captured}, tree.name)


def returned_values(source: Text) -> Iterator[int]:
    """How many values each ``return`` of a function gives back, where its text shows it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Return):
            yield len(node.value.elts) if isinstance(node.value, ast.Tuple) else 1


def _source(function: FunctionType, what: str) -> tuple[str, str, int]:
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError) as cause:
        raise _without_source(what) from cause
    margin = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    # not textwrap.dedent: a comment may stand left of the function that it is in
    dedented = "".join(text.removeprefix(margin) for text in lines)
    try:
        tree = ast.parse(dedented).body[0]
    except SyntaxError as cause:
        raise ModelError(
            f"{what} is no plain function: write it with def, one statement a line"
        ) from cause
    if function.__name__ == "<lambda>" or isinstance(tree, ast.AsyncFunctionDef):
        raise ModelError(f"{what} is no plain function: write it with def (no lambda, no async)")
    if not isinstance(tree, ast.FunctionDef) or tree.name != function.__code__.co_name:
        raise _without_source(what)  # Python may find other text under the same name, as `<string>`
    body = dedented.splitlines()[tree.lineno - 1 : tree.end_lineno]
    return "\n".join(body), inspect.getfile(function), first + tree.lineno - 1


def _without_source(what: str) -> ModelError:
    return ModelError(
        f"{what} has no source text to print: write it in a file or a notebook cell, not at a bare "
        "prompt"
    )


def _arguments(tree: ast.FunctionDef, what: str, where: str) -> tuple[str, ...]:
    spec = tree.args
    if spec.vararg or spec.kwarg or spec.kwonlyargs or spec.defaults or spec.posonlyargs:
        raise ModelError(
            f"{what} ({where}) must name its data as plain arguments: no defaults, no *args, no "
            "**kwargs"
        )
    names = tuple(argument.arg for argument in spec.args)
    if "self" in names:
        raise ModelError(
            f"{what} ({where}) names self: a step function sees only the data it names, write "
            "their names"
        )
    return names


def _outside_names(tree: ast.FunctionDef, arguments: tuple[str, ...], whole: bool) -> list[str]:
    inside = set(arguments)
    used: list[str] = []
    for statement in tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.arg):
                inside.add(node.arg)
            if isinstance(node, ast.Name):
                (inside.add if isinstance(node.ctx, ast.Store) else used.append)(node.id)
    allowed = (
        set(dir(builtins)) if whole else ALLOWED_BUILTINS
    )  # whole functions are ordinary NumPy
    return sorted({name for name in used if name not in inside and name not in allowed})


# what a program defines before the models' functions, or calls of Python's own; what it imports
# begins with an underscore
KEPT = frozenset(
    "constants written_for written_with printed_for np range slice int float min dict "
    "enumerate".split()
)
# abs is portable; the others are refused with advice
ALLOWED_BUILTINS = frozenset({"abs", *BUILTINS})


def _captured(function: FunctionType, name: str, what: str, known: frozenset[str]) -> object:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if name in cells:
        value: object = cells[name].cell_contents
    elif name in function.__globals__:
        value = function.__globals__[name]
    elif name in known:
        raise ModelError(
            f"{what} uses {name} but does not name it: add {name} to the arguments of "
            f"{function.__name__}"
        )
    else:
        raise ModelError(
            f"{what} uses the unknown name {name}: name data as arguments, and define helpers "
            "before the model"
        )
    if _is_numpy(value) or _is_number(value) or isinstance(value, FunctionType) or value is math:
        return value  # math is refused later, with its portable spelling
    kind = type(value).__name__
    if name in known:
        raise ModelError(
            f"{what} uses {name} but does not name it: add {name} to the arguments of "
            f"{function.__name__}"
        )
    raise ModelError(
        f"{what} captures {name}, a {kind}: only numbers and plain functions can be; "
        f"{_instead(value)}"
    )


def _instead(value: object) -> str:
    """What to do with a value that cannot be captured."""
    if not isinstance(value, np.ndarray):
        return "make what it needs of it a parameter, or write it into the function"
    if value.ndim == 1:
        return (
            "make it a parameter with one number for each neuron, if that is what it holds, "
            "or write its numbers out"
        )
    return (
        "a matrix of weights between neurons belongs into synapses, "
        "connect=bk.connect.from_matrix(W); "
        "a small table can be written out as numbers"
    )


def _is_numpy(value: object) -> bool:
    return isinstance(value, ModuleType) and value.__name__ == "numpy"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) or (
        hasattr(value, "dtype") and getattr(value, "shape", None) == ()
    )


def _number(value: Any) -> Number:
    return value if isinstance(value, (bool, int, float)) else value.item()
