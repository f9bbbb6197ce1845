"""Where values lie in a program: an array of a block of neurons or synapses, and an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Index = int | slice | NDArray[Any]


@dataclass(frozen=True)
class Address:
    """Elements of one named array of a program.

    Attributes
    ----------
    block : str
        The block of neurons or synapses whose array it is.
    name : str
        The printed name of the array within the block; an input ``I`` is ``I_input``.
    index : int, slice or array
        Which elements, counted within the block; a slice where they follow one another.
    """

    block: str
    name: str
    index: Index

    @property
    def part(self) -> str:
        """The name of the array among those of the whole program, as in ``program.parts``."""
        return f"{self.block}_{self.name}"

    @property
    def size(self) -> int:
        """How many elements are meant."""
        if isinstance(self.index, slice):
            return int(self.index.stop - self.index.start)
        return int(np.size(self.index))

    def elements(self) -> Ints:
        """List the elements one by one."""
        if isinstance(self.index, slice):
            return np.arange(self.index.start, self.index.stop)
        return np.atleast_1d(np.asarray(self.index, np.int64))

    def of(self, chosen: NDArray[Any]) -> Address:
        """Return the address of some of the elements, by their number among them."""
        return Address(self.block, self.name, as_slice(self.elements()[chosen]))


def as_slice(elements: NDArray[Any]) -> slice | NDArray[Any]:
    """Turn numbers that follow one another into a slice; others stay as they are."""
    if not elements.size:
        return slice(0, 0)
    first = int(elements[0])
    last = first + elements.size
    # a slice gives a view, where an array of numbers would have the values copied
    if np.array_equal(elements, np.arange(first, last)):
        return slice(first, last)
    return elements
