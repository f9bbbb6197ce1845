"""CurrentJump: when, how far, and that projections add up in one current."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_synapses import CurrentJump

ALL = bk.connect.all_to_all()


class Leaky(bk.Neuron):
    """A passive neuron that keeps a decaying current."""

    V = bk.state(0.0, unit="mV")
    I_syn = bk.state(0.0, unit="pA")

    @bk.derivative
    def dI_syn(I_syn):
        return -I_syn / 2.0

    @bk.derivative
    def dV(V, I_syn):
        return -V / 10.0 + I_syn


def traced(cells, *members):
    net = bk.Network(cells, members, I=bk.StateMonitor(cells, "I_syn"))
    net.run(6.0)
    return net.I.time.values, net.I.I_syn.values


def test_the_current_jumps_after_the_delay_and_decays(source):
    sources, cells = source(1), Leaky(2)
    synapses = CurrentJump(sources, cells, connect=ALL, weight=[3.0, -4.0], delay=[0.0, 1.5])
    t, I = traced(cells, sources, synapses)
    for column, (weight, arrival) in enumerate([(3.0, 1.0), (-4.0, 2.5)]):
        since = t - arrival
        expected = np.where(since > -1e-9, weight * np.exp(-since / 2.0), 0.0)
        np.testing.assert_allclose(I[:, column], expected, rtol=1e-12, atol=1e-15)


def test_projections_and_multapses_add_up_in_one_current(source):
    sources, cells = source(3), Leaky(1)
    first = CurrentJump(
        sources[:2], cells, connect=bk.connect.from_ij([0, 1, 1], [0, 0, 0]), weight=[1.0, 2.0, 4.0]
    )
    second = CurrentJump(sources[2:], cells, connect=ALL, weight=-0.5)
    t, I = traced(cells, sources, first, second)
    assert I[np.isclose(t, 1.0), 0] == pytest.approx(6.5)


def test_a_target_without_the_current_is_refused(source, cell):
    with pytest.raises(bk.errors.ModelError, match="I_syn"):
        CurrentJump(source(1), cell(1), connect=ALL)
