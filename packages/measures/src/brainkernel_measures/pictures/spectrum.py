"""Power over frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray

from brainkernel_measures.pictures.axes import axes_for, axis_label
from brainkernel_measures.recorded import Signal
from brainkernel_measures.spectra import spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_spectrum(
    power: Signal,
    variable: str | None = None,
    segment: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a power spectral density, on logarithmic scales.

    Parameters
    ----------
    power : xarray.DataArray or xarray.Dataset
        What `spectrum` gives, or a signal, of which it is computed.
    variable : str, optional
        Which signal of a dataset.
    segment : float, optional
        As `spectrum` takes it, in ms.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each neuron or run of the signal.
    """
    if isinstance(power, xarray.DataArray) and "frequency" in power.dims:
        density = power
    else:
        density = spectrum(power, variable, segment)
    axes = axes_for(ax, "plot_spectrum")
    # the mean was taken off, and a logarithm has no zero
    positive = density.isel(frequency=slice(1, None)).transpose("frequency", ...)
    frequencies = positive["frequency"].values
    axes.loglog(frequencies, positive.values.reshape(frequencies.size, -1))
    axes.set_xlabel("frequency (Hz)")
    axes.set_ylabel(axis_label(density, "power"))
    return axes
