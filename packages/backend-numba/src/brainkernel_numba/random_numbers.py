"""The core's random numbers, compiled: its functions, with the scalar namespace as NumPy."""

from __future__ import annotations

from brainkernel.backend import random
from brainkernel_numba.compile_options import INLINE
from brainkernel_numba.compiled import Compiled

__all__ = [
    "first_wrong_mean",
    "random_bernoulli",
    "random_bits",
    "random_gap",
    "random_normal",
    "random_poisson",
    "random_shared_uniform",
    "random_uniform",
]


compiled = Compiled(INLINE)

first_wrong_mean = compiled(random.first_wrong_mean)
random_bits = compiled(random.threefry_2x32)
random_uniform = compiled(random.uniform)
random_shared_uniform = compiled(random.shared_uniform)
random_normal = compiled(random.normal)
random_bernoulli = compiled(random.bernoulli)
random_poisson = compiled(random.poisson)
random_gap = compiled(random.gap)
