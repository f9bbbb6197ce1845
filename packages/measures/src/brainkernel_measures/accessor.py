"""All functions of the package as methods of datasets and arrays: ``net.spikes.bk.cv()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

import xarray

from brainkernel_measures.recorded import Signal

NAME = "bk"


class Accessor:
    """The functions of a module, with a dataset or array as their first argument.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray or xarray.DataTree
        What they are given.
    """

    functions: Mapping[str, Callable[..., Any]] = {}

    def __init__(self, data: Signal) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        function = self.functions.get(name)
        if function is None:
            listed = ", ".join(sorted(self.functions))
            raise AttributeError(f"there is no measure {name!r}; there are {listed}")
        # a bound method, whose signature and help() are those of the function
        return MethodType(function, self._data)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.functions})


def register(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Make functions methods of all datasets and arrays, under the name `NAME`.

    Parameters
    ----------
    functions : mapping
        By name.
    """
    methods = type("Measures", (Accessor,), {"functions": dict(functions)})
    # xarray's functions have no types
    of_dataset: Any = xarray.register_dataset_accessor
    of_array: Any = xarray.register_dataarray_accessor
    of_node: Any = xarray.register_datatree_accessor
    of_dataset(NAME)(methods)
    of_array(NAME)(methods)
    of_node(NAME)(methods)
