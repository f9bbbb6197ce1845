"""Transformations of objects agree with plain JAX on the same mathematics, and no tracer leaks."""

from __future__ import annotations

import copy
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel_jax.math as bm
from brainkernel.errors import BackendError, ModelError, ValueShapeError


@pytest.fixture(autouse=True, scope="module")
def _wide():
    with jax.enable_x64(True):
        yield


class Counter(bm.Object):
    n = bm.variable(0.0)
    calls = bm.variable(0, dtype="int64")

    def __init__(self, gain=1.0):
        self.gain = gain
        self.traces = []

    def add(self, x):
        self.traces.append(None)
        self.n += self.gain * x
        self.calls += 1
        return self.n * 2

    def __call__(self, x):
        return self.add(x)


class Leaky(bm.Object):
    """x' = -x / tau + w u, in steps of 1."""

    w = bm.variable(lambda self: np.full(self.size, 0.1))
    x = bm.variable(lambda self: np.zeros(self.size))

    def __init__(self, size, tau=5.0):
        self.size, self.tau = size, tau

    def step(self, u):
        self.x += -self.x / self.tau + self.w * u
        return self.x.sum()

    def loss(self, us):
        self.x = np.zeros(self.size)
        return (bm.for_loop(self.step, us) ** 2).mean()


def leaky_loss(w, us, tau=5.0):
    def step(x, u):
        x = x - x / tau + w * u
        return x, x.sum()

    return (jax.lax.scan(step, jnp.zeros_like(w), us)[1] ** 2).mean()


US = np.linspace(0.0, 1.0, 7)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=6), st.integers(-3, 3).map(float)
)
def test_state_is_the_same_eagerly_compiled_and_in_loops(numbers, gain):
    eager, compiled, looped, scanned = (Counter(gain) for _ in range(4))
    wanted = [float(eager.add(x)) for x in numbers]
    add = bm.jit(compiled.add)
    assert [float(add(x)) for x in numbers] == wanted
    xs = np.array(numbers)
    assert bm.for_loop(looped.add, xs).tolist() == wanted
    total, ys = bm.scan(lambda carry, x: (scanned.n * 0 + carry + x, scanned(x)), 0.0, xs)
    assert ys.tolist() == wanted and total == sum(numbers)
    for each in (compiled, looped, scanned):
        assert each.n == eager.n and each.calls == eager.calls == len(numbers)
        assert isinstance(each.n.value, np.ndarray) and each.calls.dtype == np.int64


def test_compiled_once_for_equal_shapes_and_attributes():
    counter = Counter()
    add = bm.jit(counter.add)
    for _ in range(3):
        add(1.0)
        counter.n = 10.0  # state is read at each call
    assert len(counter.traces) == 1 and add(1.0) == 22.0
    counter.gain = 2.0
    assert add(1.0) == 26.0 and len(counter.traces) == 2
    counter.gain = 1.0
    assert add(1.0) == 28.0 and len(counter.traces) == 2
    add(np.ones(()))
    add(np.float32(1.0))
    assert len(counter.traces) == 4


def test_a_plain_array_that_is_replaced_is_seen():
    class Scaled(bm.Object):
        def __init__(self):
            self.table = np.ones(2)

        @bm.jit
        def get(self, x):
            return self.table * x

    one, other = Scaled(), Scaled()
    assert one.get(3.0).tolist() == [3, 3] and one.get is one.get and other.get is not one.get
    one.table = np.zeros(2)
    assert one.get(3.0).tolist() == [0, 0] and other.get(3.0).tolist() == [3, 3]


def test_static_arguments():
    power = bm.jit(lambda x, n: x**n, static_argnames=("n",))
    assert power(3.0, n=2) == 9.0 and power(3.0, n=3) == 27.0


@pytest.mark.parametrize("outer", [lambda f: f, bm.jit])
def test_gradients_through_a_loop_are_those_of_plain_jax(outer):
    leaky = Leaky(3)
    value, wanted = jax.value_and_grad(leaky_loss)(jnp.full(3, 0.1), US)
    by_w = bm.grad(leaky.loss, leaky.w, return_value=True)
    grads, got = outer(lambda us: by_w(us))(US)
    np.testing.assert_allclose(grads, wanted)
    np.testing.assert_allclose(got, value)
    assert isinstance(grads, bm.Array) and leaky.x.sum() != 0  # what the function wrote stands
    both = bm.grad(leaky.loss, {"w": leaky.w}, argnums=(0,))
    named, (by_us,) = outer(lambda us: both(us))(US)
    np.testing.assert_allclose(named["w"], wanted)
    np.testing.assert_allclose(by_us, jax.grad(leaky_loss, argnums=1)(jnp.full(3, 0.1), US))


def test_vector_gradients_jacobians_and_hessians_are_those_of_plain_jax():
    class Power(bm.Object):
        w = bm.variable(np.array([1.0, 2.0]))
        seen = bm.variable(0)

        def __call__(self, x):
            self.seen += 1
            return self.w**3 * x + x**2

    def plain(w, x):
        return w**3 * x + x**2

    power, w, x = Power(), jnp.array([1.0, 2.0]), jnp.array([3.0, 4.0])
    np.testing.assert_allclose(bm.vector_grad(power)(x), jax.grad(lambda x: plain(w, x).sum())(x))
    np.testing.assert_allclose(bm.jacobian(power, power.w)(x), jax.jacobian(plain)(w, x))
    by_w, by_x = bm.hessian(lambda x: power(x).sum(), [power.w], argnums=0)(bm.Array(x))
    wanted = jax.hessian(lambda w, x: plain(w, x).sum(), argnums=(0, 1))(w, x)
    np.testing.assert_allclose(by_w[0][0][0], wanted[0][0])
    np.testing.assert_allclose(by_w[0][1], wanted[0][1])
    np.testing.assert_allclose(by_x[0][0], wanted[1][0])
    np.testing.assert_allclose(by_x[1], wanted[1][1])
    assert power.seen == 3


def test_aux_and_value_come_in_order():
    counter = Counter()
    loss = bm.grad(
        lambda x: (counter.add(x) * x, {"aux": counter.n}), has_aux=True, return_value=True
    )
    gradient, value, aux = loss(3.0)
    assert (gradient, value, aux["aux"], counter.n) == (12.0, 18.0, 3.0, 3.0)


class Gate(bm.Object):
    """Only one of its branches writes."""

    w = bm.variable(1.5)
    held = bm.variable(0.0)

    def write(self, x):
        self.held += self.w * x
        return x

    def rest(self, x):
        return x

    def step(self, x):
        return bm.cond(x > 0, self.write, self.rest, x)

    def loss(self, xs):
        bm.for_loop(bm.checkpoint(self.step), xs)
        return self.held**2


def test_gradient_and_hessian_of_a_loop_of_branches_of_which_one_writes():
    xs, gate = np.array([1.0, -2.0, 3.0]), Gate()
    np.testing.assert_allclose(bm.grad(gate.loss, gate.w)(xs), 2 * 1.5 * 4**2)
    assert gate.held == 6.0
    gate.held = 0.0
    np.testing.assert_allclose(bm.hessian(gate.loss, gate.w)(xs), 2 * 4**2)
    gate.held = 0.0
    np.testing.assert_allclose(bm.jit(bm.grad(gate.loss))(xs), [2 * 6 * 1.5, 0, 2 * 6 * 1.5])
    assert gate.held == 6.0


def test_a_branch_gives_what_the_functions_give():
    gate = Gate()
    assert bm.cond(True, gate.write, gate.rest, 2.0) == 2.0 and gate.held == 3.0
    assert bm.cond(False, lambda x: gate.w * x, lambda x: x, 2.0) == 2.0
    assert bm.jit(lambda x: bm.cond(x > 0, lambda: gate.w * 2, lambda: gate.w * 3))(1.0) == 3.0


def test_a_while_loop_over_state_and_carry():
    class Halving(bm.Object):
        x = bm.variable(64.0)
        limit = bm.variable(3.0)

        def big(self, count):
            return self.x > self.limit

        def halve(self, count):
            self.x *= 0.5
            return count + 1

        def wrong(self, count):
            self.x += 1.0
            return True

    halving = Halving()
    assert bm.while_loop(halving.big, halving.halve, 0) == 5 and halving.x == 2.0
    assert bm.while_loop(lambda: halving.x < 100, lambda: grow(halving)) is None
    assert halving.x == 128.0
    with pytest.raises(ModelError, match=r"Halving\.x is written .* only read"):
        bm.while_loop(halving.wrong, halving.halve, 0)
    assert halving.x == 128.0


def grow(halving):
    halving.x *= 2


class Cells(bm.Object):
    V = bm.variable(lambda self: np.arange(6.0).reshape(3, 2), batched=True)
    gain = bm.variable(2.0)
    rng = None

    def __init__(self):
        self.rng = bm.random.RandomState(1)

    def step(self, u):
        self.V += self.gain * u
        return self.V.sum()

    def noisy(self, u):
        return self.rng.normal() + u

    def wrong(self, u):
        self.gain += u


def test_vmap_splits_what_is_declared_as_batched_and_shares_the_rest():
    cells, us = Cells(), np.array([1.0, 10.0, 100.0])
    before = cells.V.copy()
    sums = bm.jit(bm.vmap(cells.step))(us)
    np.testing.assert_array_equal(cells.V, before + 2.0 * us[:, None])
    np.testing.assert_array_equal(sums, cells.V.sum(axis=1))
    bm.vmap(cells.step, in_axes=None)(1.0)
    np.testing.assert_array_equal(cells.V, before + 2.0 * us[:, None] + 2.0)
    with pytest.raises(
        ModelError, match=r"Cells\.gain is written in bm\.vmap\(wrong\).*batched=True"
    ):
        bm.vmap(cells.wrong)(us)
    np.testing.assert_allclose(
        bm.grad(lambda us: bm.vmap(cells.step)(us).sum(), cells.gain)(us), 2 * us.sum()
    )


def test_vmap_gives_each_element_its_own_random_numbers():
    cells = Cells()
    first, second = (
        bm.vmap(cells.noisy)(np.zeros(3)),
        bm.vmap(cells.noisy, in_axes=None, axis_size=3)(0.0),
    )
    assert len({*first.tolist(), *second.tolist()}) == 6


def test_nested_objects_have_paths_and_take_part():
    class Net(bm.Object):
        def __init__(self):
            self.first = Counter()
            self.more = [Counter(), {"deep": Counter()}, self.first]

        def step(self, x):
            return self.more[1]["deep"].add(self.first.add(x))

    net = Net()
    assert list(net.variables()) == [
        f"{where}.{name}"
        for where in ("first", "more[0]", "more[1]['deep']")
        for name in ("n", "calls")
    ]
    assert bm.jit(net.step)(1.0) == 4.0 and net.more[1]["deep"].n == 2.0
    net.more.append(Counter())
    assert bm.jit(lambda x: net.more[-1].add(x))(1.0) == 2.0


GLOBAL = Counter()


def helper(x):
    return GLOBAL.add(x)


def test_objects_are_found_where_a_function_names_them():
    local = Counter()

    def inner(x):
        return local.add(x)

    def outer(x):
        return bm.for_loop(lambda x: inner(x) + helper(x), x)

    assert bm.jit(outer)(np.ones(2)).tolist() == [4, 8]
    assert local.n == GLOBAL.n == 2.0
    assert bm.jit(partial(Counter.add, local))(1.0) == 6.0
    assert bm.jit(local)(1.0) == 8.0
    assert bm.jit(bm.vector_grad(helper))(1.0) == 2.0 and GLOBAL.n == 3.0
    assert bm.jit(partial(helper))(1.0) == 8.0


def test_what_is_not_named_is_refused_until_it_is_given():
    hidden, box = Counter(), type("Box", (), {})()
    box.counter = hidden

    def write(x):
        box.counter.add(x)

    def read(x):
        return box.counter.n * x

    for function in (write, read):
        with pytest.raises(ModelError, match=r"Counter\.n is .*objects=\["):
            bm.jit(function)(1.0)
    bm.jit(write, objects=[hidden])(1.0)
    assert bm.jit(read, objects=[hidden])(3.0) == 3.0
    assert bm.jit(bm.grad(read, objects=[hidden]))(3.0) == 1.0
    with pytest.raises(ModelError, match=r"Counter\.n is written in bm\.for_loop\(write\)"):
        bm.for_loop(write, np.ones(2))
    assert hidden.n == 1.0


@pytest.mark.parametrize(
    "transform",
    [bm.jit, bm.grad, bm.vmap, bm.checkpoint, lambda f: partial(bm.for_loop, f), jax.jit],
)
def test_undeclared_attributes_raise_at_the_write(transform):
    class Sloppy(bm.Object):
        def __init__(self):
            self.array = bm.Array(np.zeros(2))
            self.last = None

        def attribute(self, x):
            self.last = x.sum()
            return x.sum()

        def element(self, x):
            self.array[0] = x.sum()
            return x.sum()

    sloppy = Sloppy()
    with pytest.raises(ModelError, match=r"Sloppy\.last is written .* last = bm\.variable"):
        transform(sloppy.attribute)(jnp.ones(3))
    with pytest.raises(ModelError, match=r"Sloppy\.array (is|was) .* = bm\.variable"):
        transform(sloppy.element)(jnp.ones(3))
    assert sloppy.last is None and sloppy.array.tolist() == [0, 0]


def test_state_is_as_before_where_a_function_fails():
    counter = Counter()

    def fails(x):
        counter.add(x.sum())
        raise RuntimeError("on purpose")

    for transform in (bm.jit, bm.grad, bm.checkpoint, lambda f: partial(bm.for_loop, f)):
        with pytest.raises(RuntimeError, match="on purpose"):
            transform(fails)(np.ones(2))
        assert counter.n == 0.0 and isinstance(counter.n.value, np.ndarray)


def test_state_keeps_shape_and_type():
    counter = Counter()
    with pytest.raises(ValueShapeError, match=r"Counter\.n has shape"):
        bm.jit(counter.add)(np.ones(2))
    with pytest.raises(ValueShapeError, match=r"Counter\.calls is int64"):
        counter.calls += 0.5
    with (
        jax.enable_x64(False),
        pytest.raises(BackendError, match=r"Counter\.n is float64.*jax_enable_x64"),
    ):
        bm.jit(counter.add)(1.0)


def test_state_without_a_first_value_is_fixed_by_the_first_assignment():
    class Late(bm.Object):
        v = bm.variable()

    late = Late()
    with pytest.raises(ModelError, match=r"Late\.v has no value yet"):
        _ = late.v
    late.v = np.ones(3)
    late.v += 1
    with pytest.raises(ValueShapeError):
        late.v = np.ones(2)
    twin = copy.deepcopy(late)
    bm.jit(lambda: twin.v.fill(7.0))()
    assert twin.v.tolist() == [7, 7, 7] and late.v.tolist() == [2, 2, 2]


def test_objects_made_inside_are_free():
    def run(x):
        made = Counter()
        made.gain = x
        return bm.for_loop(made.add, jnp.ones(3))

    np.testing.assert_array_equal(bm.jit(run)(2.0), [4, 8, 12])


@pytest.mark.parametrize("compiled", [False, True])
def test_a_leaky_integrator_is_trained_by_optax(compiled):
    leaky, target = Leaky(2), 0.7
    optimiser, weights = optax.adam(0.02), {"w": leaky.w}
    memory = optimiser.init(weights)

    def loss(us):
        leaky.x = np.zeros(2)
        return ((bm.for_loop(leaky.step, us)[-1] - target) ** 2).sum()

    gradient = bm.grad(loss, weights, return_value=True)
    gradient = bm.jit(gradient) if compiled else gradient
    losses = []
    for _ in range(100 if compiled else 3):
        grads, value = gradient(US)
        updates, memory = optimiser.update(grads, memory)
        bm.assign(weights, optax.apply_updates(weights, updates))
        losses.append(float(value))
    assert losses[-1] < (1e-3 if compiled else 1.0) * losses[0]


def test_a_module_of_equinox_is_an_attribute_and_diffrax_integrates_with_it():
    diffrax = pytest.importorskip("diffrax")

    class Flow(bm.Object):
        rate = bm.variable(0.5)

        def __init__(self):
            self.linear = eqx.nn.Linear(1, 1, use_bias=False, key=jax.random.key(0))

        def end(self, y0):
            rate, linear = self.rate.value, self.linear
            term = diffrax.ODETerm(lambda t, y, args: -rate * y + 0 * linear(y))
            solved = diffrax.diffeqsolve(term, diffrax.Tsit5(), 0.0, 2.0, 0.01, y0)
            return solved.ys[0, 0]

    flow = Flow()
    gradient, value = bm.jit(bm.grad(flow.end, flow.rate, return_value=True))(jnp.ones(1))
    np.testing.assert_allclose([value, gradient], [np.exp(-1.0), -2 * np.exp(-1.0)], rtol=1e-6)
    before = bm.jit(lambda x: flow.linear(x))(jnp.ones(1))
    flow.linear = jax.tree.map(lambda leaf: 2 * leaf, flow.linear)
    np.testing.assert_allclose(bm.jit(lambda x: flow.linear(x))(jnp.ones(1)), 2 * before)
