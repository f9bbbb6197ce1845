"""Means and sums over a group, and states of which a group has one."""

from __future__ import annotations

import numpy as np
import pytest
from toy_groupwide import (
    Population,
    Pushing,
    Rotator,
    Thrown,
    busy,
    linear_group,
    populations,
)

import brainkernel as bk
from brainkernel.errors import IntegratorError, ModelError, ValueShapeError
from brainkernel.lowering.methods import method_of
from brainkernel.model.group_sums import CHUNK, total_over_group
from brainkernel.testing.beside import SideBySide, assert_follows_the_reference

COUPLED = np.array([0.5, -1.0, 2.0, 0.25])


def kuramoto(dt=0.1):
    """Give a hundred rotators of one mean field, with their frequencies and first angles."""
    rng = np.random.default_rng(1)
    omega, theta = rng.normal(0.0, 0.2, 100), rng.uniform(-np.pi, np.pi, 100)
    cells = Rotator(100, omega=omega, theta=theta, name="cells")
    net = bk.Network(cells, order=bk.StateMonitor(cells, "R"), dt=dt)
    return net, cells, omega, theta


def solved(omega, theta, K, times):
    """Solve the equations of all rotators to many digits."""
    integrate = pytest.importorskip("scipy.integrate")

    def rates(t, theta):
        field = np.exp(1j * theta).mean()
        return omega + K * (field.imag * np.cos(theta) - field.real * np.sin(theta))

    ends = 0.0, times[-1]
    return integrate.solve_ivp(rates, ends, theta, t_eval=times, rtol=1e-11, atol=1e-12).y


def test_the_mean_field_of_rotators_and_its_order_parameter(backend):
    net, cells, omega, theta = kuramoto()
    net.run(20.0, backend=backend)
    exact = solved(omega, theta, 0.5, net.order.time.values)
    np.testing.assert_allclose(cells.theta, exact[:, -1], atol=1e-7)
    order = np.abs(np.exp(1j * exact).mean(axis=0))
    assert net.order.R.dims == ("time",)
    np.testing.assert_allclose(net.order.R, order, atol=1e-8)
    np.testing.assert_allclose(cells.R, order[-1], atol=1e-8)


def test_every_stage_of_runge_kutta_sees_the_mean_of_its_own_values():
    errors = []
    for dt in (0.4, 0.2):
        net, cells, omega, theta = kuramoto(dt)
        net.run(8.0)
        exact = solved(omega, theta, 0.5, np.array([8.0]))[:, -1]
        errors.append(np.max(np.abs(cells.theta - exact)))
    assert errors[0] / errors[1] == pytest.approx(16.0, rel=0.15)


ORDERS = {"euler": 1, "heun": 2, "rk3": 3, "rk4": 4, "exponential_midpoint": 2}


@pytest.mark.parametrize("method", ORDERS)
def test_methods_keep_their_order_for_linear_equations_of_the_mean(method):
    errors = []
    for dt in (0.5, 0.25):
        cells, exact = linear_group(COUPLED, method, 8.0)
        net = bk.Network(cells, dt=dt)
        net.run(8.0)
        errors.append(np.max(np.abs(cells.u - exact)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(ORDERS[method], abs=0.35)


def test_a_mean_leaves_equations_to_methods_that_see_stages():
    cells, _ = linear_group(COUPLED, None, 1.0)
    net = bk.Network(cells, m=bk.StateMonitor(cells, "u"))
    net.run(1.0)
    assert "exponential_midpoint" in str(net.m.attrs["groups"])
    for method in ("exact", "backward_euler", "trapezoidal"):
        cells, _ = linear_group(COUPLED, method, 1.0)
        with pytest.raises(IntegratorError, match=r"linear|mean or sum"):
            bk.Network(cells).run(1.0)


def test_noise_that_follows_a_mean():
    class Driven(bk.Neuron):
        x = bk.state(1.0)
        m = bk.mean("x")

        @bk.derivative
        def dx(x):
            return -x

        @bk.diffusion
        def noise_x(m):
            return 0.1 * m

    with pytest.raises(IntegratorError, match="euler_maruyama"):
        bk.Network(Driven(3, method="milstein_ito")).run(1.0)
    assert "euler_maruyama" in str(method_of(Driven.definition))
    for method in ("euler_maruyama", "heun"):
        cells = Driven(3, method=method, name="cells")
        assert_follows_the_reference(bk.Network(cells, m=bk.StateMonitor(cells, "x")), 1.0)


class Normalised(bk.Neuron):
    """Divisive normalisation, with what all neurons hold as a step of the whole loop."""

    drive = bk.parameter(1.0)
    r = bk.state(0.0)
    pool = bk.total("squared")

    @bk.derived
    def squared(drive, r):
        return drive * drive + 0.0 * r

    @bk.step("r")
    def normalise(squared, pool):
        return squared / (1.0 + pool)


def test_divisive_normalisation(backend):
    drives = [np.arange(1.0, 5.0), np.array([2.0, 3.0])]
    cells = [Normalised(drive.size, drive=drive) for drive in drives]
    net = bk.Network(*cells)
    net.run(0.1, backend=backend)
    for group, drive in zip(cells, drives, strict=True):
        np.testing.assert_allclose(group.r, drive**2 / (1.0 + np.sum(drive**2)), rtol=1e-15)


@pytest.mark.parametrize("method", ["euler", "rk4", "exponential_midpoint", "heun"])
def test_all_that_reads_a_group_follows_the_reference(method):
    net, inputs = populations(method, 3, 4)
    both = SideBySide(net)
    both.run(0.7, inputs)
    both.set(net.groups[0], "A", 0.25)
    both.run(0.8, inputs)
    both.check()


@pytest.mark.parametrize("method", ["euler_maruyama", "milstein_ito", "sra1", "heun"])
def test_noise_draws_and_held_states_beside_means_follow_the_reference(method):
    net, inputs = busy(method, 16)
    assert_follows_the_reference(net, 1.5, inputs)
    assert net.spikes.sizes["spike"]


def test_what_a_loop_keeps_for_the_next_has_the_same_bits():
    expected, inputs = busy("euler_maruyama", 300)
    expected.run(2.0, inputs=inputs)
    net, inputs = busy("euler_maruyama", 300)
    net.run(2.0, inputs=inputs, backend="numba", threads=2)
    for one, other in zip(records(expected), records(net), strict=True):
        np.testing.assert_array_equal(one, other)


def records(net):
    """List what all monitors of a network recorded."""
    arrays = []
    for name in net.monitors:
        dataset = getattr(net, name)
        arrays += [np.asarray(dataset[variable]) for variable in dataset.data_vars]
    return arrays


def test_the_same_bits_on_numpy_and_numba_for_any_number_of_threads_and_split_runs():
    sizes = 3, 2 * CHUNK + 5
    expected, inputs = populations("euler", *sizes)
    expected.run(1.5, inputs=inputs)
    assert np.any(np.diff(records(expected)[0], axis=0))
    for threads, spans in ((1, (1.5,)), (2, (0.4, 1.1)), (3, (1.5,))):
        net, inputs = populations("euler", *sizes)
        for span in spans:
            net.run(span, inputs=inputs, backend="numba", threads=threads)
        for one, other in zip(records(expected), records(net), strict=True):
            np.testing.assert_array_equal(one, other)


def test_populations_on_every_backend(backend):
    net, inputs = populations("euler", 3, 2 * CHUNK + 5)
    expected, own_inputs = populations("euler", 3, 2 * CHUNK + 5)
    net.run(1.5, inputs=inputs, backend=backend)
    expected.run(1.5, inputs=own_inputs)
    for one, other in zip(records(expected), records(net), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 513, 1030])
def test_the_order_of_the_sum_is_halves_of_chunks(size):
    values = np.random.default_rng(size).normal(size=size) * 10.0 ** np.arange(size).clip(0, 20)
    total = None
    for first in range(0, size, CHUNK):
        chunk = list(values[first : first + CHUNK])
        while len(chunk) > 1:
            half = (len(chunk) + 1) // 2
            upper = chunk[half:]
            chunk = [a + b for a, b in zip(chunk, upper, strict=False)] + chunk[len(upper) : half]
        total = chunk[0] if total is None else total + chunk[0]
    assert total_over_group(values) == total


def test_a_batch_is_single_runs(backend):
    cells, _ = linear_group(COUPLED, "rk4", 1.0)
    net = bk.Network(cells, m=bk.StateMonitor(cells, ["u", "m"]))
    batch = net.run(1.0, batch={(cells, "J"): [0.4, 0.1]}, backend=backend)
    net.run(1.0, backend=backend)
    for name in ("u", "m"):
        single = np.asarray(net.m[name])
        np.testing.assert_allclose(batch["m"][name].isel(batch=1), single, rtol=1e-14)


def test_a_group_state_is_one_number():
    net, _ = populations("rk4", 3, 4)
    group = net.groups[0]
    assert np.ndim(group.A) == 0
    group.A = 0.7
    assert group.A == 0.7
    with pytest.raises(ValueShapeError, match="whole group has one"):
        group.A = [1.0, 2.0, 3.0]
    with pytest.raises(ValueShapeError, match="A"):
        bk.Network(Population(3, A=lambda rng: rng.normal())).run(0.1)
    with pytest.raises(ValueShapeError, match="give one number"):
        bk.Network(Population(3, k=[0.1, 0.2, 0.3])).run(0.1)


def refused(match, **body):
    with pytest.raises(ModelError, match=match):
        type("Refused", (bk.Neuron,), {"u": bk.state(0.0), "A": bk.state(0.0, per="group"), **body})


def test_what_has_no_single_value_is_refused():
    @bk.derivative("A")
    def follows_one(A, u):
        return u - A

    @bk.reset("A")
    def at_spikes(A):
        return A + 1.0

    @bk.step("A", "u")
    def both(A):
        return A, A

    @bk.threshold
    def fires(u):
        return u

    refused("its mean", follows_one=follows_one)
    refused("each neuron has its own turn", fires=fires, at_spikes=at_spikes)
    refused("a function for each", both=both)
    refused("there is no v", m=bk.mean("v"))
    refused("is a parameter", p=bk.parameter(1.0), m=bk.mean("p"))
    refused("the group has one A", m=bk.mean("A"))
    refused(
        "holds A",
        fires=fires,
        t_ref=bk.parameter(1.0),
        period=bk.refractory("t_ref", holds="A"),
    )


def test_a_mean_outside_the_loop_over_neurons_is_refused():
    @bk.step("u", before="deliver")
    def late(u, m):
        return u - m

    refused('on="group"', m=bk.mean("u"), late=late)


def test_a_synapse_may_not_read_a_mean_at_a_spike_or_write_what_a_group_has_one_of():
    cells = Population(3)
    for model in (Thrown, Pushing):
        with pytest.raises(ModelError, match="group"):
            model(cells, cells, connect=bk.connect.all_to_all())


def test_means_belong_to_neurons():
    with pytest.raises(ModelError, match="in the neuron"):
        type("Wrong", (bk.Synapse,), {"g": bk.state(0.0, per="post"), "m": bk.mean("g")})
    with pytest.raises(ModelError, match="per='group'"):
        type("Wrong", (bk.Synapse,), {"g": bk.state(0.0, per="group")})


def test_a_program_without_means_does_not_speak_of_them():
    class Plain(bk.Neuron):
        x = bk.state(0.0)

        @bk.derivative
        def dx(x):
            return -x

    for name in ("numpy", "numba"):
        text = bk.Network(Plain(3)).source(backend=name)
        assert "between" not in text
        assert "group_mean" not in text
