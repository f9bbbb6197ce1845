"""Times on the grid are taken in every width; others are refused, with both neighbours."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Gate, Jump, Ramp

import brainkernel as bk
from brainkernel.base.clock import step_times, whole_steps
from brainkernel.errors import TimeGridError

STEPS = st.sampled_from([0.1, 0.05, 0.025, 0.125, 0.2, 0.01, 1.0, 0.3])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 100_000), STEPS, st.sampled_from([np.float64, np.float32]))
def test_every_multiple_is_on_the_grid_in_its_width(number, dt, kind):
    assert whole_steps(kind(number * dt), dt, "a time") == number
    assert whole_steps(kind(float(f"{number * dt:.12g}")), dt, "a time") == number


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 100), STEPS)
def test_short_times_are_on_the_grid_in_16_bits(number, dt):
    assert whole_steps(np.float16(number * dt), dt, "a time") == number


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 10_000), STEPS, st.floats(0.05, 0.95), st.sampled_from([np.float64, np.float32])
)
def test_a_time_between_is_refused_with_its_neighbours(number, dt, part, kind):
    with pytest.raises(TimeGridError) as caught:
        whole_steps(kind((number + part) * dt), dt, "a time")
    low, high = re.search(r"use (\S+) or (\S+) ms", str(caught.value)).groups()
    assert (low, high) == tuple(repr(float(f"{k * dt:.12g}")) for k in (number, number + 1))
    assert whole_steps(float(low), dt, "a time") == number
    assert whole_steps(float(high), dt, "a time") == number + 1
    assert "bk.on_grid" in str(caught.value)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_times_in_few_bits_reach_all_that_takes_times(kind):
    gate, counter = Gate(2, name="gate"), Counter(2)
    delays = np.array([7.7, 0.3, 7.7, 0.3], kind)
    jump = Jump(gate, counter, connect=bk.connect.all_to_all(), delay=delays)
    drawn = Jump(
        gate,
        counter,
        connect=bk.connect.all_to_all(),
        delay=lambda n: np.full(n, 0.7, kind),
        name="drawn",
    )
    net = bk.Network(
        gate, counter, jump, drawn, m=bk.StateMonitor(counter, "x", every=kind(0.7)), dt=0.1
    )
    net.run(kind(7.7))
    assert net.step == 77
    assert jump.delays.tolist() == [7.7, 0.3, 7.7, 0.3]
    assert drawn.delays.tolist() == [0.7] * 4
    assert net.m.time.values.tolist() == step_times(np.arange(1, 12) * 7, 0.1).tolist()


def test_a_refractory_period_in_32_bits():
    bk.Network(Ramp(2, t_ref=np.array([7.7, 0.3], np.float32)), dt=0.1).run(0.1)


def test_off_the_grid_in_32_bits_is_off_the_grid():
    with pytest.raises(TimeGridError, match=r"7\.65000009\d* ms.*use 7\.6 or 7\.7 ms"):
        whole_steps(np.float32(7.65), 0.1, "a time")


def test_many_steps_are_not_guessed():
    with pytest.raises(TimeGridError):
        whole_steps(200_000.0, 0.07, "a time")  # 2857142.857 steps
    with pytest.raises(TimeGridError):
        whole_steps(np.float32(0.137), DT, "a time")


def test_drawn_times_go_to_the_grid():
    assert whole_steps(bk.on_grid([0.14, 7.66], 0.1), 0.1, "a time").tolist() == [1, 77]
