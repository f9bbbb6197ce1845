"""Independent Poisson spike trains."""

from __future__ import annotations

import brainkernel as bk


class PoissonGroup(bk.Neuron):
    """Neurons that fire independently of each other and of their past, each at its own rate.

    In each step a neuron fires with probability rate * dt, so the mean rate is exact; but it fires
    at most once, so the intervals are geometric, with a coefficient of variation of sqrt(1 - rate *
    dt). Keep rate * dt small.

    Parameters
    ----------
    rates : Hz, required
        One rate for all or one for each neuron. It can be set anew between runs, and may follow
        time: a `TimedArray` or a function of t.

    Raises
    ------
    ValueShapeError
        A rate that is negative, or more than one spike in a step; before anything runs, or when the
        rates are set.
    """

    rates = bk.parameter(unit="Hz", at_least=0.0)
    event = bk.event("rates")

    @bk.threshold
    def fires(event):
        return event - 0.5
