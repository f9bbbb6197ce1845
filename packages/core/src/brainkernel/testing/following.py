"""Backends beside the reference: the contracts as plain loops that share nothing with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from brainkernel.testing.beside import assert_follows_the_reference
from brainkernel.testing.models import DT
from brainkernel.testing.networks import coupled, learning, mixture, recurrent
from brainkernel.testing.order import drawn
from brainkernel.testing.suite import Conformance

NETWORKS: dict[str, tuple[Callable[[], Any], int, bool]] = {
    "one system with its synapses": (lambda: (coupled(), {}), 24, False),
    "functions of groups, and what acts at each step": (lambda: (mixture(), {}), 8, True),
    "learning": (lambda: (learning(), {}), 8, True),
    "a recurrent network": (lambda: recurrent(**drawn(np.random.default_rng(3))), 60, True),
}
"""Makes a network with its inputs; for how many steps; whether all of its arithmetic is exact."""


class ReferenceChecks(Conformance):
    """The checks against the independent reference."""

    @pytest.mark.parametrize("network", NETWORKS)
    def test_it_follows_the_reference(self, backend: Any, network: str) -> None:
        """States, spikes and records are the reference's, bit for bit where arithmetic is exact."""
        make, steps, exact = NETWORKS[network]
        net, inputs = make()
        assert_follows_the_reference(
            net, steps * DT, inputs, backend, tolerance=0.0 if exact else 1e-12
        )
