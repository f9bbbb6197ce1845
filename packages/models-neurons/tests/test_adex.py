"""AdEx and ExpIF against an independent integration, in a variable that does not blow up."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import AdEx, ExpIF

BACKENDS = [
    "numpy",
    pytest.param("numba", marks=pytest.mark.slow),
    pytest.param("jax", marks=pytest.mark.slow),
]
# one more level for each dt, from the largest to the smallest: spikes are found on the grid, up to
# dt late each
DURATION = 95.0  # ms of ExpIF
PAPER = {0.1: (0.9, 1.6), 0.05: (0.35, 0.7), 0.01: (0.08, 0.15)}


def independent(
    current, duration, *, C, g_L, E_L, V_T, Delta_T, tau_w, a, b, V_peak, V_reset, t_ref
):
    """Spike times and the last w, by z = exp(-(V - V_T) / Delta_T), which has no blow-up.

    z runs straight into its value at the peak.
    """
    integrate = pytest.importorskip("scipy.integrate")

    def z_of(V):
        return np.exp(-(V - V_T) / Delta_T)

    def rates(t, y):
        z = max(y[0], z_of(V_peak))
        V = V_T - Delta_T * np.log(z)
        return [
            -(z * (g_L * (E_L - V) - y[1] + current) / Delta_T + g_L) / C,
            (a * (V - E_L) - y[1]) / tau_w,
        ]

    def peak(t, y):
        return y[0] - z_of(V_peak)

    peak.terminal, peak.direction = True, -1
    t, w, V, times = 0.0, 0.0, E_L, []
    while True:
        solution = integrate.solve_ivp(
            rates, (t, duration), [z_of(V), w], events=peak, rtol=1e-9, atol=1e-10
        )
        assert solution.status >= 0
        t, w, V = solution.t[-1], solution.y[1, -1], V_reset
        if solution.status == 0:
            return np.array(times), w
        times.append(t)
        w += b
        held = V_reset - E_L
        w = a * held + (w - a * held) * np.exp(-t_ref / tau_w)
        t += t_ref


def values_of(model):
    declarations = model.definition.declarations
    return {name: declarations[name].default for name in model.definition.names("parameter")}


@pytest.fixture(scope="module")
def paper():
    return independent(1000.0, 200.0, **values_of(AdEx))


def test_the_independent_integration_gives_the_papers_numbers(paper):
    times, w = paper
    assert times.size == 8
    assert w == pytest.approx(343.8, abs=0.05)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dt", PAPER)
def test_adex_is_as_in_the_paper(paper, backend, dt):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    times, w = paper
    late, more = PAPER[dt]
    cell = AdEx(1)
    net = bk.Network(
        cell, spikes=bk.SpikeMonitor(cell), trace=bk.StateMonitor(cell, ["V", "w"]), dt=dt
    )
    net.run(200.0, inputs={cell: 1000.0}, backend=backend)
    assert net.spikes.time.size == 8
    np.testing.assert_array_less(np.abs(net.spikes.time.values - times), late)
    assert cell.w[0] == pytest.approx(w, abs=more)
    assert net.trace.V.values.max() < 20.0  # a spike is reset before it is recorded
    assert net.trace.w.values.max() < 450.0


@pytest.mark.parametrize("method", ["rk4", "heun", "midpoint", "euler"])
def test_w_does_not_follow_how_far_v_would_have_run(paper, method):
    """At the end w is off by the step's lateness alone, in proportion to dt, by any method."""
    errors = []
    for dt in (0.1, 0.05):
        cell = AdEx(1, method=method)
        net = bk.Network(cell, dt=dt)
        net.run(200.0, inputs={cell: 1000.0})
        errors.append(abs(cell.w[0] - paper[1]))
    assert errors[0] < 4.0
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dt", [0.1, 0.05, 0.01])
def test_exp_if_fires_when_the_independent_integration_does(backend, dt):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    own = values_of(ExpIF)
    renamed = {"V_peak": own.pop("V_th"), "tau_w": 1.0, "a": 0.0, "b": 0.0}
    times, _ = independent(200.0, DURATION, **own, **renamed)
    cell = ExpIF(1)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), dt=dt)
    net.run(DURATION, inputs={cell: 200.0}, backend=backend)
    found = net.spikes.time.values
    assert found.size == times.size == 5
    lateness = np.diff(found - times, prepend=0.0)  # of each interval by itself
    assert np.all((lateness > -0.02 * dt) & (lateness < 1.05 * dt))
