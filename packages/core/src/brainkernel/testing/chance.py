"""Random numbers: of the right size, and the same on every backend."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import brainkernel as bk
from brainkernel.testing.comparing import REFERENCE, assert_close, assert_same, raster
from brainkernel.testing.models import DT, Dice
from brainkernel.testing.networks import driven, mixed, play
from brainkernel.testing.suite import Conformance

MANY = 20_000
QUARTER = (0.25, 0.1875**0.5)
MOMENTS = {"U": (0.5, 12**-0.5), "Z": (0.0, 1.0), "K": (2.5, 2.5**0.5), "B": QUARTER, "E": QUARTER}
"""Mean and spread of each number of `Dice`."""


def dice(backend: Any, seed: int = 1, size: int = 50, steps: int = 20) -> bk.Network:
    """Throw dice, and record every number."""
    cells = Dice(size, name="dice")
    net = bk.Network(cells, dt=DT, seed=seed, d=bk.StateMonitor(cells, list(MOMENTS)))
    return play(net, steps, backend)


class ChanceChecks(Conformance):
    """The checks of the random contract."""

    tolerance: ClassVar[float]

    def test_noise_grows_with_the_square_root_of_time(self, backend: Any) -> None:
        """V has variance sigma**2 t over neurons after 1 and 16 steps: noise is not reused."""
        for dt in (DT, 4 * DT):
            net = mixed(MANY, weight=0.0, V_th=1e9, dt=dt)
            cells: Any = net.groups[0]
            for steps in (1, 15):
                play(net, steps, backend)
                spread = 0.5 * np.sqrt(net.t)
                assert abs(np.std(cells.V) / spread - 1) < 0.03
                assert abs(np.mean(cells.V)) < 5 * spread / np.sqrt(MANY)

    def test_noise_is_the_references(self, backend: Any) -> None:
        """Traces and spikes of a noisy network agree with the NumPy backend's."""
        net, reference = mixed(), mixed()
        play(net, 60, backend, inputs=driven(net))
        play(reference, 60, REFERENCE, inputs=driven(reference))
        assert raster(net.s) == raster(reference.s)
        for name in net.monitors:
            assert_close(getattr(net, name), getattr(reference, name), self.tolerance)

    def test_random_numbers_are_the_references(self, backend: Any) -> None:
        """Uniform numbers, counts, coins and events agree bit for bit, normal ones to tolerance."""
        first, second = dice(backend).d, dice(REFERENCE).d
        assert_same(first[["U", "K", "B", "E"]], second[["U", "K", "B", "E"]])
        assert_close(first[["Z"]], second[["Z"]], self.tolerance)

    def test_random_numbers_have_their_means_and_spreads(self, backend: Any) -> None:
        """Means are within five standard errors of 40,000 numbers, and no numbers are shared."""
        numbers = dice(backend, size=400, steps=100).d
        for name, (mean, spread) in MOMENTS.items():
            values = numbers[name].values
            assert abs(np.mean(values) - mean) < 5 * spread / 200
            assert abs(np.std(values) / spread - 1) < 0.03
        assert np.unique(numbers.U.values).size == numbers.U.size

    def test_the_seed_decides(self, backend: Any) -> None:
        """The same seed gives the same numbers again, another seed others."""
        assert_same(dice(backend).d, dice(backend).d)
        assert np.all(dice(backend).d.U.values != dice(backend, seed=2).d.U.values)
