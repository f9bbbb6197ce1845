"""The past of states, kept and read by several threads."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk

pytestmark = pytest.mark.filterwarnings("ignore:threads=")
DT = 0.125


class Rate(bk.Neuron):
    """A rate that looks back."""

    tau = bk.parameter(0.5, unit="ms")
    r = bk.state(0.0)
    I = bk.input()
    r_tau = bk.past("r", delay="tau")

    @bk.derived
    def F(r):
        return np.tanh(r)

    @bk.derivative
    def dr(r, r_tau, I):
        return I - r - 0.5 * r_tau


class Link(bk.Synapse):
    """Adds what the source was, and learns from it."""

    w = bk.state(0.25, per="synapse")

    @bk.derivative
    def dw(w, F_pre, r_post):
        return 0.1 * (F_pre * r_post - w)

    @bk.adds_to("I")
    def current(w, F_pre):
        return w * F_pre


def outcome(threads):
    rng = np.random.default_rng(4)
    first = rng.normal(size=101)
    delays = rng.integers(1, 30, 101) * DT
    rates = Rate(101, r=first, tau=delays, method="rk4", name="rates")
    rule = bk.connect.fixed_prob(0.2)
    late = Link(rates, rates, connect=rule, delay=lambda rng: rng.integers(0, 40) * DT, name="late")
    net = bk.Network(rates, late, dt=DT)
    for duration in (4.0, 0.125, 3.875):
        net.run(duration, backend="numba", threads=threads)
    return rates.r, late.w


def test_threads_change_no_bit_of_what_looks_back():
    r, w = outcome(1)
    assert np.ptp(r) > 0.01
    for threads in (2, 3):
        np.testing.assert_array_equal(outcome(threads)[0], r)
        np.testing.assert_array_equal(outcome(threads)[1], w)
