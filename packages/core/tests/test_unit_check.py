"""Models that contradict each other in units are refused; what cannot be told is left alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_models import Counter, Gate, Jump, Kick, Ramp

import brainkernel as bk
from brainkernel.base.dimensions import NUMBER, PREFIXES, UNITS, dimension_of
from brainkernel.errors import UnitError

EVERYONE = bk.connect.all_to_all()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("nS*mV", "pA"),
        ("uS*mV", "nA"),
        ("mS/cm**2*mV", "uA/cm**2"),
        ("pF*mV/ms", "pA"),
        ("nA*Mohm", "mV"),
        ("1/ms", "kHz"),
        ("millivolt", "mV"),
        ("microsiemens", "uS"),
        ("mmol/L", "mM"),
        ("mV/ms**0.5*ms**(1/2)", "mV"),
        ("ms*Hz*mV**0", "ms/s"),
        ("", "dimensionless"),
        ("1", "m/m"),
    ],
)
def test_units_that_are_the_same(left, right):
    assert dimension_of(left) == dimension_of(right) is not None


@pytest.mark.parametrize(
    ("left", "right"), [("nS*mV", "nA"), ("mM", "M"), ("ms", "mS"), ("min", "ms"), ("mV", "")]
)
def test_units_that_differ(left, right):
    assert dimension_of(left) != dimension_of(right)


@pytest.mark.parametrize("unit", ["furlong", "min", "degC", "mV +", "2*mV", "Mx"])
def test_what_is_not_in_the_table_is_not_known(unit):
    assert dimension_of(unit) is None


def test_the_table_agrees_with_pint():
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry()
    base = ("meter", "gram", "second", "ampere", "kelvin", "mole")
    names = [name for group in UNITS for name in group if name != "dimensionless"]
    names += [
        prefix + name
        for group in UNITS
        for name in group
        for prefix in PREFIXES
        if dimension_of(prefix + name)
    ]
    for name in names:
        quantity, here = registry.Quantity(1, name).to_base_units(), dimension_of(name)
        factor = np.log10(float(quantity.magnitude)) + 3 * float(
            here.powers[1]
        )  # pint's base is the kilogram
        assert float(here.tens) == pytest.approx(factor, abs=1e-9), name
        powers = dict(quantity.unit_items())
        powers["gram"] = powers.pop("kilogram", 0)
        assert [float(power) for power in here.powers] == [
            float(powers.get(unit, 0)) for unit in base
        ], name


@given(
    st.sampled_from(["mV", "nS", "pA", "uF/cm**2", "ms", "mM"]),
    st.sampled_from(["mV", "nS", "pA", "Hz", "cm"]),
)
def test_products_and_quotients_are_exact(left, right):
    a, b = dimension_of(left), dimension_of(right)
    assert dimension_of(f"{left}*({right})") == a * b
    assert dimension_of(f"({left})/({right})") == a / b
    assert (a * b) / b == a
    assert (a ** Fraction(1, 2)) * (a ** Fraction(1, 2)) == a
    assert a / a == NUMBER


class Membrane(bk.Neuron):
    V_th = bk.parameter(1.0, unit="mV")
    V = bk.state(0.0, unit="mV")
    n = bk.state(0.5)
    I = bk.input(unit="uA/cm**2")
    pull = bk.input()

    @bk.threshold
    def fires(V, V_th):
        return V - V_th


def conductance(unit, body="g * (E - V_post)", declared=None):
    """A synapse whose conductance is in some unit."""
    text = {
        "g * (E - V_post)": _plain,
        "0.001 * g * (E - V_post)": _converted,
        "g / (1 + exp)": _blocked,
    }[body]

    class Conductance(bk.Synapse):
        E = bk.parameter(0.0, unit="mV")
        weight = bk.parameter(1.0, unit=unit, per="synapse")
        g = bk.state(0.0, unit=unit, per="post")
        current = bk.adds_to("I", unit=declared)(text)

        @bk.on_pre("g")
        def receive(g, weight):
            return g + weight

    return Conductance


def _plain(g, E, V_post):
    return g * (E - V_post)


def _converted(g, E, V_post):
    return 0.001 * g * (E - V_post)


def _blocked(g, E, V_post):
    return np.where(V_post > E, g, g) * (E - V_post) / (1.0 + np.exp(-0.062 * V_post) / 3.57)


def test_a_current_onto_a_current_density_is_refused():
    with pytest.raises(UnitError) as caught:
        conductance("nS")(Gate(1), Membrane(1), connect=EVERYONE)
    for said in (
        "Conductance (Gate -> Membrane)",
        "gives pA",
        "Membrane.I, which is in uA/cm**2",
        "g is in nS",
    ):
        assert said in str(caught.value)


def test_a_factor_between_two_scales_is_refused():
    with pytest.raises(UnitError, match=r"gives nA/cm\*\*2|a factor of 10\*\*-3"):
        conductance("uS/cm**2")(Gate(1), Membrane(1), connect=EVERYONE)
    conductance("mS/cm**2")(Gate(1), Membrane(1), connect=EVERYONE)


def test_what_cannot_be_told_is_left_alone():
    conductance("nS", "0.001 * g * (E - V_post)")(Gate(1), Membrane(1), connect=EVERYONE)
    conductance("nS", "g / (1 + exp)")(Gate(1), Membrane(1), connect=EVERYONE)
    conductance("furlong")(Gate(1), Membrane(1), connect=EVERYONE)
    conductance("")(Gate(1), Membrane(1), connect=EVERYONE)


def test_a_declared_unit_counts():
    conductance("nS", "0.001 * g * (E - V_post)", "uA/cm**2")(
        Gate(1), Membrane(1), connect=EVERYONE
    )
    with pytest.raises(UnitError, match="gives nA for"):
        conductance("nS", "0.001 * g * (E - V_post)", "nA")(Gate(1), Membrane(1), connect=EVERYONE)
    with pytest.raises(UnitError, match="is no unit"):
        bk.adds_to("I", unit="p A")


def test_a_jump_in_another_unit_is_refused():
    class CurrentKick(Kick):
        weight = bk.parameter(1.0, unit="pA", per="synapse")

    with pytest.raises(
        UnitError, match=r"CurrentKick.receive adds .*V_post is in mV, weight is in pA"
    ):
        CurrentKick(Gate(1), Ramp(1), connect=EVERYONE)

    class GateKick(bk.Synapse):
        weight = bk.parameter(1.0, unit="mV", per="synapse")

        @bk.on_pre("n_post")
        def receive(n_post, weight):
            return n_post + weight

    with pytest.raises(UnitError, match="n_post is a number without unit, weight is in mV"):
        GateKick(Gate(1), Membrane(1), connect=EVERYONE)


def test_models_without_units_are_free():
    class Potential(bk.Synapse):
        weight = bk.parameter(1.0, unit="mV", per="synapse")

        @bk.on_pre("x_post")
        def receive(x_post, weight):
            return x_post + weight

    Potential(Gate(1), Counter(1), connect=EVERYONE)
    Jump(Gate(1), Counter(1), connect=EVERYONE)

    class Bare(bk.Synapse):
        weight = bk.parameter(1.0, per="synapse")

        @bk.on_pre("V_post")
        def receive(V_post, weight):
            return V_post + weight

    Bare(Gate(1), Ramp(1), connect=EVERYONE)


def test_an_input_without_unit_of_a_model_that_has_units_takes_numbers():
    class Pulling(bk.Synapse):
        weight = bk.parameter(1.0, unit="mV", per="synapse")

        @bk.adds_to("pull")
        def pull(weight, n_pre):
            return weight * n_pre

    with pytest.raises(UnitError, match=r"Membrane.pull, which is a number without unit"):
        Pulling(Membrane(1), Membrane(1), connect=EVERYONE)
