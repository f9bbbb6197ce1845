"""Compiled loops that draw connectivity, delays and weights, bit for bit as NumPy does."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from threading import Lock
from types import ModuleType
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from brainkernel.backend import random
from brainkernel_numba import fills
from brainkernel_numba.cache import compile_checked, write_kept
from brainkernel_numba.dialect import sources

HEADER = """# numba {numba}, brainkernel_numba {sources}
from __future__ import annotations

import numba
from brainkernel_numba.compile_options import INLINE, LOOP
from brainkernel_numba.namespace import np
"""

ONE_AT_A_TIME = Lock()  # the first calls may come from several threads

GAPS = 256  # drawn at a time: they stay in the cache, and few are drawn in vain at the end of a row


def source() -> str:
    """The loops and all that they call, as one file: any change in it makes Numba compile anew."""
    texts = [HEADER.format(numba=version("numba"), sources=sources())]
    texts += [
        _decorated("INLINE", function)
        for function in (*random.PRINTED, random.multiply_shift, random.gap, *fills.INLINED)
    ]
    texts += [_decorated("LOOP, cache=True", function) for function in fills.COMPILED]
    return "\n\n".join(texts)


def _decorated(options: str, function: Callable[..., Any]) -> str:
    return f"@numba.njit(**{options})\n{inspect.getsource(function)}"


@cache
def loops() -> ModuleType:
    """Write the file and import it.

    Numba compiles each loop when it is first called, or finds it on disk.
    """
    path = write_kept(source(), "fills")
    spec = importlib.util.spec_from_file_location(f"brainkernel_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = (
        module  # before it runs: Numba looks functions up by their module
    )
    spec.loader.exec_module(module)
    return module


def compiled_kernels() -> NumbaKernels | None:
    """Return the loops, or None where Numba is switched off for a debugger.

    As plain Python they would crawl.
    """
    return None if getattr(numba.config, "DISABLE_JIT", 0) else NumbaKernels()


class NumbaKernels:
    """`brainkernel.random.Kernels`, compiled when first used."""

    def __init__(self) -> None:
        self._ready: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def uniform(self, key: random.Key, first: int, out: NDArray[np.float64]) -> None:
        """Fill with numbers from [0, 1)."""
        self._run("uniform", *_words(key), first, out)

    def normal(self, key: random.Key, first: int, out: NDArray[np.float64]) -> None:
        """Fill with standard normal numbers."""
        self._run("normal", *_words(key), first, out)

    def bits(self, key: random.Key, first: int, out: NDArray[np.uint64]) -> None:
        """Fill with 64 random bits each."""
        self._run("bits", *_words(key), first, out)

    def integers(self, key: random.Key, first: int, count: int, out: NDArray[np.int64]) -> None:
        """Fill with integers from [0, count)."""
        self._run("integers", *_words(key), first, count, out)

    def walk_rows(
        self,
        key: random.Key,
        first: int,
        size: int,
        rate: float,
        excluded: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> NDArray[Any]:
        """Walk along rows of `size` cells by random gaps, and return the cells met, row by row."""
        usual = random.usual_gaps(size, rate)
        gaps = np.empty(min(usual, GAPS), np.int64)
        out = np.empty(usual * counts.size, random.index_type(size))
        while (
            met := self._run(
                "walk_rows", *_words(key), first, size, rate, excluded, counts, gaps, out
            )
        ) > out.size:
            out = np.empty(met, out.dtype)
        return out[:met].copy()

    def draw_rows(
        self,
        key: random.Key,
        first: int,
        starts: NDArray[np.int64],
        pools: NDArray[np.int64],
        excluded: NDArray[np.int64],
        out: NDArray[Any],
    ) -> None:
        """Fill each row with numbers below its pool, in drawn order."""
        self._run("draw_rows", *_words(key), first, starts, pools, excluded, out)

    def sort_rows(self, starts: NDArray[np.int64], numbers: NDArray[Any]) -> None:
        """Sort the numbers of each row, in place."""
        spare = np.empty(np.diff(starts).max(initial=0), numbers.dtype)
        self._run("sort_rows", starts, numbers, spare, np.empty(257, np.int64))

    def place_rows(
        self,
        first: int,
        starts: NDArray[np.int64],
        numbers: NDArray[Any],
        cursor: NDArray[np.int64],
        out: NDArray[Any],
    ) -> None:
        """For each number n of each row, in order: `out[cursor[n]] = row; cursor[n] += 1`."""
        self._run("place_rows", first, starts, numbers, cursor, out)

    def deal_rows(
        self,
        starts: NDArray[np.int64],
        turns: NDArray[Any],
        free: NDArray[np.int64],
        values: NDArray[Any],
        out: NDArray[Any],
    ) -> None:
        """Give each element of each row, in order, the next value of its row and turn."""
        self._run("deal_rows", starts, turns, free, values, out)

    def _run(self, name: str, *arguments: Any) -> Any:
        kinds = (name, *(each.dtype for each in arguments if isinstance(each, np.ndarray)))
        loop = self._ready.get(kinds) or self._prepare(kinds, arguments)
        return loop(*arguments)

    def _prepare(self, kinds: tuple[Any, ...], arguments: tuple[Any, ...]) -> Callable[..., Any]:
        with ONE_AT_A_TIME:
            loop: Callable[..., Any] = getattr(loops(), kinds[0])
            compile_checked(loop, arguments)
            self._ready[kinds] = loop
        return loop


def _words(key: random.Key) -> tuple[np.uint32, np.uint32]:
    return np.uint32(key[0]), np.uint32(key[1])
