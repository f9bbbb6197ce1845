"""Every method gives the same numbers on every backend, to the last bit if only + - * / occur."""

from __future__ import annotations

import numpy as np
import pytest
from science_models import (
    BACKENDS,
    AlphaCurrent,
    Conductance,
    Decay,
    NoisyOscillator,
    Oscillator,
    Spring,
    onto_itself,
)

import brainkernel as bk

pytestmark = pytest.mark.slow  # one program of all methods is compiled
METHODS = ("euler", "midpoint", "heun", "rk2", "rk3", "rk4")
STOCHASTIC = ("euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun")
RATES = np.linspace(-1.0, 1.0, 7)
EXACT = {"one rate for all": -0.1, "a rate for each": RATES}


class Polynomial(bk.Neuron):
    """Rates and amplitudes that any machine rounds the same way."""

    sigma = bk.parameter(0.25)
    V = bk.state(0.3)
    w = bk.state(-0.2)
    I = bk.input()

    @bk.derivative
    def dV(V, w, I, t):
        return V - V * V * V / 3.0 - w + I / (1.0 + 0.1 * t)

    @bk.derivative
    def dw(V, w):
        return 0.5 * (V + 0.7 - 0.8 * w)


class NoisyPolynomial(Polynomial):
    """The same with noise."""

    @bk.diffusion
    def noise_V(V, sigma):
        return sigma * V


class Opening(bk.Synapse):
    """A conductance without exponentials."""

    g = bk.state(0.4, per="post")

    @bk.derivative
    def dg(g, V_post):
        return (V_post * V_post - g) / 1.5

    @bk.adds_to("I")
    def current(g, V_post):
        return g * (2.0 - V_post)


def systems():
    """All groups, by what a test calls them, and the synapses onto them."""
    names = ("rk4", "exponential_euler", "exponential_midpoint")
    smooth = {name: Oscillator(7, method=name, omega=2.0 + RATES) for name in names}
    smooth["noisy heun"] = NoisyOscillator(7, method="heun", sigma=0.3)
    exact = {
        f"rounded exact, {name}": Decay(7, method="exact", rate=rate)
        for name, rate in EXACT.items()
    }
    rounded = {f"rounded {name}": Polynomial(7, method=name, w=RATES) for name in METHODS}
    rounded |= {f"rounded noisy {name}": NoisyPolynomial(7, method=name) for name in STOCHASTIC}
    synapses = [
        *(onto_itself(Conductance, group) for group in smooth.values()),
        *(onto_itself(Opening, group) for group in rounded.values()),
        *(onto_itself(AlphaCurrent, group) for group in exact.values()),
    ]
    exact["rounded exact, coupled"] = Spring(7, omega=1.0 + RATES, method="exact")
    return smooth | rounded | exact, synapses


@pytest.fixture(scope="module")
def records():
    """The last states of all groups on each backend, of one network that is compiled once."""
    pytest.importorskip("sympy")
    found = {}
    for backend in BACKENDS:
        groups, synapses = systems()
        net = bk.Network(*groups.values(), *synapses, dt=0.05, seed=4)
        driven = [group for group in groups.values() if "I" in group.definition.declarations]
        net.run(
            10.0,
            inputs=dict.fromkeys(driven, bk.TimedArray([0.0, 0.5, -0.25], dt=4.0)),
            backend=backend,
        )
        found[backend] = {
            name: np.concatenate(
                [getattr(group, state) for state in group.definition.names("state")]
            )
            for name, group in groups.items()
        }
    return found


@pytest.mark.parametrize("other", BACKENDS[1:])
@pytest.mark.parametrize("system", systems()[0])
def test_every_backend_gives_the_same_numbers(records, other, system):
    reference, found = records["numpy"][system], records[other][system]
    assert np.abs(reference).max() > 0.1
    if system.startswith("rounded"):
        np.testing.assert_array_equal(found, reference)
    else:  # sines and exponentials may differ in their last bit
        np.testing.assert_allclose(found, reference, rtol=1e-10)
