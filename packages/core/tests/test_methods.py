"""Exponential methods without SymPy, methods that classes name, and ceilings."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.__main__ import main
from brainkernel.codegen.user_functions import digest_of
from brainkernel.errors import IntegratorError, ModelError, UnknownNameError
from brainkernel.integrators.increment import exponential_increment
from brainkernel.lowering.methods import method_of
from brainkernel.program.integrator import library_text

# -- exponential methods ---------------------------------------------------------------------------


class Membrane(bk.Neuron):
    C = bk.parameter(200.0)
    g_L = bk.parameter(10.0)
    V = bk.state(-60.0)
    m = bk.state(0.1)
    I = bk.input()

    @bk.derivative
    def dV(V, m, I, C, g_L):
        return (g_L * (-60.0 - V) + 300.0 * m * m * (50.0 - V) + I) / C

    @bk.derivative
    def dm(m, V):
        return (1.0 / (1.0 + np.exp(-(V + 40.0) / 10.0)) - m) / (1.0 + np.exp(-(V + 50.0) / 20.0))


class Conductance(bk.Synapse):
    g = bk.state(5.0, per="post")

    @bk.derivative
    def dg(g):
        return -g / 5.0

    @bk.adds_to("I")
    def current(g, V_post):
        return g * (10.0 - V_post)


class Noise(Membrane):
    @bk.diffusion
    def noise_V():
        return 0.0


@pytest.fixture
def no_sympy(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)


def euler_by_hand(dt, steps):
    V, m, g = -60.0, 0.1, 5.0
    for _ in range(steps):
        total = 10.0 + 300.0 * m * m + g
        V_limit = (10.0 * -60.0 + 300.0 * m * m * 50.0 + g * 10.0) / total
        rate = 1.0 / (1.0 + np.exp(-(V + 50.0) / 20.0))
        m_limit = 1.0 / (1.0 + np.exp(-(V + 40.0) / 10.0))
        V = V_limit + (V - V_limit) * np.exp(-dt * total / 200.0)
        m = m_limit + (m - m_limit) * np.exp(-dt / (1.0 / rate))
        g *= np.exp(-dt / 5.0)
    return V, m, g


def test_exponential_euler_is_the_classical_scheme_without_sympy(no_sympy):
    """With dm/dt = (m_inf - m) / tau each gate relaxes to its limit, and so does V."""

    group = Membrane(1, method="exponential_euler")
    synapse = Conductance(group, group, connect=bk.connect.all_to_all())
    net = bk.Network(group, synapse, dt=0.5)
    net.run(10.0)
    assert (group.V[0], group.m[0], synapse.g[0]) == pytest.approx(
        euler_by_hand(0.5, 20), rel=1e-12
    )


@pytest.mark.parametrize("model", [Membrane, Noise])
def test_the_default_is_of_order_two(no_sympy, model):
    def error(dt, method=None):
        group = model(1, method=method)
        synapse = Conductance(group, group, connect=bk.connect.all_to_all())
        net = bk.Network(group, synapse, dt=dt)
        assert method or "by exponential_midpoint" in net.source()
        net.run(4.0)
        return np.array([group.V[0], group.m[0]])

    true = error(0.002)
    coarse, fine = (np.abs(error(dt) - true) for dt in (0.1, 0.05))
    assert coarse / fine == pytest.approx([4.0, 4.0], abs=0.3)


def test_any_dt_is_stable(no_sympy):
    group = Membrane(1)
    net = bk.Network(group, dt=1000.0)
    net.run(10_000.0)
    assert -60.0 <= group.V[0] <= 50.0
    assert 0.0 <= group.m[0] <= 1.0


def test_a_slope_keeps_its_digits_beside_a_large_constant():
    class Buried(bk.Neuron):
        on = bk.parameter(1e9)
        x = bk.state(0.0)
        z = bk.state(1.0)

        @bk.derivative
        def dx(x, on, z):
            return (on - x) * 1e-3 * z

    group = Buried(1)
    net = bk.Network(group, dt=1.0)
    net.run(1.0)
    assert group.x[0] == pytest.approx(-1e9 * np.expm1(-1e-3), rel=1e-13)


class Traces(bk.Synapse):
    tau = bk.parameter(7.0)
    x = bk.state(2.0, per="pre")
    w = bk.state(3.0, per="synapse")

    @bk.derivative
    def dx(x, tau):
        return -x / tau

    @bk.derivative
    def dw(w):
        return -w / 30.0

    @bk.on_pre("w")
    def nothing(w):
        return w


class Firing(Membrane):
    @bk.threshold
    def fires(V):
        return V - 1000.0


@pytest.mark.parametrize("method", [None, "exponential_euler", "exponential_midpoint"])
@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_traces_of_synapses_decay_exactly(method, backend):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    group = Firing(2)
    synapse = Traces(group, group, connect=bk.connect.all_to_all(), method=method)
    net = bk.Network(group, synapse, dt=2.0)
    net.run(40.0, backend=backend)
    np.testing.assert_allclose(synapse.x, 2.0 * np.exp(-40.0 / 7.0), rtol=1e-13)
    np.testing.assert_allclose(synapse.w, 3.0 * np.exp(-40.0 / 30.0), rtol=1e-13)


def test_exact_is_refused_among_synapses():
    group = Firing(2)
    synapse = Traces(group, group, connect=bk.connect.all_to_all(), method="exact")
    with pytest.raises(
        IntegratorError, match=r"'exact' is for per='post' states.*exponential_midpoint"
    ):
        bk.Network(group, synapse).run(1.0)


# -- what a class names ----------------------------------------------------------------------------


class Named(Membrane, method="rk4"):
    """Has a method of its own."""


class Inherits(Named):
    """Keeps it."""


class Another(Named, method="heun"):
    """Has another."""


class Free(Named, method=None):
    """Leaves it to the equations."""


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (Named, "rk4"),
        (Inherits, "rk4"),
        (Another, "heun"),
        (Free, "exponential_midpoint"),
        (Conductance, None),
    ],
)
def test_a_class_names_its_method(model, method):
    assert method_of(model.definition) == method
    if model is not Conductance:
        assert f"by {method}." in bk.Network(model(1)).source()


def test_the_users_method_wins():
    assert "by euler." in bk.Network(Named(1, method="euler")).source()


def test_a_method_that_does_not_fit_a_subclass_is_told_where_it_comes_from():
    class Noisy(Named):
        @bk.diffusion
        def noise_V():
            return 1.0

    with pytest.raises(IntegratorError, match=r"diffusion.*'rk4'.*the class Noisy names it"):
        bk.Network(Noisy(1)).run(1.0)


def test_wrong_methods_of_a_class_are_refused():
    with pytest.raises(ModelError, match=r"class Wrong\(method=4\).*name of an integration method"):

        class Wrong(bk.Neuron, method=4):
            V = bk.state(0.0)

    with pytest.raises(ModelError, match=r"class Wrong\(method='rk4'\): it has no derivative"):

        class Wrong(bk.Neuron, method="rk4"):
            V = bk.state(0.0)

    class Misspelt(Membrane, method="rk5"):
        """Is found when it is used."""

    with pytest.raises(UnknownNameError, match=r"'rk5'.*'rk4'"):
        bk.Network(Misspelt(1)).run(1.0)


def test_show_says_the_method(capsys):
    pytest.importorskip("brainkernel_neurons")
    assert main(["show", "HodgkinHuxley"]) == 0
    assert "Method\n  exponential_midpoint, from its equations alone\n" in capsys.readouterr().out


# -- ceilings --------------------------------------------------------------------------------------


class Quadratic(bk.Neuron):
    """Runs to infinity; `seen` adds up whatever its rate sees of V beyond 1."""

    V_peak = bk.parameter(1.0)
    V = bk.state(0.0, ceiling="V_peak")
    seen = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return 1.0 + V * V + I

    @bk.derivative
    def dseen(V):
        return np.maximum(V - 1.0, 0.0)


class NoisyQuadratic(Quadratic):
    @bk.diffusion
    def noise_V(V):
        return 0.5 * V


class Integrator(Quadratic):
    """Linear, for the exact method."""

    @bk.derivative
    def dV(I):
        return 1.0 + I

    @bk.derivative
    def dseen(I):
        return 0.0 * I


ODE = [
    "euler",
    "midpoint",
    "heun",
    "rk2",
    "rk3",
    "rk4",
    "exponential_euler",
    "exponential_midpoint",
]
SDE = ["euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun", "exponential_midpoint"]
ALL = [*((Quadratic, m) for m in ODE), *((NoisyQuadratic, m) for m in SDE), (Integrator, "exact")]


@pytest.mark.parametrize(("model", "method"), ALL)
def test_no_stage_and_no_step_exceeds_the_ceiling(model, method):
    if "exponential" in method:
        pytest.importorskip("sympy")
    group = model(
        5,
        V_peak=np.array([0.5, 0.7, 0.9, 1.0, 1.0]),
        V=np.array([0.0, 0.0, 0.0, 0.0, 3.0]),
        method=method,
    )
    net = bk.Network(group, dt=0.4, trace=bk.StateMonitor(group, ["V", "seen"]))
    net.run(4.0, inputs={group: np.array([0.0, 1.0, 10.0, 1e6, 0.0])})
    assert np.all(net.trace.V.values <= group.V_peak)
    assert np.all(net.trace.seen.values == 0.0)
    assert net.trace.V.values[-1, 2] == 0.9
    assert "np.minimum(_V_next, V_peak)" in net.source()


@pytest.mark.parametrize("backend", ["numba", "jax"])
def test_ceilings_agree(backend):
    pytest.importorskip(f"brainkernel_{backend}")
    found = {}
    for name in ("numpy", backend):
        group = Quadratic(3, method="rk4", V_peak=np.array([0.5, 0.7, 100.0]))
        net = bk.Network(group, dt=0.1)
        net.run(1.0, backend=name)
        found[name] = group.V
    np.testing.assert_allclose(found[backend], found["numpy"], rtol=1e-13)
    assert found[backend][:2].tolist() == [0.5, 0.7]


def test_wrong_ceilings_are_refused():
    with pytest.raises(
        ModelError, match=r"Wrong.V: its ceiling 'V_peek' is no parameter; did you mean V_peak\?"
    ):

        class Wrong(Quadratic):
            V = bk.state(0.0, ceiling="V_peek")

    with pytest.raises(ModelError, match=r"Wrong.V: ceiling=1.0 must be the name of a parameter"):

        class Wrong(Quadratic):
            V = bk.state(0.0, ceiling=1.0)

    with pytest.raises(ModelError, match=r"Wrong.still has a ceiling but no derivative"):

        class Wrong(Quadratic):
            still = bk.state(0.0, ceiling="V_peak")

    with pytest.raises(ModelError, match=r"Wrong.g: only a neuron's state may have a ceiling"):

        class Wrong(Conductance):
            top = bk.parameter(1.0)
            g = bk.state(0.0, per="post", ceiling="top")


# -- spikes that run to infinity without a ceiling -------------------------------------------------


class Adapting(bk.Neuron):
    V_peak = bk.parameter(20.0)
    V = bk.state(-70.0)
    w = bk.state(0.0)

    @bk.derivative
    def dV(V, w):
        return (-(V + 70.0) + 2.0 * np.exp((V + 50.0) / 2.0) - w + 30.0) / 10.0

    @bk.derivative
    def dw(w, V):
        return (4.0 * (V + 70.0) - w) / 144.0

    @bk.threshold
    def fires(V, V_peak):
        return V - V_peak

    @bk.reset("V")
    def after_spike():
        return -70.0


class Parabola(Adapting):
    @bk.derivative
    def dV(V, w):
        return 0.04 * V * V + 5.0 * V + 140.0 - w


class Limited(Adapting):
    V = bk.state(-70.0, ceiling="V_peak")


class Saturating(Adapting):
    @bk.derivative
    def dV(V, w):
        return np.tanh(V) - w


class Alone(Adapting):
    @bk.derivative
    def dw(w):
        return -w


class Cubic(Adapting):
    """It comes back by itself."""

    @bk.derivative
    def dV(V, w):
        return V - V * V * V / 3.0 - w


@pytest.mark.parametrize("model", [Adapting, Parabola])
def test_a_spike_without_a_ceiling_that_others_follow_is_warned_of(model):
    with pytest.warns(
        UserWarning, match=rf"{model.__name__}\.V runs to infinity .* rate of w .*ceiling"
    ) as told:
        bk.Network(model(2), model(3), dt=0.1)
    assert len(told) == 1
    assert told[0].filename == __file__


@pytest.mark.parametrize("model", [Limited, Saturating, Alone, Cubic, Membrane])
def test_others_are_not_warned_of(model, recwarn):
    bk.Network(model(2), dt=0.1)
    assert not recwarn.list


def test_a_function_of_a_method_is_imported_under_its_digest():
    """Compiled programs are kept by their text, which must change with what it imports."""
    net = bk.Network(Membrane(1))
    source = library_text(exponential_increment)
    assert f"of its integration method, {digest_of(source)}" in net.source()
    changed = replace(source, text=source.text.replace("1e-4", "1e-3"))
    assert digest_of(changed) != digest_of(source)
    assert "def exponential_increment(slope, dt):" in net.source(whole=True)
