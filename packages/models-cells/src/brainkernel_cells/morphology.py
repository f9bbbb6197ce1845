"""The shape of a cell, cut into compartments that a tree joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.base.given_values import numbers_of
from brainkernel.errors import SelectionError, ValueShapeError
from brainkernel_cells.sections import Course, straight, through

Reals = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Section:
    """An unbranched part of a cell, and its compartments.

    Attributes
    ----------
    name, region : str
        Its own name, and that of all sections of one kind.
    compartments : tuple of int
        From its beginning to its end. The first one is of the section that it grows from, if it
        grows from one.
    length : float
        In um; zero for a ball.
    """

    name: str
    region: str
    compartments: tuple[int, ...]
    length: float


@dataclass
class _Compartment:
    """What is known of one compartment while a shape is built."""

    region: str
    to_parent: int
    joint: float
    distance: float
    position: Reals
    areas: dict[str, float] = field(default_factory=dict)

    def cover(self, region: str, area: float) -> None:
        """Add membrane of a region."""
        self.areas[region] = self.areas.get(region, 0.0) + area


class Morphology:
    """The shape of a cell: sections that branch from one another, cut into compartments.

    A section is cut into pieces of equal length. Compartments stand at both ends of each piece, so
    that one is right at each branching point and each end; the membrane of half a piece belongs to
    either. So a section of n pieces has n compartments besides the one that it grows from.

    Examples
    --------
    >>> cell = Morphology()
    >>> soma = cell.add_ball("soma", diameter=20.0)
    >>> trunk = cell.add("dend", length=300.0, diameter=2.0, pieces=30, parent=soma)
    >>> tuft = cell.add("tuft", length=100.0, diameter=1.0, pieces=10, parent=trunk)
    >>> cell.size
    41
    """

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self._compartments: list[_Compartment] = []

    def add_ball(
        self,
        name: str,
        *,
        diameter: float | None = None,
        area: float | None = None,
        position: ArrayLike = (0.0, 0.0, 0.0),
        region: str | None = None,
    ) -> Section:
        """Add the one compartment from which a cell grows, as a soma of one potential.

        Parameters
        ----------
        name : str
            Its name.
        diameter, area : float
            Of the ball in um, or of its membrane in um**2: one of them.
        position : array (3), optional
            Where its middle is.
        region : str, optional
            The kind of the section; its name where none is given.

        Raises
        ------
        ValueShapeError
            Where the cell has a root already, or a measure is not above zero.
        """
        if self._compartments:
            raise ValueShapeError(f"{name}: a cell has one root, which is {self.sections[0].name}")
        if (diameter is None) == (area is None):
            raise ValueShapeError(f"{name}: give diameter= in um or area= in um**2")
        if area is None:
            width = _measure(diameter, f"the diameter of {name}")
            area = np.pi * width * width
        area = _measure(area, f"the area of {name}")
        region = region or name
        place = np.asarray(position, dtype=np.float64)
        self._compartments.append(_Compartment(region, 0, 0.0, 0.0, place, {region: area}))
        return self._append(Section(self._own_name(name), region, (0,), 0.0))

    def add(
        self,
        name: str,
        *,
        length: float | None = None,
        diameter: ArrayLike = 1.0,
        points: ArrayLike | None = None,
        pieces: int | None = None,
        parent: Section | None = None,
        at: float = 1.0,
        region: str | None = None,
    ) -> Section:
        """Add a section: a cylinder, or one that goes through points.

        Parameters
        ----------
        name : str
            Its name; a number is added where another section has it.
        length : float
            Of a cylinder, in um. It lies along x.
        diameter : float or array
            In um; for points one for each.
        points : array (n, 3), optional
            What it goes through, in place of `length`.
        pieces : int, optional
            Into how many pieces it is cut; so many that a piece is a tenth of the length constant
            at 100 Hz where none are given.
        parent : Section, optional
            What it grows from; the root of a cell grows from nothing.
        at : float
            Where: from 0 to 1 along the parent, at the nearest compartment.
        region : str, optional
            The kind of the section, as ``"dend"``; its name where none is given.

        Returns
        -------
        Section
            To grow others from.

        Raises
        ------
        ValueShapeError
            Where a measure is not above zero, or nothing tells where the section grows from.
        """
        course = self._course(name, length, diameter, points, parent, at)
        if pieces is None:
            pieces = int(np.ceil(course.length / (0.1 * course.length_constant())))
        if isinstance(pieces, bool) or int(pieces) != pieces or pieces < 1:
            raise ValueShapeError(f"{name}: pieces={pieces!r}: give a whole number, 1 or more")
        if parent is None and self._compartments:
            raise ValueShapeError(f"{name}: say what it grows from, parent=; only a root does not")
        region = region or name
        steps = np.linspace(0.0, course.length, int(pieces) + 1)
        numbers = [self._root_or_place(region, course, parent, at)]
        halves = np.linspace(0.0, course.length, 2 * int(pieces) + 1)
        area, resistance = course.cut(halves)
        places = course.places(steps)
        self._compartments[numbers[0]].cover(region, float(area[0]))
        for piece in range(int(pieces)):
            before = self._compartments[numbers[-1]]
            whole = float(resistance[2 * piece] + resistance[2 * piece + 1])
            number = len(self._compartments)
            compartment = _Compartment(
                region,
                number - numbers[-1],
                1.0 / whole,
                before.distance + float(steps[piece + 1] - steps[piece]),
                places[piece + 1],
            )
            compartment.cover(region, float(area[2 * piece + 1]))
            if piece + 1 < pieces:
                compartment.cover(region, float(area[2 * piece + 2]))
            self._compartments.append(compartment)
            numbers.append(number)
        return self._append(
            Section(self._own_name(name), region, tuple(numbers), float(course.length))
        )

    def _course(
        self,
        name: str,
        length: float | None,
        diameter: ArrayLike,
        points: ArrayLike | None,
        parent: Section | None,
        at: float,
    ) -> Course:
        if (length is None) == (points is None):
            raise ValueShapeError(f"{name}: give length= in um, or points= with x, y, z of each")
        if points is None:
            begin = np.zeros(3)
            if parent is not None:
                begin = self._compartments[self._place_on(parent, at)].position
            width = _measure(diameter, f"the diameter of {name}")
            long = _measure(length, f"the length of {name}")
            return straight(long, width, begin, np.array([1.0, 0.0, 0.0]))
        places = numbers_of(points, "um", f"the points of {name}")
        if places.ndim != 2 or places.shape[1] != 3 or places.shape[0] < 2:
            raise ValueShapeError(f"{name}: points have shape {places.shape}, not (2 or more, 3)")
        widths = numbers_of(diameter, "um", f"the diameters of {name}")
        if widths.shape not in ((), places.shape[:1]) or not np.all(widths > 0.0):
            raise ValueShapeError(
                f"{name}: diameters are above zero, one for all points or one for each"
            )
        course = through(places, np.broadcast_to(widths, places.shape[0]))
        _measure(course.length, f"the length of {name}")
        return course

    def _root_or_place(self, region: str, course: Course, parent: Section | None, at: float) -> int:
        """The compartment in which a section begins: a new one for a root."""
        if parent is not None:
            return self._place_on(parent, at)
        self._compartments.append(_Compartment(region, 0, 0.0, 0.0, course.positions[0]))
        return 0

    def _place_on(self, section: Section, at: float) -> int:
        if section not in self.sections:
            raise ValueShapeError(f"{section.name} is no section of this cell")
        return section.compartments[_nearest(section, at)]

    def _own_name(self, name: str) -> str:
        names, own, number = {section.name for section in self.sections}, name, 1
        while own in names:
            number += 1
            own = f"{name}_{number}"
        return own

    def _append(self, section: Section) -> Section:
        self.sections.append(section)
        return section

    @property
    def size(self) -> int:
        """How many compartments there are."""
        return len(self._compartments)

    @property
    def to_parent(self) -> Reals:
        """How many compartments before each its parent stands; zero for the root."""
        return np.array([float(part.to_parent) for part in self._compartments])

    @property
    def joints(self) -> Reals:
        """Cross-section over length of the way to the parent, in um; zero for the root."""
        return np.array([part.joint for part in self._compartments])

    @property
    def areas(self) -> Reals:
        """The membrane of each compartment, in um**2."""
        return np.array([sum(part.areas.values()) for part in self._compartments])

    @property
    def distances(self) -> Reals:
        """How far each compartment is from the root along the tree, in um."""
        return np.array([part.distance for part in self._compartments])

    @property
    def positions(self) -> Reals:
        """Where each compartment is, in um: x, y, z."""
        return np.array([part.position for part in self._compartments])

    @property
    def regions(self) -> NDArray[np.str_]:
        """The region of the section that each compartment belongs to."""
        return np.array([part.region for part in self._compartments])

    def by_region(self, values: Mapping[str, float], label: str = "values") -> Reals:
        """Give one value for each compartment, of one for each region.

        A compartment in which regions meet has the mean of their values, by area.

        Parameters
        ----------
        values : mapping
            A number for each region; ``None`` in place of a region stands for all others.
        label : str
            What they are, for messages.

        Raises
        ------
        ValueShapeError
            For a region that the cell does not have, or one without a value.
        """
        regions = {section.region for section in self.sections}
        _check_regions(values, regions, label)
        means = []
        for part in self._compartments:
            total = sum(area * _of_region(values, region) for region, area in part.areas.items())
            means.append(total / sum(part.areas.values()))
        return np.array(means)

    def by_joint(self, values: Mapping[str, float], label: str = "values") -> Reals:
        """Give one value for the way from each compartment to its parent, as by `by_region`."""
        _check_regions(values, {section.region for section in self.sections}, label)
        return np.array([_of_region(values, part.region) for part in self._compartments])

    def at(self, place: str | Section, along: float = 0.5) -> Numbers:
        """Give the compartments nearest to a place.

        Parameters
        ----------
        place : str or Section
            A region: then one compartment in each of its sections. Or a section, by its name too.
        along : float
            From 0, the beginning of a section, to 1, its end.

        Raises
        ------
        SelectionError
            For a place that there is not.
        """
        sections = [s for s in self.sections if place in (s, s.region)]
        sections = sections or [s for s in self.sections if s.name == place]
        if not sections:
            names: dict[str, None] = {}
            for section in self.sections:
                names |= dict.fromkeys((section.region, section.name))
            raise SelectionError(f"no region or section {place!r}; there is: {', '.join(names)}")
        numbers = [section.compartments[_nearest(section, along)] for section in sections]
        return np.unique(np.array(numbers, dtype=np.int64))

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<Morphology of {len(self.sections)} sections, {self.size} compartments>"


def _nearest(section: Section, along: float) -> int:
    if not 0.0 <= along <= 1.0:
        raise SelectionError(f"{section.name} at {along!r}: from 0, its beginning, to 1, its end")
    return int(np.rint(along * (len(section.compartments) - 1)))


def _measure(value: object, label: str) -> float:
    number = numbers_of(value, "", label)
    if number.shape != () or not number > 0.0:
        raise ValueShapeError(f"{label} is {value!r}: it is one number above zero")
    return float(number)


def _check_regions(values: Mapping[str, float], regions: set[str], label: str) -> None:
    unknown = sorted(str(name) for name in set(values) - regions - {None})
    if unknown:
        raise ValueShapeError(
            f"{label}: no region {unknown[0]!r}; there is: {', '.join(sorted(regions))}"
        )
    missing = sorted(regions - set(values))
    if missing and None not in values:
        raise ValueShapeError(
            f"{label}: no value for region {missing[0]!r}; give one, or one for None, which stands "
            "for all others"
        )


def _of_region(values: Mapping[str, float], region: str) -> float:
    return float(values[region] if region in values else values[None])  # type: ignore[index]
