"""Spikes of models without a published number, against SciPy on the equations of their papers."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_neurons as neurons

integrate = pytest.importorskip("scipy.integrate")
DT = 0.05


def gate(alpha, beta, x):
    return alpha * (1 - x) - beta * x


def linear(rate, distance, width):
    """The rate of a gate as papers write it: 0 / 0 nowhere that is asked."""
    return rate * distance / (1 - np.exp(-distance / width))


def wang_buzsaki(t, y, current=1.0):
    V, h, n = y
    alpha_m = -0.1 * (V + 35) / (np.exp(-0.1 * (V + 35)) - 1)
    m = alpha_m / (alpha_m + 4 * np.exp(-(V + 60) / 18))
    dV = -35 * m**3 * h * (V - 55) - 9 * n**4 * (V + 90) - 0.1 * (V + 65) + current
    dh = 5 * gate(0.07 * np.exp(-(V + 58) / 20), 1 / (np.exp(-0.1 * (V + 28)) + 1), h)
    alpha_n = -0.01 * (V + 34) / (np.exp(-0.1 * (V + 34)) - 1)
    return dV, dh, 5 * gate(alpha_n, 0.125 * np.exp(-(V + 44) / 80), n)


def morris_lecar(t, y, current=100.0):
    V, w = y
    m = 0.5 * (1 + np.tanh((V + 1.2) / 18))
    dV = (current - 4.4 * m * (V - 120) - 8 * w * (V + 84) - 2 * (V + 60)) / 20
    tau = 1 / np.cosh((V - 2) / 60)
    return dV, 0.04 * (0.5 * (1 + np.tanh((V - 2) / 30)) - w) / tau


def connor_stevens(t, y, current=15.0):
    V, m, h, n, a, b = y
    dV = (
        current
        - 120 * m**3 * h * (V - 55)
        - 20 * n**4 * (V + 72)
        - 47.7 * a**3 * b * (V + 75)
        - 0.3 * (V + 17)
    )
    dm = gate(linear(0.38, V + 29.7, 10), 15.2 * np.exp(-0.0556 * (V + 54.7)), m)
    dh = gate(0.266 * np.exp(-0.05 * (V + 48)), 3.8 / (1 + np.exp(-0.1 * (V + 18))), h)
    dn = gate(linear(0.02, V + 45.7, 10), 0.25 * np.exp(-0.0125 * (V + 55.7)), n)
    a_inf = (0.0761 * np.exp(0.0314 * (V + 94.22)) / (1 + np.exp(0.0346 * (V + 1.17)))) ** (1 / 3)
    tau_a = 0.3632 + 1.158 / (1 + np.exp(0.0497 * (V + 55.96)))
    b_inf = (1 / (1 + np.exp(0.0688 * (V + 53.3)))) ** 4
    tau_b = 1.24 + 2.678 / (1 + np.exp(0.0624 * (V + 16.027)))
    return dV, dm, dh, dn, (a_inf - a) / tau_a, (b_inf - b) / tau_b


def persistent_sodium(t, y, current=10.0):
    V, n = y
    m = 1 / (1 + np.exp((-20 - V) / 15))
    dV = current - 8 * (V + 80) - 20 * m * (V - 60) - 10 * n * (V + 90)
    return dV, 1 / (1 + np.exp((-25 - V) / 5)) - n


def hindmarsh_rose(t, y, current=2.0):
    x, v, z = y
    return v - x**3 + 3 * x**2 - z + current, 1 - 5 * x**2 - v, 0.006 * (4 * (x + 1.6) - z)


def pinsky_rinzel(t, y, current=2.5):
    """With the current into the soma that is counted for the whole membrane."""
    Vs, Vd, h, n, s, c, q, Ca = y
    alpha_m = 0.32 * (13.1 - Vs) / (np.exp((13.1 - Vs) / 4) - 1)
    m = alpha_m / (alpha_m + 0.28 * (Vs - 40.1) / (np.exp((Vs - 40.1) / 5) - 1))
    I_Ca = 10 * s**2 * (Vd - 140)
    soma = 0.1 * Vs + 30 * m**2 * h * (Vs - 120) + 15 * n * (Vs + 15)
    dendrite = 0.1 * Vd + I_Ca + 0.8 * q * (Vd + 15) + 15 * c * min(Ca / 250, 1) * (Vd + 15)
    dVs = (-soma + 2.1 * (Vd - Vs) / 0.5 + current / 0.5) / 3
    dVd = (-dendrite + 2.1 * (Vs - Vd) / 0.5) / 3
    dh = gate(0.128 * np.exp((17 - Vs) / 18), 4 / (1 + np.exp((40 - Vs) / 5)), h)
    alpha_n = 0.016 * (35.1 - Vs) / (np.exp((35.1 - Vs) / 5) - 1)
    dn = gate(alpha_n, 0.25 * np.exp(0.5 - 0.025 * Vs), n)
    beta_s = 0.02 * (Vd - 51.1) / (np.exp((Vd - 51.1) / 5) - 1)
    ds = gate(1.6 / (1 + np.exp(-0.072 * (Vd - 65))), beta_s, s)
    if Vd <= 50:
        alpha_c = np.exp((Vd - 10) / 11 - (Vd - 6.5) / 27) / 18.975
        beta_c = 2 * np.exp(-(Vd - 6.5) / 27) - alpha_c
    else:
        alpha_c, beta_c = 2 * np.exp(-(Vd - 6.5) / 27), 0.0
    dq = gate(min(0.00002 * Ca, 0.01), 0.001, q)
    return dVs, dVd, dh, dn, ds, gate(alpha_c, beta_c, c), dq, -0.13 * I_Ca - 0.075 * Ca


CASES = {
    "WangBuzsaki": (wang_buzsaki, 1.0, 0.0, 100.0),
    "MorrisLecar": (morris_lecar, 100.0, 0.0, 300.0),
    "ConnorStevens": (connor_stevens, 15.0, 0.0, 100.0),
    "PersistentSodium": (persistent_sodium, 10.0, -20.0, 40.0),
    "HindmarshRose": (hindmarsh_rose, 2.0, 1.0, 200.0),
    "PinskyRinzel": (pinsky_rinzel, 2.5, 60.0, 80.0),
}


def crossings(derivatives, first, threshold, duration):
    """Where the first variable rises through a threshold."""

    def fires(t, y):
        return y[0] - threshold

    fires.direction = 1
    options = {"method": "LSODA", "rtol": 1e-9, "atol": 1e-11, "events": fires}
    return integrate.solve_ivp(derivatives, (0.0, duration), first, **options).t_events[0]


@pytest.mark.parametrize("name", CASES)
def test_spikes_are_those_of_the_equations(name):
    derivatives, current, threshold, duration = CASES[name]
    cell = getattr(neurons, name)(1, method="rk4")
    states = cell.definition.names("state")
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), dt=DT)
    first = [getattr(cell, state)[0] for state in states]
    net.run(duration, inputs={(cell, "I"): current})
    expected = crossings(derivatives, first, threshold, duration)
    assert expected.size > 3
    late = net.spikes.time.values - expected
    assert late.shape == expected.shape
    assert np.all((late > -0.01) & (late < DT + 0.06))


@pytest.mark.parametrize("name", CASES)
def test_its_first_values_are_at_rest(name):
    if name == "HindmarshRose":
        pytest.skip("it begins near rest")
    derivatives, *_ = CASES[name]
    cell = getattr(neurons, name)(1)
    net = bk.Network(cell)
    first = [net.read(cell, state)[0] for state in cell.definition.names("state")]
    slopes = np.array(derivatives(0.0, first, current=0.0))
    assert np.all(np.abs(slopes) < 0.02)
