"""Random numbers of NumPy and Python in traced functions are refused, however reached."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import pytest
from numpy.random import normal
from scipy import stats

import brainkernel_jax.math as bm
from brainkernel.errors import ModelError

pytestmark = pytest.mark.usefixtures("x64")

GENERATOR = np.random.default_rng(1)


def plain(x):
    return x + np.random.normal()


def imported(x):
    return x + normal()


def of_python(x):
    return x + random.random()


def of_a_generator(x):
    return x + GENERATOR.normal()


def made_inside(x):
    return x + np.random.default_rng().normal()


def imported_inside(x):
    from random import gauss

    return x + gauss(0.0, 1.0)


def imported_inside_by_another_name(x):
    import numpy as numbers

    return x + numbers.random.default_rng().normal()


def noise():
    return GENERATOR.normal()


def by_a_helper(x):
    return x + noise()


def by_a_nested_function(x):
    def draw():
        return np.random.normal()

    return x + draw()


def by_a_library(x):
    return x + stats.norm.rvs()


def closing_over():
    rng = np.random.default_rng(2)
    return lambda x: x + rng.normal()


class Noisy(bm.Object):
    x = bm.variable(0.0)

    def __init__(self):
        self.rng = np.random.default_rng(3)

    def step(self, x):
        return self.noisy(x)

    def noisy(self, x):
        return x + self.rng.normal()

    def __call__(self, x):
        return self.step(x)


FUNCTIONS = [
    (plain, "np.random"),
    (imported, "normal"),
    (of_python, "random"),
    (of_a_generator, "GENERATOR"),
    (made_inside, "np.random"),
    (imported_inside, "random"),
    (imported_inside_by_another_name, r"numbers\.random"),
    (by_a_helper, "GENERATOR"),
    (by_a_nested_function, "np.random"),
    (closing_over(), "rng"),
    (Noisy().step, r"self\.rng"),
    (Noisy(), r"self\.rng"),
    (partial(plain), "np.random"),
    (bm.jit(plain), "np.random"),
]


@pytest.mark.parametrize(
    ("function", "words"), FUNCTIONS, ids=lambda case: getattr(case, "__name__", str(case)[:20])
)
def test_a_random_source_is_named_with_its_line(function, words):
    place = r"test_foreign_random\.py:\d+\n +\S"
    with pytest.raises(ModelError, match=rf"uses {words}.*bm\.random\.RandomState[^$]*{place}"):
        bm.jit(function)(1.0)


def test_a_library_that_draws_from_the_source_of_the_process_is_found():
    with pytest.raises(
        ModelError, match=r"bm\.jit\(by_a_library\) calls something that draws from numpy\.random"
    ):
        bm.jit(by_a_library)(1.0)


TRANSFORMS = {
    "grad": lambda f: bm.grad(f)(1.0),
    "vector_grad": lambda f: bm.vector_grad(f)(np.ones(2)),
    "jacobian": lambda f: bm.jacobian(f)(np.ones(2)),
    "hessian": lambda f: bm.hessian(f)(1.0),
    "vmap": lambda f: bm.vmap(f)(np.ones(2)),
    "checkpoint": lambda f: bm.checkpoint(f)(1.0),
    "for_loop": lambda f: bm.for_loop(f, np.ones(2)),
    "scan": lambda f: bm.scan(lambda carry, x: (f(carry), x), 1.0, np.ones(2)),
    "while_loop": lambda f: bm.while_loop(lambda x: x < 2.0, f, 1.0),
    "cond": lambda f: bm.cond(True, f, f, 1.0),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_transformation_refuses_them(transform):
    with pytest.raises(ModelError, match=r"uses np\.random"):
        TRANSFORMS[transform](plain)


def test_random_numbers_of_bm_and_those_that_are_passed_in_are_free():
    rng, numbers = bm.random.RandomState(1), GENERATOR.normal(size=3)

    @bm.jit
    def step(x):
        return x + rng.normal() + numbers.sum()

    assert float(step(0.0)) != float(step(0.0))
    assert bm.jit(lambda x: x + np.sum(x))(GENERATOR.normal(size=3)).shape == (3,)


def test_a_local_name_that_is_also_that_of_a_generator_is_no_mention():
    def function(x):
        GENERATOR = 2.0 * x
        return (lambda: GENERATOR)()

    assert float(bm.jit(function)(1.0)) == 2.0


def element(x):
    y = np.zeros(3)
    y[0] = x
    return y


def all_elements(x):
    y = np.zeros(3)
    y[:] = x
    return y


def a_function_of_numpy(x):
    return np.add.at(np.zeros(3), [0, 1, 2], x)


@pytest.mark.parametrize("wrapper", [np.asarray, bm.Array])
@pytest.mark.parametrize(
    ("function", "value", "line"),
    [(element, 1.0, r"y\[0\] = x"), (all_elements, [1.0, 2.0, 3.0], r"y\[:\] = x")],
)
def test_writing_to_an_array_of_numpy_names_the_line_and_what_to_write(
    function, value, line, wrapper
):
    with pytest.raises(
        ModelError, match=rf"bm\.Array\(np\.zeros\(3\)\)[^$]*test_foreign_random\.py:\d+\n +{line}"
    ):
        bm.jit(function)(wrapper(value))


def test_a_function_of_numpy_that_cannot_be_traced_is_named():
    with pytest.raises(ModelError, match=r"np\.add\.at"):
        bm.jit(a_function_of_numpy)(np.ones(3))


def test_an_array_of_numpy_that_is_added_to_in_place_is_told_to_become_an_array():
    with pytest.raises(TypeError, match=r"y = bm\.Array\(np\.zeros\(3\)\)"):
        np.add(bm.Array([1.0]), 1.0, out=np.zeros(1))


def test_an_error_of_the_users_own_stays_what_it_is():
    def function(x):
        raise ValueError("setting an array element with a sequence of my own")

    with pytest.raises(ValueError, match="of my own"):
        bm.jit(function)(1.0)
