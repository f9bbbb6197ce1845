"""Synapses that come and go while they are recorded: each keeps its column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.program.job import Records
from brainkernel.recording.series import Ints, Series

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False)
class SynapseColumns:
    """The synapses that have a column in a table.

    Attributes
    ----------
    numbers : array
        The numbers that never change.
    pre, post : arrays
        Their sources and targets.
    """

    numbers: Ints
    pre: Ints
    post: Ints

    @classmethod
    def of(cls, table: xarray.Dataset | None) -> SynapseColumns | None:
        """Read them from a table, if it has such columns."""
        names = ("synapse", "pre", "post")
        if table is None or not all(name in table.coords for name in names):
            return None
        return cls(*(table[name].values for name in names))

    def ends(self, connectivity: Connectivity, end: str) -> Ints:
        """An end of each synapse by its number: also of those that are gone."""
        ends = np.full(connectivity.numbered, -1, np.int64)
        ends[self.numbers] = getattr(self, end)
        present = getattr(connectivity, end).astype(np.int64)
        ends[connectivity.numbers] = connectivity.by_user(present)
        return ends


NO_COLUMNS = SynapseColumns(*(np.zeros(0, np.int64) for _ in range(3)))


class ColumnSeries:
    """A variable of single synapses with NaN where a synapse does not exist.

    Parameters
    ----------
    series : Series or None
        The values of those that exist; None where none of them does.
    ids : array
        The number of each column.
    columns : array
        The columns of the series.
    """

    def __init__(self, series: Series | None, ids: Ints, columns: Ints) -> None:
        self.ids = ids
        self._series = series
        self._columns = columns

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[Any]:
        """The values at some grid points of the stretch that begins at step `first`."""
        values = np.full((steps.size, self.ids.size), np.nan)
        if self._series is not None:
            values[:, self._columns] = self._series.values(steps, first, records)
        return values


def columns_now(connectivity: Connectivity, before: SynapseColumns | None) -> Ints:
    """The columns of all synapses: of those that had one, and of those that exist."""
    numbers = connectivity.numbers
    return numbers if before is None else np.union1d(before.numbers, numbers)


def existing(connectivity: Connectivity, numbers: Ints) -> tuple[Ints, Ints]:
    """Which columns' synapses exist, and the places of these as the user counts them."""
    places = np.searchsorted(connectivity.numbers, numbers)
    present = np.append(connectivity.numbers, -1)[places] == numbers
    return np.flatnonzero(present), places[present]


def widened(piece: NDArray[Any], width: tuple[int, ...]) -> NDArray[Any]:
    """Rows with further columns, which hold nothing."""
    if piece.shape[1:] == width:
        return piece
    wide = np.full((piece.shape[0], *width), np.nan)
    wide[:, : piece.shape[1]] = piece
    return wide
