"""Morphologies from SWC files, read by MorphIO."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.install_lines import install_line
from brainkernel.errors import MissingDependencyError, ValueShapeError
from brainkernel_cells.morphology import Morphology, Section

REGIONS = {1: "soma", 2: "axon", 3: "dend", 4: "apical"}
"""The regions of the types of a file; others are called ``type_5``."""


def read_swc(path: str | os.PathLike[str], longest: float | None = None) -> Morphology:
    """Read the shape of a cell from an SWC file, or another one that MorphIO reads.

    The soma becomes a ball of one potential, from which the neurites grow; without one the cell
    begins where its only neurite does. Regions are ``soma``, ``axon``, ``dend``, ``apical``,
    ``type_5`` and so on, and sections ``dend_1``, ``dend_2`` ...

    Parameters
    ----------
    path : path
        The file; positions and diameters in um.
    longest : float, optional
        How long a piece of a section is at most, in um; a tenth of its length constant at 100 Hz
        where none is given.

    Raises
    ------
    ValueShapeError
        Where the file holds no cell.
    MissingDependencyError
        Where MorphIO is not installed.
    """
    try:
        import morphio
    except ImportError:
        raise MissingDependencyError(
            f"morphologies are read by MorphIO, which is not installed: {install_line('cells')}"
        ) from None
    try:
        neurites = morphio.Morphology(os.fspath(path))
    except morphio.MorphioError as cause:
        raise ValueShapeError(f"{os.fspath(path)} holds no morphology: {cause}") from cause
    cell = Morphology()
    soma = _soma(cell, neurites)
    if soma is None and len(neurites.root_sections) != 1:
        raise ValueShapeError(
            f"{os.fspath(path)} has no soma and {len(neurites.root_sections)} neurites: a cell is "
            "one tree"
        )
    grown: dict[int, Section | None] = {}
    for section in neurites.iter():
        parent = soma if section.is_root else grown[section.parent.id]
        grown[section.id] = _neurite(cell, section, parent, longest)
    return cell


def _soma(cell: Morphology, neurites: Any) -> Section | None:
    """Add the soma, if there is one, with the membrane that MorphIO finds for it."""
    if len(neurites.soma.points) == 0:
        return None
    middle = _reals(neurites.soma.center)
    # MorphIO reads numbers of 32 bits; of a ball the diameter is exact
    if len(neurites.soma.points) == 1:
        diameter = float(neurites.soma.diameters[0])
        return cell.add_ball("soma", position=middle, diameter=diameter)
    return cell.add_ball("soma", position=middle, area=float(neurites.soma.surface))


def _neurite(
    cell: Morphology, section: Any, parent: Section | None, longest: float | None
) -> Section | None:
    """Add a section of a neurite; where it has no length, what grows from it grows from before."""
    points, diameters = _reals(section.points), _reals(section.diameters)
    length = float(np.sum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    if length == 0.0:
        return parent
    pieces = None if longest is None else max(1, int(np.ceil(length / longest)))
    region = REGIONS.get(int(section.type), f"type_{int(section.type)}")
    number = 1 + sum(added.region == region for added in cell.sections)
    return cell.add(
        f"{region}_{number}",
        points=points,
        diameter=diameters,
        pieces=pieces,
        parent=parent,
        region=region,
    )


def _reals(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)
