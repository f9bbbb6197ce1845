"""Random numbers as pure functions of (seed, stream, element, step): Threefry-2x32 with 20 rounds.

What a step draws comes from `distributions`, whose functions the printed programs use; what the
host draws (initial values, connectivity) from `Random`. Both use the same bits and formulas.
"""

from __future__ import annotations

from brainkernel.random.distributions import (
    bernoulli,
    box_muller,
    cos_turns,
    first_wrong_mean,
    log_unit,
    normal,
    poisson,
    shared_uniform,
    threefry_2x32,
    threefry_mix,
    uniform,
    unit_float,
)
from brainkernel.random.generator import COMPILED_FROM, Random
from brainkernel.random.integers import gap, multiply_shift
from brainkernel.random.poisson_limits import POISSON_MEAN_LIMIT, poisson_most
from brainkernel.random.row_sampling import index_type, usual_gaps
from brainkernel.random.sampling_kernels import NUMPY, Kernels
from brainkernel.random.streams import key_for, step_words, stream_key
from brainkernel.random.threefry_arrays import Key

# In the order in which a program can define them: each needs only those before it.
PRINTED = (
    threefry_mix,
    threefry_2x32,
    unit_float,
    log_unit,
    cos_turns,
    box_muller,
    uniform,
    shared_uniform,
    normal,
    bernoulli,
    first_wrong_mean,
    poisson,
)

__all__ = [
    "COMPILED_FROM",
    "NUMPY",
    "POISSON_MEAN_LIMIT",
    "PRINTED",
    "Kernels",
    "Key",
    "Random",
    "bernoulli",
    "box_muller",
    "cos_turns",
    "first_wrong_mean",
    "gap",
    "index_type",
    "key_for",
    "log_unit",
    "multiply_shift",
    "normal",
    "poisson",
    "poisson_most",
    "shared_uniform",
    "step_words",
    "stream_key",
    "threefry_2x32",
    "threefry_mix",
    "uniform",
    "unit_float",
    "usual_gaps",
]
