"""The order of each method: the slope of its error over dt, against accurate references."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from science_models import (
    Conductance,
    Decay,
    NoisyOscillator,
    Oscillator,
    Power,
    onto_itself,
    order_of,
    oscillator_rates,
)

import brainkernel as bk

integrate = pytest.importorskip("scipy.integrate")

ORDERS = {"euler": 1, "midpoint": 2, "heun": 2, "rk2": 2, "rk3": 3, "rk4": 4}
RUNGE_KUTTA = list(ORDERS)
ORDERS |= {"exponential_euler": 1, "exponential_midpoint": 2}
STEPS = (0.05, 0.025, 0.0125, 0.00625)


TIMES = np.arange(0.5, 8.5, 0.5)


@pytest.fixture(scope="module")
def reference():
    options = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-13, "t_eval": TIMES}
    return integrate.solve_ivp(oscillator_rates, (0, TIMES[-1]), (0.3, -0.2, 0.4), **options).y


def traces(method, dt, model=Oscillator):
    """V, w and g of the coupled system at TIMES."""
    group = model(1, method=method)
    synapse = onto_itself(Conductance, group)
    monitors = (
        bk.StateMonitor(group, ["V", "w"], every=0.5),
        bk.StateMonitor(synapse, "g", every=0.5),
    )
    records = bk.Network(group, synapse, dt=dt, own=monitors[0], incoming=monitors[1]).run(
        TIMES[-1]
    )
    return np.stack(
        [np.ravel(a) for a in (records["own"].V, records["own"].w, records["incoming"].g)]
    )


@pytest.mark.parametrize("method", ORDERS)
def test_order_of_a_coupled_nonlinear_driven_system(method, reference):
    """Fails for a wrong tableau or stage time, or a stage that sees old states or currents."""
    errors = [np.linalg.norm(traces(method, dt) - reference, axis=1) for dt in STEPS]
    slopes = [order_of(error, STEPS) for error in np.transpose(errors)]
    assert slopes == pytest.approx([ORDERS[method]] * 3, abs=0.12)


@pytest.mark.parametrize("method", RUNGE_KUTTA)
def test_one_step_of_a_linear_equation_is_the_taylor_polynomial(method):
    """Explicit methods of as many stages as their order have no choice (Hairer & Wanner 1996)."""
    z = np.array([-3.0, -0.7, 0.4, 2.0])
    group = Decay(4, method=method, rate=z)
    net = bk.Network(group, dt=1.0)
    net.run(1.0)
    polynomial = sum(z**k / factorial(k) for k in range(ORDERS[method] + 1))
    np.testing.assert_allclose(group.x, polynomial, rtol=1e-14)


@pytest.mark.parametrize(
    ("method", "nodes", "weights"),
    [
        ("euler", [0], [1]),
        ("midpoint", [1 / 2], [1]),
        ("heun", [0, 1], [1 / 2, 1 / 2]),
        ("rk2", [0, 2 / 3], [1 / 4, 3 / 4]),
        ("rk3", [0, 1 / 2, 1], [1 / 6, 4 / 6, 1 / 6]),
        ("rk4", [0, 1 / 2, 1], [1 / 6, 4 / 6, 1 / 6]),
        ("exponential_euler", [0], [1]),
        ("exponential_midpoint", [1 / 2], [1]),
    ],
)
def test_a_function_of_time_is_integrated_by_the_quadrature_rule_of_the_method(
    method, nodes, weights
):
    powers = np.arange(1.0, 6.0)
    group = Power(5, p=powers, method=method)
    net = bk.Network(group, dt=0.5)
    net.run(1.5)
    times = 0.5 * (np.arange(3)[:, None] + np.array(nodes))
    rule = [0.5 * np.sum(weights * times**p) for p in powers]
    np.testing.assert_allclose(group.x, rule, rtol=1e-13)


@pytest.mark.parametrize(
    ("noisy", "plain"),
    [
        ("euler_maruyama", "euler"),
        ("milstein_ito", "euler"),
        ("milstein_stratonovich", "euler"),
        ("heun", "heun"),
    ],
)
def test_without_noise_a_stochastic_method_is_its_deterministic_one(noisy, plain):
    np.testing.assert_allclose(traces(noisy, 0.1, NoisyOscillator), traces(plain, 0.1), rtol=1e-13)
