"""A variable of all neurons as an image: over time, or of a sheet at one time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray

from brainkernel_measures.pictures.axes import axes_for, axis_label
from brainkernel_measures.recorded import Signal
from brainkernel_measures.requirements import check_one_run
from brainkernel_measures.signals import signal_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INDICES = ("index_0", "index_1")  # coordinates of the neurons of a group with two axes


def plot_image(
    states: Signal,
    variable: str | None = None,
    at: float | None = None,
    ax: Axes | None = None,
    **options: Any,
) -> Axes:
    """Draw a variable of all neurons as an image, its values as colours.

    Parameters
    ----------
    states : xarray.Dataset or xarray.DataArray
        One run of what a `StateMonitor` recorded.
    variable : str, optional
        Which variable of a dataset.
    at : float, optional
        The time in ms at which a group with two axes, as ``LIF((50, 50))``, is shown as a sheet.
        All times where none is given, neurons upwards.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.
    **options
        For Matplotlib's `imshow`, as ``cmap="magma"``, ``vmin=-70.0``.

    Returns
    -------
    matplotlib.axes.Axes
        With a colour bar that has the unit.

    Raises
    ------
    ValueError
        Where it is a batch, or the group has not two axes.
    """
    signal = signal_of(states, variable)
    check_one_run(signal, "plot_image")
    axes = axes_for(ax, "plot_image")
    if at is None:
        _draw_times(axes, signal, options)
    else:
        _draw_sheet(axes, signal.sel(time=at, method="nearest"), options)
    return axes


def _draw_times(axes: Axes, signal: xarray.DataArray, options: dict[str, Any]) -> None:
    values = signal.transpose("neuron", "time").values.astype(float)
    time = signal["time"].values
    interval = time[1] - time[0] if time.size > 1 else 1.0
    # a sample stands for the interval that ends at it
    extent = (time[0] - interval, time[-1], -0.5, values.shape[0] - 0.5)
    image = axes.imshow(
        values, origin="lower", aspect="auto", extent=extent, interpolation="nearest", **options
    )
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("neuron")
    axes.figure.colorbar(image, ax=axes, label=axis_label(signal))


def _draw_sheet(axes: Axes, signal: xarray.DataArray, options: dict[str, Any]) -> None:
    missing = [name for name in INDICES if name not in signal.coords]
    if missing:
        raise ValueError(
            f"at = ...: {signal.name} has no coordinate {missing[0]}: only a group with two axes, "
            "as LIF((50, 50)), is a sheet"
        )
    row, column = (signal[name].values for name in INDICES)
    sheet = np.full((row.max() + 1, column.max() + 1), np.nan)
    # neurons that were not recorded stay blank
    sheet[row, column] = signal.values
    image = axes.imshow(sheet, origin="lower", interpolation="nearest", **options)
    axes.set_xlabel("index along axis 1")
    axes.set_ylabel("index along axis 0")
    axes.set_title(f"t = {float(signal['time']):g} ms")
    axes.figure.colorbar(image, ax=axes, label=axis_label(signal))
