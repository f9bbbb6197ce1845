"""The order of each method: the slope of its error over dt, against references of much higher accuracy."""

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

ORDERS = {"euler": 1, "midpoint": 2, "heun": 2, "rk2": 2, "rk3": 3, "rk4": 4, "exponential_euler": 1}
RUNGE_KUTTA = [method for method in ORDERS if method != "exponential_euler"]
STEPS = (0.1, 0.05, 0.025, 0.0125)
DURATION = 4.0


@pytest.fixture(scope="module")
def reference():
    solution = integrate.solve_ivp(
        oscillator_rates, (0, DURATION), (0.3, -0.2, 0.4), method="DOP853", rtol=1e-13, atol=1e-13
    )
    return solution.y[:, -1]


def final(method, dt, model=Oscillator, **values):
    """V, w and g of the coupled system at the end."""
    group = model(1, method=method, **values)
    synapse = onto_itself(Conductance, group)
    bk.Network(group, synapse, dt=dt).run(DURATION)
    return np.array([group.V[0], group.w[0], synapse.g[0]])


@pytest.mark.parametrize("method", ORDERS)
def test_order_of_a_coupled_nonlinear_driven_system(method, reference):
    """Fails for a wrong tableau, stage time, or a stage that sees old states, currents or synaptic states."""
    errors = [np.abs(final(method, dt) - reference) for dt in STEPS]
    slopes = [order_of(error, STEPS) for error in np.transpose(errors)]
    assert slopes == pytest.approx([ORDERS[method]] * 3, abs=0.15)


@pytest.mark.parametrize("method", RUNGE_KUTTA)
def test_one_step_of_a_linear_equation_is_the_taylor_polynomial(backend, method):
    """Explicit methods with as many stages as their order have no other choice (Hairer & Wanner 1996, IV.2)."""
    z = np.array([-3.0, -0.7, 0.4, 2.0])
    group = Decay(4, method=method, rate=z)
    bk.Network(group, dt=1.0).run(1.0, backend=backend)
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
    ],
)
def test_a_function_of_time_is_integrated_by_the_quadrature_rule_of_the_method(backend, method, nodes, weights):
    powers = np.arange(1.0, 6.0)
    group = Power(5, p=powers, method=method)
    bk.Network(group, dt=0.5).run(1.5, backend=backend)
    times = 0.5 * (np.arange(3)[:, None] + np.array(nodes))
    rule = [0.5 * np.sum(weights * times**p) for p in powers]
    np.testing.assert_allclose(group.x, rule, rtol=1e-13)


@pytest.mark.parametrize(
    ("noisy", "plain"),
    [("euler_maruyama", "euler"), ("milstein_ito", "euler"), ("milstein_stratonovich", "euler"), ("heun", "heun")],
)
def test_without_noise_a_stochastic_method_is_its_deterministic_one(noisy, plain):
    np.testing.assert_allclose(final(noisy, 0.1, NoisyOscillator), final(plain, 0.1), rtol=1e-13)
