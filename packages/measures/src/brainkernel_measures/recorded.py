"""What measures are given: a dataset of a monitor, or the node of it in the tree of a run."""

from __future__ import annotations

from typing import TypeAlias, overload

import xarray

Recorded: TypeAlias = xarray.Dataset | xarray.DataTree
Signal: TypeAlias = xarray.DataArray | xarray.Dataset | xarray.DataTree


@overload
def dataset_of(data: Recorded) -> xarray.Dataset: ...
@overload
def dataset_of(data: Signal) -> xarray.DataArray | xarray.Dataset: ...
def dataset_of(data: Signal) -> xarray.DataArray | xarray.Dataset:
    """Take the dataset out of a node of a tree, and leave others as they are.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray or xarray.DataTree
        What a function was given.
    """
    # a node inherits the runs of a batch from the tree
    return data.to_dataset() if isinstance(data, xarray.DataTree) else data
