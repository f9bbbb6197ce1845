"""A spike has the weight of the moment in which it passes the synapse, whenever weights are set."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Jump, Source

import brainkernel as bk

FIRED = [(1, 0), (2, 1), (2, 0), (5, 1), (9, 0)]
PRE, POST = np.repeat([0, 1], 20), np.tile(np.arange(10), 4)
DELAYS = np.random.default_rng(2).permutation(40)
CHANGES = {4: 2.0, 11: 5.0, 12: 0.0, 20: 0.5}
STEPS = 52


def network(**options):
    steps, neurons = np.transpose(FIRED)
    source, target = Source(2, steps * DT, neurons, name="source"), Counter(10, name="target")
    rule = bk.connect.from_ij(PRE, POST)
    late = {"delay": DELAYS * DT}
    jump = Jump(source, target, connect=rule, weight=np.arange(40.0), name="jump", **late)
    return bk.Network(source, target, jump, dt=DT, x=bk.StateMonitor(target, "x"), **options)


def expected():
    """A spike brings the synapse's number times the last factor before it passes."""
    x = np.zeros((STEPS, 10))
    for step, neuron in FIRED:
        for synapse in np.flatnonzero(neuron == PRE):
            arrival = step + DELAYS[synapse]
            factor = [1.0, *(factor for when, factor in CHANGES.items() if when < arrival)][-1]
            x[arrival - 1 :, POST[synapse]] += factor * synapse
    return x


def play(net, backend, threads=1):
    done = 0
    for step, factor in (*CHANGES.items(), (STEPS, None)):
        net.run((step - done) * DT, backend=backend, threads=threads)
        done = step
        if factor is not None:
            net.projections[0].weight = factor * np.arange(40.0)
    return net


def test_weights_set_between_runs(backend):
    assert np.unique(DELAYS).size > 8  # so that what spikes bring is summed up before it arrives
    np.testing.assert_array_equal(play(network(), backend).x.x.values, expected())


@pytest.mark.parametrize("dtype", ["float32", {"weights": "float32"}])
def test_sums_in_32_bits(dtype):
    np.testing.assert_array_equal(play(network(dtype=dtype), "numpy").x.x.values, expected())


def test_threads_sum_alike():
    pytest.importorskip("brainkernel_numba")
    np.testing.assert_array_equal(play(network(), "numba", threads=2).x.x.values, expected())


def test_weights_set_by_an_operation():
    net = network()

    @net.operation(every=4 * DT)
    def change(network):
        if network.step == 4:
            network.projections[0].weight = 3.0 * np.arange(40.0)

    net.run(STEPS * DT)
    before = [(step, n) for step, n in FIRED]
    x = np.zeros(10)
    for step, neuron in before:
        for synapse in np.flatnonzero(neuron == PRE):
            x[POST[synapse]] += synapse * (3.0 if step + DELAYS[synapse] > 4 else 1.0)
    assert net.x.x.values[-1].tolist() == x.tolist()


def test_a_batch_of_weights_acts_on_spikes_in_flight():
    net = network()
    net.run(3 * DT)
    jump = net.projections[0]
    tree = net.run((STEPS - 3) * DT, batch={(jump, "weight"): [np.zeros(40), np.arange(40.0)]})
    silent, usual = tree["x"].x.values[:, -1]
    passed = np.zeros(10)
    for step, neuron in FIRED:
        for synapse in np.flatnonzero((neuron == PRE) & (step + DELAYS <= 3)):
            passed[POST[synapse]] += synapse
    assert silent.tolist() == passed.tolist()
    whole = network()
    whole.run(STEPS * DT)
    assert usual.tolist() == whole.x.x.values[-1].tolist()


def test_a_run_without_a_change_keeps_its_bits():
    """Setting the weights that there are makes the same sums again, to the last bit."""
    rng = np.random.default_rng(4)
    weights = rng.normal(size=40)
    nets = [network(), network()]
    for net in nets:
        net.projections[0].weight = weights
        net.run(9 * DT)
    nets[0].projections[0].weight = weights
    for net in nets:
        net.run((STEPS - 9) * DT)
    np.testing.assert_array_equal(nets[0].x.x.values, nets[1].x.x.values)
