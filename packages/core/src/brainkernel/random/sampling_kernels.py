"""The loops that fill arrays with random numbers.

What a backend may compile, and NumPy's, which are the reference.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.random import distributions, row_sampling
from brainkernel.random.integers import multiply_shift
from brainkernel.random.row_sampling import Integers, Numbers
from brainkernel.random.threefry_arrays import Key, element_words

Reals = NDArray[np.float64]


class Kernels(Protocol):
    """Loops that a backend has compiled.

    Each gives the bits of `NumpyKernels`, and lets other threads run meanwhile.

    A call fills a part: elements or rows from `first` on. Parts are independent, so that neither
    their sizes nor who does them changes a number.

    Rows are those of a matrix of connections, or its columns: the k-th draw of row r has the
    counter (k, r). Where a method takes `starts`, these are the places of its rows' elements, one
    more than rows, and element `starts[0]` is the first one of `out` or `numbers`. In row r the
    number `excluded[r]` cannot occur; one out of range excludes none.
    """

    def uniform(self, key: Key, first: int, out: Reals) -> None:
        """Fill with numbers from [0, 1)."""

    def normal(self, key: Key, first: int, out: Reals) -> None:
        """Fill with standard normal numbers."""

    def bits(self, key: Key, first: int, out: NDArray[np.uint64]) -> None:
        """Fill with 64 random bits each."""

    def integers(self, key: Key, first: int, count: int, out: Integers) -> None:
        """Fill with integers from [0, count)."""

    def walk_rows(
        self, key: Key, first: int, size: int, rate: float, excluded: Integers, counts: Integers
    ) -> Numbers:
        """Walk along rows of `size` cells by random gaps, and return the cells met, row by row.

        The k-th gap of a row is `whole.gap(*threefry_2x32(*key, k, row), rate, size)`, and a walk
        starts at -1. `counts` takes the number of cells met in each row.
        """

    def draw_rows(
        self,
        key: Key,
        first: int,
        starts: Integers,
        pools: Integers,
        excluded: Integers,
        out: Numbers,
    ) -> None:
        """Fill row r with numbers from [0, pools[r]), those from `excluded[r]` on raised by one."""

    def sort_rows(self, starts: Integers, numbers: Numbers) -> None:
        """Sort the numbers of each row, in place."""

    def place_rows(
        self, first: int, starts: Integers, numbers: Numbers, cursor: Integers, out: Numbers
    ) -> None:
        """For each number n of each row, in order: `out[cursor[n]] = row; cursor[n] += 1`."""

    def deal_rows(
        self,
        starts: Integers,
        turns: Numbers,
        free: Integers,
        values: NDArray[Any],
        out: NDArray[Any],
    ) -> None:
        """For each element i of row r, in order, of turn t.

        `out[free[r, t]] = values[i]; free[r, t] += 1`.
        """


class NumpyKernels:
    """The reference, in NumPy.

    The temporary arrays of one call to the first four are some times the part's size.
    """

    walk_rows = staticmethod(row_sampling.walk_rows)
    draw_rows = staticmethod(row_sampling.draw_rows)
    sort_rows = staticmethod(row_sampling.sort_rows)
    place_rows = staticmethod(row_sampling.place_rows)
    deal_rows = staticmethod(row_sampling.deal_rows)

    def uniform(self, key: Key, first: int, out: Reals) -> None:
        """Fill with numbers from [0, 1)."""
        out[:] = distributions.unit_float(*element_words(key, first, out.size))

    def normal(self, key: Key, first: int, out: Reals) -> None:
        """Fill with standard normal numbers."""
        out[:] = distributions.box_muller(*element_words(key, first, out.size))

    def bits(self, key: Key, first: int, out: NDArray[np.uint64]) -> None:
        """Fill with 64 random bits each."""
        x0, x1 = element_words(key, first, out.size)
        out[:] = (x0.astype(np.uint64) << np.uint64(32)) | x1

    def integers(self, key: Key, first: int, count: int, out: Integers) -> None:
        """Fill with integers from [0, count)."""
        out[:] = multiply_shift(*element_words(key, first, out.size), count)


NUMPY: Kernels = NumpyKernels()
