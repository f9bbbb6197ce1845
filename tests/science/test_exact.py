"""The exact method against closed forms: to rounding, for any step, degenerate or not."""

from __future__ import annotations

import numpy as np
import pytest
from science_models import AlphaCurrent, Decay, ExponentialCurrent, Membrane, Spring, onto_itself

import brainkernel as bk

expm = pytest.importorskip("scipy.linalg").expm
ROUNDING = 1e-13


def psp(synapses, dt, duration=40.0, **values):
    """Times and V of a membrane under the currents of some synapse models."""
    group = Membrane(1, method="exact", **values)
    members = [onto_itself(model, group, **options) for model, options in synapses]
    net = bk.Network(group, *members, dt=dt, v=bk.StateMonitor(group, "V"))
    record = net.run(duration)["v"]
    return record.time.values, record.V.values[:, 0]


def exponential_psp(t, tau, tau_s, C=250.0):
    return tau * tau_s / (tau - tau_s) * (np.exp(-t / tau) - np.exp(-t / tau_s)) / C


@pytest.mark.parametrize("dt", [0.1, 1.0, 4.0])
@pytest.mark.parametrize(("tau", "tau_s"), [(10.0, 2.0), (3.0, 8.0), (20.0, 0.01)])
def test_exponential_psp(dt, tau, tau_s):
    t, V = psp([(ExponentialCurrent, {"tau": tau_s})], dt, tau=tau)
    np.testing.assert_allclose(V, exponential_psp(t, tau, tau_s), rtol=ROUNDING, atol=1e-17)


@pytest.mark.parametrize("dt", [0.1, 1.0, 4.0])
def test_equal_time_constants_make_an_alpha_psp(dt):
    t, V = psp([(ExponentialCurrent, {"tau": 10.0})], dt, tau=10.0)
    np.testing.assert_allclose(V, t * np.exp(-t / 10.0) / 250.0, rtol=ROUNDING)


@pytest.mark.parametrize("dt", [0.1, 1.0, 4.0])
def test_an_alpha_current_of_the_membranes_time_constant(dt):
    """Three equal eigenvalues with one eigenvector: V = t**2 exp(-t / tau) / (2 C)."""
    t, V = psp([(AlphaCurrent, {"tau": 10.0})], dt, tau=10.0)
    np.testing.assert_allclose(V, t**2 * np.exp(-t / 10.0) / 500.0, rtol=ROUNDING)


@pytest.mark.parametrize("dt", [0.1, 1.0, 4.0])
def test_alpha_psp(dt):
    """Rotter & Diesmann 1999, for an alpha-function current, with a = 1/tau_s - 1/tau."""
    tau, tau_s = 10.0, 2.0
    t, V = psp([(AlphaCurrent, {"tau": tau_s})], dt, tau=tau)
    a = 1 / tau_s - 1 / tau
    expected = (np.exp(-t / tau) - np.exp(-t / tau_s) * (1 + a * t)) / (a * a * 250.0)
    np.testing.assert_allclose(V, expected, rtol=ROUNDING, atol=1e-17)


def test_time_and_height_of_the_peak():
    """The PSP peaks at 2 tau_s ln 2 with tau_s / (2 C) for tau = 2 tau_s, at tau for tau = tau_s.

    In the second case its height is tau / (e C).
    """
    tau_s = 2.5 / np.log(2.0)
    t, V = psp([(ExponentialCurrent, {"tau": tau_s})], 0.1, tau=2 * tau_s, C=100.0)
    assert (t[V.argmax()], V.max()) == pytest.approx((5.0, tau_s / 200.0), rel=ROUNDING)
    t, V = psp([(ExponentialCurrent, {"tau": 5.0})], 0.1, tau=5.0, C=100.0)
    assert (t[V.argmax()], V.max()) == pytest.approx((5.0, 0.05 / np.e), rel=ROUNDING)


def test_several_synapses_add_up():
    """Two models, one of them twice, with time constants below, at and above the membrane's."""
    synapses = [
        (ExponentialCurrent, {"tau": 2.0}),
        (AlphaCurrent, {"tau": 10.0}),
        (ExponentialCurrent, {"tau": 30.0}),
    ]
    _, together = psp(synapses, 0.5)
    np.testing.assert_allclose(together, sum(psp([one], 0.5)[1] for one in synapses), rtol=ROUNDING)


def test_each_neuron_has_its_own_time_constants():
    tau, tau_s = np.array([5.0, 10.0, 20.0, 10.0]), np.array([2.0, 10.0, 2.0, 40.0])
    group = Membrane(4, tau=tau)
    synapse = onto_itself(ExponentialCurrent, group, tau=tau_s)
    net = bk.Network(group, synapse, dt=0.5)
    net.run(15.0)
    expected = exponential_psp(15.0, tau, np.where(tau == tau_s, np.nan, tau_s))
    expected[1] = 15.0 * np.exp(-15.0 / 10.0) / 250.0
    np.testing.assert_allclose(group.V, expected, rtol=ROUNDING)


def test_groups_of_one_model_with_different_parameters():
    """They share one printed function, and each has propagators of its own."""
    groups = [Decay(2, rate=-0.1), Decay(3, rate=[0.2, 0.0, -5.0]), Decay(1, rate=-1.0)]
    net = bk.Network(*groups, dt=0.5)
    net.run(2.0)
    for group, rate in zip(groups, (-0.1, np.array([0.2, 0.0, -5.0]), -1.0), strict=True):
        np.testing.assert_allclose(group.x, np.exp(rate * 2.0) * np.ones(group.size), rtol=ROUNDING)


def test_steps_of_input_are_integrated_exactly():
    """x' = rate x + I with I piecewise constant: rate zero integrates, a large one follows."""
    rate, levels = np.array([-0.3, 0.0, 0.2, -1e5]), [0.0, 2.0, -1.0, 0.5]
    group = Decay(4, rate=rate, method="exact")
    net = bk.Network(group, dt=0.25)
    net.run(8.0, inputs={group: bk.TimedArray(levels, dt=2.0)})
    expected = np.ones(4)
    for level in levels:
        gain = np.where(rate == 0, 2.0, np.expm1(2.0 * rate) / np.where(rate == 0, 1.0, rate))
        expected = expected * np.exp(2.0 * rate) + gain * level
    np.testing.assert_allclose(group.x, expected, rtol=ROUNDING)


def spring(t, omega, gamma):
    """X after release from 1 at rest, from complex eigenvalues; the double one in the limit."""
    root = np.sqrt(complex(gamma * gamma / 4 - omega * omega))
    ratio = np.sinh(root * t) / root if root else t
    return float((np.exp(-gamma * t / 2) * (np.cosh(root * t) + gamma / 2 * ratio)).real)


def test_coupled_states(backend):
    """Oscillating, overdamped, critically damped, undamped and free, at any length of step."""
    omega, gamma = np.array([1.0, 1.0, 1.0, 3.0, 0.0]), np.array([0.01, 2.5, 2.0, 0.0, 0.0])
    for dt, steps in ((0.01, 10_000), (2.0, 50)):
        group = Spring(5, omega=omega, gamma=gamma, method="exact")
        net = bk.Network(group, dt=dt)
        net.run(dt * steps, backend=backend)
        expected = [spring(dt * steps, *pair) for pair in zip(omega, gamma, strict=True)]
        np.testing.assert_allclose(group.x, expected, rtol=0, atol=1e-11)


def test_a_free_particle():
    group = Spring(1, omega=0.0, gamma=0.0, v=0.25, method="exact")
    net = bk.Network(group, dt=0.5)
    net.run(100.0)
    assert group.x[0] == pytest.approx(26.0, rel=ROUNDING)


class Adaptive(bk.Neuron):
    """V and w act on each other; V is held after a spike, w is not."""

    t_ref = bk.parameter(3.0)
    V = bk.state(0.0)
    w = bk.state(0.0)
    I = bk.input()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, w, I):
        return -V / 10.0 - w + I

    @bk.derivative
    def dw(V, w):
        return (0.2 * V - w) / 20.0

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def after_spike(V):
        return 0.0 * V + 0.5


@pytest.mark.parametrize("dt", [0.25, 1.0])
def test_what_acts_on_others_while_it_is_held_stands_still(dt):
    """Between spikes on the grid the solution is exact: W relaxes towards a held V."""
    group = Adaptive(1, method="exact")
    net = bk.Network(group, dt=dt, m=bk.StateMonitor(group, ["V", "w", "spike"]))
    record = net.run(100.0, inputs={group: 0.4})["m"]
    V, w, left, expected = 0.0, 0.0, 0, []
    decay = np.exp(-dt / 20.0)
    step = expm(dt * np.array([[-0.1, -1.0, 0.4], [0.01, -0.05, 0.0], [0.0, 0.0, 0.0]]))
    for fired in record.spike.values[:, 0]:
        V, w = (V, 0.2 * V + (w - 0.2 * V) * decay) if left else step[:2] @ (V, w, 1.0)
        V, left = (0.5, round(3.0 / dt)) if fired else (V, max(left - 1, 0))
        expected.append((V, w))
    assert record.spike.values.sum() > 3
    np.testing.assert_allclose(np.hstack([record.V.values, record.w.values]), expected, rtol=1e-12)
