"""Proxies of the local field potential of a network of point neurons."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray

from brainkernel_measures.signals import unit_of
from brainkernel_measures.spike_trains import sample_interval

Proxy = Literal["reference_weighted_sum", "absolute_sum", "sum"]
PROXIES = ("reference_weighted_sum", "absolute_sum", "sum")


def lfp_proxy(
    excitatory: xarray.DataArray,
    inhibitory: xarray.DataArray,
    proxy: Proxy = "reference_weighted_sum",
    weight: float = 1.65,
    delay: float = 6.0,
) -> xarray.DataArray:
    """Estimate the local field potential from the synaptic currents of pyramidal neurons.

    The reference weighted sum is Σ I_E(t - delay) - weight Σ I_I(t), with 6 ms and 1.65 the best
    proxy of what neurons with dendrites give (Mazzoni et al. 2015, PLoS Comput. Biol. 11:e1004584).
    The two kinds of currents have opposite signs, so both add to its size.

    Parameters
    ----------
    excitatory, inhibitory : xarray.DataArray
        Currents (time, neuron) of the neurons of which the field is, as a `StateMonitor` records
        them of a projection: positive where they depolarize.
    proxy : {"reference_weighted_sum", "absolute_sum", "sum"}
        The others are Σ abs(I_E) + abs(I_I) and Σ I_E + I_I, without weight and delay.
    weight, delay : float
        Of the reference weighted sum; the delay in ms.

    Returns
    -------
    xarray.DataArray
        (time), in the unit of the currents; with a delay the first times are left out. Lazy where
        the currents are.

    Raises
    ------
    ValueError
        Where there is no such proxy, the currents have different units or times, or the delay is
        no whole number of samples.
    """
    if proxy not in PROXIES:
        raise ValueError(f"proxy = {proxy!r}: there are {', '.join(PROXIES)}")
    units = unit_of(excitatory), unit_of(inhibitory)
    if units[0] != units[1]:
        raise ValueError(f"the currents are in different units: {units[0]} and {units[1]}")
    if not np.array_equal(excitatory["time"].values, inhibitory["time"].values):
        raise ValueError("the currents have different times: record them with the same every=")
    if proxy == "sum":
        potential = excitatory.sum("neuron") + inhibitory.sum("neuron")
    elif proxy == "absolute_sum":
        # over neurons after the sum of magnitudes, so that neurons do not cancel
        potential = abs(excitatory).sum("neuron") + abs(inhibitory).sum("neuron")
    else:
        late = _delayed(excitatory.sum("neuron"), delay)
        potential = late - weight * inhibitory.sum("neuron").sel(time=late["time"])
    attributes = {"units": units[0], "long_name": f"local field potential ({proxy})"}
    return potential.rename("lfp").assign_attrs(attributes)


def _delayed(current: xarray.DataArray, delay: float) -> xarray.DataArray:
    """A current as it was `delay` ms ago, from the first time at which that is known."""
    interval = sample_interval(current)
    samples = round(delay / interval)
    # of a sample: above rounding, below any delay that somebody means
    if samples < 0 or abs(samples - delay / interval) > 1e-6:
        raise ValueError(
            f"delay = {delay:g} ms is no whole number of the {interval:g} ms between samples: "
            "record more often, or choose a multiple"
        )
    # what the current was before the recording is not known
    return current.shift(time=samples).isel(time=slice(samples, None))
