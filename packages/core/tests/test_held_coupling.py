"""Coupling held during a step is stable just below its limit, and refused just above it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, NonFiniteError


class Cell(bk.Neuron):
    C = bk.parameter(1.0)
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(I, C):
        return I / C


class Gap(bk.Synapse):
    weight = bk.parameter(1.0, per="synapse")

    @bk.adds_to("I")
    def current(weight, V_pre, V_post):
        return weight * (V_pre - V_post)


class Saturating(Gap):
    """Not linear in V_post: nothing is said of it."""

    @bk.adds_to("I")
    def current(weight, V_pre, V_post):
        return weight * np.tanh(V_pre - V_post)


class Onto(Gap):
    """Names no state of the target."""

    @bk.adds_to("I")
    def current(weight, V_pre):
        return weight * V_pre * 0.0


RING = 10


def ring(weight, synapse=Gap, **values):
    """Each cell with its two neighbours: a row sum of twice the weight."""
    i = np.arange(RING)
    pre, post = np.concatenate([i, i]), np.concatenate([(i + 1) % RING, (i - 1) % RING])
    cells = Cell(RING, name="cells", V=(-1.0) ** i, **values)
    return cells, synapse(
        cells, cells, connect=bk.connect.from_ij(pre, post), weight=weight, name="gap"
    )


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_a_ring_at_its_limit_stays_below_one(backend):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    cells, gap = ring(5.0)  # 4 dt weight = 2
    net = bk.Network(cells, gap, dt=0.1)
    net.run(50.0, backend=backend)
    assert np.all(np.abs(cells.V) <= 1.0 + 1e-12)


def test_beyond_it_is_refused_with_what_would_do():
    cells, gap = ring(6.25)
    with pytest.raises(IntegratorError) as caught:
        bk.Network(cells, gap, dt=0.1).run(1.0)
    said = str(caught.value)
    assert re.search(
        r"gap couples too strongly for dt = 0.1 ms.*V of cells, element 0.*sum up to 12.5 ", said
    )
    assert "pulls it back by 1.25 of itself" in said
    assert "dt of at most 0.08 ms, or weights of at most 0.8 times these" in said
    for weight, dt in ((6.25, 0.08), (6.25 * 0.8, 0.1)):
        cells, gap = ring(weight)
        bk.Network(cells, gap, dt=dt).run(0.8)


def test_the_capacitance_counts_and_so_do_single_targets():
    cells, gap = ring(6.25, C=2.0)
    bk.Network(cells, gap, dt=0.1).run(1.0)
    cells, gap = ring(6.25, C=np.where(np.arange(RING) == 7, 1.0, 2.0))
    with pytest.raises(IntegratorError, match="element 7"):
        bk.Network(cells, gap, dt=0.1).run(1.0)


def test_several_projections_add_up():
    cells, gap = ring(3.0)
    other = Gap(cells, cells[:1], connect=bk.connect.from_ij([5], [0]), weight=4.5, name="other")
    with pytest.raises(IntegratorError, match=r"gap couples.*element 0.*sum up to 6 .*by 1.05 "):
        bk.Network(cells, gap, other, dt=0.1).run(1.0)


def test_values_set_between_runs_are_looked_at():
    cells, gap = ring(5.0)
    net = bk.Network(cells, gap, dt=0.1)
    net.run(1.0)
    with pytest.raises(IntegratorError, match=r"at most 0\.5 times"):
        gap.weight = 10.0
    with pytest.raises(IntegratorError, match=r"at most 0\.5 times"):
        cells.C = 0.5
    assert np.all(gap.weight == 5.0)
    net.run(1.0)
    cells.C = 2.0
    gap.weight = 10.0
    net.run(1.0)


@pytest.mark.parametrize("synapse", [Saturating, Onto])
def test_what_is_not_linear_in_a_state_of_the_target_is_left_alone(synapse):
    cells, gap = ring(100.0, synapse)
    bk.Network(cells, gap, dt=0.1).run(1.0)


class Growing(bk.Neuron):
    V = bk.state(1.0)

    @bk.step("V")
    def grow(V):
        return V * 10.0


def test_a_state_on_its_way_to_infinity_is_found_before():
    cells = Growing(2, V=np.array([0.0, 1.0]))
    net = bk.Network(cells, dt=1.0)
    with pytest.raises(
        NonFiniteError, match=r"element 1, became 1e\+31, beyond every physical range, at 31 ms"
    ):
        net.run(100.0)
    assert net.t == 30.0
    first = Growing(1, V=1e40)  # on purpose
    bk.Network(first, dt=1.0).run(10.0)
