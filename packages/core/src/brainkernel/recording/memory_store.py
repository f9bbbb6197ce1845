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

if TYPE_CHECKING:
    import xarray

SMALL = (
    1 << 20
    # bytes: pieces below this are joined, so that a million short stretches do not leave a million
    # arrays
)

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
        self._tables[name] = table
        self._pieces[name] = {
            column: (np.array(table[column].values),) for column in growing(table)
        }

    def append(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows to a table."""
        pieces = self._pieces[name]
        self._pieces[name] = {
            column: joined((*pieces[column], columns[column])) for column in pieces
        }

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return sum(piece.shape[0] for piece in next(iter(self._pieces[name].values())))

    def dataset(self, name: str, first: int = 0) -> xarray.Dataset:
        """A copy of a table, from a row on."""
        return filled(
            self._tables[name],
            {c: whole(pieces, first) for c, pieces in self._pieces[name].items()},
        )

    def later(self, name: str, first: int) -> Callable[[], xarray.Dataset]:
        """A function that makes the dataset of the rows from one on that there are now.

        Pieces never change.
        """
        table, pieces = self._tables[name], self._pieces[name]
        tails = {column: tail(every, first) for column, every in pieces.items()}
        return lambda: filled(table, {column: whole(*found) for column, found in tails.items()})

    def flush(self, attributes: Mapping[str, Any]) -> None:
        """Nothing waits to be written."""

    def mark(self) -> object:
        """What `rewind` needs to come back to now.

        Pieces never change, so naming them is enough.
        """
        return dict(self._pieces)

    def rewind(self, mark: Any) -> None:
        """Keep just what there was at a mark."""
        self._pieces = dict(mark)

    def close(self) -> None:
        """Let go of everything; a mark keeps what it names."""
        self._pieces = {
            name: {c: (p[0][:0],) for c, p in pieces.items()}
            for name, pieces in self._pieces.items()
        }


def joined(pieces: Pieces) -> Pieces:
    """Join the last pieces while they are small and the last is the largest.

    Few copies, and few pieces.
    """
    while (
        len(pieces) > 1
        and pieces[-2].nbytes <= pieces[-1].nbytes
        and pieces[-1].nbytes + pieces[-2].nbytes < SMALL
    ):
        pieces = (*pieces[:-2], np.concatenate(pieces[-2:]))
    return pieces


def whole(pieces: Pieces, first: int = 0) -> NDArray[Any]:
    """All rows from `first` on, as an array of their own."""
    wanted = []
    for piece in pieces:
        wanted.append(piece[first:])
        first = max(0, first - piece.shape[0])
    return np.concatenate(wanted)


def tail(pieces: Pieces, first: int) -> tuple[Pieces, int]:
    """The pieces with the rows from `first` on, and how many rows of theirs come before."""
    number = 0
    while number < len(pieces) - 1 and first >= pieces[number].shape[0]:
        first -= pieces[number].shape[0]
        number += 1
    return pieces[number:], first


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
    name = Path(place).suffix.removeprefix(".")
    wanted = str(Path(place).absolute()) if name else place
    if wanted == present.place:
        return present
    store: Store = default_host().load("recorder", name or place)(wanted)
    return store
