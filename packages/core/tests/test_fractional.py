"""Fractional derivatives: the Mittag-Leffler function, Euler's method as a limit, and memory."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_jax as bj
from brainkernel.errors import BackendError, IntegratorError
from brainkernel.integrators import caputo_l1, grunwald_letnikov
from brainkernel.testing.beside import SideBySide
from brainkernel_neurons import LIF
from brainkernel_synapses import ExponentialConductance, VoltageJump

BACKENDS = ["numpy", "numba", "jax"]
SCHEMES = [caputo_l1, grunwald_letnikov]


class Decay(bk.Neuron):
    x = bk.state(1.0)

    @bk.derivative
    def dx(x):
        return -x


class Power(bk.Neuron):
    """D^alpha x = 1, whose solution is t**alpha / Gamma(1 + alpha)."""

    x = bk.state(3.0)

    @bk.derivative
    def dx():
        return 1.0


def mittag_leffler(alpha, z, terms=120):
    """The series of E_alpha(z), of which nothing is lost for these z."""
    total = Fraction(0)
    for k in range(terms):
        total += Fraction(z) ** k / Fraction(math.gamma(alpha * k + 1.0))
    return float(total)


def run(model, method, duration, dt):
    cells = model(2, method=method, name="cells")
    net = bk.Network(cells, dt=dt)
    net.run(duration)
    return cells.x.copy()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("alpha", [0.6, 0.9])
def test_a_decay_is_mittag_lefflers(scheme, alpha):
    expected = mittag_leffler(alpha, -(2.0**alpha))
    errors = []
    for number in (40, 80):
        x = run(Decay, scheme(alpha=alpha, num_memory=number), 2.0, 2.0 / number)
        assert x[0] == x[1]
        errors.append(abs(x[0] - expected))
    assert errors[1] < 0.01
    assert np.log2(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_constant_rate_gives_a_power_of_the_time(scheme):
    x = run(Power, scheme(alpha=0.7, num_memory=400), 4.0, 0.01)
    assert x[0] == pytest.approx(3.0 + 4.0**0.7 / math.gamma(1.7), rel=1e-3)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_order_one_is_eulers_method(scheme):
    x = run(Decay, scheme(alpha=1.0, num_memory=20), 2.0, 0.1)
    assert x[0] == pytest.approx(0.9**20, rel=1e-12)


def test_the_memory_ends_where_it_is_told_to():
    short, whole = (run(Decay, caputo_l1(alpha=0.6, num_memory=n), 2.0, 0.1) for n in (5, 20))
    longer = run(Decay, caputo_l1(alpha=0.6, num_memory=50), 2.0, 0.1)
    assert abs(short[0] - whole[0]) > 0.01
    assert longer[0] == pytest.approx(whole[0], rel=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_follows_the_reference(backend):
    method = caputo_l1(alpha=0.8, num_memory=30)
    source = LIF(3, name="source", method=method, t_ref=0.5)
    other = LIF(2, name="other", method=grunwald_letnikov(alpha=0.9, num_memory=25))
    fixed = bk.connect.all_to_all()
    slow = ExponentialConductance(source, other, connect=fixed, weight=15.0, E=0.0, tau=5.0)
    jump = VoltageJump(source, other, connect=fixed, weight=0.5, delay=0.2)
    net = bk.Network(source, other, slow, jump, s=bk.SpikeMonitor(source))
    both = SideBySide(net, backend, tolerance=1e-10)
    both.run(8.0, {source: np.array([900.0, 1200.0, 2000.0])})
    both.set(other, "V", -68.0)
    both.run(4.0, {source: 900.0})
    both.check()
    assert len(both.reference.spikes["s"]) > 2


def test_pieces_threads_and_saved_states_change_no_bit():
    def network():
        cells = LIF(30, method=caputo_l1(alpha=0.8, num_memory=50), name="cells")
        return bk.Network(cells, dt=0.1), {cells: np.linspace(0.0, 1000.0, 30)}

    def ended(pieces, threads):
        net, inputs = network()
        for piece in pieces:
            net.run(piece, inputs=inputs, backend="numba", threads=threads)
        return net["cells"].V.copy()

    whole = ended([9.0], 1)
    np.testing.assert_array_equal(ended([9.0], 2), whole)
    np.testing.assert_array_equal(ended([2.3, 0.1, 6.6], 1), whole)
    net, inputs = network()
    net.run(2.3, inputs=inputs, backend="numba")
    kept = net.store()
    net.run(1.0, inputs=inputs, backend="numba")
    net.restore(kept)
    net.run(6.7, inputs=inputs, backend="numba")
    np.testing.assert_array_equal(net["cells"].V, whole)


def test_pure_functions_refuse_a_past():
    cells = Decay(1, method=caputo_l1(alpha=0.5, num_memory=5), name="cells")
    with pytest.raises(BackendError, match="remembers past steps"):
        bj.function(bk.Network(cells), 1.0, dtype="float32")


def test_wrong_arguments_are_refused():
    for alpha in (0.0, 1.5, -0.2):
        with pytest.raises(IntegratorError, match="give an order above 0, at most 1"):
            caputo_l1(alpha=alpha, num_memory=10)
    with pytest.raises(IntegratorError, match="how many past steps count"):
        grunwald_letnikov(alpha=0.5, num_memory=0)
