"""Fractional derivatives: D^alpha x = f(x), whose rate follows all that x has been.

Li C, Zeng F (2015) Numerical Methods for Fractional Calculus, chapter 2. Teka W, Marinov TM,
Santamaria F (2014) PLoS Comput Biol 10:e1003526, for neurons of this kind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import IntegratorError
from brainkernel.model.function_text import apart
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method


class Fractional(Method):
    """What both schemes share: an order, and a memory of the last steps.

    Parameters
    ----------
    scheme : str
        The name of the scheme.
    alpha : float
        The order of the derivative, above 0 and at most 1, with which it is Euler's method. Rates
        are then per ms**alpha.
    num_memory : int
        For how many steps the past counts.

    Raises
    ------
    IntegratorError
        For an order or a memory that there is not.
    """

    weights = ""
    """The function of this module that gives the weights of the past."""

    def __init__(self, scheme: str, alpha: float, num_memory: int) -> None:
        if not 0.0 < alpha <= 1.0:
            raise IntegratorError(f"{scheme}(alpha={alpha!r}): give an order above 0, at most 1")
        if isinstance(num_memory, bool) or int(num_memory) != num_memory or num_memory < 2:
            raise IntegratorError(
                f"{scheme}(num_memory={num_memory!r}): give how many past steps count, two at least"
            )
        super().__init__(f"{scheme}(alpha={alpha!r}, num_memory={num_memory!r})")
        self.alpha, self.num_memory = float(alpha), int(num_memory)

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fractional) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def memory(self, equations: Equations) -> Mapping[str, int]:
        """Keep the past of each state, and one value of its own."""
        names = {_begun(equations): 1}
        for state in equations.states:
            names[_past(equations, state)] = self.num_memory
            names[_kept(equations, state)] = 1
        return names

    def module_lines(self, equations: Equations) -> list[str]:
        """Print the weights of the past, which are computed when the program is read."""
        module = __name__
        return [
            f"from {module} import {self.weights} as _{self.weights}",
            f"{self._weights} = _{self.weights}({self.alpha!r}, {self.num_memory})",
        ]

    @property
    def _weights(self) -> str:
        """The printed name of the weights, which differ for each order and memory."""
        order = repr(self.alpha).replace(".", "_").replace("-", "_")
        return f"_weights_{order}_{self.num_memory}"

    def _sum(self, equations: Equations, state: str, value: str) -> list[str]:
        """Print that a value joins the past, and the weighted sum of it."""
        past = _past(equations, state)
        return [
            f"{past} = _with_present({past}, _step, {value})",
            f"_{state}_trace = _weighted_past({past}, _step, {self._weights})",
        ]


class CaputoL1(Fractional):
    """Caputo's derivative by the L1 scheme: what changed in each past step, weighted by its age.

    ``x1 = x0 + dt**alpha * Gamma(2 - alpha) * f(x0) - sum of R_k * (x_(1-k) - x_(-k))``, for k from
    1 on, with ``R_k = (k + 1)**(1 - alpha) - k**(1 - alpha)``. A reset is a change as any other.
    """

    weights = "l1_weights"

    def lines(self, equations: Equations) -> list[str]:
        """Print one step."""
        lines = equations.stage(1, {})
        factor = math.gamma(2.0 - self.alpha)
        begun = _begun(equations)
        for state in equations.states:
            before = _kept(equations, state)
            lines += self._sum(
                equations, state, f"np.where({begun} > 0.0, {state} - {before}, 0.0)"
            )
            rate = f"{factor!r} * dt**{self.alpha!r} * {equations.rate_name(state, 1)}"
            lines.append(f"{before} = {state}")
            lines.append(f"_{state}_next = {state} + {rate} - _{state}_trace")
        return [*lines, f"{begun} = np.maximum({begun}, 1.0)"]


class GrunwaldLetnikov(Fractional):
    """The derivative of x - x(0) after Grünwald and Letnikov, which is Caputo's of x.

    ``y1 = dt**alpha * f(x0) - sum of c_k * y_(1-k)``, for k from 1 on, with y = x - x(0),
    ``c_0 = 1`` and ``c_k = (1 - (1 + alpha) / k) * c_(k-1)``.
    """

    weights = "binomial_weights"

    def lines(self, equations: Equations) -> list[str]:
        """Print one step."""
        lines = equations.stage(1, {})
        begun = _begun(equations)
        for state in equations.states:
            first = _kept(equations, state)
            lines.append(f"{first} = np.where({begun} > 0.0, {first}, {state})")
            lines += self._sum(equations, state, f"{state} - {first}")
            rate = f"dt**{self.alpha!r} * {equations.rate_name(state, 1)}"
            lines.append(f"_{state}_next = {first} + {rate} - _{state}_trace")
        return [*lines, f"{begun} = np.maximum({begun}, 1.0)"]


def l1_weights(alpha: float, number: int) -> NDArray[np.float64]:
    """R_1, R_2, ... of the L1 scheme."""
    k = np.arange(1.0, number + 1.0)
    weights: NDArray[np.float64] = (k + 1.0) ** (1.0 - alpha) - k ** (1.0 - alpha)
    return weights


def binomial_weights(alpha: float, number: int) -> NDArray[np.float64]:
    """c_1, c_2, ... of Grünwald and Letnikov: (-1)**k times the binomial coefficients."""
    k = np.arange(1.0, number + 1.0)
    return np.cumprod(1.0 - (1.0 + alpha) / k).astype(np.float64)


def _begun(equations: Equations) -> str:
    return apart("has_begun", equations.named)


def _past(equations: Equations, state: str) -> str:
    return apart(f"{state}_past", equations.named)


def _kept(equations: Equations, state: str) -> str:
    return apart(f"{state}_at_past", equations.named)


def caputo_l1(alpha: float, num_memory: int) -> Any:
    """Integrate Caputo's fractional derivative by the L1 scheme.

    Parameters
    ----------
    alpha : float
        Its order, above 0 and at most 1.
    num_memory : int
        For how many steps the past counts.

    Raises
    ------
    IntegratorError
        For an order or a memory that there is not.
    """
    return CaputoL1("caputo_l1", alpha, num_memory)


def grunwald_letnikov(alpha: float, num_memory: int) -> Any:
    """Integrate the fractional derivative after Grünwald and Letnikov, of x - x(0).

    Parameters
    ----------
    alpha : float
        Its order, above 0 and at most 1.
    num_memory : int
        For how many steps the past counts.

    Raises
    ------
    IntegratorError
        For an order or a memory that there is not.
    """
    return GrunwaldLetnikov("grunwald_letnikov", alpha, num_memory)
