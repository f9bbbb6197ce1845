"""Measures for what brainkernel records: xarray in, xarray out.

Each function takes the dataset of a monitor first, and is a method of all datasets:
``cv(net.spikes)`` is ``net.spikes.bk.cv()``. Silent neurons are among the results, units in their
attributes.
"""

from brainkernel_measures.accessor import register
from brainkernel_measures.avalanches import avalanche_sizes
from brainkernel_measures.conversions import (
    to_dataframe,
    to_neo,
    to_nwb,
    to_pynapple,
    to_sonata,
)
from brainkernel_measures.correlation import (
    count_correlation,
    count_covariance,
    cross_correlogram,
    fano_factor,
)
from brainkernel_measures.distances import spike_distance, van_rossum_distance
from brainkernel_measures.field_potential import lfp_proxy
from brainkernel_measures.intervals import burst_index, cv, cv2, isi, lv, lvr
from brainkernel_measures.phases import phase_locking, vector_strength
from brainkernel_measures.pictures import (
    plot_connectivity,
    plot_degrees,
    plot_image,
    plot_raster,
    plot_rate,
    plot_spectrum,
    plot_traces,
    plot_weights,
)
from brainkernel_measures.rates import binned_rate, instantaneous_rate, mean_rate, psth, spike_count
from brainkernel_measures.recordings import spike_dataset
from brainkernel_measures.selection import between
from brainkernel_measures.spectra import coherence, spectrum
from brainkernel_measures.synchrony import chi_squared, functional_connectivity, kappa
from brainkernel_measures.tiling import sttc

__all__ = [
    "avalanche_sizes",
    "between",
    "binned_rate",
    "burst_index",
    "chi_squared",
    "coherence",
    "count_correlation",
    "count_covariance",
    "cross_correlogram",
    "cv",
    "cv2",
    "fano_factor",
    "functional_connectivity",
    "instantaneous_rate",
    "isi",
    "kappa",
    "lfp_proxy",
    "lv",
    "lvr",
    "mean_rate",
    "phase_locking",
    "plot_connectivity",
    "plot_degrees",
    "plot_image",
    "plot_raster",
    "plot_rate",
    "plot_spectrum",
    "plot_traces",
    "plot_weights",
    "psth",
    "spectrum",
    "spike_count",
    "spike_dataset",
    "spike_distance",
    "sttc",
    "to_dataframe",
    "to_neo",
    "to_nwb",
    "to_pynapple",
    "to_sonata",
    "van_rossum_distance",
    "vector_strength",
]

NO_METHODS = {"spike_dataset"}  # what takes no dataset

register({name: globals()[name] for name in __all__ if name not in NO_METHODS})
