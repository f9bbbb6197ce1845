"""What conversions and pictures ask for before they begin: a library, and a single run."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import xarray

from brainkernel_measures.recorded import Signal


def library(module: str, function: str, extra: str) -> ModuleType:
    """Import a library that an extra of the package brings.

    Parameters
    ----------
    module : str
        What is imported.
    function : str
        Who needs it.
    extra : str
        As in ``brainkernel-measures[neo]``.

    Raises
    ------
    ImportError
        With the line that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{function} needs {module.partition('.')[0]}, which is not installed: "
            f'pip install "brainkernel-measures[{extra}]", or in a checkout: '
            f'pip install "./packages/measures[{extra}]"'
        ) from error


def check_one_run(data: Signal, function: str) -> None:
    """Refuse a batch, for libraries that know no runs beside each other.

    Raises
    ------
    ValueError
        Where the data have a dimension of runs.
    """
    if "batch" in data.dims:
        raise ValueError(
            f"{function} takes one run, and this is a batch of {data.sizes['batch']}: give them "
            "one by one, as data.sel(batch=0)"
        )


def is_of_spikes(data: Signal) -> bool:
    """Tell a dataset of spikes from signals."""
    return not isinstance(data, xarray.DataArray) and "spike" in data.dims
