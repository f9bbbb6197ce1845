"""Surrogate derivatives.

What stands for the derivative of a step, where spikes are to be differentiated.

A surrogate is a function of how far a neuron is above its threshold, divided by a width, and gives
the derivative that is pretended; the spike itself stays exactly zero or one. Neftci EO, Mostafa H,
Zenke F (2019) Surrogate gradient learning in spiking neural networks. IEEE Signal Process Mag
36:51-63.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from brainkernel.backend import default_host, suggestion
from brainkernel.errors import ValueShapeError
from brainkernel_jax.differentiable.arguments import finite_number, positive_number

POSITIVE = ("slope", "width", "scale")
"""Options that are divided by, or say how wide something is."""

Derivative = Callable[[Any], Any]


def sigmoid(x: Any, slope: float = 4.0) -> Any:
    """The derivative of a logistic function of this slope."""
    s = jax.nn.sigmoid(slope * x)
    return slope * s * (1.0 - s)


def arctan(x: Any, slope: float = 2.0) -> Any:
    """The derivative of ``arctan(pi/2 slope x) / pi`` (Fang et al. 2021)."""
    tangent = 0.5 * math.pi * slope * x
    return 0.5 * slope / (1.0 + tangent**2)


def superspike(x: Any, slope: float = 10.0) -> Any:
    """``1 / (1 + slope |x|)**2`` (Zenke & Ganguli 2018)."""
    distance = slope * jnp.abs(x)
    return 1.0 / (1.0 + distance) ** 2


def triangular(x: Any, height: float = 0.3, width: float = 1.0) -> Any:
    """A triangle, as the pseudo-derivative of Bellec et al. (2018)."""
    distance = jnp.abs(x) / width
    return height * jnp.maximum(0.0, 1.0 - distance)


def gaussian(x: Any, width: float = 0.5) -> Any:
    """A normal density of this standard deviation."""
    area = width * math.sqrt(2.0 * math.pi)
    return jnp.exp(-0.5 * (x / width) ** 2) / area


def multi_gaussian(x: Any, width: float = 0.5, height: float = 0.15, scale: float = 6.0) -> Any:
    """A normal density with a negative rim (Yin, Corradi & Bohte 2021)."""
    left = gaussian(x - width, scale * width)
    right = gaussian(x + width, scale * width)
    centre = gaussian(x, width)
    return (1.0 + height) * centre - height * (left + right)


def piecewise_linear(x: Any, width: float = 1.0) -> Any:
    """A box: the derivative of a ramp from ``-width`` to ``width``."""
    return jnp.where(jnp.abs(x) < width, 0.5 / width, 0.0)


def piecewise_quadratic(x: Any, width: float = 1.0) -> Any:
    """A triangle of area one: the derivative of two parabolas (Esser et al. 2016)."""
    distance = jnp.abs(x) / width
    return jnp.maximum(0.0, 1.0 - distance) / width


def leaky_relu(x: Any, below: float = 0.1, above: float = 1.0) -> Any:
    """One slope below the threshold, and another one above."""
    return jnp.where(x < 0.0, below, above)


def exponential(x: Any, slope: float = 2.0) -> Any:
    """``slope exp(-slope |x|) / 2``, a two-sided exponential of area one.

    Shrestha & Orchard 2018.
    """
    decay = jnp.exp(-slope * jnp.abs(x))
    return 0.5 * slope * decay


def log_tailed(x: Any, width: float = 1.0) -> Any:
    """``1 / (1 + |x| / width)``, which falls off slowly."""
    return 1.0 / (1.0 + jnp.abs(x) / width)


def none(x: Any) -> Any:
    """The true derivative of a step, which is zero."""
    return jnp.zeros_like(x)


def surrogate(
    derivative: str | Derivative = "none", width: float = 1.0, **options: float
) -> Callable[[Any], Any]:
    """Make spikes that have a derivative.

    Parameters
    ----------
    derivative : str or function
        The name of one that a plugin offers, as this package does, or a function of ``level /
        width`` of your own.
    width : float
        What the level is divided by, in its unit: the distance from threshold over which a neuron
        counts as near it. Finite, and above zero.
    **options : float
        Further arguments of the function; numbers, where it is one that a plugin offers.

    Returns
    -------
    function
        From the level to a spike, exactly 1.0 where the level is zero or more, else 0.0 (or -0.0,
        where the derivative is zero too).

    Raises
    ------
    UnknownNameError
        For a name that there is not.
    ValueShapeError
        For a width that is no finite number above zero, and for options that the function does not
        have.
    """
    positive_number(width, "width")
    if isinstance(derivative, str):
        named: Derivative = default_host().load("surrogate", derivative)
        numbers = _checked(named, options, f"the surrogate {derivative}")
        return _spikes(partial(named, **numbers), width)
    if not callable(derivative):
        raise ValueShapeError(
            f"surrogate = {derivative!r}: give the name of one, or a function of level / width"
        )
    return _spikes(partial(derivative, **options), width)


def _checked(derivative: Derivative, options: Mapping[str, Any], label: str) -> dict[str, float]:
    """Options by name, each a number that the function can be called with."""
    names = list(inspect.signature(derivative).parameters)[1:]  # all but the level
    for name in options:
        if name not in names:
            raise ValueShapeError(f"{label} has no option {name!r}; {suggestion(name, names)}")
    numbers = {}
    for name, value in options.items():
        check = positive_number if name in POSITIVE else finite_number
        numbers[name] = check(value, f"{name} of {label}")
    return numbers


def _spikes(derivative: Derivative, width: float) -> Callable[[Any], Any]:
    @jax.custom_jvp
    def spikes(level: Any) -> Any:
        # minus zero says that the derivative is zero too: what follows from such a neuron need not
        # be looked at
        flat = derivative(level / width) == 0.0
        silent = jnp.where(flat, -0.0, 0.0).astype(level.dtype)
        return jnp.where(level >= 0.0, jnp.ones_like(level), silent)

    @spikes.defjvp
    def _(values: tuple[Any], changes: tuple[Any]) -> tuple[Any, Any]:
        (level,) = values
        (change,) = changes
        slope = derivative(level / width) / width
        return spikes(level), slope * change

    return spikes
