"""Coupling of all pairs: the same bits as synapse by synapse, at the speed of linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.testing.beside import assert_follows_the_reference


class Rate(bk.Neuron, method="euler"):
    """A rate that follows its input."""

    r = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dr(r, I):
        return (I - r) / 8.0


class Weighted(bk.Synapse):
    """Adds weighted differences."""

    w = bk.parameter(0.1, per="synapse")

    @bk.adds_to("I")
    def first(w, r_pre, r_post):
        return w * (r_pre - r_post)


class Twice(Weighted):
    """Adds two things to one input."""

    gain = bk.parameter(0.5)

    @bk.adds_to("I")
    def second(gain, r_pre):
        return 0.001 * gain * r_pre


class Mean(bk.Synapse):
    """Adds what all sources share."""

    J = bk.parameter(0.01)

    @bk.adds_to("I")
    def current(J, r_pre):
        return J * r_pre


def pairs(pre, post):
    """Connect the same pairs one by one, of which nothing is known before."""
    return bk.connect.from_ij(np.repeat(np.arange(pre), post), np.tile(np.arange(post), pre))


def network(connect, sources=7, targets=5, model=Weighted, ends=(slice(None), slice(None)), **kw):
    """Give two groups of which one is coupled with the other, and this with itself."""
    rng = np.random.default_rng(0)
    a = Rate(sources, r=rng.normal(size=sources), name="a")
    b = Rate(targets, r=rng.normal(size=targets), name="b")
    pre, post = a[ends[0]], b[ends[1]]
    rule = connect(len(pre), len(post))
    values = {}
    if issubclass(model, Weighted):
        values["w"] = rng.normal(size=(len(pre), len(post))).ravel()
    s = model(pre, post, connect=rule, name="s", **values)
    net = bk.Network(a, b, s, of_b=bk.StateMonitor(b, "r"), dt=0.1, **kw)
    return net


def every_pair(pre, post):
    """Give the rule that is known to connect all pairs."""
    return bk.connect.all_to_all()


def is_dense(net):
    """Whether a network's coupling is printed as a matrix."""
    return "_dense_rows" in net.source(backend="numpy")


CASES = {
    "whole": {},
    "one source": {"sources": 1},
    "one target": {"targets": 1},
    "stretches": {"sources": 11, "targets": 9, "ends": (slice(2, 9), slice(1, 6))},
    "shared": {"model": Mean},
    "narrow": {"dtype": "float32"},
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits_as_synapse_by_synapse(case):
    dense, sparse = network(every_pair, **CASES[case]), network(pairs, **CASES[case])
    assert is_dense(dense)
    assert not is_dense(sparse)
    for net in (dense, sparse):
        net.run(1.0)
    np.testing.assert_array_equal(dense.of_b.r, sparse.of_b.r)


def test_what_is_no_matrix_stays_as_it_was():
    gaps = {"sources": 8, "ends": (slice(None, None, 2), slice(None))}
    assert not is_dense(network(every_pair, **gaps))
    assert not is_dense(network(lambda pre, post: bk.connect.fixed_prob(0.5), model=Mean))
    a = Rate(4, name="a")
    without = Mean(a, a, connect=bk.connect.all_to_all(autapses=False))
    assert not is_dense(bk.Network(a, without))


@pytest.mark.parametrize(
    "rule", [bk.connect.fixed_prob(1.0), bk.connect.from_matrix(np.ones((7, 5), bool))]
)
def test_other_rules_that_connect_all_pairs(rule):
    assert is_dense(network(lambda pre, post: rule, model=Mean))


def test_targets_beyond_sixteen_bits():
    size = 66_000
    dense = network(every_pair, sources=2, targets=size, model=Mean)
    sparse = network(pairs, sources=2, targets=size, model=Mean)
    for net in (dense, sparse):
        net.run(0.2)
    np.testing.assert_array_equal(dense.of_b.r, sparse.of_b.r)


def test_backends_agree_and_threads_change_nothing(backend):
    sizes = {"sources": 10, "targets": 300, "model": Twice}
    expected = network(every_pair, **sizes)
    expected.run(1.0)
    net = network(every_pair, **sizes)
    net.run(1.0, backend=backend)
    np.testing.assert_allclose(net.of_b.r, expected.of_b.r, rtol=1e-13, atol=1e-14)
    if backend == "numba":
        np.testing.assert_array_equal(net.of_b.r, expected.of_b.r)
        for threads in (2, 3):
            net = network(every_pair, **sizes)
            net.run(1.0, backend="numba", threads=threads)
            np.testing.assert_array_equal(net.of_b.r, expected.of_b.r)


def test_it_follows_the_reference():
    assert_follows_the_reference(network(every_pair, model=Twice), 1.0)


def test_weights_that_are_set_later_count():
    net = network(every_pair)
    net.run(0.5)
    net["s"].w = 0.25
    net.run(0.5)
    other = network(pairs)
    other.run(0.5)
    other["s"].w = 0.25
    other.run(0.5)
    np.testing.assert_array_equal(net.of_b.r, other.of_b.r)
