"""Whether two models agree on units.

A synapse's functions are called on units instead of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from brainkernel.base.dimensions import NUMBER, Dimension, dimension_of
from brainkernel.errors import UnitError
from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.levels import end_of
from brainkernel.model.step_function import StepFunction


class Unlike(Exception):
    """Values of two units are added or compared."""

    def __init__(self, left: Dimension, right: Dimension) -> None:
        super().__init__(left, right)
        self.left, self.right = left, right


@dataclass(frozen=True, eq=False)
class Measured(np.lib.mixins.NDArrayOperatorsMixin):
    """What is known of a value's unit while a function is called; None where it cannot be told.

    A number that stands in a function's text may have any unit: ``V + 1.0`` is a voltage, and
    ``0.001 * I`` may be a conversion, so that nothing is said of it.
    """

    unit: Dimension | None

    def __array_ufunc__(
        self,
        ufunc: np.ufunc,
        method: str,
        *inputs: Any,
        **options: Any,
    ) -> Measured:
        rule = RULES.get(ufunc.__name__)
        if rule is None or method != "__call__":
            return Measured(None)
        return Measured(rule(*inputs))

    def __array_function__(
        self,
        function: Any,
        types: Any,
        arguments: tuple[Any, ...],
        options: Any,
    ) -> Measured:
        rule = RULES.get(function.__name__)
        if rule is None or options:
            return Measured(None)
        return Measured(rule(*arguments))


def _unit(value: Any) -> Dimension | None:
    return value.unit if isinstance(value, Measured) else None


def _alike(*values: Any) -> Dimension | None:
    """The unit of a sum: that of any part whose unit is known."""
    units = [unit for value in values if (unit := _unit(value)) is not None]
    for unit in units[1:]:
        if unit != units[0]:
            raise Unlike(units[0], unit)
    return units[0] if units else None


def _factor(value: Any) -> Dimension | None:
    if not isinstance(value, Measured) and np.all(np.abs(value) == 1.0):
        return NUMBER
    return _unit(value)


def _product(left: Any, right: Any) -> Dimension | None:
    left_unit, right_unit = _factor(left), _factor(right)
    if left_unit is None or right_unit is None:
        return None
    return left_unit * right_unit


def _quotient(left: Any, right: Any) -> Dimension | None:
    left_unit, right_unit = _factor(left), _factor(right)
    if left_unit is None or right_unit is None:
        return None
    return left_unit / right_unit


def _power(base: Any, exponent: Any) -> Dimension | None:
    unit = _unit(base)
    if unit is None or isinstance(exponent, Measured) or np.ndim(exponent):
        return NUMBER if unit == NUMBER else None
    return unit ** Fraction(float(exponent)).limit_denominator(12)


def _root(value: Any) -> Dimension | None:
    unit = _unit(value)
    return None if unit is None else unit ** Fraction(1, 2)


def _compared(*values: Any) -> Dimension:
    _alike(*values)
    return NUMBER


def _number(*values: Any) -> Dimension:
    return NUMBER


RULES: dict[str, Callable[..., Dimension | None]] = {
    **dict.fromkeys(("add", "subtract", "maximum", "minimum", "fmax", "fmin", "clip"), _alike),
    **dict.fromkeys(("negative", "positive", "absolute", "fabs", "abs"), _unit),
    **dict.fromkeys(("multiply",), _product),
    **dict.fromkeys(("divide", "true_divide"), _quotient),
    **dict.fromkeys(("power", "float_power"), _power),
    **dict.fromkeys(
        ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"), _compared
    ),
    **dict.fromkeys(
        ("exp", "expm1", "log", "log1p", "log10", "log2", "sign", "heaviside"), _number
    ),
    **dict.fromkeys(
        ("tanh", "sinh", "cosh", "sin", "cos", "tan", "arctan", "logical_and", "logical_or"),
        _number,
    ),
    "square": lambda value: _power(value, 2),
    "sqrt": _root,
    "where": lambda condition, left, right: _alike(left, right),
}


def check_units(definition: ModelDefinition, label: str, pre: Any, post: Any) -> None:
    """Refuse a synapse whose functions contradict the models at its two ends in their units.

    Parameters
    ----------
    definition : ModelDefinition
        Of the synapse.
    label : str
        The projection's name.
    pre, post : Neuron
        The two groups.

    Raises
    ------
    UnitError
        With both units and what to do.

    Notes
    -----
    Only what both sides declare can contradict: a model without any unit is free, a unit that is
    not in the table of `brainkernel.base.dimensions` says nothing, and neither does a result whose
    unit cannot be told from the function.
    """
    ends = {"pre": pre.definition, "post": post.definition}
    projection = f"{label} ({pre._label()} -> {post._label()})"
    for function in definition.functions:
        names = {*function.arguments, *function.targets} - definition.declarations.keys()
        meets = function.kind == "adds_to" or any(end_of(name)[1] for name in names)
        if meets and not function.whole:
            _check_function(function, definition, ends, projection)


def check_current_units(definition: ModelDefinition, label: str) -> None:
    """Refuse a neuron that adds to one of its inputs what is in another unit.

    Raises
    ------
    UnitError
        As `check_units`.
    """
    for function in definition.of_kind("adds_to"):
        _check_function(function, definition, {"post": definition}, label)


def _check_function(
    function: StepFunction,
    definition: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
    label: str,
) -> None:
    owner_label = f"{label}: {definition.name}.{function.name}"
    listed = _listed(function, definition, ends)
    advice = (
        f"use models whose units fit each other, or a subclass of {definition.name} "
        "with its data in fitting units"
    )
    try:
        results = _results(function, definition, ends)
    except Unlike as clash:
        raise UnitError(
            f"{owner_label} adds or compares values in {clash.left} and values in {clash.right}: "
            f"{listed}; {advice}"
        ) from None
    if function.kind == "adds_to":
        advice += (
            f"; where the function converts, say so: @bk.adds_to({function.targets[0]!r}, unit=...)"
        )
    for target, unit in zip(function.targets, results, strict=False):
        owner, name, declared = _target(function, target, definition, ends)
        declared_unit = _declared(declared, owner, strict=True)
        is_foreign = owner is not definition or function.kind == "adds_to"
        if is_foreign and None not in (unit, declared_unit) and unit != declared_unit:
            raise UnitError(
                f"{owner_label} gives {unit} for {owner.name}.{name}, which is {_in(declared)}"
                f"{_factor_between(unit, declared_unit)}: {listed}; {advice}"
            )


def _results(
    function: StepFunction,
    definition: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> list[Dimension | None]:
    if function.unit is not None:
        return [dimension_of(function.unit)]
    arguments = [Measured(_argument_unit(name, definition, ends)) for name in function.arguments]
    try:
        result = function.source.call(*arguments)
    except Unlike:
        raise
    except Exception:
        # it does what cannot be done with units; what is wrong with it is said where it runs
        return []
    results = result if isinstance(result, tuple) else (result,)
    return [_unit(value) for value in results]


def _argument_unit(
    name: str,
    definition: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> Dimension | None:
    """The unit of an argument, where it is declared."""
    if name in definition.declarations:
        return _of_name(name, definition, ends, strict=definition.kind == "neuron")
    stem, end = end_of(name)
    if end:
        return _of_name(stem, ends[end], {}, strict=True)
    return dimension_of("ms") if name in ("t", "dt") else None


def _of_name(
    name: str,
    owner: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
    strict: bool,
) -> Dimension | None:
    declaration = owner.declarations[name]
    if declaration.kind == "derived" and not declaration.unit:
        return _derived(name, owner, ends)
    return _declared(declaration, owner, strict=strict)


def _derived(
    name: str,
    owner: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> Dimension | None:
    """The unit that a derived quantity has by the units of its arguments."""
    function = next(f for f in owner.derived if f.targets[0] == name)
    if function.over_group:
        return _of_name(function.arguments[0], owner, ends, strict=True)
    try:
        results = _results(replace(function, unit=None), owner, ends)
    except Unlike:  # which is said of the function that names it, where that can be told
        return None
    return results[0] if results else None


def unit_of_derived(
    name: str,
    owner: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> str | None:
    """The unit of a derived quantity as text.

    Parameters
    ----------
    name : str
        Its name.
    owner : ModelDefinition
        The model whose it is.
    ends : mapping
        Of a synapse: the models at its ends, ``pre`` and ``post``.

    Returns
    -------
    str or None
        What is declared, or else follows from the units of its arguments; None where it cannot be
        told.
    """
    declared = owner.declarations[name].unit
    if declared or not has_units(owner):
        return declared
    unit = _derived(name, owner, ends)
    return None if unit is None else str(unit).replace("dimensionless", "")


def _declared(
    declaration: Declaration,
    owner: ModelDefinition,
    strict: bool = False,
) -> Dimension | None:
    """What a declaration says.

    Nothing where it names no unit, unless others of its model do (`strict`).
    """
    if declaration.kind == "draw":
        return NUMBER
    if declaration.unit or (strict and has_units(owner)):
        return dimension_of(declaration.unit)
    return None


def has_units(definition: ModelDefinition) -> bool:
    """Whether a model declares any unit: where it does, what has none is a pure number."""
    return any(declaration.unit for declaration in definition.declarations.values())


def _target(
    function: StepFunction,
    target: str,
    definition: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> tuple[ModelDefinition, str, Declaration]:
    if function.kind == "adds_to":
        owner, name = ends["post"], target
    elif target in definition.declarations:
        owner, name = definition, target
    else:
        name, end = end_of(target)
        owner = ends[end]
    return owner, name, owner.declarations[name]


def _listed(
    function: StepFunction,
    definition: ModelDefinition,
    ends: Mapping[str, ModelDefinition],
) -> str:
    parts = []
    for name in function.arguments:
        stem, end = ("", "") if name in definition.declarations else end_of(name)
        owner, declared = (ends[end], stem) if end else (definition, name)
        told = declared in owner.declarations and (
            owner.declarations[declared].kind != "derived" or owner.declarations[declared].unit
        )
        if told:
            parts.append(f"{name} is {_in(owner.declarations[declared])}")
    return ", ".join(parts) or "it names nothing that has a unit"


def _in(declaration: Declaration) -> str:
    if declaration.unit in ("", "dimensionless"):
        return "a number without unit"
    return f"in {declaration.unit}"


def _factor_between(unit: Dimension | None, declared_unit: Dimension | None) -> str:
    if unit is None or declared_unit is None or unit.powers != declared_unit.powers:
        return ""
    return f" (a factor of 10**{unit.tens - declared_unit.tens})"
