"""GapJunction: the coupling of passive cells in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import DelayError
from brainkernel_synapses import GapJunction

PAIR = bk.connect.from_ij([0, 1], [1, 0])


def settled(cells, junctions, current, backend="numpy"):
    net = bk.Network(cells, junctions)
    net.run(1000.0, inputs={cells: current}, backend=backend)
    return cells.V + 60.0


def test_two_passive_cells_are_coupled_by_one_sixth(cell):
    cells = cell(2)
    V = settled(cells, GapJunction(cells, cells, connect=PAIR, weight=2.0), np.array([100.0, 0.0]))
    assert V[1] / V[0] == pytest.approx(2.0 / (2.0 + 10.0), rel=1e-10)
    assert 10.0 * V.sum() == pytest.approx(100.0, rel=1e-10)  # what comes in leaks out


@pytest.mark.slow  # for its compilation
def test_it_is_so_on_numba(cell):
    pytest.importorskip("brainkernel_numba")
    cells = cell(2)
    V = settled(
        cells, GapJunction(cells, cells, connect=PAIR, weight=2.0), np.array([100.0, 0.0]), "numba"
    )
    assert V[1] / V[0] == pytest.approx(1.0 / 6.0, rel=1e-10)


def test_one_synapse_conducts_one_way(cell):
    cells = cell(2)
    one_way = GapJunction(cells, cells, connect=bk.connect.from_ij([0], [1]), weight=2.0)
    V = settled(cells, one_way, np.array([100.0, 0.0]))
    np.testing.assert_allclose(V, [10.0, 10.0 * 2.0 / 12.0], rtol=1e-10)


def test_a_matrix_gives_the_conductances(cell):
    g = np.array([[0.0, 2.0, 5.0], [2.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    cells = cell(3, g_L=np.array([10.0, 5.0, 20.0]))
    current = np.array([0.0, 100.0, -30.0])
    V = settled(cells, GapJunction(cells, cells, connect=bk.connect.from_matrix(g)), current)
    laplacian = np.diag(g.sum(1) + np.array([10.0, 5.0, 20.0])) - g
    np.testing.assert_allclose(V, np.linalg.solve(laplacian, current), rtol=1e-9)


def test_groups_of_different_models_are_coupled(cell):
    class Follower(cell):
        """Another model with V and I."""

    one, other = cell(1), Follower(1)
    there = GapJunction(one, other, connect=bk.connect.all_to_all(), weight=2.0)
    back = GapJunction(other, one, connect=bk.connect.all_to_all(), weight=2.0)
    net = bk.Network(one, other, there, back)
    net.run(1000.0, inputs={one: 100.0})
    assert (other.V[0] + 60.0) / (one.V[0] + 60.0) == pytest.approx(1.0 / 6.0, rel=1e-10)


def test_it_has_no_delay(cell):
    cells = cell(2)
    with pytest.raises(DelayError):
        GapJunction(cells, cells, connect=PAIR, delay=1.0)
