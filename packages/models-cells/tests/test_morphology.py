"""Shapes: areas, resistances, branches, regions, places, and files."""

from __future__ import annotations

import numpy as np
import pytest

from brainkernel.errors import SelectionError, ValueShapeError
from brainkernel_cells import Morphology, Section, read_swc


def neuron():
    """A ball with a trunk that branches in two."""
    cell = Morphology()
    soma = cell.add_ball("soma", diameter=20.0)
    trunk = cell.add("trunk", length=100.0, diameter=2.0, pieces=2, parent=soma, region="dend")
    cell.add("left", length=60.0, diameter=1.0, pieces=3, parent=trunk, region="dend")
    cell.add("right", length=40.0, diameter=1.0, pieces=1, parent=trunk, region="dend")
    cell.add("axon", length=50.0, diameter=0.5, pieces=1, parent=soma)
    return cell


def test_compartments_stand_at_branching_points_and_ends():
    cell = neuron()
    assert cell.size == len(cell) == 1 + 2 + 3 + 1 + 1
    assert cell.to_parent.tolist() == [0, 1, 1, 1, 1, 1, 4, 7]
    assert cell.distances.tolist() == [0, 50, 100, 120, 140, 160, 140, 50]
    assert cell.regions.tolist() == ["soma", *["dend"] * 6, "axon"]
    assert cell.positions[5].tolist() == [160.0, 0.0, 0.0]
    assert isinstance(cell.sections[1], Section)
    assert cell.sections[1].compartments == (0, 1, 2)


def test_membrane_of_half_a_piece_belongs_to_either_end():
    cell = neuron()
    ball, trunk, branch, axon = np.pi * 400, np.pi * 2 * 50, np.pi * 20, np.pi * 0.5 * 50
    right = np.pi * 40
    expected = [ball + 0.5 * trunk + 0.5 * axon, trunk, 0.5 * (trunk + branch + right)]
    expected += [branch, branch, 0.5 * branch, 0.5 * right, 0.5 * axon]
    np.testing.assert_allclose(cell.areas, expected)


def test_joints_are_cross_section_over_length():
    cell = neuron()
    np.testing.assert_allclose(cell.joints[1:3], np.pi / 50.0)
    np.testing.assert_allclose(cell.joints[3:6], np.pi / 4 / 20.0)
    assert cell.joints[0] == 0.0


def test_a_cone_is_cut_as_a_cone():
    """Of which area and resistance have closed forms, however many pieces there are."""
    for pieces in (1, 2, 7):
        cell = Morphology()
        points = [[0.0, 0.0, 0.0], [0.0, 30.0, 40.0]]
        cell.add("cone", points=points, diameter=[4.0, 2.0], pieces=pieces)
        assert cell.areas.sum() == pytest.approx(np.pi * 3.0 * np.hypot(50.0, 1.0))
        assert np.sum(1.0 / cell.joints[1:]) == pytest.approx(50.0 / (np.pi * 2.0 * 1.0))
        np.testing.assert_allclose(cell.positions[-1], [0.0, 30.0, 40.0])


def test_without_a_number_a_piece_is_a_tenth_of_the_length_constant():
    """As NEURON's lambda_f(100) has it: 225.08 um for 1 um at 100 ohm cm."""
    cell = Morphology()
    section = cell.add("dend", length=300.0, diameter=1.0)
    assert len(section.compartments) == 1 + np.ceil(300.0 / 28.2095)


def test_values_by_region_are_means_by_area():
    cell = neuron()
    values = cell.by_region({"soma": 1.0, None: 0.0})
    assert values[0] == pytest.approx(np.pi * 400 / cell.areas[0])
    assert np.all(values[1:] == 0.0)
    total = np.sum(cell.by_region({"soma": 2.0, "dend": 3.0, "axon": 5.0}) * cell.areas)
    dendrite = np.pi * (200 + 60 + 40)
    assert total == pytest.approx(2 * np.pi * 400 + 3 * dendrite + 5 * np.pi * 25)
    # what lies between two compartments is of one region
    assert cell.by_joint({"dend": 2.0, None: 1.0}).tolist() == [1, 2, 2, 2, 2, 2, 2, 1]


def test_places_are_found_by_section_or_region():
    cell = neuron()
    assert cell.at("left", 1.0).tolist() == [5]
    assert cell.at("left", 0.0).tolist() == [2]
    assert cell.at("dend", 1.0).tolist() == [2, 5, 6]
    assert cell.at(cell.sections[2], 1.0).tolist() == [5]
    assert cell.at("soma").tolist() == [0]
    with pytest.raises(
        SelectionError, match="no region or section 'spine'; there is: soma, dend, trunk"
    ):
        cell.at("spine")
    with pytest.raises(SelectionError, match="from 0, its beginning, to 1"):
        cell.at("left", 2.0)


def test_sections_of_one_name_are_numbered():
    cell = Morphology()
    first = cell.add("dend", length=10.0, pieces=1)
    second = cell.add("dend", length=10.0, pieces=1, parent=first)
    assert (first.name, second.name, second.region) == ("dend", "dend_2", "dend")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give length= in um, or points="),
        ({"length": -1.0}, "the length of d is -1.0"),
        ({"length": 1.0, "diameter": 0.0}, "the diameter of d is 0.0"),
        ({"length": 1.0, "pieces": 0}, "pieces=0"),
        ({"length": 1.0, "pieces": 1.5}, "pieces=1.5"),
        ({"points": [[0.0, 0.0]]}, r"not \(2 or more, 3\)"),
        ({"points": [[0.0] * 3, [1.0] * 3], "diameter": [1.0, -1.0]}, "above zero"),
        ({"points": [[0.0] * 3, [0.0] * 3]}, "the length of d is 0.0"),
    ],
)
def test_shapes_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueShapeError, match=message):
        Morphology().add("d", **arguments)


def test_a_cell_has_one_root():
    cell = neuron()
    with pytest.raises(ValueShapeError, match="a cell has one root, which is soma"):
        cell.add_ball("another", diameter=1.0)
    with pytest.raises(ValueShapeError, match="say what it grows from"):
        cell.add("another", length=1.0)
    with pytest.raises(ValueShapeError, match="is no section of this cell"):
        cell.add("another", length=1.0, parent=Section("foreign", "foreign", (0,), 1.0))
    with pytest.raises(ValueShapeError, match="give diameter= in um or area="):
        Morphology().add_ball("soma")


def test_values_of_regions_are_complete():
    cell = neuron()
    with pytest.raises(ValueShapeError, match="no value for region 'axon'"):
        cell.by_region({"soma": 1.0, "dend": 1.0}, "g")
    with pytest.raises(ValueShapeError, match="g: no region 'spine'; there is: axon, dend, soma"):
        cell.by_region({"spine": 1.0, None: 1.0}, "g")


SWC = """\
# a soma of one point, a dendrite that branches, an axon
1 1 0 0 0 10 -1
2 3 10 0 0 1 1
3 3 60 0 0 1 2
4 3 110 30 0 0.5 3
5 3 110 -30 0 0.5 3
6 2 -10 0 0 0.5 1
7 2 -100 0 0 0.5 6
"""


@pytest.fixture
def swc(tmp_path):
    pytest.importorskip("morphio")

    def written(text):
        path = tmp_path / "cell.swc"
        path.write_text(text)
        return path

    return written


def test_an_swc_file_becomes_a_cell(swc):
    cell = read_swc(swc(SWC), longest=10.0)
    names = [section.name for section in cell.sections]
    assert names == ["soma", "dend_1", "dend_2", "dend_3", "axon_1"]
    assert set(cell.regions) == {"soma", "dend", "axon"}
    branch = np.hypot(50.0, 30.0)
    cone = np.pi * 1.5 * np.hypot(branch, 0.5)
    expected = np.pi * 400 + np.pi * 2 * 50 + 2 * cone + np.pi * 90
    assert cell.areas.sum() == pytest.approx(expected, rel=1e-6)
    tips = cell.at("dend", 1.0)
    np.testing.assert_allclose(cell.distances[tips], [50.0, 50.0 + branch, 50.0 + branch])
    np.testing.assert_allclose(cell.positions[tips[1]], [110.0, 30.0, 0.0])
    assert len(cell.sections[1].compartments) == 6


def test_a_soma_of_three_points_has_the_membrane_of_its_ball(swc):
    text = "1 1 0 0 0 10 -1\n2 1 0 -10 0 10 1\n3 1 0 10 0 10 1\n4 3 10 0 0 1 1\n5 3 60 0 0 1 4\n"
    cell = read_swc(swc(text), longest=50.0)
    assert cell.areas[0] == pytest.approx(np.pi * 400 + np.pi * 50, rel=1e-6)


def test_a_neurite_alone_is_a_cell_and_two_are_none(swc):
    alone = read_swc(swc("1 2 0 0 0 1 -1\n2 2 100 0 0 1 1\n"), longest=50.0)
    assert alone.size == 3
    both = "1 2 0 0 0 1 -1\n2 2 100 0 0 1 1\n3 3 0 9 0 1 -1\n4 3 0 99 0 1 3\n"
    with pytest.raises(ValueShapeError, match="has no soma and 2 neurites"):
        read_swc(swc(both))


def test_a_file_that_holds_no_cell_is_refused(swc):
    with pytest.raises(ValueShapeError, match="holds no morphology"):
        read_swc(swc("1 1 0 0\n"))
