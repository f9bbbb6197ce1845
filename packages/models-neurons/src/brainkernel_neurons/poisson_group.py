"""Independent Poisson spike trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel.errors import ValueShapeError


class PoissonGroup(bk.Neuron):
    """Neurons that fire independently of each other and of their past, each at its own rate.

    In each step a neuron fires with probability rate * dt, so the mean rate is exact; but it fires at most once, so the
    intervals are geometric, with a coefficient of variation of sqrt(1 - rate * dt). Keep rate * dt small.

    Parameters
    ----------
    rates : Hz, required
        One rate for all or one for each neuron. It can be set anew between runs.

    Raises
    ------
    ValueShapeError
        A rate that is negative, or more than one spike in a step; before anything runs, or when the rates are set.
    """

    rates = bk.parameter(unit="Hz")
    event = bk.event("rates")

    @bk.threshold
    def fires(event):
        return event - 0.5

    def check_values(self, values: Mapping[str, Any], dt: float) -> None:
        """Refuse rates that are negative, or above one spike in a step."""
        rates = np.asarray(values["rates"])
        wrong = rates[~((rates >= 0) & (rates * dt * 1e-3 <= 1))]
        if wrong.size:
            raise ValueShapeError(
                f"{self.label()}.rates has {wrong.flat[0]:g} Hz, but with at most one spike in a step of {dt:g} ms "
                f"a rate is from 0 to {1e3 / dt:g} Hz: use more neurons of lower rates, or a smaller dt"
            )
