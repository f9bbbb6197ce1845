"""Whether equations are linear with constant coefficients.

The user's functions are called on an algebra of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from brainkernel.errors import IntegratorError
from brainkernel.model.derived_quantities import needed
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, Term


class NotLinear(Exception):
    """A rate is not linear in the states with constant coefficients."""


class Affine(np.lib.mixins.NDArrayOperatorsMixin):
    """``sum of coefficient * state + something that may vary``.

    What is known of a value while a rate is computed.
    """

    __array_priority__ = 1000.0

    def __init__(self, coefficients: Mapping[str, Any] | None = None) -> None:
        self.coefficients = dict(coefficients or {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Affine:
        rule = RULES.get(ufunc.__name__)
        if method == "__call__" and rule is not None:
            result: Affine = rule(*inputs)
            return result
        return _varying(inputs)

    def __array_function__(
        self,
        function: Any,
        types: Any,
        arguments: tuple[Any, ...],
        options: Any,
    ) -> Affine:
        return _varying(arguments)

    def __bool__(self) -> bool:
        raise NotLinear


def _coefficients(value: Any) -> dict[str, Any]:
    return value.coefficients if isinstance(value, Affine) else {}


def _varying(inputs: Any) -> Affine:
    if any(_coefficients(value) for value in inputs):
        raise NotLinear
    return Affine()


def _add(a: Any, b: Any, sign: int = 1) -> Affine:
    total = dict(_coefficients(a))
    for name, value in _coefficients(b).items():
        total[name] = total.get(name, 0.0) + sign * value
    return Affine(total)


def _multiply(a: Any, b: Any) -> Affine:
    if isinstance(a, Affine) and isinstance(b, Affine):
        return _varying((a, b))
    affine, factor = (a, b) if isinstance(a, Affine) else (b, a)
    return Affine({name: value * factor for name, value in affine.coefficients.items()})


def _divide(a: Any, b: Any) -> Affine:
    if isinstance(b, Affine):
        return _varying((a, b))
    return Affine({name: value / b for name, value in a.coefficients.items()})


RULES: dict[str, Any] = {
    "add": _add,
    "subtract": lambda a, b: _add(a, b, -1),
    "multiply": _multiply,
    "divide": _divide,
    "true_divide": _divide,
    "negative": lambda a: _multiply(a, -1.0),
    "positive": lambda a: a,
}


def matrix(equations: Equations, parameters: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Find the coefficients A[i, j] of ``dx_i/dt = sum_j A[i, j] x_j + ...``.

    Parameters
    ----------
    equations : Equations
        The system.
    parameters : mapping
        Values of the parameters by printed name; every other name may vary.

    Raises
    ------
    NotLinear
        Where a rate is not linear in the states, a coefficient varies, or time itself is named.
    """
    names = _named(equations)
    # all else that is no state is constant within a step
    if "t" in names or equations.over_group:
        raise NotLinear
    values: dict[str, Any] = {name: parameters.get(name, Affine()) for name in names}
    # what a rate reads besides may vary, but must not be multiplied with a state
    values.update({state: Affine({state: 1.0}) for state in equations.states})
    return _evaluated(equations, values)


def trial_values(equations: Equations) -> dict[str, Any]:
    """Values for all parameters: any do, where only which names meet in a product matters."""
    varying = {*equations.states, *equations.external, *equations.driven, "t"}
    return _numbered(sorted(_named(equations) - varying))


def in_inputs(equations: Equations, parameters: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Find the coefficients B[i, k] of ``dx_i/dt = ... + sum_k B[i, k] input_k + constant``.

    Raises
    ------
    NotLinear
        Where a rate is not linear in the inputs too, with constant coefficients, or something else
        varies.
    """
    names = _named(equations)
    varying = {*equations.states, *equations.external}
    if not names <= {*varying, *parameters} or equations.over_group:
        raise NotLinear
    values = {}
    for name in names:
        values[name] = Affine({name: 1.0}) if name in varying else parameters[name]
    by_pair = _evaluated(equations, values)
    return {pair: value for pair, value in by_pair.items() if pair[1] in equations.external}


def coefficient(function: Text, values: Mapping[str, Any], name: str) -> Any | None:
    """Give what one argument of a function is multiplied by, for known values of the others.

    Returns
    -------
    number, array or None
        0.0 where the function does not name it; None where it is not linear in it.
    """
    if name not in function.arguments:
        return 0.0
    # this one argument stands for itself, the others for their numbers
    named = {**values, name: Affine({name: 1.0})}
    arguments = [named[argument] for argument in function.arguments]
    try:
        with np.errstate(all="ignore"):
            result = function.call(*arguments)
    except (NotLinear, TypeError, ArithmeticError):
        return None
    return _coefficients(result).get(name, 0.0)


def is_linear_in_itself(equations: Equations, term: Term) -> bool:
    """Whether a rate is linear in its own state, also by inputs, whatever its slope follows."""
    single = equations.only(term)
    values = _numbered(sorted(_named(single)))
    values[term.target] = Affine({term.target: 1.0})
    try:
        with np.errstate(all="ignore"):
            single.evaluate(values)
    except (NotLinear, TypeError):
        return False
    return True


def is_linear(equations: Equations, parameters: Mapping[str, Any]) -> bool:
    """Whether the exact method can integrate these equations."""
    try:
        matrix(equations, parameters)
    except NotLinear:
        return False
    return bool(equations.rates)


def coefficients(equations: Equations, parameters: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Find the rate of each state by each state.

    Raises
    ------
    IntegratorError
        Where the equations are not linear with constant coefficients.
    """
    try:
        return matrix(equations, parameters)
    except NotLinear:
        raise IntegratorError(
            f"{equations.owner}: method 'exact' needs equations that are linear in "
            f"{', '.join(equations.states)} with "
            "constant coefficients and do not name t; use 'exponential_midpoint' or 'rk4'"
        ) from None


def _named(equations: Equations) -> set[str]:
    """All that rates and currents read, of which nothing is derived."""
    names = set(equations.driven)
    terms = (*equations.rates, *equations.currents)
    for term in terms:
        names.update(term.arguments)
    derived = needed(names, equations.derived)
    for term in derived:
        names.update(term.arguments)
    return names - {term.target for term in derived}


def _numbered(names: Iterable[str]) -> dict[str, Any]:
    """A value for each name: any do, where only which names meet in a product matters."""
    values = {}
    for number, name in enumerate(names, start=1):
        values[name] = np.float64(1.0 + 0.1 * number)
    return values


def _evaluated(equations: Equations, values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """The coefficients of each rate by what is affine among the values of its arguments."""
    try:
        with np.errstate(all="ignore"):
            rates = equations.evaluate(values)
    except TypeError as cause:
        raise NotLinear from cause
    by_pair = {}
    for state, rate in rates.items():
        for name, value in _coefficients(rate).items():
            by_pair[state, name] = value
    return by_pair
