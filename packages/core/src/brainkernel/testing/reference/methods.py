"""Integration methods on one system of equations, written anew from their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[Any]


class System(Protocol):
    """Some states and their equations; a vector has one number for each of the states."""

    noisy: NDArray[np.bool_]
    """Which states diffuse."""

    def rates(self, x: Vector, t: float) -> Vector:
        """Give the time derivatives at values x of the states."""

    def amplitudes(self, x: Vector, t: float) -> Vector:
        """Give the noise amplitudes, zero where there is no noise."""

    def moved(self, x: Vector, to: Vector) -> Vector:
        """Give the values after a move from x: held ones stay, and none exceeds its ceiling."""

    def free(self) -> NDArray[np.bool_]:
        """Tell which states are not held."""


# The rows for stages 2, 3, ..., and the weights of all stages (Butcher 2016)
TABLEAUS: dict[str, tuple[Sequence[Sequence[float]], Sequence[float]]] = {
    "euler": ((), (1.0,)),
    "midpoint": (((0.5,),), (0.0, 1.0)),
    "heun": (((1.0,),), (0.5, 0.5)),
    "rk2": (((2.0 / 3.0,),), (0.25, 0.75)),
    "rk3": (((0.5,), (-1.0, 2.0)), (1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0)),
    "rk4": (((0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), (1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0)),
}


def integrate(
    method: str,
    system: System,
    x: Vector,
    t: float,
    dt: float,
    xi: Vector,
    integral: Vector | None = None,
) -> Vector:
    """Take the states from t to t + dt; `xi` are the standard normal numbers of this step.

    So are those of the `integral` of the noise over the step.
    """
    if method in THETAS:
        return system.moved(x, implicit(THETAS[method], system, x, t, dt))
    if method == "sra1":
        assert integral is not None
        return system.moved(x, sra1(system, x, t, dt, xi, integral))
    if method == "exact":
        return system.moved(x, x + propagator(system, x, t, dt) @ system.rates(x, t))
    if method in EXPONENTIAL:
        return system.moved(x, EXPONENTIAL[method](system, x, t, dt, xi))
    if np.any(system.noisy):
        return system.moved(x, STOCHASTIC[method](system, x, t, dt, np.sqrt(dt) * xi))
    rows, weights = TABLEAUS[method]
    slopes = [system.rates(x, t)]
    for row in rows:
        stage = system.moved(x, x + dt * combined(row, slopes))
        slopes.append(system.rates(stage, t + sum(row) * dt))
    return system.moved(x, x + dt * combined(weights, slopes))


def combined(weights: Sequence[float], slopes: Sequence[Vector]) -> Vector:
    """Give the weighted sum of slopes."""
    total: Vector = np.sum(
        [w * k for w, k in zip(weights, slopes, strict=True) if w != 0.0], axis=0
    )
    return total


def jacobian(system: System, x: Vector, t: float) -> Vector:
    """Find df/dx by a complex step, free of the rounding of differences (Squire & Trapp 1998)."""
    tiny = 1e-30
    steps = x + 1j * tiny * np.eye(x.size)
    return np.array([system.rates(step, t).imag / tiny for step in steps]).T


def propagator(system: System, x: Vector, t: float, dt: float) -> Vector:
    """Give the integral of exp(A s) over a step for a linear system.

    It is a sum over parts that are short enough for a series.
    """
    free = system.free()
    matrix = jacobian(system, x, t) * free[:, None] * free
    parts = 1 + int(np.max(np.sum(np.abs(matrix), axis=1)) * dt)
    one = np.eye(x.size)
    short, term = np.zeros_like(one), one * (dt / parts)
    for k in range(2, 40):
        short, term = short + term, term @ matrix * (dt / parts) / k
    over_part, total = one + matrix @ short, np.zeros_like(one)
    for _ in range(parts):
        total = short + over_part @ total
    return total


THETAS = {"backward_euler": 1.0, "trapezoidal": 0.5}


def implicit(theta: float, system: System, x: Vector, t: float, dt: float) -> Vector:
    """Solve for the states at the end of the step (Hairer & Wanner 1996, chapter IV)."""
    free = system.free()
    at_begin = (1.0 - theta) * system.rates(x, t)
    end = x.copy()
    for _ in range(50):
        residual = (end - x - dt * (at_begin + theta * system.rates(end, t + dt))) * free
        matrix = jacobian(system, end, t + dt) * free[:, None] * free
        end = end - np.linalg.solve(np.eye(x.size) - theta * dt * matrix, residual)
        if np.all(np.abs(residual) <= 1e-14 * (1.0 + np.abs(end))):
            break
    return end


def sra1(system: System, x: Vector, t: float, dt: float, xi: Vector, integral: Vector) -> Vector:
    """Rößler (2010), table 6.2, with I_(1,0) / dt for the mean of the noise over the step."""
    dW = np.sqrt(dt) * xi
    mean = 0.5 * (dW + np.sqrt(dt) * integral / np.sqrt(3.0))
    first = system.rates(x, t)
    begin, end = system.amplitudes(x, t), system.amplitudes(x, t + dt)
    stage = system.moved(x, x + 0.75 * dt * first + 1.5 * end * mean)
    second = system.rates(stage, t + 0.75 * dt)
    drift = dt * (first + 2.0 * second) / 3.0
    noise: Vector = end * (dW - mean) + begin * mean
    return x + drift + noise


def exponential_euler(system: System, x: Vector, t: float, dt: float, xi: Vector) -> Vector:
    """Let each state relax along its own slope, with additive noise of the variance it then has."""
    slope = np.diag(jacobian(system, x, t))
    change, spread = growth(slope, dt) * system.rates(x, t), np.sqrt(growth(2.0 * slope, dt))
    new: Vector = x + change + system.amplitudes(x, t) * spread * xi
    return new


def exponential_midpoint(system: System, x: Vector, t: float, dt: float, xi: Vector) -> Vector:
    """Let each state relax from where half a step has brought all (Boergers & Nectow 2013)."""
    halfway = system.moved(x, exponential_euler(system, x, t, 0.5 * dt, np.zeros_like(x)))
    new, amplitudes = x.copy(), system.amplitudes(x, t)
    for k in range(x.size):
        place = halfway.copy()
        place[k] = x[k]
        slope = jacobian(system, place, t + 0.5 * dt)[k, k]
        noise = amplitudes[k] * np.sqrt(growth(2.0 * slope, dt)) * xi[k]
        new[k] = x[k] + growth(slope, dt) * system.rates(place, t + 0.5 * dt)[k] + noise
    return new


def growth(slope: Any, dt: float) -> Any:
    """Integrate exp(slope s) from 0 to dt."""
    return np.where(slope == 0.0, dt, np.expm1(slope * dt) / np.where(slope == 0.0, 1.0, slope))


EXPONENTIAL = {"exponential_euler": exponential_euler, "exponential_midpoint": exponential_midpoint}


def euler_maruyama(system: System, x: Vector, t: float, dt: float, dW: Vector) -> Vector:
    """Kloeden & Platen (1992), section 10.2."""
    noise: Vector = system.amplitudes(x, t) * dW
    return x + dt * system.rates(x, t) + noise


def supported(system: System, x: Vector, t: float, reach: Vector) -> Vector:
    """Give the change of each amplitude where its state moves by the amplitude times `reach`."""
    g, change = system.amplitudes(x, t), np.zeros_like(x)
    for k in np.flatnonzero(system.noisy):
        support = x.copy()
        support[k] = x[k] + g[k] * reach[k]
        change[k] = system.amplitudes(support, t)[k] - g[k]
    return change


def milstein_ito(system: System, x: Vector, t: float, dt: float, dW: Vector) -> Vector:
    """Kloeden & Platen (1992), section 11.1, with a support value at g sqrt(dt), no derivatives."""
    change = supported(system, x, t, np.full(x.size, np.sqrt(dt)))
    correction: Vector = 0.5 * change * ((dW * dW - dt) / np.sqrt(dt))
    return euler_maruyama(system, x, t, dt, dW) + correction


def milstein_stratonovich(system: System, x: Vector, t: float, dt: float, dW: Vector) -> Vector:
    """The same after Stratonovich, with a supporting value at g dW."""
    return euler_maruyama(system, x, t, dt, dW) + 0.5 * supported(system, x, t, dW) * dW


def stochastic_heun(system: System, x: Vector, t: float, dt: float, dW: Vector) -> Vector:
    """Kloeden & Platen (1992), section 15.1."""
    f, g = system.rates(x, t), system.amplitudes(x, t)
    predicted = system.moved(x, x + dt * f + g * dW)
    f_end, g_end = system.rates(predicted, t + dt), system.amplitudes(predicted, t + dt)
    return x + 0.5 * dt * (f + f_end) + 0.5 * (g + g_end) * dW


STOCHASTIC = {
    "euler_maruyama": euler_maruyama,
    "milstein_ito": milstein_ito,
    "milstein_stratonovich": milstein_stratonovich,
    "heun": stochastic_heun,
}
