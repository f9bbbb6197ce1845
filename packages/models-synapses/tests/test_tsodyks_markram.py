"""TsodyksMarkram against the recursion and stationary values of Markram et al. (1998)."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_synapses import AMPA, PairSTDP, TsodyksMarkram, VoltageJump
from brainkernel_synapses.tsodyks_markram import ShortTermPlasticity

ALL = bk.connect.all_to_all()
BACKENDS = ["numpy", pytest.param("numba", marks=pytest.mark.slow)]
# one synapse in each column: depressing, facilitating, both, and one that never recovers
U = np.array([0.5, 0.03, 0.2, 1.0])
TAU_REC = np.array([800.0, 130.0, 100.0, 1e12])
TAU_FACIL = np.array([0.0, 530.0, 100.0, 50.0])
WEIGHT = np.array([250.0, 1540.0, -20.0, 7.0])
DELAYS = np.array([0.0, 1.5, 0.1, 1.5])

TRAINS = {
    "regular": np.arange(500, 5000, 500),
    "irregular": np.array([2, 3, 50, 1300, 1310, 2900, 4000, 4001, 4800]),
}


class Player(bk.Neuron):
    """Fires in given steps: one train for each neuron."""

    pulse = bk.input()

    @bk.threshold
    def fires(pulse):
        return pulse - 0.5

    def __init__(self, *trains, name=None):
        super().__init__(len(trains), name=name)
        self.__dict__["trains"] = [np.asarray(train, dtype=np.int64) for train in trains]

    def own_inputs(self):
        neurons = np.repeat(np.arange(self.size), [train.size for train in self.trains])
        return {"pulse": bk.Impulses(np.concatenate(self.trains) * 0.1, neurons)}


class DepressingAMPA(ShortTermPlasticity, AMPA):
    """Conductances with short-term plasticity."""


class LearningAMPA(PairSTDP, ShortTermPlasticity, AMPA):
    """Conductances with short-term and long-term plasticity."""


def recursion(times, U, tau_rec, tau_facil):
    """Utilisation u and recovered part R at each spike of a train."""
    u, R = [U], [np.ones_like(U)]
    for interval in np.diff(times):
        with np.errstate(divide="ignore"):
            facilitated = np.exp(-interval / tau_facil)
        recovered = np.exp(-interval / tau_rec)
        R.append(1.0 - recovered + R[-1] * (1.0 - u[-1]) * recovered)
        u.append(u[-1] * facilitated + U * (1.0 - u[-1] * facilitated))
    return np.array(u), np.array(R)


def jumps(model, cells, steps, backend="numpy", duration=500.0, **values):
    """How much each spike of a train adds to g of each target, and the resources left."""
    sources = Player(steps)
    given = {
        "U": U,
        "tau_rec": TAU_REC,
        "tau_facil": TAU_FACIL,
        "weight": WEIGHT,
        "delay": DELAYS,
        **values,
    }
    synapses = model(sources, cells, connect=ALL, **given)
    net = bk.Network(sources, cells, synapses, g=bk.StateMonitor(synapses, "g"))
    for span in (duration / 2.5, duration - duration / 2.5):
        net.run(span, backend=backend)
    g = net.g.g.values
    added = g[1:] - g[:-1] * np.exp(-0.1 / synapses.tau)
    first = round(float(net.g.time.values[1]) / 0.1)
    late = np.rint(np.broadcast_to(given["delay"], WEIGHT.shape) / 0.1).astype(int)
    return (
        np.array([added[steps + late[k] - first, k] for k in range(WEIGHT.size)]).T,
        synapses.x,
        added,
    )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("train", TRAINS)
def test_each_spike_transmits_what_the_recursion_says(train, backend, cell):
    if backend == "numba":
        pytest.importorskip("brainkernel_numba")
    steps = TRAINS[train]
    found, _, added = jumps(TsodyksMarkram, cell(4), steps, backend)
    u, R = recursion(steps * 0.1, U, TAU_REC, TAU_FACIL)
    np.testing.assert_allclose(found, WEIGHT * u * R, rtol=1e-9, atol=1e-9)
    assert (
        np.count_nonzero(np.abs(added[:, :3]) > 1e-9) == 3 * steps.size
    )  # nothing between the spikes


def test_a_long_regular_train_becomes_stationary(cell):
    """At 50 Hz: the first response is U, the last one the fixed point of the recursion."""
    steps = np.arange(200, 60001, 200)
    rec, facil = TAU_REC[:3], TAU_FACIL[:3].clip(1e-9)
    found, _, _ = jumps(TsodyksMarkram, cell(4), steps, duration=6010.0, weight=1.0)
    np.testing.assert_allclose(found[0], U)
    u = U[:3] / (1.0 - (1.0 - U[:3]) * np.exp(-20.0 / facil))
    R = (1.0 - np.exp(-20.0 / rec)) / (1.0 - (1.0 - u) * np.exp(-20.0 / rec))
    np.testing.assert_allclose(found[-1, :3], u * R, rtol=1e-6)
    assert found[1, 0] < found[0, 0]  # depressing
    assert found[1, 1] > found[0, 1]  # facilitating


def test_without_recovery_the_jumps_use_up_the_weight(cell):
    steps = np.arange(100, 4000, 100)
    found, resources, _ = jumps(TsodyksMarkram, cell(4), steps, tau_rec=1e15, U=0.3, tau_facil=0.0)
    np.testing.assert_allclose(
        found[:, 0], 250.0 * 0.3 * 0.7 ** np.arange(steps.size), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(resources, 0.7**steps.size, rtol=1e-6)


def test_conductances_depress_likewise(cell):
    steps = TRAINS["irregular"]
    found, _, _ = jumps(DepressingAMPA, cell(4), steps)
    u, R = recursion(steps * 0.1, U, TAU_REC, TAU_FACIL)
    np.testing.assert_allclose(found, WEIGHT * u * R, rtol=1e-6, atol=1e-6)  # rk4


def test_it_goes_with_long_term_plasticity(cell):
    """Targets that fire once, at 210 ms, potentiate: then spikes transmit in proportion."""
    steps = np.array([1000, 2000, 3000])
    sources, kick, cells = Player(steps), Player([2099]), cell(1, V_th=0.0)
    synapses = LearningAMPA(
        sources, cells, connect=ALL, weight=0.5, w_max=2.0, A_plus=0.3, A_minus=0.0, tau=1.0
    )
    kicks = VoltageJump(kick, cells, connect=ALL, weight=1e3)
    net = bk.Network(sources, kick, cells, kicks, synapses, g=bk.StateMonitor(synapses, "g"))
    net.run(400.0)
    u, R = recursion(steps * 0.1, np.array(0.5), np.array(800.0), np.array(0.0))
    potentiated = 0.5 + 2.0 * 0.3 * (np.exp(-10.0 / 20.0) + np.exp(-110.0 / 20.0))
    assert synapses.weight[0] == pytest.approx(potentiated, rel=1e-12)
    g = net.g.g.values[steps - round(float(net.g.time.values[0]) / 0.1), 0]
    np.testing.assert_allclose(g, np.array([0.5, 0.5, potentiated]) * u * R, rtol=1e-6)
