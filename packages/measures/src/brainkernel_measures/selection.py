"""A part of what was recorded."""

from __future__ import annotations

import xarray

from brainkernel_measures.bins import TOLERANCE
from brainkernel_measures.recorded import Recorded, dataset_of
from brainkernel_measures.spike_trains import covered_time


def between(
    dataset: Recorded, start: float | None = None, stop: float | None = None
) -> xarray.Dataset:
    """Restrict a dataset to (start, stop], as if only that had been recorded.

    Measures of the result count that time alone, as rates after a transient must. Neurons and
    runs are selected with xarray: ``spikes.sel(cell=[0, 1], batch=2)``.

    Parameters
    ----------
    dataset : xarray.Dataset
        What any monitor recorded. Of rates, the bins remain that lie within.
    start, stop : float, optional
        In ms. The ends of the recording where none are given.

    Returns
    -------
    xarray.Dataset
        Of the same form, with the attributes that say which time it covers.

    Raises
    ------
    ValueError
        Where no time is left.
    """
    dataset = dataset_of(dataset)
    first, last = covered_time(dataset)
    begin = first if start is None else max(first, float(start))
    end = last if stop is None else min(last, float(stop))
    if not begin < end:
        raise ValueError(
            f"between({start}, {stop}): the dataset goes from {first:g} to {last:g} ms, so nothing "
            "is left"
        )
    # far below a step, far above the rounding of the time of one
    rounding = TOLERANCE * float(dataset.attrs.get("dt_ms", 1.0))
    # of a rate the whole bin must lie within, of others the time
    width = float(dataset.attrs.get("bin_width_ms", 0.0))
    time = dataset["time"]
    earliest = begin + max(width - 2 * rounding, rounding)
    inside = (time > earliest) & (time <= end + rounding)
    # `time` is along `spike` in a table of spikes, and a dimension elsewhere
    selected = dataset.isel({time.dims[0]: inside.values})
    times = {"t_start_ms": begin, "t_stop_ms": end, "duration_ms": end - begin}
    return selected.assign_attrs(times)
