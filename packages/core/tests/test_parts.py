"""Models that are made of parts: what classes inherit, replace and leave out, in any order."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import ModelError, UnitError
from brainkernel.testing import ModelConformance


class Sodium(bk.Neuron, abstract=True):
    """A transient current."""

    g_Na = bk.parameter(2.0, unit="nS")
    E_Na = bk.parameter(50.0, unit="mV")
    m = bk.state(0.1)

    @bk.derivative
    def dm(m, V):
        return (1.0 / (1.0 + np.exp(-(V + 40.0) / 5.0)) - m) / 0.5

    @bk.adds_to("I")
    def I_Na(V, m, g_Na, E_Na):
        return g_Na * m * m * m * (E_Na - V)


class Potassium:
    """A delayed current, in a plain class: a part need not be a model."""

    g_K = bk.parameter(3.0, unit="nS")
    E_K = bk.parameter(-77.0, unit="mV")
    n = bk.state(0.2)

    @bk.derivative
    def dn(n, V):
        return (1.0 / (1.0 + np.exp(-(V + 35.0) / 6.0)) - n) / 4.0

    @bk.adds_to("I")
    def I_K(V, n, g_K, E_K):
        return g_K * n * n * n * n * (E_K - V)


class Leak(bk.Neuron, abstract=True):
    g_L = bk.parameter(0.3, unit="nS")
    E_L = bk.parameter(-60.0, unit="mV")

    @bk.adds_to("I")
    def I_L(V, g_L, E_L):
        return g_L * (E_L - V)


class Membrane(bk.Neuron):
    """What the parts share.

    Parameters
    ----------
    C : pF, default 10
        Capacitance.
    """

    C = bk.parameter(10.0, unit="pF")
    V = bk.state(-65.0, unit="mV")
    I = bk.input(unit="pA")

    @bk.derivative
    def dV(I, C):
        return I / C

    @bk.threshold(crossing=True)
    def fires(V):
        return V + 20.0


class Cell(Sodium, Potassium, Leak, Membrane):
    """A cell of three channels.

    Capacitance C, potential V, input I; conductances g_Na, g_K and g_L, potentials E_Na, E_K and
    E_L; gates m and n.
    """


class Reordered(Leak, Potassium, Sodium, Membrane):
    """The same, named in another order."""


class ByHand(bk.Neuron):
    """The same, in one class, and the sum in its derivative."""

    g_Na = bk.parameter(2.0, unit="nS")
    E_Na = bk.parameter(50.0, unit="mV")
    g_K = bk.parameter(3.0, unit="nS")
    E_K = bk.parameter(-77.0, unit="mV")
    g_L = bk.parameter(0.3, unit="nS")
    E_L = bk.parameter(-60.0, unit="mV")
    C = bk.parameter(10.0, unit="pF")
    m = bk.state(0.1)
    n = bk.state(0.2)
    V = bk.state(-65.0, unit="mV")
    I = bk.input(unit="pA")

    @bk.derivative
    def dm(m, V):
        return (1.0 / (1.0 + np.exp(-(V + 40.0) / 5.0)) - m) / 0.5

    @bk.derivative
    def dn(n, V):
        return (1.0 / (1.0 + np.exp(-(V + 35.0) / 6.0)) - n) / 4.0

    @bk.derivative
    def dV(V, m, n, I, C, g_Na, E_Na, g_K, E_K, g_L, E_L):
        I_Na = g_Na * m * m * m * (E_Na - V)
        I_K = g_K * n * n * n * n * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I + I_K + I_L + I_Na) / C

    @bk.threshold(crossing=True)
    def fires(V):
        return V + 20.0


def run(model, backend="numpy", **options):
    group = model(3, name="cells", V=[-65.0, -50.0, -30.0], **options)
    net = bk.Network(group, dt=0.05, trace=bk.StateMonitor(group, ["V", "I"]))
    net.run(10.0, inputs={group: np.array([0.0, 2.0, 30.0])}, backend=backend)
    return net.trace


class TestCell(ModelConformance):
    """Held to the independent reference, on every backend."""

    @pytest.fixture
    def model(self):
        return Cell


@pytest.mark.parametrize("method", [None, "rk4", "exponential_euler"])
def test_channels_in_classes_are_a_model_in_one_class(method):
    """Currents are added by the names of their functions, whatever the order of the classes.

    A method that needs slopes makes that of a sum from those of its parts.
    """
    one, other, by_hand = (run(m, method=method).V.values for m in (Cell, Reordered, ByHand))
    assert np.array_equal(one, other)
    if method == "rk4":
        assert np.array_equal(one, by_hand)
    np.testing.assert_allclose(one, by_hand, rtol=1e-9)
    assert np.ptp(one) > 50.0


def test_an_input_is_recorded_with_what_the_neuron_adds():
    group = Cell(2, name="cells", V=[-65.0, -30.0])
    currents = ["I_K", "I_L", "I_Na"]
    net = bk.Network(group, dt=0.05, all=bk.StateMonitor(group, ["I", "V", *currents]))
    net.run(1.0, inputs={group: 2.0})
    total = 2.0 + sum(net.all[name] for name in currents)
    np.testing.assert_allclose(net.all.I, total, rtol=1e-12)
    np.testing.assert_array_equal(net.all.I_L, 0.3 * (-60.0 - net.all.V))
    assert net.all.I_L.attrs == {"units": "pA", "long_name": "I_L of cells, added to I of cells"}


def test_a_current_in_a_unit_of_another_kind_is_refused():
    density = type("Density", (Leak,), {"g_L": bk.parameter(0.3, unit="mS/cm**2")}, abstract=True)
    model = type("Mixed", (density, Membrane), {"__module__": __name__})
    with pytest.raises(UnitError, match=r"Mixed\.I_L gives .* for Mixed\.I, which is in pA"):
        model(1)


def made(name, *bases, **body):
    return type(name, bases, {"__module__": __name__, **body})


@bk.adds_to("J")
def astray(V):
    return V


@bk.adds_to("I")
def circular(I):
    return I


def test_what_a_neuron_cannot_add_is_refused():
    with pytest.raises(ModelError, match=r"adds to J, which is no input of Wrong; there is: I"):
        made("Wrong", Membrane, astray=astray)
    with pytest.raises(ModelError, match="adds to I and names I: an input is a sum"):
        made("Wrong", Membrane, circular=circular)


# -- leaving out and replacing ---------------------------------------------------------------------


def test_a_subclass_leaves_out_what_it_says_none_for():
    passive = made("Passive", Cell, g_Na=None, E_Na=None, m=None, dm=None, I_Na=None)
    without = made("Without", Potassium, Leak, Membrane)
    assert set(passive.definition.declarations) == set(without.definition.declarations)
    assert np.array_equal(run(passive).V, run(without).V)
    group = passive(2)
    assert not hasattr(group, "g_Na")
    with pytest.raises(AttributeError):
        group.g_Na = 3.0
    with pytest.raises(ModelError, match="has no parameter or state 'g_Na'"):
        passive(2, g_Na=3.0)
    again = made("Again", passive, g_Na=bk.parameter(5.0, unit="nS"))
    assert again(1).g_Na == 5.0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("g_K", r"Less\.I_K .* names g_K, which Less does not have"),
        ("m", r"Less\.dm is a derivative of no state"),
        ("fires", None),
    ],
)
def test_what_still_names_a_part_that_is_left_out_is_refused(name, said):
    if said is None:
        assert made("Less", Cell, **{name: None}).definition.threshold is None
        return
    with pytest.raises(ModelError, match=said):
        made("Less", Cell, **{name: None})


class Slower(Cell):
    """Replaces what it inherits: by the same name, and by the same state under another name."""

    @bk.derivative("V")
    def charge(I, C):
        return 0.5 * I / C

    @bk.adds_to("I")
    def I_L(V, g_L, E_L):
        return 2.0 * g_L * (E_L - V)

    @bk.threshold
    def at_peak(V):
        return V


def test_a_function_replaces_an_inherited_one_of_its_name_or_state():
    names = [function.name for function in Slower.definition.functions]
    assert sorted(names) == ["I_K", "I_L", "I_Na", "at_peak", "charge", "dm", "dn"]
    same = run(Cell, C=20.0, g_L=0.6).V
    np.testing.assert_allclose(run(Slower).V, same, rtol=1e-9)


class OtherSodium(bk.Neuron, abstract=True):
    m = bk.state(0.7)


def test_parts_that_mean_different_things_by_a_name_are_refused():
    message = "Two: (Sodium and OtherSodium|OtherSodium and Sodium) mean different things by m"
    for bases in ((Sodium, OtherSodium), (OtherSodium, Sodium)):
        with pytest.raises(ModelError, match=message):
            made("Two", *bases, Membrane)
    settled = made("Two", Sodium, OtherSodium, Membrane, m=bk.state(0.3))
    assert settled(1).m == 0.3


# -- parts of synapses -----------------------------------------------------------------------------


class Transmits(bk.Synapse):
    """Hands on its weight."""

    weight = bk.parameter(1.0, per="synapse")
    use = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, weight, use):
        return x_post + weight * use


class Tires(bk.Synapse, abstract=True):
    """Each spike uses up half of what there is; it is transmitted with what it finds."""

    use = bk.state(1.0, per="synapse")

    @bk.on_pre("use")
    def tire(use):
        return 0.5 * use


class Recovers(bk.Synapse, abstract=True):
    use = bk.state(1.0, per="synapse")

    @bk.on_pre("use")
    def recover(use):
        return use + 0.1 * (1.0 - use)


class Doubles(bk.Synapse, abstract=True):
    """A part that replaces a function of the synapse that it is mixed into."""

    @bk.on_pre("x_post")
    def receive(x_post, weight):
        return x_post + 2.0 * weight


class Target(bk.Neuron):
    x = bk.state(0.0)
    I = bk.input()

    @bk.threshold
    def fires(I):
        return I - 1.0


def brought(model, steps=3):
    source, target = Target(1, name="source"), Target(1, name="target")
    synapse = model(source, target, connect=bk.connect.all_to_all(), name="synapse")
    net = bk.Network(source, target, synapse, dt=0.1)
    net.run(steps * 0.1, inputs={source: 1.0})
    return target.x.tolist()


@pytest.mark.parametrize(("part", "value"), [(Tires, 1.75), (Doubles, 6.0)])
def test_the_order_of_parts_makes_no_difference(part, value):
    one, other = made("One", part, Transmits), made("One", Transmits, part)
    assert brought(one) == brought(other)
    assert brought(one) == [value]


def test_an_order_that_nothing_determines_is_refused():
    for bases in ((Tires, Recovers), (Recovers, Tires)):
        with pytest.raises(ModelError, match=r"both @on_pre, and what becomes of use depends on"):
            made("Both", *bases, Transmits)
    first = type("First", (Recovers,), {"tire": Tires.tire, "__module__": __name__}, abstract=True)
    assert brought(made("Both", first, Transmits)) != brought(made("One", Tires, Transmits))


# -- derived quantities, and parameters that follow time ------------------------------------------


class Slow(bk.Neuron, abstract=True):
    """A slow current by a derived quantity."""

    g_M = bk.parameter(1.0, unit="nS")
    E_M = bk.parameter(-80.0, unit="mV")
    k = bk.state(0.3)

    @bk.derived
    def opened(k):
        return k * k

    @bk.derivative
    def dk(k, V):
        return (1.0 / (1.0 + np.exp(-(V + 40.0) / 9.0)) - k) / 20.0

    @bk.adds_to("I")
    def I_M(V, opened, g_M, E_M):
        return g_M * opened * (E_M - V)


class SlowByHand(bk.Neuron, abstract=True):
    """The same, written out."""

    g_M = bk.parameter(1.0, unit="nS")
    E_M = bk.parameter(-80.0, unit="mV")
    k = bk.state(0.3)

    @bk.derivative
    def dk(k, V):
        return (1.0 / (1.0 + np.exp(-(V + 40.0) / 9.0)) - k) / 20.0

    @bk.adds_to("I")
    def I_M(V, k, g_M, E_M):
        return g_M * (k * k) * (E_M - V)


class Adapting(Slow, Leak, Membrane):
    pass


@pytest.mark.parametrize("method", [None, "rk4", "exponential_midpoint", "backward_euler"])
def test_a_current_may_name_a_derived_quantity_of_its_part(method):
    by_hand = run(made("ByHand", SlowByHand, Membrane, Leak), method=method)
    derived = run(Adapting, method=method)
    np.testing.assert_allclose(derived.V, by_hand.V, rtol=1e-9)
    np.testing.assert_allclose(derived.I, by_hand.I, rtol=1e-7, atol=1e-9)
    assert np.ptp(derived.V.values) > 10.0


@bk.derived
def doubled(I):
    return 2.0 * I


@bk.adds_to("I")
def more(doubled):
    return doubled


@bk.derived
def potential(V):
    return 1.0 * V


def test_a_current_may_not_name_what_is_derived_from_an_input():
    with pytest.raises(ModelError, match="adds to I and names doubled: an input is a sum"):
        made("Wrong", Membrane, doubled=doubled, more=more)


def test_a_current_may_name_a_parameter_that_follows_time():
    """At each step as if it had been set before; it is recorded as it was in that step."""
    values = np.linspace(-70.0, -40.0, 10)
    group = Cell(2, name="cells", E_L=bk.TimedArray(values, dt=0.05), method="rk4")
    variables = ["V", "I", "E_L", "I_K", "I_L", "I_Na"]
    net = bk.Network(group, dt=0.05, all=bk.StateMonitor(group, variables))
    net.run(0.5)
    np.testing.assert_array_equal(net.all.E_L[:, 0], values)
    np.testing.assert_array_equal(net.all.I_L, 0.3 * (net.all.E_L - net.all.V))
    np.testing.assert_allclose(net.all.I, net.all.I_K + net.all.I_L + net.all.I_Na, rtol=1e-12)
    stepwise = Cell(2, name="cells", method="rk4")
    steps = bk.Network(stepwise, dt=0.05)
    for value in values:
        stepwise.E_L = value
        steps.run(0.05)
    np.testing.assert_array_equal(group.V, stepwise.V)


def test_a_subclass_leaves_out_a_derived_quantity():
    less = made("Less", Adapting, opened=None, I_M=None)
    assert "opened" not in less.definition.declarations
    assert not hasattr(less(1), "opened")
    with pytest.raises(ModelError, match=r"Less\.I_M .* names opened, which Less does not have"):
        made("Less", Adapting, opened=None)


def test_a_derived_quantity_takes_no_declarations_place_in_any_order():
    part = type("Part", (bk.Neuron,), {"C": potential}, abstract=True)
    for bases in ((part, Membrane), (Membrane, part)):
        with pytest.raises(ModelError, match=r"Two\.C is inherited as a parameter and cannot be"):
            made("Two", *bases)
    without = type("Without", (Membrane,), {"C": None}, abstract=True)
    assert made("Two", without, C=potential)(1).definition.names("derived") == ("C",)


class Spends(bk.Synapse):
    """Transmits by what is derived from the state that another part writes."""

    use = bk.state(1.0, per="synapse")

    @bk.derived
    def left(use):
        return 1.0 * use

    @bk.on_pre("x_post")
    def receive(x_post, left):
        return x_post + left


def test_what_is_read_through_a_derived_quantity_orders_functions_too():
    one, other = made("One", Tires, Spends), made("One", Spends, Tires)
    assert brought(one) == brought(other) == [1.75]
