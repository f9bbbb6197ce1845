"""`elementwise` makes a formula on Values a function of compiled code, typed as NumPy's."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numba
import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import lower_builtin, type_callable
from numba.np.numpy_support import as_dtype

from brainkernel_numba.values import FLOAT64, Value

__all__ = ["elementary", "elementwise"]

DType: TypeAlias = np.dtype[Any]
Rule: TypeAlias = Callable[..., tuple[DType, ...]]
Function: TypeAlias = Callable[..., Any]

_SUPPORTED = {np.dtype(code) for code in "?bhilqBHILQfd"}


def elementwise(rule: Rule | None = None) -> Callable[[Function], Function]:
    """Give compiled code the decorated formula in place of NumPy's function of the same name.

    What the decorator returns is for Numba: compiled code gets the formula, appended to the
    caller's own instructions. Called from plain Python, as when compilation is disabled to step
    through a printed program, it is NumPy's function.

    Parameters
    ----------
    rule
        From the dtypes of the arguments to those that the formula wants, followed by those of its
        results. By default what NumPy's ufunc of this name says.
    """
    return functools.partial(_register, rule=rule, inside=None)


def elementary(formula: Function, ufunc: np.ufunc | None = None) -> Function:
    """Give compiled code `formula`, computed in float64; a float32 is rounded at the end.

    Types are those of `ufunc`, or else of NumPy's ufunc of the same name.
    """
    return _register(formula, rule=_ufunc_rule(ufunc) if ufunc else None, inside=FLOAT64)


def _register(formula: Function, rule: Rule | None, inside: DType | None) -> Function:
    name = formula.__name__
    function = _numpy_function(name, formula)
    resolve = rule or _ufunc_rule(getattr(np, name))
    parameters = inspect.signature(formula)
    count = len(parameters.parameters)

    def typer(*arguments: Any, **keywords: Any) -> Any:
        given = parameters.bind(*arguments, **keywords).args
        return _signature(name, resolve, given)

    typer.__signature__ = parameters  # type: ignore[attr-defined]

    def lower(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
        dtypes = [as_dtype(argument) for argument in signature.args]
        values = [
            Value(builder, llvm, dtype) for llvm, dtype in zip(arguments, dtypes, strict=True)
        ]
        results = formula(*[value.astype(inside or value.dtype) for value in values])
        return _pack(context, builder, signature.return_type, results)

    type_callable(function)(lambda context: typer)
    lower_builtin(function, *[types.Any] * count)(lower)  # type: ignore[no-untyped-call]
    return function


def _numpy_function(name: str, formula: Function) -> Function:
    """Return a function that does in Python what NumPy does, and that Numba takes for another."""

    @functools.wraps(formula)
    def function(*arguments: Any, **keywords: Any) -> Any:
        return getattr(np, name)(*arguments, **keywords)

    return function


def _ufunc_rule(ufunc: np.ufunc) -> Rule:
    def rule(*dtypes: DType) -> tuple[DType, ...]:
        resolved = ufunc.resolve_dtypes((*dtypes, *[None] * ufunc.nout))
        # float16, which NumPy makes of small integers, has no arithmetic here: more precise, never
        # less.
        return tuple(FLOAT64 if dtype.char == "e" else dtype for dtype in resolved)

    return rule


def _signature(name: str, rule: Rule, arguments: Sequence[Any]) -> Any:
    try:
        dtypes = [as_dtype(types.unliteral(argument)) for argument in arguments]  # type: ignore[no-untyped-call]
        resolved = rule(*dtypes)
        if not _SUPPORTED.issuperset(resolved):
            raise TypeError("only bool, integers, float32 and float64 are supported")
    except (TypeError, NotImplementedError) as error:
        given = ", ".join(map(str, arguments))
        raise TypingError(
            f"np.{name} cannot take scalars of the types ({given}): {error}"
        ) from error
    wanted, results = (
        resolved[: len(dtypes)],
        [numba.from_dtype(dtype) for dtype in resolved[len(dtypes) :]],
    )
    result = results[0] if len(results) == 1 else types.Tuple(results)  # type: ignore[no-untyped-call]
    return result(*map(numba.from_dtype, wanted))


def _pack(context: Any, builder: Any, return_type: Any, results: Value | tuple[Value, ...]) -> Any:
    if isinstance(results, Value):
        return results.astype(as_dtype(return_type)).llvm
    members = [
        value.astype(as_dtype(member)).llvm
        for value, member in zip(results, return_type, strict=True)
    ]
    return context.make_tuple(builder, return_type, members)
