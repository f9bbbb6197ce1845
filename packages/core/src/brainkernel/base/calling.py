"""Calls functions of users with what they name, and tells where their own exceptions come from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeGuard

from brainkernel.errors import BrainKernelError, UserFunctionError, ValueShapeError


def is_function(value: object) -> TypeGuard[Callable[..., Any]]:
    """Whether a value is to be called.

    Quantities of some libraries can be called too, and are none.
    """
    return callable(value) and not hasattr(value, "magnitude")


def call_by_name(
    function: Callable[..., Any],
    label: str,
    values: Mapping[str, object],
    error: type[BrainKernelError] = ValueShapeError,
) -> Any:
    """Call a user's function with what it names.

    Parameters
    ----------
    function : function
        A name with a default of its own is a constant, as in ``lambda rng, mean=2.0: ...``.
    label : str
        What it is given for, for messages: ``"lif.tau"``.
    values : mapping
        What it may name.
    error : type
        The exception to raise where it names something else.

    Raises
    ------
    UserFunctionError
        Where the function itself raises, with its file and line.
    """
    names = named_arguments(function, label, values, error)
    arguments = {name: values[name] for name in names}
    missing = [name for name, value in arguments.items() if value is None]
    if missing:
        raise error(
            f"{label} = {name_of(function)} names {missing[0]}, which was not given: give "
            f"{missing[0]}=..."
        )
    with naming_errors(function, label):
        return function(**arguments)


def named_arguments(
    function: Callable[..., Any],
    label: str,
    values: Mapping[str, object],
    error: type[BrainKernelError] = ValueShapeError,
    meanings: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The names that a function wants to be given; others are refused, and so is what has no name.

    Where `meanings` are given, messages say them.
    """
    allowed = ", ".join(f"{name} ({meanings[name]})" if meanings else name for name in values)
    if isinstance(function, type):
        raise error(
            f"{label} is the class {function.__name__}: give a number, or a function of {allowed}"
        )
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as cause:
        raise error(
            f"{label}: the arguments of {function!r} cannot be read; write lambda rng: ..."
        ) from cause
    named = []
    nameless = []
    for parameter in parameters:
        if parameter.name in values or parameter.default is inspect.Parameter.empty:
            named.append(parameter.name)
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                nameless.append(str(parameter))
    if nameless:
        raise error(
            f"{label} = {name_of(function)} takes {', '.join(nameless)}, which cannot be given by "
            "name (as all that "
            f"has * before it, or / behind it): what it may name is {allowed}"
        )
    unknown = [name for name in named if name not in values]
    if unknown:
        raise error(
            f"{label} = {name_of(function)} names {', '.join(unknown)}: "
            f"what it may name is {allowed}; it is called with these by name"
        )
    return tuple(named)


@contextmanager
def naming_errors(function: Callable[..., Any], label: str) -> Iterator[None]:
    """Say whose function raised what, and where; errors of this project speak for themselves."""
    try:
        yield
    except BrainKernelError:
        raise
    except Exception as cause:
        raise UserFunctionError(
            f"{label}: {name_of(function, cause)} raised {type(cause).__name__}: {cause}"
        ) from cause


def name_of(function: Callable[..., Any], cause: BaseException | None = None) -> str:
    """Name a function as its author finds it: name, file, and line (that which raised, if any)."""
    code = getattr(function, "__code__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if code is None:
        return f"the function {name}"
    line, trace = code.co_firstlineno, None if cause is None else cause.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"the function {name} ({code.co_filename}:{line})"
