"""Records in a Zarr store.

Written while a network runs, so that memory stays flat however long that is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.install_lines import install_line
from brainkernel.errors import MissingDependencyError, MonitorError
from brainkernel.recording.datasets import growing, row_bytes, row_dimension
from brainkernel.recording.memory_store import Pieces, joined, whole

if TYPE_CHECKING:
    import xarray
    import zarr

# bytes: few files, and few of them are rewritten where a run ends in the middle of one
CHUNK = 4 << 20
WIDEST = 64 << 20  # bytes of one row in one file
NARROW = 64  # how many blocks of rows at most a narrow column, as time, has in one file


class ZarrStore:
    """Writes what was recorded to a Zarr store, one group for each monitor, in blocks of a few MB.

    Parameters
    ----------
    place : str
        The folder, which must not exist yet or be empty.

    Raises
    ------
    MonitorError
        Where something is there already.
    MissingDependencyError
        Where zarr is not installed.
    """

    in_memory = False

    def __init__(self, place: str) -> None:
        try:
            import zarr  # noqa: F401
        except ImportError as cause:
            raise MissingDependencyError(
                f"record_to={place!r} needs zarr, which is not installed: {install_line('zarr')}"
            ) from cause
        self.path = Path(place).absolute()
        self.place = str(self.path)
        if not self.path.parent.is_dir():
            raise MonitorError(
                f"record_to={place!r}: there is no folder {self.path.parent}; make it first, or "
                "name another place"
            )
        if self.path.exists() and not (self.path.is_dir() and not any(self.path.iterdir())):
            raise MonitorError(
                f"{self.place} exists already and was not begun by this recording: name another "
                "place, or remove it"
            )
        self._tables: dict[str, _Table] = {}
        self._cuts: list[dict[str, int]] = []
        self._closed = False

    def open(self, name: str, table: xarray.Dataset) -> None:
        """Begin a table, given without rows."""
        self._tables[name] = _Table(self.path, name, table)

    def append(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows to a table; full blocks are written."""
        self._tables[name].append(columns)

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return self._tables[name].rows

    def dataset(self, name: str, first: int = 0) -> xarray.Dataset:
        """A table from a row on, which is read when its numbers are asked for."""
        import xarray

        table = self._tables[name]
        table.write_all()
        rows: xarray.Dataset = xarray.open_zarr(
            self.path, group=name, consolidated=False, decode_timedelta=False
        )
        return rows.isel({table.dimension: slice(first, None)}) if first else rows

    def flush(self, attributes: Mapping[str, Any]) -> None:
        """Write what waits, and the attributes; the store is then complete."""
        for table in self._tables.values():
            table.write_all()
        _wait_for(lambda: self._describe(attributes))

    def _describe(self, attributes: Mapping[str, Any]) -> None:
        import zarr

        root = zarr.open_group(self.path, mode="a", zarr_format=3, use_consolidated=False)
        for group in (root, *(root[name] for name in self._tables)):
            group.attrs.update(attributes)
        # zarr warns that this is no part of the format yet: readers may do without
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(root.store)

    def mark(self) -> object:
        """What `rewind` needs to come back to now."""
        return len(self._cuts), {name: table.rows for name, table in self._tables.items()}

    def rewind(self, mark: Any) -> None:
        """Cut the store back to a mark.

        Raises
        ------
        MonitorError
            Where what followed was written after going back further, or the store is complete.
        """
        cuts, rows = mark
        if self._closed:
            raise MonitorError(
                f"the records of this snapshot are in {self.place}, which was closed by "
                "net.reset() or an earlier "
                "snapshot: store a snapshot before recording begins, or one without record_to"
            )
        for cut in self._cuts[cuts:]:
            if any(cut[name] < rows[name] for name in rows):
                raise MonitorError(
                    f"{self.place} went back to an earlier snapshot since this one was stored, so "
                    "it has not its records any more: restore an earlier one, or record in memory"
                )
        self._cuts.append(rows)
        for name, table in self._tables.items():
            table.cut(rows[name])

    def close(self) -> None:
        """Leave the store as it is for good."""
        self._closed = True


class _Table:
    """One group of the store, and the rows that wait for their block to be full."""

    def __init__(self, path: Path, name: str, table: xarray.Dataset) -> None:
        self.dimension = row_dimension(table)
        self.block = max(1, CHUNK // max(1, _widest(table)))
        self._path, self._name = path, name
        self._written = self._waiting = 0
        self._pieces: dict[str, Pieces] = {
            column: (np.array(table[column].values),) for column in growing(table)
        }
        _wait_for(lambda: self._create(table))

    def _create(self, table: xarray.Dataset) -> None:
        import zarr

        encoding = {
            column: {"chunks": _chunks(table[column], self.block)} for column in self._pieces
        }
        zarr.open_group(self._path, mode="a", zarr_format=3, use_consolidated=False)
        table.to_zarr(
            self._path,
            group=self._name,
            mode="w-",
            encoding=encoding,
            consolidated=False,
            zarr_format=3,
        )
        group = zarr.open_group(self._path, path=self._name, mode="r+", use_consolidated=False)
        self._arrays: dict[str, Any] = {column: group[column] for column in self._pieces}

    @property
    def rows(self) -> int:
        return self._written + self._waiting

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._pieces = {
            name: joined((*partition, columns[name])) for name, partition in self._pieces.items()
        }
        self._waiting += next(iter(columns.values())).shape[0]
        full = self.rows // self.block * self.block
        if full > self._written:
            self._write(full - self._written)

    def write_all(self) -> None:
        if self._waiting:
            self._write(self._waiting)

    def _write(self, count: int) -> None:
        begin, end = self._written, self._written + count
        rows = {name: whole(partition) for name, partition in self._pieces.items()}

        def write() -> None:
            for name, array in self._arrays.items():
                array.resize((end, *array.shape[1:]))
                array[begin:end] = rows[name][:count]

        _wait_for(write)
        self._written, self._waiting = end, self._waiting - count
        self._pieces = {name: (waiting[count:].copy(),) for name, waiting in rows.items()}

    def cut(self, rows: int) -> None:
        self._waiting = max(0, rows - self._written)
        self._written = min(rows, self._written)
        left: dict[str, Pieces] = {}
        for name, partition in self._pieces.items():
            left[name] = (whole(partition)[: self._waiting],)
        self._pieces = left
        # an array is longer than what was written where a write was stopped
        longer = [array for array in self._arrays.values() if array.shape[0] > self._written]
        if longer:
            _wait_for(lambda: self._shorten(longer))

    def _shorten(self, arrays: list[zarr.Array[Any]]) -> None:
        for array in arrays:
            array.resize((self._written, *array.shape[1:]))


def _widest(table: xarray.Dataset) -> int:
    widths = [8]
    for name in growing(table):
        if name in table.data_vars:
            widths.append(row_bytes(table[[name]]))
    return max(widths)


def _chunks(column: xarray.DataArray, block: int) -> tuple[int, ...]:
    """The rows of a file: a block of a wide column, several of a narrow one."""
    itemsize = column.dtype.itemsize
    shape = column.shape[1:]
    width = itemsize * max(1, int(np.prod(shape)))
    blocks = min(NARROW, max(1, CHUNK // (block * width)))
    widest = WIDEST // itemsize
    elements = [max(1, min(size, widest)) for size in shape]
    return (block * blocks, *elements)


def _wait_for(work: Callable[[], object]) -> None:
    """Do some work in a thread of its own.

    Ctrl-C then waits for it, and never leaves it half done.
    """
    with ThreadPoolExecutor(1) as pool:  # leaving the block waits
        pool.submit(work).result()
