"""Cables against cable theory, and the Rallpacks (Bhalla, Bilitch & Bower 1992)."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from cables import cable, crossings, ends, infinite_resistance, length_constant, sealed, tree

import brainkernel as bk
from brainkernel_cells import PassiveCell, SquidAxon

SEALED = {"R_i": 100.0, "g_L": 0.1, "E_L": 0.0}
RALLPACK = {"R_i": 100.0, "g_L": 0.025, "E_L": -65.0}
# Rallpack 3 as published, computed by NEURON: when V crosses zero at both ends of the axon
PUBLISHED_NEAR = [
    *(1.3070, 16.0082, 30.5524, 45.0876, 59.6221, 74.1565, 88.6908, 103.2253),
    *(117.7597, 132.2940, 146.8284, 161.3629, 175.8972, 190.4316, 204.9661, 219.5004),
    *(234.0348, 248.5692),
]
PUBLISHED_FAR = [
    *(4.0717, 18.6908, 33.2421, 47.7770, 62.3120, 76.8467, 91.3802, 105.9150),
    *(120.4502, 134.9835, 149.5180, 164.0532, 178.5868, 193.1211, 207.6562, 222.1901),
    *(236.7242,),
]


def settled(pieces):
    """A sealed cable of 300 um with 10 pA into its beginning, as it is after 50 time constants."""
    cells = PassiveCell(cable(pieces, length=300.0), V=0.0, **SEALED)
    net = bk.Network(cells, dt=10.0)
    net.run(500.0, inputs={(cells.at("cable", 0.0), "I"): 10.0})
    return cells.V


def test_a_sealed_cable_has_the_resistance_and_attenuation_of_cable_theory():
    assert length_constant(1.0, 100.0, 0.1) == pytest.approx(500.0)
    expected = infinite_resistance(1.0, 100.0, 0.1) / np.tanh(0.6)
    assert expected == pytest.approx(1185.402, abs=1e-3)
    V = settled(30)
    assert V[0] / 0.01 == pytest.approx(1185.402, rel=1e-3)
    assert V[-1] / V[0] == pytest.approx(0.84355, rel=1e-3)


def test_it_is_of_second_order_in_space():
    errors = []
    for pieces in (5, 10, 20, 40):
        errors.append(abs(settled(pieces)[0] / 0.01 - 1185.4023))
    ratios = np.divide(errors[:-1], errors[1:])
    assert np.all(np.abs(ratios - 4.0) < 0.1), ratios


def test_it_is_of_second_order_in_time():
    """Where fast modes have died out, against the modes of the compartments themselves."""
    errors = []
    exact = compartments_exactly(20.0)
    for dt in (2.0, 1.0, 0.5):
        cells = PassiveCell(cable(10, length=300.0), V=0.0, **SEALED)
        _, V = ends(cells, 10.0, 20.0, dt)
        errors.append(abs(V[1, -1] - exact[-1]))
    ratios = np.divide(errors[:-1], errors[1:])
    assert np.all(np.abs(ratios - 4.0) < 0.3), ratios


def compartments_exactly(t):
    """The potentials of ten pieces of the sealed cable after a time, by eigenvalues."""
    shape = cable(10, length=300.0)
    n = shape.size
    C = 1e-5 * shape.areas
    matrix = np.diag(-0.1 * C)
    for i in range(1, n):
        matrix[[i, i - 1], [i, i - 1]] -= shape.joints[i]
        matrix[[i, i - 1], [i - 1, i]] += shape.joints[i]
    rates, modes = np.linalg.eig(matrix / C[:, None])
    drive = np.zeros(n)
    drive[0] = 0.01 / C[0]
    return (modes @ (np.expm1(rates * t) / rates * np.linalg.solve(modes, drive))).real


def test_steps_that_are_long_against_the_coupling_do_not_ring():
    cells = PassiveCell(cable(200, length=300.0), V=0.0, **SEALED)
    _, V = ends(cells, 10.0, 100.0, 2.0)
    assert np.all(np.diff(V[0]) > 0.0)


@pytest.mark.parametrize(("pieces", "dt", "error"), [(50, 0.5, 1e-3)])
def test_rallpack_1(pieces, dt, error):
    assert_rallpack_1(pieces, dt, error)


def assert_rallpack_1(pieces, dt, error, backend="numpy"):
    t, V = ends(PassiveCell(cable(pieces), **RALLPACK), 100.0, 250.0, dt, backend)
    for x, computed in zip((0.0, 1000.0), V, strict=True):
        expected = -65.0 + sealed(x, t, 0.1, 1000.0, 1.0, 100.0, 0.025)
        assert rms(computed, expected) < error


def rms(values, expected):
    """The root of the mean squared error, relative to the range, as the Rallpacks have it."""
    return np.sqrt(np.mean((values - expected) ** 2)) / np.ptp(expected)


def test_rallpack_2():
    """Rall's tree is one cylinder: 1,024 compartments against the closed form."""
    shape = tree()
    assert shape.size == 1024
    t, V = ends(PassiveCell(shape, **RALLPACK), 100.0, 100.0, 1.0)
    length = 0.08 * length_constant(16.0, 100.0, 0.025)
    for x, computed in zip((0.0, length), V, strict=True):
        expected = -65.0 + sealed(x, t, 0.1, length, 16.0, 100.0, 0.025)
        assert rms(computed, expected) < 1e-3


def test_a_short_rallpack_3_has_the_published_spikes():
    t, V = ends(SquidAxon(cable(200), **RALLPACK), 100.0, 20.0, 0.025)
    np.testing.assert_allclose(crossings(t, V[0]), [1.3070, 16.0082], atol=0.01)
    np.testing.assert_allclose(crossings(t, V[1]), [4.0717, 18.6908], atol=0.01)


@pytest.mark.slow  # for its length
def test_the_whole_rallpacks():
    backend = pytest.importorskip("brainkernel_numba") and "numba"
    assert_rallpack_1(1000, 0.05, 1e-4, backend)
    t, V = ends(SquidAxon(cable(1000), **RALLPACK), 100.0, 250.0, 0.0125, backend)
    np.testing.assert_allclose(crossings(t, V[0]), PUBLISHED_NEAR, atol=0.05)
    np.testing.assert_allclose(crossings(t, V[1]), PUBLISHED_FAR, atol=0.05)


def velocity(pieces, dt, backend="numpy"):
    """How fast a spike runs along the squid axon of Hodgkin & Huxley (1952), in m/s."""
    axon = SquidAxon(cable(pieces, length=80000.0, diameter=476.0), celsius=18.5)
    first, second = (int(axon.at("cable", along).ids[0]) for along in (0.4, 0.7))
    trace = bk.StateMonitor(axon, "V", neurons=[first, second])
    net = bk.Network(axon, dt=dt, trace=trace)
    net.run(4.0, inputs={(axon[:1], "I"): lambda t: np.where(t < 0.5, 1e8, 0.0)}, backend=backend)
    t, V = net.trace.time.values, net.trace.V.values
    passing = [crossings(t, V[:, place])[0] for place in (0, 1)]
    return 0.3 * 80.0 / (passing[1] - passing[0])


def test_a_spike_runs_along_the_squid_axon_as_hodgkin_and_huxley_computed():
    """At 18.5 degrees, with d 476 um and R_i 35.4 ohm cm; 18.8 m/s, from K = 10.47 per ms."""
    assert velocity(200, 0.01) == pytest.approx(18.73, rel=0.005)


@pytest.mark.slow  # for its length
def test_its_velocity_is_known_to_three_digits():
    pytest.importorskip("brainkernel_numba")
    assert velocity(1600, 0.00125, "numba") == pytest.approx(18.73, abs=0.005)


def test_a_hodgkin_huxley_axon_is_of_second_order_against_an_independent_integration():
    """All compartments and gates as one system of ordinary equations, by SciPy."""
    expected = by_scipy(10, 3.0)
    errors = []
    for dt in (0.05, 0.025, 0.0125):
        _, V = ends(SquidAxon(cable(10, length=300.0), R_i=100.0), 60.0, 3.0, dt)
        errors.append(abs(V[1, -1] - expected[-1]))
    ratios = np.divide(errors[:-1], errors[1:])
    assert np.all(np.abs(ratios - 4.0) < 0.5), (ratios, errors)
    assert errors[-1] < 0.05


def by_scipy(pieces, duration):
    """The potentials of an axon of 300 um, with 60 pA into its beginning, after a time."""
    integrate = pytest.importorskip("scipy.integrate")
    shape = cable(pieces, length=300.0)
    n, area = shape.size, shape.areas
    joints = shape.joints[1:]

    def rates(t, y):
        V, m, h, k = y.reshape(4, n)
        flow = joints * (V[:-1] - V[1:])  # nA, R_i is 100 ohm cm
        current = np.zeros(n)
        current[0] = 0.06
        current[1:] += flow
        current[:-1] -= flow
        channels = 120.0 * m**3 * h * (50.0 - V) + 36.0 * k**4 * (-77.0 - V)
        channels += 0.3 * (-54.387 - V)
        a_m = 0.1 * (V + 40.0) / (1.0 - np.exp(-(V + 40.0) / 10.0))
        b_m = 4.0 * np.exp(-(V + 65.0) / 18.0)
        a_h = 0.07 * np.exp(-(V + 65.0) / 20.0)
        b_h = 1.0 / (1.0 + np.exp(-(V + 35.0) / 10.0))
        a_n = 0.01 * (V + 55.0) / (1.0 - np.exp(-(V + 55.0) / 10.0))
        b_n = 0.125 * np.exp(-(V + 65.0) / 80.0)
        return np.concatenate(
            [
                channels + 1e5 * current / area,
                a_m * (1.0 - m) - b_m * m,
                a_h * (1.0 - h) - b_h * h,
                a_n * (1.0 - k) - b_n * k,
            ]
        )

    first = np.repeat([-65.0, 0.05293, 0.59612, 0.31768], n)
    solution = integrate.solve_ivp(
        rates, (0.0, duration), first, method="LSODA", rtol=1e-9, atol=1e-10
    )
    return solution.y[:n, -1]


# An axon of 1000 um by NEURON 9.0.2 (secondorder=2, 999 segments, dt 0.0025 ms, no rate tables):
# when V crosses zero at both ends
NEURON = ([1.24044, 15.33615], [3.85851, 17.99006])


def test_an_axon_spikes_when_that_of_neuron_does():
    t, V = ends(SquidAxon(cable(200), R_i=100.0), 100.0, 20.0, 0.0125)
    for place, expected in enumerate(NEURON):
        np.testing.assert_allclose(crossings(t, V[place]), expected, atol=0.005)


@pytest.mark.slow  # for its length
def test_it_agrees_with_neuron_to_a_ten_thousandth():
    pytest.importorskip("brainkernel_numba")
    t, V = ends(SquidAxon(cable(1000), R_i=100.0), 100.0, 20.0, 0.0025, "numba")
    for place, expected in enumerate(NEURON):
        np.testing.assert_allclose(crossings(t, V[place]), expected, atol=2.5e-4)


@pytest.mark.skipif(find_spec("neuron") is None, reason="NEURON is not installed")
def test_neuron_gives_what_was_recorded():
    from neuron import h

    h.load_file("stdrun.hoc")
    axon = h.Section(name="axon")
    axon.L, axon.diam, axon.Ra, axon.cm, axon.nseg = 1000.0, 1.0, 100.0, 1.0, 999
    axon.insert("hh")
    for segment in axon:
        segment.hh.el = -54.387
    clamp = h.IClamp(axon(0))
    clamp.amp, clamp.dur = 0.1, 1e9
    h.celsius, h.secondorder, h.usetable_hh = 6.3, 2, 0
    h.dt, h.steps_per_ms, h.v_init, h.tstop = 0.0125, 80.0, -65.0, 20.0
    time = h.Vector().record(h._ref_t)
    traces = [h.Vector().record(axon(place)._ref_v) for place in (0, 1)]
    h.run()
    for trace, expected in zip(traces, NEURON, strict=True):
        spikes = crossings(np.array(time), np.array(trace))
        np.testing.assert_allclose(spikes, expected, atol=0.003)
