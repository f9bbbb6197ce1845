"""Who is connected to whom, by how many synapses, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray

from brainkernel_measures.pictures.axes import axes_for
from brainkernel_measures.spike_trains import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PIXELS = 1000  # along each side, from which on neurons share one


@dataclass(frozen=True)
class Synapses:
    """Synapses as arrays: positions of their ends among the neurons, and a value of each."""

    sources: Ints
    targets: Ints
    values: Floats
    unit: str
    pre: Ints
    post: Ints


def plot_connectivity(
    synapses: Any, variable: str = "weight", ax: Axes | None = None, **options: Any
) -> Axes:
    """Draw the matrix of a projection: sources to the right, targets upwards.

    Parameters
    ----------
    synapses : projection or xarray.Dataset
        A projection of a network, or what a `StateMonitor` recorded of its synapses, of which the
        last sample is drawn.
    variable : str
        Which value of a synapse gives its colour; several synapses of a pair add up, and so do
        those of neurons that share a pixel.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.
    **options
        For Matplotlib's `imshow`, as ``cmap="magma"``.

    Returns
    -------
    matplotlib.axes.Axes
        With a colour bar that has the unit; pairs without a synapse are blank.
    """
    table = _synapses(synapses, variable)
    axes = axes_for(ax, "plot_connectivity")
    shape = min(table.post.size, PIXELS), min(table.pre.size, PIXELS)
    row = table.targets * shape[0] // table.post.size
    column = table.sources * shape[1] // table.pre.size
    place, pixels = row * shape[1] + column, shape[0] * shape[1]
    total = np.bincount(place, weights=table.values, minlength=pixels)
    # a weight of zero is a synapse, and no synapse is none
    total[np.bincount(place, minlength=pixels) == 0] = np.nan
    extent = (-0.5, table.pre.size - 0.5, -0.5, table.post.size - 0.5)
    image = axes.imshow(
        total.reshape(shape),
        origin="lower",
        aspect="auto",
        extent=extent,
        interpolation="nearest",
        **options,
    )
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    axes.figure.colorbar(image, ax=axes, label=_label(variable, table.unit))
    return axes


def plot_degrees(synapses: Any, which: Literal["in", "out"] = "in", ax: Axes | None = None) -> Axes:
    """Draw how many neurons have how many synapses.

    Parameters
    ----------
    synapses : projection or xarray.Dataset
        A projection of a network, or what a `StateMonitor` recorded of its synapses.
    which : {"in", "out"}
        In-degrees, the synapses onto each target, or out-degrees, those of each source.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        With neurons without a synapse at 0.

    Raises
    ------
    ValueError
        Where `which` is something else.
    """
    if which not in ("in", "out"):
        raise ValueError(f"which = {which!r}: it is 'in' or 'out'")
    table = _synapses(synapses, None)
    ends, neurons = (table.targets, table.post) if which == "in" else (table.sources, table.pre)
    degrees = np.bincount(ends, minlength=neurons.size)
    axes = axes_for(ax, "plot_degrees")
    # bins are whole numbers of synapses, at most a hundred of them
    width = max(1, int(np.ceil((degrees.max() - degrees.min() + 1) / 100)))
    edges = np.arange(degrees.min(), degrees.max() + width + 1, width) - 0.5
    axes.hist(degrees, edges.tolist())
    axes.set_xlabel(f"{which}-degree (synapses)")
    axes.set_ylabel("neurons")
    return axes


def plot_weights(
    synapses: Any, variable: str = "weight", bins: int = 50, ax: Axes | None = None
) -> Axes:
    """Draw how many synapses have which weight.

    Parameters
    ----------
    synapses : projection or xarray.Dataset
        A projection of a network, or what a `StateMonitor` recorded of its synapses, of which the
        last sample is drawn.
    variable : str
        Which value of a synapse.
    bins : int
        Of the histogram.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        With the unit of the weight.
    """
    table = _synapses(synapses, variable)
    axes = axes_for(ax, "plot_weights")
    axes.hist(table.values, bins)
    axes.set_xlabel(_label(variable, table.unit))
    axes.set_ylabel("synapses")
    return axes


def _synapses(synapses: Any, variable: str | None) -> Synapses:
    """Synapses of a projection or of a dataset, with one of their variables."""
    if isinstance(synapses, (xarray.Dataset, xarray.DataArray)):
        sources, targets = synapses["pre"].values, synapses["post"].values
        # the dataset lists synapses only, so the ends without one are not known
        pre, post = np.unique(sources), np.unique(targets)
        values, unit = _recorded(synapses, variable)
    else:
        sources, targets = synapses.sources, synapses.targets
        pre, post = np.sort(synapses.pre.ids), np.sort(synapses.post.ids)
        values, unit = _present(synapses, variable)
    return Synapses(
        np.searchsorted(pre, sources),
        np.searchsorted(post, targets),
        np.broadcast_to(values, np.shape(sources)),
        unit,
        pre,
        post,
    )


def _recorded(data: xarray.Dataset | xarray.DataArray, variable: str | None) -> tuple[Any, str]:
    """The last sample of a variable of synapses, and its unit."""
    if variable is None:
        return 1.0, "1"
    array = data[variable] if isinstance(data, xarray.Dataset) else data
    last = array.isel(time=-1) if "time" in array.dims else array
    return last.values, str(array.attrs.get("units", "1"))


def _present(projection: Any, variable: str | None) -> tuple[Any, str]:
    """What a variable of a projection is now, and its unit."""
    if variable is None:
        return 1.0, "1"
    unit = projection.definition.declarations[variable].unit
    return np.asarray(getattr(projection, variable), float), unit or "1"


def _label(variable: str, unit: str) -> str:
    return variable if unit == "1" else f"{variable} ({unit})"
