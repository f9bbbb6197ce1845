"""Cells of many compartments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

import brainkernel as bk
from brainkernel.errors import SelectionError, ValueShapeError
from brainkernel_cells.morphology import Morphology, Section

PLACES = ("distance", "region")
"""What functions that give values may name of a compartment."""


class Compartments(bk.Neuron, abstract=True):
    r"""The compartments of some cells, which axial currents join: to be mixed with channels.

    .. math::

        C_m \frac{dV}{dt} = I_m + \frac{I}{A} + \frac{1}{A} \sum_j g_j (V_j - V), \quad
        g = \frac{1}{R_i} \frac{\pi d^2}{4 l}

    A class of channels adds to ``I_m``, per area of membrane (``@bk.adds_to("I_m")``), and synapses
    and electrodes to ``I``, in pA. With these V is solved for along the whole cell, by the method
    tr_bdf2.

    Parameters
    ----------
    shape : Morphology or sequence of Morphology
        The shape of all cells, or that of each.
    cells : int
        How many there are of one shape. The group has the shape (cells, compartments).
    method, name
        As for every group.
    **values
        Parameters and first states, as for every group; also a dictionary with a number for each
        region (``None`` stands for all others), a function of ``distance`` (um from the root along
        the cell) or ``region``, or an array with one number for each compartment of one cell.

    Raises
    ------
    ValueShapeError
        For what is no shape.

    Notes
    -----
    State: V (mV). Inputs: I (pA), what flows into a compartment; I_m (uA/cm**2), what its membrane
    lets in.
    """

    C_m = bk.parameter(1.0, unit="uF/cm**2", above=0.0, doc="capacitance of the membrane")
    R_i = bk.parameter(100.0, unit="ohm*cm", above=0.0, doc="axial resistivity")
    area = bk.parameter(unit="um**2", above=0.0, doc="membrane of a compartment")
    joint = bk.parameter(
        unit="um", at_least=0.0, doc="cross-section over length of the way to the parent"
    )
    to_parent = bk.parameter(at_least=0.0, doc="how many compartments before it the parent stands")
    V = bk.state(-65.0, unit="mV", doc="membrane potential")
    I = bk.input(unit="pA", doc="current into a compartment")
    I_m = bk.input(unit="uA/cm**2", doc="current through the membrane")
    axial = bk.tree("V", conductance="g_axial", capacitance="capacitance", to_parent="to_parent")

    @bk.derived(unit="uS")
    def g_axial(joint, R_i):
        """Conductance to the parent."""
        return 100.0 * joint / R_i

    @bk.derived(unit="nF")
    def capacitance(area, C_m):
        """Capacitance of a compartment."""
        return 1e-5 * area * C_m

    @bk.derivative
    def dV(I, I_m, area, C_m):
        return (I_m + 100.0 * I / area) / C_m

    def __init__(
        self,
        shape: Morphology | Sequence[Morphology],
        *,
        cells: int = 1,
        method: str | None = None,
        name: str | None = None,
        **values: Any,
    ) -> None:
        alike = isinstance(shape, Morphology)
        if isinstance(cells, bool) or not isinstance(cells, (int, np.integer)) or cells < 1:
            raise ValueShapeError(f"{type(self).__name__}(cells={cells!r}): give 1 or more")
        if not alike and cells != 1:
            raise ValueShapeError(
                f"{type(self).__name__}(cells={cells}): several shapes are one cell each; give one "
                "shape, or leave cells out"
            )
        shapes: list[Morphology] = []
        if isinstance(shape, Morphology):
            shapes = [shape] * int(cells)
        elif isinstance(shape, Sequence):
            shapes = list(shape)
        if not all(isinstance(one, Morphology) for one in shapes) or not shapes:
            raise ValueShapeError(
                f"{type(self).__name__}({shape!r}): give a Morphology, or one for each cell"
            )
        joined = _Cells(shapes)
        given = {
            "area": joined.of_all("areas"),
            "joint": joined.of_all("joints"),
            "to_parent": joined.of_all("to_parent"),
        }
        for word, value in values.items():
            given[word] = joined.value(word, value)
        super().__init__(
            joined.size if cells == 1 else (cells, shapes[0].size),
            method=method,
            name=name,
            positions=joined.of_all("positions"),
            **given,
        )
        self.__dict__["_cells"] = joined

    _cells: _Cells

    @property
    def distances(self) -> NDArray[np.float64]:
        """How far each compartment is from the root of its cell along the tree, in um."""
        return self._cells.of_all("distances")

    @property
    def regions(self) -> NDArray[np.str_]:
        """The region of each compartment."""
        return self._cells.of_all("regions")

    def at(self, place: str | Section, along: float = 0.5, *, cell: int | None = None) -> bk.Slice:
        """Give the compartments at a place, to be connected, driven or recorded.

        Parameters
        ----------
        place : str or Section
            A region: then one compartment in each of its sections. Or a section, by its name too.
        along : float
            From 0, the beginning of a section, to 1, its end; the nearest compartment counts.
        cell : int, optional
            In which cell; in all of them where none is named.

        Raises
        ------
        SelectionError
            For a place or cell that there is not.
        """
        return bk.Slice(self, self._cells.at(place, along, cell, self._label()))

    def by_region(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Give one value for each compartment, of one for each region, to set a parameter to."""
        return self._cells.by_region("values", values)

    def own_coordinates(self) -> dict[str, tuple[NDArray[Any], dict[str, str]]]:
        """Give what datasets know of each compartment besides where it is."""
        distance = {"long_name": "distance from the root along the cell", "units": "um"}
        return {
            "cell_id": (self._cells.numbers, {"long_name": "number of the cell"}),
            "region": (self.regions, {"long_name": "region of the cell"}),
            "distance": (self.distances, distance),
        }


class _Cells:
    """The shapes of all cells of a group, one after another."""

    def __init__(self, shapes: Sequence[Morphology]) -> None:
        self.shapes = shapes
        sizes = [shape.size for shape in shapes]
        self.size = sum(sizes)
        self.first = np.cumsum([0, *sizes])[:-1]
        self.numbers = np.repeat(np.arange(len(shapes)), sizes)

    def of_all(self, what: str) -> NDArray[Any]:
        """Put what is known of the compartments of each shape one after another."""
        by_shape = {id(shape): getattr(shape, what) for shape in self.shapes}
        return np.concatenate([by_shape[id(shape)] for shape in self.shapes])

    def value(self, name: str, value: Any) -> Any:
        """Turn what is given by region, by place or for one cell into an array for all."""
        if isinstance(value, Mapping):
            return self.by_region(name, value)
        if callable(value):
            names = tuple(signature(value).parameters)
            if not any(place in names for place in PLACES):
                return value
            places = {"distance": self.of_all("distances"), "region": self.of_all("regions")}
            unknown = [word for word in names if word not in places]
            if unknown:
                raise ValueShapeError(
                    f"{name}: a function of a compartment names {' and '.join(PLACES)}, not "
                    f"{unknown[0]}"
                )
            return value(**{word: places[word] for word in names})
        several = len(self.shapes) > 1 and self.shapes[0].size != self.size
        if several and np.shape(value) == (self.shapes[0].size,) and self._alike:
            return np.tile(value, len(self.shapes))
        return value

    @property
    def _alike(self) -> bool:
        return all(shape is self.shapes[0] for shape in self.shapes)

    def by_region(self, name: str, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Give one value for each compartment, of one for each region."""
        by_shape = {}
        for shape in self.shapes:
            if id(shape) not in by_shape:
                # what lies between two compartments is of one region, and membrane of several
                spread = shape.by_joint if name == "R_i" else shape.by_region
                by_shape[id(shape)] = spread(values, name)
        return np.concatenate([by_shape[id(shape)] for shape in self.shapes])

    def at(
        self, place: str | Section, along: float, cell: int | None, label: str
    ) -> NDArray[np.int64]:
        """Give the numbers of the compartments at a place."""
        cells = range(len(self.shapes)) if cell is None else [cell]
        if cell is not None and not 0 <= cell < len(self.shapes):
            raise SelectionError(
                f"{label} has no cell {cell}: they are 0 to {len(self.shapes) - 1}"
            )
        parts = [self.shapes[number].at(place, along) + self.first[number] for number in cells]
        return np.concatenate(parts)
