"""Pictures with Matplotlib: each takes an axes, labels it with units, and returns it."""

from brainkernel_measures.pictures.connectivity import (
    plot_connectivity,
    plot_degrees,
    plot_weights,
)
from brainkernel_measures.pictures.image import plot_image
from brainkernel_measures.pictures.raster import plot_raster
from brainkernel_measures.pictures.rate import plot_rate
from brainkernel_measures.pictures.spectrum import plot_spectrum
from brainkernel_measures.pictures.traces import plot_traces

__all__ = [
    "plot_connectivity",
    "plot_degrees",
    "plot_image",
    "plot_raster",
    "plot_rate",
    "plot_spectrum",
    "plot_traces",
    "plot_weights",
]
