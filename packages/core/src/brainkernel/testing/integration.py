"""Integration: each stage sees all stage values, and coupling at each step is summed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brainkernel.errors import NonFiniteError
from brainkernel.testing.models import DT
from brainkernel.testing.networks import coupled, driven, mixed, mixture, play
from brainkernel.testing.suite import Conformance


class IntegrationChecks(Conformance):
    """The checks of the integration contract."""

    def test_each_stage_sees_the_stage_values_of_all(self, backend: Any) -> None:
        """The midpoint rule by hand, for two states and the conductance of their synapses.

        All three are one system.
        """
        net = play(coupled(), 24, backend)
        expected = by_midpoint(24)
        recorded = (net.v.V, net.v.w, net.g.g)
        for values, column in zip(recorded, expected.T, strict=True):
            np.testing.assert_allclose(values.values[:, 0], column, rtol=1e-12)

    def test_a_linear_equation_is_solved_exactly(self, backend: Any) -> None:
        """Without input a leak is V0 exp(-t / tau), whatever the step."""
        net = mixed(weight=0.0, V=0.5, V_th=1e9)
        play(net, 49, backend)
        times = net.w.time.values
        np.testing.assert_allclose(
            net.w.V.values, np.outer(0.5 * np.exp(-times / 10.0), np.ones(4)), rtol=1e-12
        )

    def test_a_state_without_a_derivative_is_held(self, backend: Any) -> None:
        """The conductance before any spike, and the numbers of a ring without differences."""
        net = mixture()
        net.groups[0].x = np.zeros(4)
        play(net, 3, backend)
        np.testing.assert_array_equal(net.s.x.values, np.zeros((3, 4)))

    def test_sums_over_synapses_and_functions_of_a_group(self, backend: Any) -> None:
        """Each neuron of a ring is pulled to the one before it, then all lose their mean."""
        net = play(mixture(), 4, backend)
        x, expected = np.arange(4.0), []
        for _ in range(4):
            x = x + DT * 0.5 * (np.roll(x, 1) - x)
            x = x - np.sum(x) / 4
            expected.append(x)
        np.testing.assert_array_equal(net.s.x.values, expected)

    def test_nan_is_told_and_not_kept(self, backend: Any) -> None:
        """A run that leads to NaN stops with group, variable and neuron."""
        net = mixed(V=np.inf)
        with np.errstate(all="ignore"), pytest.raises(NonFiniteError) as caught:
            play(net, 3, backend, inputs=driven(net))
        assert (caught.value.owner, caught.value.variable) == ("leaky", "V")


def slope(state: NDArray[np.float64], push: float = 0.0) -> NDArray[np.float64]:
    """The derivatives of V, w and g of the coupled network."""
    V, w, g = state
    return np.array([g * (4.0 - V) + w + push, -V, -g / 2.0])


def by_midpoint(steps: int, push: float = 0.0) -> NDArray[np.float64]:
    """V, w and g of the coupled network at all times."""
    state, trace = np.array([1.0, 0.5, 0.0]), []
    for now in range(1, steps + 1):
        middle = state + DT / 2 * slope(state, push)
        state = state + DT * slope(middle, push)
        state = state + np.array([0.0, 0.0, 0.5 if now in (1, 3, 4) else 0.0])
        trace.append(state)
    return np.array(trace)
