"""Signals: variables of a dataset that have a value at each of many times."""

from __future__ import annotations

import xarray

from brainkernel_measures.recorded import Signal, dataset_of


def signal_of(data: Signal, variable: str | None = None) -> xarray.DataArray:
    """Take a variable that has the dimension `time` out of a dataset.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataTree or xarray.DataArray
        What a `StateMonitor` or `RateMonitor` recorded, or a variable of it.
    variable : str, optional
        Which one; needed where there are several.

    Raises
    ------
    ValueError
        Where there is none of this name, none at all, or several to choose from.
    """
    data = dataset_of(data)
    if isinstance(data, xarray.DataArray):
        if "time" not in data.dims:
            raise ValueError(f"{data.name}: a signal has the dimension time, not {data.dims}")
        return data
    names = [str(name) for name, array in data.data_vars.items() if "time" in array.dims]
    listed = ", ".join(names) or "none"
    # nobody needs to name the only one
    if variable is None:
        if len(names) != 1:
            raise ValueError(f"variable=None: name one of the signals of the dataset: {listed}")
        variable = names[0]
    if variable not in names:
        raise ValueError(
            f"variable={variable!r}: the dataset has no such signal; there are {listed}"
        )
    return data[variable]


def unit_of(signal: xarray.DataArray) -> str:
    """Read the unit of a signal, 1 where it has none."""
    return str(signal.attrs.get("units", "1"))


def squared(unit: str) -> str:
    """Spell the square of a unit."""
    if unit == "1":
        return "1"
    return f"{unit}**2" if unit.isalpha() else f"({unit})**2"


def whole_time(signal: xarray.DataArray) -> xarray.DataArray:
    """Put all times of a lazy signal into one chunk, for what needs all of them at once."""
    return signal if signal.chunks is None else signal.chunk(time=-1)
