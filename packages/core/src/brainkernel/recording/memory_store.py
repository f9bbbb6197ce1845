"""Records in memory: the place where they are kept unless a run names another."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import MonitorError
from brainkernel.plugins.host import default_host
from brainkernel.program.contracts import Store
from brainkernel.recording.datasets import filled, growing
from brainkernel.recording.synapse_columns import widened

if TYPE_CHECKING:
    import xarray

# bytes: pieces below this are joined, so that a million short stretches do not leave a million
# arrays
SMALL = 1 << 20

Pieces = tuple[NDArray[Any], ...]


class MemoryStore:
    """Keeps what was recorded as arrays, piece by piece."""

    place = "memory"
    in_memory = True

    def __init__(self, place: str = "memory") -> None:
        self._tables: dict[str, xarray.Dataset] = {}
        self._pieces: dict[str, dict[str, Pieces]] = {}

    def open(self, name: str, table: xarray.Dataset) -> None:
        """Begin a table, given without rows."""
        arrays: dict[str, Pieces] = {}
        for column in growing(table):
            arrays[column] = (np.array(table[column].values),)
        self._tables[name] = table
        self._pieces[name] = arrays

    def widen(self, name: str, table: xarray.Dataset) -> None:
        """Go on with a table that has further columns; rows that there are have nothing in them."""
        wider = {}
        for column, partition in self._pieces[name].items():
            wider[column] = (*partition, np.array(table[column].values))
        self._tables[name] = table
        self._pieces[name] = wider

    def append(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows to a table."""
        longer = {}
        for column, partition in self._pieces[name].items():
            longer[column] = joined((*partition, columns[column]))
        self._pieces[name] = longer

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        any_column = next(iter(self._pieces[name].values()))
        return sum(piece.shape[0] for piece in any_column)

    def dataset(self, name: str, first: int = 0) -> xarray.Dataset:
        """A copy of a table, from a row on."""
        columns = {
            column: whole(partition, first) for column, partition in self._pieces[name].items()
        }
        return filled(self._tables[name], columns)

    def later(self, name: str, first: int) -> Callable[[], xarray.Dataset]:
        """A function that makes the dataset of the rows from one on that there are now.

        Pieces never change.
        """
        table = self._tables[name]
        tails = {column: tail(partition, first) for column, partition in self._pieces[name].items()}

        def make() -> xarray.Dataset:
            columns = {
                column: whole(partition, rows) for column, (partition, rows) in tails.items()
            }
            return filled(table, columns)

        return make

    def flush(self, attributes: Mapping[str, Any]) -> None:
        """Nothing waits to be written."""

    def mark(self) -> object:
        """What `rewind` needs to come back to now.

        Pieces never change, so naming them is enough.
        """
        return dict(self._pieces), dict(self._tables)

    def rewind(self, mark: Any) -> None:
        """Keep just what there was at a mark."""
        pieces, tables = mark
        self._pieces, self._tables = dict(pieces), dict(tables)

    def close(self) -> None:
        """Let go of everything; a mark keeps what it names."""
        for name, columns in self._pieces.items():
            empty: dict[str, Pieces] = {}
            for column, partition in columns.items():
                empty[column] = (partition[-1][:0],)
            self._pieces[name] = empty


def joined(partition: Pieces) -> Pieces:
    """Join the last pieces while they are small and the last is the largest.

    Few copies, and few pieces.
    """
    while len(partition) > 1:
        before, last = partition[-2:]
        if before.nbytes > last.nbytes or before.nbytes + last.nbytes >= SMALL:
            break
        before = widened(before, last.shape[1:])
        partition = (*partition[:-2], np.concatenate([before, last]))
    return partition


def whole(partition: Pieces, first: int = 0) -> NDArray[Any]:
    """All rows from `first` on, as an array of their own."""
    rows = []
    width = partition[-1].shape[1:]
    for piece in partition:
        rows.append(widened(piece[first:], width))
        first = max(0, first - piece.shape[0])
    return np.concatenate(rows)


def tail(partition: Pieces, first: int) -> tuple[Pieces, int]:
    """The pieces with the rows from `first` on, and how many rows of theirs come before."""
    number = 0
    while number < len(partition) - 1 and first >= partition[number].shape[0]:
        first -= partition[number].shape[0]
        number += 1
    return partition[number:], first


def store_at(record_to: str | Path, present: Store) -> Store:
    """The store that a user names.

    The present one, or a new one from the recorder that its ending names.

    Raises
    ------
    UnknownNameError
        Where no recorder has that name.
    """
    if not isinstance(record_to, (str, os.PathLike)) or not os.fspath(record_to):
        raise MonitorError(f"record_to={record_to!r}: give the path of a new store, as 'run.zarr'")
    place = os.fspath(record_to)
    ending = Path(place).suffix.removeprefix(".")
    if ending:
        place = str(Path(place).absolute())
    if place == present.place:
        return present
    store: Store = default_host().load("recorder", ending or place)(place)
    return store
