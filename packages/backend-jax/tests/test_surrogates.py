"""Surrogate derivatives: the spike stays a spike, and the derivative is what its name says."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainkernel.errors import UnknownNameError
from brainkernel.plugins.host import default_host
from brainkernel_jax import surrogate, surrogates

pytestmark = pytest.mark.usefixtures("x64")

PRIMITIVES = {
    "sigmoid": lambda x: jax.nn.sigmoid(4.0 * x),
    "arctan": lambda x: jnp.arctan(0.5 * jnp.pi * 2.0 * x) / jnp.pi,
    "superspike": lambda x: x / (1.0 + 10.0 * jnp.abs(x)),
    "gaussian": lambda x: jax.scipy.stats.norm.cdf(x / 0.5),
    "exponential": lambda x: jnp.where(
        x < 0, 0.5 * jnp.exp(2.0 * x), 1.0 - 0.5 * jnp.exp(-2.0 * x)
    ),
    "log_tailed": lambda x: jnp.sign(x) * jnp.log1p(jnp.abs(x)),
    "piecewise_linear": lambda x: jnp.clip(0.5 * x, -0.5, 0.5),
    "leaky_relu": lambda x: jnp.where(x < 0, 0.1 * x, x),
}
LEVELS = np.array([-2.3, -0.7, -0.01, 0.013, 0.4, 1.9])


@pytest.mark.parametrize("name", [spec.name for spec in default_host().surrogates().values()])
def test_spikes_are_exactly_zero_or_one(name):
    spikes = surrogate(name, width=0.3)(jnp.array([-5.0, -1e-300, 0.0, 1e-300, 5.0]))
    assert spikes.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_derivatives_are_those_of_the_function_they_stand_for(name):
    derivative = jax.vmap(jax.grad(lambda level: surrogate(name, width=0.5)(level)))(
        jnp.asarray(LEVELS)
    )
    expected = jax.vmap(jax.grad(PRIMITIVES[name]))(jnp.asarray(LEVELS) / 0.5) / 0.5
    np.testing.assert_allclose(derivative, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "name", ["sigmoid", "arctan", "gaussian", "piecewise_linear", "piecewise_quadratic"]
)
def test_those_of_area_one_have_it(name):
    x = jnp.linspace(-4000.0, 4000.0, 4_000_001)
    assert float(jnp.sum(getattr(surrogates, name)(x)) * (x[1] - x[0])) == pytest.approx(
        1.0, abs=1e-3
    )


def test_a_rim_is_negative_and_a_triangle_ends():
    assert surrogates.multi_gaussian(jnp.array(2.0)) < 0 < surrogates.multi_gaussian(jnp.array(0.0))
    assert surrogates.triangular(jnp.array([-1.0, 0.0, 0.5, 1.0])).tolist() == [0.0, 0.3, 0.15, 0.0]


def test_a_derivative_of_ones_own_will_do():
    spikes = surrogate(lambda x: 3.0 + 0.0 * x, width=2.0)
    assert jax.grad(spikes)(-1.0) == 1.5


def test_minus_zero_says_that_nothing_follows():
    spikes = surrogate("triangular", width=1.0)(jnp.array([-2.0, -0.5, 2.0]))
    assert jnp.signbit(spikes).tolist() == [True, False, False]


def test_an_unknown_name_lists_those_that_there_are():
    with pytest.raises(UnknownNameError, match=r"sigmoyd.*sigmoid"):
        surrogate("sigmoyd")
