"""Values drawn for each synapse by a rule that can be followed again.

What procedural connectivity needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from brainkernel.connect.argument_checks import is_real
from brainkernel.errors import ConnectError
from brainkernel.random import Random
from brainkernel.random.generator import Reals


@dataclass(frozen=True)
class drawn_normal:
    """Draw each value from the normal distribution: `weight=bk.connect.drawn_normal(0.2, 0.02)`.

    The same as ``lambda rng: rng.normal(mean, std)``, and usable wherever that is. A function of
    the user's own cannot be followed again for one synapse alone; this can, so projections that
    store no weights take it too.

    Parameters
    ----------
    mean, std : float
        In the unit that the model declares.

    Raises
    ------
    ConnectError
        If these are no numbers, or std is negative.
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        _check_numbers("drawn_normal", mean=self.mean, std=self.std)
        if self.std < 0:
            raise ConnectError(
                f"drawn_normal has std={self.std!r}, but a standard deviation is 0 or more"
            )

    def __call__(self, rng: Random) -> Reals:
        """Draw as many values as the stream gives by default."""
        return rng.normal(self.mean, self.std)

    @property
    def scale(self) -> tuple[str, float, float]:
        """The distribution, what its numbers are multiplied by, and what is added then."""
        return "normal", float(self.std), float(self.mean)


@dataclass(frozen=True)
class drawn_uniform:
    """Draw each value uniformly from [low, high): `weight=bk.connect.drawn_uniform(0.0, 0.4)`.

    The same as ``lambda rng: rng.uniform(low, high)``; see `drawn_normal`.

    Parameters
    ----------
    low, high : float
        In the unit that the model declares.

    Raises
    ------
    ConnectError
        If these are no numbers, or low is above high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_numbers("drawn_uniform", low=self.low, high=self.high)
        if self.low > self.high:
            raise ConnectError(
                f"drawn_uniform has low={self.low!r} above high={self.high!r}; exchange them"
            )

    def __call__(self, rng: Random) -> Reals:
        """Draw as many values as the stream gives by default."""
        return rng.uniform(self.low, self.high)

    @property
    def scale(self) -> tuple[str, float, float]:
        """The distribution, what its numbers are multiplied by, and what is added then."""
        return "uniform", float(self.high) - float(self.low), float(self.low)


def _check_numbers(rule: str, **numbers: object) -> None:
    for name, value in numbers.items():
        if not is_real(value):
            raise ConnectError(
                f"{rule} has {name}={value!r}; give a finite number, in the unit that the model "
                "declares"
            )
