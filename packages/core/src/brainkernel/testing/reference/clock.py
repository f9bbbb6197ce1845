"""Time, as the reference counts it."""

from __future__ import annotations


class Clock:
    """Where in time everything stands, and the seed of all random numbers."""

    def __init__(self, dt: float, seed: int) -> None:
        self.dt, self.seed, self.step = dt, seed, 0

    @property
    def now(self) -> int:
        """The number of the time at which the present step ends.

        Spikes found in it, and what acts then.
        """
        return self.step + 1

    @property
    def t(self) -> float:
        """When the step begins, in ms."""
        return self.step * self.dt

    @property
    def end(self) -> float:
        """When the step ends, in ms."""
        return (self.step + 1) * self.dt
