"""Arrays are written in place as in NumPy, eagerly and compiled, and never lose bits in silence."""

from __future__ import annotations

import copy
import operator
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import brainkernel_jax.math as bm
from brainkernel.errors import BackendError, ModelError, ValueShapeError


@pytest.fixture(autouse=True, scope="module")
def _wide():
    with jax.enable_x64(True):
        yield


NUMBERS = st.integers(-8, 8).map(float)
VECTORS = hnp.arrays(
    float, hnp.array_shapes(min_dims=1, max_dims=2, min_side=2, max_side=4), elements=NUMBERS
)
IN_PLACE = [operator.iadd, operator.isub, operator.imul, lambda x, y: y]
BOTH_WAYS = [lambda f: f, bm.jit]
few = settings(max_examples=25, deadline=None)


def index_strategy(shape):
    return st.one_of(
        hnp.basic_indices(shape, allow_newaxis=False),
        hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=1, max_side=1)),
    )


@few
@given(st.data(), VECTORS, st.sampled_from(IN_PLACE), NUMBERS)
def test_writing_to_an_index_is_numpys_eagerly_and_compiled(data, numbers, write, operand):
    index = data.draw(index_strategy(numbers.shape))

    def change(x):
        x[index] = write(x[index], operand)
        return x

    wanted = numbers.copy()
    wanted[index] = write(wanted[index], operand)
    for run in BOTH_WAYS:
        np.testing.assert_array_equal(run(change)(bm.Array(numbers)), wanted)


@few
@given(VECTORS, st.sampled_from(IN_PLACE), NUMBERS, NUMBERS)
def test_writing_through_a_mask_is_numpys_eagerly_and_compiled(numbers, write, operand, bound):
    def change(x, y):
        mask = x > bound
        x[mask] = write(x[mask], operand)
        x[mask] -= 2 * y[mask]
        rows = y[:, ...].reshape(len(y), -1)[:, 0] < bound
        x[rows] = 0
        return x

    other = numbers[::-1].copy()
    wanted = change(numbers.copy(), other)
    for run in BOTH_WAYS:
        np.testing.assert_array_equal(run(change)(bm.Array(numbers), bm.Array(other)), wanted)


@few
@given(
    VECTORS,
    st.sampled_from([np.add, np.subtract, np.multiply, np.maximum, np.less, np.equal]),
    NUMBERS,
)
def test_functions_and_operators_of_numpy_work_eagerly_and_compiled(numbers, function, operand):
    def compute(x):
        both = [
            function(x, operand),
            function(operand, x),
            np.concatenate([x, x]),
            np.sin(x) @ np.cos(x).T,
        ]
        return [
            *both,
            x.sum(),
            x.mean(axis=0),
            x.reshape(-1).T,
            np.linalg.norm(x),
            -abs(x),
            x**2,
            np.where(x > 1, x, 0),
        ]

    for run in BOTH_WAYS:
        for got, wanted in zip(run(compute)(bm.Array(numbers)), compute(numbers), strict=True):
            assert isinstance(got, bm.Array) and got.dtype == wanted.dtype
            np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


def test_eager_values_live_in_the_same_memory():
    x = bm.Array([1.0, 2.0, 3.0])
    memory = x.value
    x += 1
    x[0] = 7
    x[x > 3] *= 2
    x.value = x.value + 1
    np.add.at(x, [1, 1], 5)
    x.sort()
    assert x.value is memory and isinstance(memory, np.ndarray)
    np.testing.assert_array_equal(memory, [9, 14, 15])


def test_accumulating_and_sorting_compiled():
    def change(x, index):
        np.add.at(x, index, 1.5)
        x.sort()
        x.fill(x[-1])
        return x

    index = np.array([1, 1, 0])
    assert (
        float(bm.jit(change)(bm.Array([1.0, 2.0]), index)[0])
        == change(bm.Array([1.0, 2.0]), index)[0]
        == 5.0
    )


def test_a_constant_meets_a_traced_value():
    constant = bm.Array([1.0, 2.0])

    def compute(y):
        return (
            constant @ y
            + constant.dot(y)
            + y @ constant
            + np.dot(constant, y)
            + np.stack([constant, y]).sum(axis=0).sum()
        )

    assert bm.jit(compute)(bm.Array([3.0, 4.0])) == compute(bm.Array([3.0, 4.0])) == 54.0


def test_results_share_no_memory_so_that_eager_is_as_compiled():
    def change(x):
        for view in (x[:2], x.reshape(-1), x.T, x.ravel()):
            view[0] = 99
        return x

    for run in BOTH_WAYS:
        np.testing.assert_array_equal(run(change)(bm.Array([1.0, 2.0, 3.0])), [1, 2, 3])


@pytest.mark.parametrize("run", BOTH_WAYS)
def test_what_does_not_fit_is_refused(run):
    def store(x, value):
        x[0] = value
        return x

    def whole(x, value):
        x.value = value

    with pytest.raises(ValueShapeError, match="cannot hold float64 unrounded"):
        run(store)(bm.Array([1, 2]), np.float64(0.5))
    with pytest.raises(ValueShapeError, match="shape"):
        run(whole)(bm.Array([1.0, 2.0]), np.zeros(3))
    with pytest.raises(IndexError):
        run(lambda x: x[5])(bm.Array([1.0, 2.0]))
    with pytest.raises(TypeError, match="in place"):
        run(lambda x: np.copyto(x, 0))(bm.Array([1.0, 2.0]))


def test_masks_of_unknown_length_say_what_to_do():
    x = bm.Array([1.0, 2.0])

    def two_masks(x):
        x[x > 1] += x[x > 0]

    def other_length(x):
        x[x > 1] = np.ones(2)

    for function, words in ((two_masks, "one name"), (other_length, "as large as x")):
        with pytest.raises(ValueShapeError, match=words):
            bm.jit(function)(x)
    with pytest.raises(AttributeError, match="no known length"):
        bm.jit(lambda x: x[x > 1].sum())(x)


def test_an_index_out_of_bounds_that_is_traced_reads_as_nan():
    assert np.isnan(bm.jit(lambda x, i: x[i])(bm.Array([1.0, 2.0]), 5))


def test_64_bits_are_never_halved_in_silence():
    x = bm.Array([1.0, 2.0])
    assert (x * 2).dtype == bm.Array(1.0).dtype == np.float64
    with jax.enable_x64(False):
        for use in (
            jax.jit(lambda x: x),
            bm.jit(lambda x: x),
            jnp.sin,
            lambda x: bm.jit(lambda: x * jnp.ones(2))(),
        ):
            with pytest.raises(BackendError, match="jax_enable_x64"):
                use(x)
        with pytest.raises(BackendError, match="an argument"):
            bm.jit(lambda x: x)(np.ones(2))
        narrow = bm.Array([1.0, 2.0], dtype="float32")
        assert bm.jit(lambda x: x + 1)(narrow).dtype == np.float32
        assert x.sum() == 3.0  # NumPy needs no JAX


def halved(x):
    x[0] += 1.0
    x[x > 2] *= 0.5
    return (x**3).sum().value


def functional(x):
    x = x.at[0].add(1.0)
    return (jnp.where(x > 2, x * 0.5, x) ** 3).sum()


@pytest.mark.parametrize(
    "derive", [jax.grad, jax.jacobian, lambda f: jax.grad(jax.checkpoint(f)), jax.value_and_grad]
)
def test_derivatives_of_jax_for_an_array(derive):
    x = np.array([0.5, 3.0, 1.5])
    got, wanted = (
        jax.tree.leaves(derive(f)(v))
        for f, v in ((halved, bm.Array(x)), (functional, jnp.asarray(x)))
    )
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other)


def test_hessian_checkpoint_vmap_and_a_branch_that_alone_writes():
    def one_sided(x):
        def write(x):
            x[1] *= x[0]
            return x

        return jax.lax.cond(x[0].value > 0, write, lambda x: x, x).sum().value

    x = np.array([0.5, 3.0])
    np.testing.assert_allclose(jax.grad(one_sided)(bm.Array(x)), [4.0, 0.5])
    np.testing.assert_allclose(jax.grad(jax.checkpoint(one_sided))(bm.Array(-x)), [1.0, 1.0])
    np.testing.assert_allclose(jax.hessian(lambda v: one_sided(bm.Array(v)))(x), [[0, 1], [1, 0]])
    np.testing.assert_allclose(
        jax.vmap(halved)(bm.Array([x, -x])), [functional(jnp.asarray(v)) for v in (x, -x)]
    )
    np.testing.assert_allclose(jax.jit(halved)(bm.Array(x)), halved(bm.Array(x)))


@pytest.mark.parametrize("trace", [jax.jit, bm.jit])
def test_an_array_made_inside_may_be_written_there(trace):
    def build(x):
        made = bm.Array(np.zeros(3))
        made[1:] += x
        return made * 2

    np.testing.assert_array_equal(trace(build)(3.0), [0, 6, 6])


@pytest.mark.parametrize(
    "trace", [jax.jit, jax.grad, jax.vmap, bm.jit, bm.grad, bm.vmap, bm.checkpoint]
)
def test_an_array_from_outside_keeps_no_dead_traced_value(trace):
    outside = bm.Array([1.0, 2.0])

    def leak(x):
        outside[0] = x.sum()
        return x.sum()

    with pytest.raises(ModelError, match=r"declare it|pass it in"):
        trace(leak)(jnp.ones(3))
    np.testing.assert_array_equal(outside, [1.0, 2.0])
    outside[0] = 5.0  # as good as before
    assert outside[0] == 5.0


def test_a_value_that_was_compiled_in_is_not_changed_behind_the_back():
    constant = bm.Array([1.0, 2.0])
    compiled = bm.jit(lambda x: x * constant)
    np.testing.assert_array_equal(compiled(3.0), [3, 6])
    with pytest.raises(ModelError, match="compiled its value as a constant"):
        constant[0] = 2.0


@pytest.mark.parametrize("jit", [jax.jit, bm.jit])
def test_what_jax_is_still_computing_does_not_see_later_writes(jit):
    memory = np.zeros(512 * 512 * 8 + 64, np.uint8)
    start = (
        -memory.ctypes.data % 64
    )  # JAX reads memory that is aligned so in place, after the call has returned
    x = bm.Array(0.0)
    x._value = memory[start:][: 512 * 512 * 8].view(float).reshape(512, 512)
    slow = jit(lambda x: (jnp.linalg.matrix_power(x.value, 9) + x.value).sum())
    for _ in range(2):  # compiled before the second time
        found = slow(x)
        x += 1
        assert found == 0.0
        x -= 1


def test_conversions_copies_and_pickles():
    x = bm.Array([1.5, 2.5])
    assert list(map(float, x)) == [1.5, 2.5] and len(x) == 2 and 2.5 in x and f"{x[0]:.1f}" == "1.5"
    assert repr(x) == "Array([1.5, 2.5])" and int(bm.Array(3)) == 3 and [1, 2][bm.Array(1)] == 2
    for twin in (
        copy.copy(x),
        copy.deepcopy(x),
        pickle.loads(pickle.dumps(x)),
        bm.Array(x),
        x.copy(),
    ):
        twin[0] = 9.0
        assert x[0] == 1.5 and twin[1] == 2.5
    assert np.asarray(x, dtype="float32").dtype == np.float32
    np.testing.assert_array_equal(x.at[0].set(4.0), [4.0, 2.5])
