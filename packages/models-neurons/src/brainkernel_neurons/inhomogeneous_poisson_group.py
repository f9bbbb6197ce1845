"""Independent Poisson spike trains whose rates change in time."""

from __future__ import annotations

import brainkernel as bk


class InhomogeneousPoissonGroup(bk.Neuron):
    """Neurons that fire independently of each other, each at a rate that changes in time.

    The rates are an input: what stimuli and synapses add up to in a step is the rate of that step,
    in which a neuron fires with probability rate * dt, at most once. Without any input no neuron
    fires. Where the rates are constant it fires as a `PoissonGroup` of the same name and rates.

    Raises
    ------
    DrawError
        Where a rate becomes negative, or more than one spike in a step.

    Notes
    -----
    Input: rates (Hz), as ``inputs={(group, "rates"): bk.TimedArray(...)}``.
    """

    rates = bk.input(unit="Hz", doc="rates")
    event = bk.event("rates")

    @bk.threshold
    def fires(event):
        return event - 0.5
