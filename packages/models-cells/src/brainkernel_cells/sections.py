"""Unbranched pieces of a cell: area and resistance along a row of frusta."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Course:
    """The course of a section: diameters and positions by the distance along it, all in um.

    Attributes
    ----------
    along : array (points)
        Distances from its beginning, growing.
    diameters : array (points)
        The diameter changes linearly between two points.
    positions : array (points, 3)
        Where the points are.
    """

    along: Reals
    diameters: Reals
    positions: Reals

    @property
    def length(self) -> float:
        """How long it is."""
        return float(self.along[-1])

    def cut(self, at: Reals) -> tuple[Reals, Reals]:
        """Give the membrane area (um**2) and length over cross-section (1/um) between places.

        Parameters
        ----------
        at : array (n)
            Distances from its beginning, growing.

        Returns
        -------
        area, resistance : array (n - 1)
            Of the part between each place and the next.
        """
        knots = np.union1d(self.along, at)
        diameters = np.interp(knots, self.along, self.diameters)
        first, last = diameters[:-1], diameters[1:]
        lengths = np.diff(knots)
        slant = np.hypot(lengths, 0.5 * (last - first))
        areas = 0.5 * np.pi * (first + last) * slant
        resistances = 4.0 * lengths / (np.pi * first * last)
        sums = []
        for values in (areas, resistances):
            total = np.concatenate(([0.0], np.cumsum(values)))
            sums.append(np.diff(np.interp(at, knots, total)))
        return sums[0], sums[1]

    def places(self, at: Reals) -> Reals:
        """Give the positions of places at some distances from its beginning."""
        axes = [np.interp(at, self.along, self.positions[:, axis]) for axis in range(3)]
        return np.stack(axes, axis=1)

    def length_constant(self, frequency: float = 100.0) -> float:
        """Give the shortest length constant at a frequency (Hz), in um.

        For an axial resistivity of 100 ohm cm and a capacitance of 1 uF/cm**2 (Hines & Carnevale
        2001); the membrane does not matter at such frequencies.
        """
        thinnest = float(self.diameters.min())
        # in cm: sqrt(d / (4 pi f R_i C_m)), with d in um, R_i in ohm cm and C_m in F/cm**2
        squared = 1e-4 * thinnest / (4.0 * np.pi * frequency * 100.0 * 1e-6)
        return 1e4 * float(np.sqrt(squared))


def straight(length: float, diameter: float, begin: Reals, direction: Reals) -> Course:
    """Make the course of a cylinder."""
    along = np.array([0.0, length])
    positions = begin + along[:, None] * direction
    return Course(along, np.full(2, diameter), positions)


def through(points: Reals, diameters: Reals) -> Course:
    """Make the course that goes through points with diameters; points that coincide are one."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    moves = np.concatenate(([True], steps > 0.0))
    along = np.concatenate(([0.0], np.cumsum(steps)))
    return Course(along[moves], diameters[moves], points[moves])
