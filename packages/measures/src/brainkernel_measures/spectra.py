"""Spectra of signals, by Welch's method."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import xarray

from brainkernel_measures.recorded import Signal
from brainkernel_measures.signals import signal_of, squared, unit_of, whole_time
from brainkernel_measures.spike_trains import positive, sample_interval


def spectrum(
    signal: Signal,
    variable: str | None = None,
    segment: float | None = None,
    overlap: float = 0.5,
    window: str = "hann",
) -> xarray.DataArray:
    """Give the power spectral density of a signal, by Welch's method (`scipy.signal.welch`).

    Parameters
    ----------
    signal : xarray.DataArray or xarray.Dataset
        Anything with a dimension `time`, its mean over each segment is taken off: a potential, or
        the rate of a group, as `RateMonitor` or `binned_rate` give it.
    variable : str, optional
        Which variable of a dataset.
    segment : float, optional
        The length of the segments over which is averaged, in ms: the frequencies are 1/segment
        apart. An eighth of the time where none is given.
    overlap : float
        The share of a segment that the next one overlaps.
    window : str
        The name of a window of `scipy.signal`.

    Returns
    -------
    xarray.DataArray
        With `frequency`, in Hz, in place of `time`. Lazy where the signal is.
    """
    from scipy.signal import welch

    trace = signal_of(signal, variable)
    options = _segments(trace, segment, overlap, window)
    power = _by_frequency(partial(_density, welch, options), options, trace)
    unit = unit_of(trace)
    attributes = {
        "units": f"{squared(unit)}/Hz",
        "long_name": f"power spectral density of {trace.name}",
    }
    return power.rename("spectrum").assign_attrs(attributes)


def coherence(
    signal: Signal,
    other: Signal,
    variable: str | None = None,
    segment: float | None = None,
    overlap: float = 0.5,
    window: str = "hann",
) -> xarray.DataArray:
    """Give the magnitude-squared coherence of two signals (`scipy.signal.coherence`).

    Parameters
    ----------
    signal, other : xarray.DataArray or xarray.Dataset
        With the same times; other dimensions are broadcast, so that one signal can be compared
        with many.
    variable : str, optional
        Which variable of datasets.
    segment : float, optional
        The length of the segments over which is averaged, in ms; an eighth of the time where none
        is given. With one segment alone the coherence is 1 whatever the signals are.
    overlap : float
        The share of a segment that the next one overlaps.
    window : str
        The name of a window of `scipy.signal`.

    Returns
    -------
    xarray.DataArray
        From 0 to 1, with `frequency`, in Hz, in place of `time`. Lazy where the signals are.

    Raises
    ------
    ValueError
        Where the times differ, or there is one segment only.
    """
    from scipy.signal import coherence as coherence_of

    first, second = signal_of(signal, variable), signal_of(other, variable)
    if not np.array_equal(first["time"].values, second["time"].values):
        raise ValueError(
            "the two signals have different times: bring them to the same with "
            "other.interp(time=signal.time)"
        )
    options = _segments(first, segment, overlap, window)
    if options["nperseg"] >= first.sizes["time"]:
        raise ValueError(
            f"segment = {segment} ms is as long as the signals: the coherence is then 1 whatever "
            "they are; take a shorter one"
        )
    values = _by_frequency(partial(_density, coherence_of, options), options, first, second)
    attributes = {"units": "1", "long_name": f"coherence of {first.name} and {second.name}"}
    return values.rename("coherence").assign_attrs(attributes)


def _segments(
    trace: xarray.DataArray, segment: float | None, overlap: float, window: str
) -> dict[str, Any]:
    """The arguments of SciPy for segments in ms."""
    interval = sample_interval(trace)
    samples = trace.sizes["time"]
    # with half an overlap, eighths give fifteen segments to average over
    length = max(samples // 8, 2)
    if segment is not None:
        length = min(round(positive(segment, "segment") / interval), samples)
    if not 0 <= overlap < 1:
        raise ValueError(f"overlap = {overlap}: it is a share, at least 0 and below 1")
    overlapping = int(overlap * length)
    return {
        "fs": 1000.0 / interval,
        "nperseg": length,
        "noverlap": overlapping,
        "window": window,
    }


def _density(function: Any, options: dict[str, Any], *traces: Any) -> Any:
    _, values = function(*traces, **options, axis=-1)
    return values


def _by_frequency(
    function: Any, options: dict[str, Any], *traces: xarray.DataArray
) -> xarray.DataArray:
    """Call a function of arrays whose last axis is time, and label what it gives."""
    # known beforehand, as Dask wants to know sizes before anything is computed
    frequencies = np.fft.rfftfreq(options["nperseg"], 1.0 / options["fs"])
    result: xarray.DataArray = xarray.apply_ufunc(
        function,
        *(whole_time(trace) for trace in traces),
        input_core_dims=[["time"]] * len(traces),
        output_core_dims=[["frequency"]],
        dask="parallelized",
        dask_gufunc_kwargs={"output_sizes": {"frequency": frequencies.size}},
        output_dtypes=[float],
    )
    attributes = {"units": "Hz", "long_name": "frequency"}
    labelled = result.assign_coords(frequency=("frequency", frequencies, attributes))
    # where time was among the dimensions
    order = ["frequency" if name == "time" else name for name in traces[0].dims]
    return labelled.transpose(..., *order)
