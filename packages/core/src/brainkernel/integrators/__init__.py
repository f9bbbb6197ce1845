"""Integration methods that print themselves; each is found by its name through the plugin hook."""

from __future__ import annotations

from brainkernel.integrators.exact import exact
from brainkernel.integrators.exponential import exponential_euler, exponential_midpoint
from brainkernel.integrators.fractional import caputo_l1, grunwald_letnikov
from brainkernel.integrators.implicit import backward_euler, trapezoidal
from brainkernel.integrators.multistep import ab2, ab3
from brainkernel.integrators.runge_kutta import euler, heun, midpoint, rk2, rk3, rk4
from brainkernel.integrators.step_control import bogacki_shampine, dormand_prince
from brainkernel.integrators.stochastic import (
    euler_maruyama,
    milstein_ito,
    milstein_stratonovich,
    sra1,
)
from brainkernel.integrators.tr_bdf2 import tr_bdf2
from brainkernel.program.integrator import Integrator

__all__ = [
    "Integrator",
    "ab2",
    "ab3",
    "backward_euler",
    "bogacki_shampine",
    "caputo_l1",
    "dormand_prince",
    "euler",
    "euler_maruyama",
    "exact",
    "exponential_euler",
    "exponential_midpoint",
    "grunwald_letnikov",
    "heun",
    "midpoint",
    "milstein_ito",
    "milstein_stratonovich",
    "rk2",
    "rk3",
    "rk4",
    "sra1",
    "tr_bdf2",
    "trapezoidal",
]
