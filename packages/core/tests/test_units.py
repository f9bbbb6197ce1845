"""Quantities become plain numbers of the declared unit, or an error that names the value."""

from __future__ import annotations

import ast
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainkernel.base.units import check_unit, magnitude, milliseconds
from brainkernel.errors import UnitError

SOURCES = sorted(Path(__file__).parents[2].glob("*/src/**/*.py"))
USUAL = {
    "",
    "ms",
    "mV",
    "nS",
    "pA",
    "1/ms",
    "Hz",
    "uF/cm**2",
    "mS/cm**2",
    "mV/ms**0.5",
    "(mV*nS)/pF",
    "mV**(1/2)",
    "ms**-1",
}


def declared_units():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "unit"
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)  # or None: the unit follows from others
            ):
                yield node.value.value


@pytest.fixture(scope="module")
def ureg():
    return pytest.importorskip("pint").UnitRegistry()


@pytest.mark.parametrize("unit", sorted(USUAL | set(declared_units())))
def test_units_are_read_by_us_and_by_pint(ureg, unit):
    check_unit(unit)
    ureg.Unit(unit)


@pytest.mark.parametrize(
    "unit",
    [
        "mV^2",
        "mV nS",
        "ms+ms",
        "mV/",
        "(mV",
        "mV**ms",
        "mV.nS",
        "f(mV)",
        "mV;ms",
        "'mV'",
        "-mV",
        "True",
        " ",
        "a[0]",
        "10*mV",
        "0",
        "mV**(1/0)",
        None,
        3,
    ],
)
def test_misspelt_units_are_refused(unit):
    with pytest.raises(UnitError, match="no unit"):
        check_unit(unit)


UNIT_TEXTS = st.lists(
    st.sampled_from(["mV", "ms", "*", "/", "**", "(", ")", "1", "2", "0", "0.5", "-", "."]),
    max_size=9,
)


@settings(deadline=None)
@given(UNIT_TEXTS.map("".join))
def test_whatever_passes_the_check_is_read_by_pint(unit):
    pint = pytest.importorskip("pint")
    try:
        check_unit(unit)
    except UnitError:
        return
    with suppress(pint.UndefinedUnitError):  # whether names are units is not looked at
        pint.application_registry.get().parse_units(unit)


@pytest.mark.parametrize(
    "value", [3, 2.5, None, "text", [1.0, 2.0], np.arange(3), np.float32(1), len, True]
)
def test_plain_values_pass_untouched(value):
    assert magnitude(value, "mV", "LIF.V") is value


def test_a_quantity_is_converted(ureg):
    assert magnitude(ureg.Quantity(20, "ms"), "s", "x") == 0.02
    result = magnitude(ureg.Quantity(3, "mV"), "mV", "x")
    assert result == 3.0
    assert type(result) is float
    assert magnitude(ureg.Quantity(Fraction(1, 2), "s"), "ms", "x") == 500.0
    assert magnitude(ureg.Quantity(5.0, ""), "", "x") == 5.0
    assert magnitude(ureg.Quantity(1, "S/m**2"), "mS/cm**2", "x") == pytest.approx(0.1)
    assert magnitude(ureg.Quantity(1, "V/s**0.5"), "mV/ms**0.5", "x") == pytest.approx(
        1000 / 1000**0.5
    )


def test_an_array_keeps_its_shape_and_a_sequence_of_quantities_becomes_one(ureg):
    array = magnitude(ureg.Quantity(np.array([[1, 2], [3, 4]]), "V"), "mV", "x")
    assert array.dtype == np.float64
    assert array.tolist() == [[1000.0, 2000.0], [3000.0, 4000.0]]
    other = type(ureg)()
    assert magnitude([ureg.Quantity(1, "V"), other.Quantity(2, "mV"), 3], "mV", "x").tolist() == [
        1000.0,
        2.0,
        3.0,
    ]


def test_registries_do_not_mix(ureg):
    mine = type(ureg)()
    mine.define("smoot = 1.7018 m")
    assert magnitude(mine.Quantity(1, "smoot"), "m", "x") == pytest.approx(1.7018)
    assert magnitude(ureg.Quantity(1, "m"), "cm", "x") == 100.0


def test_what_does_not_fit_says_whose_given_and_wanted(ureg):
    with pytest.raises(UnitError, match=r"LIF\.tau was given in millivolt, but must be in ms"):
        magnitude(ureg.Quantity(20, "mV"), "ms", "LIF.tau")
    with pytest.raises(UnitError, match="given dimensionless, but must be in ms"):
        magnitude(ureg.Quantity(20, ""), "ms", "LIF.tau")
    with pytest.raises(UnitError, match="must be dimensionless"):
        magnitude(ureg.Quantity(20, "mV"), "", "LIF.gain")


def test_milliseconds(ureg):
    assert milliseconds(ureg.Quantity(0.1, "s"), "duration") == 100.0
    assert milliseconds(100.0, "duration") == 100.0
    with pytest.raises(UnitError, match="duration was given in millivolt"):
        milliseconds(ureg.Quantity(1, "mV"), "duration")


def test_a_quantity_of_another_library_is_refused_and_not_stripped():
    class Quantity(np.ndarray):
        unit = "V"

    value = np.ones(3).view(Quantity)
    with pytest.raises(UnitError, match=r"LIF\.V is a quantity of .* plain number in mV"):
        magnitude(value, "mV", "LIF.V")
    masked = np.ma.masked_array([1.0], mask=[False])
    assert magnitude(masked, "mV", "LIF.V") is masked
