"""The same random numbers as on all backends, in 64 bits, and all portable functions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_models import DT, Noisy

import brainkernel as bk
from brainkernel import random as reference
from brainkernel.model.portability import PORTABLE


def in_jax(name):
    """A function of the random source, with `np` as JAX's."""
    source = {}
    text = "\n".join(["import jax.numpy as np", *map(text_of, ("threefry_mix", *NEEDED))])
    exec(text, source)
    return source[name]


NEEDED = ("threefry_2x32", "unit_float", "log_unit", "cos_turns", "box_muller", "uniform", "normal")


def text_of(name):
    import inspect

    from brainkernel.random import distributions

    return inspect.getsource(getattr(distributions, name))


@pytest.mark.usefixtures("x64")
def test_uniform_numbers_are_the_same_bits_and_normal_ones_the_same_to_rounding():
    key = np.uint32(123456789), np.uint32(3141592653)
    element, step = np.arange(100_000, dtype=np.uint32), np.uint32(77)
    arguments = [jnp.asarray(each) for each in (*key, element, step)]
    uniform = reference.uniform(*key, element, step)
    np.testing.assert_array_equal(in_jax("uniform")(*arguments), uniform)
    np.testing.assert_array_equal(jax.jit(in_jax("uniform"))(*arguments), uniform)
    normal = reference.normal(*key, element, step)
    np.testing.assert_allclose(
        jax.jit(in_jax("normal"))(*arguments), normal, rtol=1e-13, atol=1e-15
    )


@pytest.mark.usefixtures("x64")
def test_the_bits_are_those_of_jax_itself():
    key = jax.random.wrap_key_data(jnp.array([5, 9], jnp.uint32), impl="threefry2x32")
    with jax.threefry_partitionable(True):
        words = np.asarray(jax.random.bits(key, (16,), "uint64"))
    number = np.arange(16, dtype=np.uint32)
    high, low = reference.threefry_2x32(np.uint32(5), np.uint32(9), np.zeros_like(number), number)
    np.testing.assert_array_equal(words, high.astype(np.uint64) << np.uint64(32) | low)


def test_jax_has_every_function_that_is_portable():
    assert [name for name in sorted(PORTABLE) if not hasattr(jnp, name)] == []


def test_the_process_keeps_its_own_precision():
    noisy = Noisy(10)
    net = bk.Network(noisy, dt=DT, v=bk.StateMonitor(noisy, "V"))
    net.run(10 * DT, backend="jax")
    assert net.v.V.dtype == np.float64
    assert not jax.config.jax_enable_x64
    assert jnp.zeros(1).dtype == jnp.float32
