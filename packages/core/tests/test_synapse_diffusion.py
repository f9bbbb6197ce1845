"""Noise in the equations of single synapses and sources."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Source

import brainkernel as bk
from brainkernel.testing.beside import SideBySide


class Wandering(bk.Synapse):
    """A weight that is an Ornstein-Uhlenbeck process (Uhlenbeck & Ornstein 1930)."""

    tau = bk.parameter(4.0, unit="ms", above=0.0)
    mean = bk.parameter(1.0, per="synapse")
    sigma = bk.parameter(0.5)
    w = bk.state(1.0, per="synapse")

    @bk.derivative
    def dw(w, mean, tau):
        return (mean - w) / tau

    @bk.diffusion
    def noise_w(sigma, tau):
        return sigma * np.sqrt(2.0 / tau)

    @bk.on_pre("x_post")
    def receive(x_post, w):
        return x_post + w


class Sources(bk.Synapse):
    """Noise of sources and of targets, one growing with the state."""

    p = bk.state(0.5, per="pre")
    q = bk.state(0.5, per="post")

    @bk.derivative
    def dp(p):
        return -p / 4.0

    @bk.diffusion
    def noise_p(p):
        return 0.25 * p

    @bk.derivative
    def dq(q):
        return -q / 8.0

    @bk.diffusion
    def noise_q():
        return 0.5

    @bk.on_pre("x_post")
    def receive(x_post, p, q):
        return x_post + p + q


def network(synapse=Wandering, count=40, seed=0, pairs=None, **options):
    source = Source(4, [DT, 3 * DT, 3 * DT], [0, 1, 2], name="source")
    target = Counter(10, name="target")
    pairs = pairs or (np.arange(count) % 4, np.arange(count) % 10)
    syn = synapse(source, target, connect=bk.connect.from_ij(*pairs), name="syn", **options)
    states = list(syn.definition.names("state"))
    return bk.Network(source, target, syn, dt=DT, seed=seed, m=bk.StateMonitor(syn, states))


def test_weights_have_the_variance_and_correlation_of_the_process():
    """Of 4000 weights: both are exact at any step, since the noise is additive."""
    sigma, tau = 0.5, 4.0
    net = network(count=4000)
    net.run(10 * tau)
    start = net.projections[0].w
    lag = 24 * DT
    net.run(lag)
    end = net.projections[0].w
    four_errors = 4.0 * sigma**2 * np.sqrt(2.0 / 4000)
    assert np.var(end) == pytest.approx(sigma**2, abs=four_errors)
    assert np.mean(end) == pytest.approx(1.0, abs=4.0 * sigma / np.sqrt(4000))
    covariance = np.mean((start - 1.0) * (end - 1.0))
    assert covariance == pytest.approx(sigma**2 * np.exp(-lag / tau), abs=four_errors)


METHODS = ["exponential_midpoint", "euler_maruyama", "milstein_ito", "heun", "sra1"]


@pytest.mark.parametrize("method", [None, *METHODS])
def test_methods_follow_the_reference(method):
    both = SideBySide(network(count=12, method=method), "numpy")
    both.run(20 * DT)
    both.check()


@pytest.mark.parametrize("synapse", [Wandering, Sources])
def test_the_reference_agrees(backend, synapse):
    both = SideBySide(network(synapse, count=12), backend)
    both.run(11 * DT)
    both.run(9 * DT)
    both.check()
    assert np.unique(both.net.m[synapse.definition.names("state")[0]].values[-1]).size > 3


def test_backends_and_threads_draw_the_same_bits():
    pytest.importorskip("brainkernel_numba")
    records = []
    for backend, threads in (("numpy", 1), ("numba", 1), ("numba", 2)):
        net = network(method="euler_maruyama")
        net.run(30 * DT, backend=backend, threads=threads)
        records.append(net.m.w.values)
    np.testing.assert_array_equal(records[0], records[1])
    np.testing.assert_array_equal(records[1], records[2])


def test_noise_follows_the_number_of_a_synapse():
    """Not where it lies in its table, nor who is removed beside it."""
    pairs = np.array([3, 0, 2, 1]), np.array([1, 2, 3, 4])
    net, other = network(pairs=pairs), network(pairs=pairs)
    net.run(3 * DT)
    other.run(3 * DT)
    other.projections[0].remove([0, 2])
    net.run(5 * DT)
    other.run(5 * DT)
    np.testing.assert_array_equal(net.projections[0].w[[1, 3]], other.projections[0].w)
    assert np.unique(net.projections[0].w).size == 4


def test_noise_needs_a_derivative_and_a_method_that_takes_it():
    with pytest.raises(bk.errors.IntegratorError, match="has a diffusion"):
        network(method="rk4")
    with pytest.raises(bk.errors.ConnectError, match="procedural"):
        source, target = Source(4, [DT], [0]), Counter(10)
        rule = bk.connect.fixed_prob(0.5, procedural=True)
        bk.Network(source, target, Wandering(source, target, connect=rule), dt=DT).run(DT)
