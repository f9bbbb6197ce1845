"""What all pictures share: an axes to draw on, and its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray

from brainkernel_measures.requirements import library

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_for(ax: Axes | None, function: str) -> Axes:
    """Give the axes to draw on: a new figure's where none is given.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        What the user gave.
    function : str
        Who draws, for the message where Matplotlib is not installed.
    """
    if ax is not None:
        return ax
    pyplot = library("matplotlib.pyplot", function, "plot")
    axes: Axes = pyplot.subplots(layout="constrained")[1]
    return axes


def axis_label(variable: xarray.DataArray, name: str | None = None) -> str:
    """Give a label with the unit, as ``V (mV)``."""
    text = str(variable.name) if name is None else name
    unit = variable.attrs.get("units", "1")
    return text if unit == "1" else f"{text} ({unit})"
