"""Derivatives: of smooth networks by finite differences, of spikes by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_models import Current, Jump, Leaky, Noisy, Ramp

import brainkernel as bk
import brainkernel_jax as bj
from brainkernel.errors import BackendError
from brainkernel_jax.codegen import runtime_events

pytestmark = pytest.mark.usefixtures("x64")


class Rate(bk.Neuron):
    """A rate that saturates."""

    tau = bk.parameter(10.0, unit="ms")
    r = bk.state(0.1)
    I = bk.input()

    @bk.derivative
    def dr(r, I, tau):
        return (np.tanh(I) - r) / tau


class Linear(bk.Neuron):
    """What the exact method integrates."""

    tau = bk.parameter(5.0, unit="ms")
    gain = bk.parameter(0.7)
    x = bk.state(0.5)
    y = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, tau, I):
        return I - x / tau

    @bk.derivative
    def dy(y, x, gain):
        return gain * x - 0.2 * y


class Link(bk.Synapse):
    """A rate that drives another one."""

    weight = bk.parameter(0.5, per="synapse")

    @bk.adds_to("I")
    def flow(weight, r_pre):
        return weight * r_pre


def rates(method):
    group = Rate(5, r=np.linspace(0.1, 1.0, 5), method=method, name="group")
    rule = bk.connect.fixed_prob(0.6)
    link = Link(group, group, connect=rule, weight=lambda rng: rng.normal(0.0, 1.0), name="link")
    return bk.Network(group, link, dt=0.5, m=bk.StateMonitor(group, "r"))


def linear():
    group = Linear(3, x=np.array([0.1, 0.5, 0.9]), name="group")
    return bk.Network(group, dt=0.5, m=bk.StateMonitor(group, "y"))


def check_against_differences(function, inputs, variable):
    """Compare each derivative with a central difference."""

    def loss(parameters):
        return jnp.sum(function(parameters, inputs)[1]["m"][variable] ** 2)

    found = jax.jit(jax.grad(loss))(function.parameters)
    for member, values in function.parameters.items():
        for name, value in values.items():
            for place in np.ndindex(value.shape):
                up, down = (
                    loss(
                        {**function.parameters, member: {**values, name: value.at[place].add(step)}}
                    )
                    for step in (1e-5, -1e-5)
                )
                assert float(found[member][name][place]) == pytest.approx(
                    float(up - down) / 2e-5, rel=1e-5, abs=1e-9
                )


@pytest.mark.parametrize("method", ["rk4", "exponential_euler", "exponential_midpoint", "euler"])
def test_derivatives_of_a_rate_network_are_those_of_differences(method):
    check_against_differences(bj.function(rates(method), 10.0), {"group": {"I": 0.3}}, "r")


class DerivedRate(bk.Neuron):
    """A rate that is derived from a potential."""

    tau = bk.parameter(10.0, unit="ms")
    gain = bk.parameter(0.8)
    u = bk.state(0.1)
    I = bk.input()

    @bk.derived
    def r(u, gain):
        return np.tanh(gain * u)

    @bk.derived
    def drift(r, I, u):
        return r + I - u

    @bk.derivative
    def du(drift, tau):
        return drift / tau


def test_derivatives_go_through_derived_quantities():
    group = DerivedRate(4, u=np.linspace(0.1, 1.0, 4), method="rk4", name="group")
    rule = bk.connect.fixed_prob(0.6)
    link = Link(group, group, connect=rule, weight=lambda rng: rng.normal(0.0, 1.0), name="link")
    net = bk.Network(group, link, dt=0.5, m=bk.StateMonitor(group, "u"))
    check_against_differences(bj.function(net, 5.0), {"group": {"I": 0.3}}, "u")
    net.add(rates=bk.StateMonitor(group, "r"))
    with pytest.raises(BackendError, match="r of group is neither: compute it from recorded"):
        bj.function(net, 5.0)


class Growth(bk.Neuron):
    """Its slope k x_other may vanish."""

    k = bk.parameter(0.0)
    x = bk.state(2.0)
    other = bk.state(1.0)

    @bk.derivative
    def dx(x, k, other):
        return k * x * other + 1.0


@pytest.mark.parametrize("method", ["exponential_euler", "exponential_midpoint"])
@pytest.mark.parametrize(("dtype", "rel"), [("float64", 1e-9), ("float32", 2e-4)])
def test_derivatives_by_a_slope_near_zero_are_right(method, dtype, rel):
    """x(T) = x exp(k T) + (exp(k T) - 1) / k at T = 2, and its second derivative by k.

    The part by k of the second term is (u exp(u) - exp(u) + 1) / k**2 with u = k T.
    """
    k = np.array([0.0, 1e-12, -1e-9, 1e-7, 1e-4, -1.9e-3, 2.1e-3, 0.3])
    group = Growth(8, k=k, method=method, name="group")
    function = bj.function(bk.Network(group, dt=0.5), 2.0, dtype=dtype)

    def loss(parameters):
        return jnp.sum(function(parameters)[0]["group"]["x"])

    found = np.asarray(jax.grad(loss)(function.parameters)["group"]["k"], float)
    u = 2.0 * k  # (u exp(u) - exp(u) + 1) / u**2 by its series
    inner = sum(u**n * (n + 1) / np.prod(np.arange(1.0, n + 3)) for n in range(20))
    np.testing.assert_allclose(found, 4.0 * np.exp(u) + 4.0 * inner, rtol=rel)


class Limited(bk.Neuron):
    """Grows up to its peak."""

    peak = bk.parameter(1.0)
    gain = bk.parameter(0.1)
    V = bk.state(0.5, ceiling="peak")

    @bk.derivative
    def dV(V, gain):
        return gain * V * V


def test_a_ceiling_has_a_derivative():
    """Where V has reached it, it follows the ceiling alone; below, what V follows."""
    group = Limited(
        2, gain=np.array([0.1, 5.0]), peak=np.array([1.0, 1.2]), method="euler", name="group"
    )
    function = bj.function(bk.Network(group, dt=0.5), 1.0)

    def loss(parameters):
        return jnp.sum(function(parameters)[0]["group"]["V"])

    found = jax.grad(loss)(function.parameters)["group"]
    assert found["peak"].tolist() == [0.0, 1.0]
    V1, by = 0.5 + 0.05 * 0.25, 0.5 * 0.25
    expected = by * (1.0 + 2.0 * 0.05 * V1) + 0.5 * V1**2
    assert found["gain"].tolist() == pytest.approx([expected, 0.0], rel=1e-12)


def test_derivatives_pass_through_propagators():
    net = linear()
    assert net.program().blocks[0].integrator.name == "exact"
    check_against_differences(bj.function(net, 10.0), {"group": {"I": 0.3}}, "y")


def test_derivatives_of_inputs_and_first_states_are_those_of_differences():
    function = bj.function(rates("rk4"), 5.0)
    state = function.state

    def loss(r, drive):
        begun = {**state, "group": {**state["group"], "r": r}}
        return jnp.sum(function(None, {"group": {"I": drive}}, begun)[1]["m"]["r"] ** 2)

    r, drive = state["group"]["r"], jnp.full((10, 5), 0.2)
    by_r, by_drive = jax.grad(loss, (0, 1))(r, drive)
    for k in range(5):
        difference = (loss(r.at[k].add(1e-5), drive) - loss(r.at[k].add(-1e-5), drive)) / 2e-5
        assert float(by_r[k]) == pytest.approx(float(difference), rel=1e-5)
    place = (3, 2)
    difference = (loss(r, drive.at[place].add(1e-5)) - loss(r, drive.at[place].add(-1e-5))) / 2e-5
    assert float(by_drive[place]) == pytest.approx(float(difference), rel=1e-5)


@pytest.mark.parametrize("drive", [0.6, 1.25])
def test_two_steps_of_a_spiking_neuron_are_as_worked_out_by_hand(drive):
    """A ramp without leak.

    V1 = I, s1 = H(V1 - 1), V1' = V1 - s1 V1, V2 = V1' + I, s2 = H(V2 - 1), x = w (s1 + s2).
    """
    ramp, counter = Ramp(1, name="ramp"), Counter(1, name="counter")
    jump = Jump(ramp, counter, connect=bk.connect.all_to_all(), weight=np.array([0.5]), name="jump")
    net = bk.Network(ramp, counter, jump, dt=1.0)
    function = bj.function(net, 2.0, surrogate="sigmoid", width=2.0)

    def last(weight, drive):
        state, _ = function({"jump": {"weight": weight}}, {"ramp": {"I": drive}})
        return state["counter"]["x"][0]

    value, (by_weight, by_drive) = jax.value_and_grad(last, (0, 1))(
        jnp.array([0.5]), jnp.array(drive)
    )
    slope = jax.grad(lambda level: jax.nn.sigmoid(4.0 * level / 2.0))
    s1 = float(drive >= 1.0)
    v2 = drive * (1.0 - s1) + drive
    s2 = float(v2 >= 1.0)
    assert value == 0.5 * (s1 + s2)
    assert by_weight[0] == s1 + s2
    after_reset = (1.0 - s1) - drive * slope(drive - 1.0)
    expected = 0.5 * (slope(drive - 1.0) + slope(v2 - 1.0) * (after_reset + 1.0))
    assert float(by_drive) == pytest.approx(float(expected), rel=1e-12)


class Counter(bk.Neuron):
    """Keeps the sum of all that arrives."""

    x = bk.state(0.0)


def spiking(rule, delay=0.0, weight=0.2):
    one, two = Leaky(12, t_ref=2.0, name="one"), Leaky(9, V_th=99.0, name="two")
    syn = Current(one, two, connect=rule, weight=weight, delay=delay, name="syn")
    return bk.Network(one, two, syn, dt=0.5, m=bk.StateMonitor(two, "V"))


def gradient(net, surrogate="sigmoid", **options):
    function = bj.function(net, 30.0, surrogate=surrogate, **options)
    drive = {"one": {"I": jnp.linspace(0.11, 0.4, 12)}}

    def loss(parameters, drive):
        return jnp.sum(function(parameters, drive)[1]["m"]["V"] ** 2)

    return jax.jit(jax.grad(loss, (0, 1)))(function.parameters, drive)


def assert_trees_agree(one, two, rtol=1e-10):
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("surrogate", ["sigmoid", "triangular"])
@pytest.mark.parametrize("delay", [0.0, 2.0, lambda rng: 0.5 * rng.integers(0, 4)])
def test_sparse_derivatives_are_those_of_all_synapses(monkeypatch, surrogate, delay):
    """The one goes through spikes and neurons near threshold alone, the other through all."""
    rng = np.random.default_rng(3)
    pairs = np.argwhere(rng.random((12, 9)) < 0.4)
    weight = rng.normal(0.3, 0.2, len(pairs))
    sparse = gradient(spiking(bk.connect.from_ij(*pairs.T), delay, weight), surrogate)
    net = spiking(bk.connect.from_ij(*pairs.T), delay, weight)
    module = bj.function(net, 1.0)._network.module

    def dense(brings, table, spikes, synapses, sums, values, whose, way):
        def act(synapse, source, target, spike, sums, values):
            brought = brings(runtime_events.synapse_values(values, whose, synapse, source, target))
            return tuple(
                total.at[target].add(spike * each)
                for total, each in zip(sums, brought, strict=True)
            )

        return runtime_events.all_at_once(act, spikes, synapses, table, sums, values)

    monkeypatch.setattr(module, "_add_up", dense)
    everything = gradient(net, surrogate)
    assert_trees_agree(sparse, everything)
    assert np.any(np.asarray(sparse[0]["syn"]["weight"]) != 0)
    assert np.any(np.asarray(sparse[1]["one"]["I"]) != 0)


def test_a_complete_table_is_a_product_of_matrices():
    rng = np.random.default_rng(5)
    weight = rng.normal(0.3, 0.2, 12 * 9)
    complete = gradient(spiking(bk.connect.all_to_all(), 0.0, weight))
    order = rng.permutation(12 * 9)  # the same synapses, listed such that nobody can know
    pre, post = np.divmod(order, 9)
    listed = gradient(spiking(bk.connect.from_ij(pre, post), 0.0, weight[order]))
    np.testing.assert_allclose(
        complete[0]["syn"]["weight"][order], listed[0]["syn"]["weight"], rtol=1e-9
    )
    np.testing.assert_allclose(complete[1]["one"]["I"], listed[1]["one"]["I"], rtol=1e-9)


@pytest.mark.parametrize("checkpoint", [True, 7, 60])
def test_checkpoints_change_nothing(checkpoint):
    assert_trees_agree(
        gradient(spiking(bk.connect.fixed_prob(0.5))),
        gradient(spiking(bk.connect.fixed_prob(0.5)), checkpoint=checkpoint),
    )


def test_without_a_surrogate_spikes_have_no_derivative():
    by_parameters, by_drive = gradient(spiking(bk.connect.fixed_prob(0.5)), "none")
    assert np.all(np.asarray(by_drive["one"]["I"]) == 0)
    assert by_parameters["syn"]["weight"] != 0


def test_transformations_take_a_function_as_it_is():
    function = bj.function(spiking(bk.connect.fixed_prob(0.5)), 10.0, surrogate="arctan")

    def run(drive):
        return function(None, {"one": {"I": drive}})[1]["m"]["V"]

    drives = jnp.linspace(0.1, 0.5, 4)
    one_by_one = jnp.stack([run(drive) for drive in drives])
    np.testing.assert_allclose(jax.vmap(run)(drives), one_by_one, rtol=1e-12)
    np.testing.assert_allclose(jax.jit(run)(drives[1]), one_by_one[1], rtol=1e-12)
    np.testing.assert_allclose(jax.checkpoint(run)(drives[2]), one_by_one[2], rtol=1e-12)
    slopes = [jax.grad(lambda drive: run(drive).sum())(drive) for drive in drives]
    together = jax.vmap(jax.grad(lambda drive: run(drive).sum()))(drives)
    np.testing.assert_allclose(together, jnp.stack(slopes), rtol=1e-9)


def test_a_function_goes_where_a_run_goes():
    net = spiking(bk.connect.fixed_prob(0.5), 1.5)
    function = bj.function(net, 20.0)
    drive = np.linspace(0.11, 0.4, 12)
    state, records = function(None, {"one": {"I": jnp.asarray(drive)}})
    again, more = function(None, {"one": {"I": jnp.asarray(drive)}}, state)
    net.run(40.0, inputs={net.groups[0]: drive}, backend="jax")
    both = np.concatenate([records["m"]["V"], more["m"]["V"]])
    np.testing.assert_allclose(both, net.m.V.values, rtol=1e-12, atol=1e-15)
    assert again["step"] == net.step


def test_what_cannot_be_told_apart_is_refused():
    net = spiking(bk.connect.fixed_prob(0.5))
    with pytest.raises(bk.errors.BackendError, match="number of steps"):
        bj.function(net, 1.0, parameters=[(net.groups[0], "t_ref")])
    with pytest.raises(bk.errors.BackendError, match="no parameter"):
        bj.function(net, 1.0, parameters=[(net.groups[0], "taw")])
    function = bj.function(net, 1.0)
    with pytest.raises(bk.errors.InputError, match="taw"):
        function({"one": {"taw": 1.0}})
    with pytest.raises(bk.errors.InputError, match="shape"):
        function(None, {"one": {"I": jnp.zeros(3)}})


class Adds(bk.Neuron):
    """Adds up one input."""

    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I + 0.0


def test_a_group_with_one_input_may_be_given_it_itself():
    cells = Adds(2, name="cells", method="euler")
    function = bj.function(bk.Network(cells, dt=0.5, v=bk.StateMonitor(cells, "x")), 2.0)
    rows = np.arange(8.0).reshape(4, 2)
    for inputs in ({"cells": rows}, {"cells": {"I": rows}}):
        assert function(inputs=inputs)[1]["v"]["x"][-1].tolist() == [6.0, 8.0]
    for wrong in (bk.TimedArray(rows, 0.5), bk.window(1.0, 0, 1), lambda t: t, None, "1", True):
        with pytest.raises(
            bk.errors.InputError,
            match=r"(?s)the input I of cells is .*a row for each step, \(4, 2\)",
        ):
            function(inputs={"cells": wrong})
    with pytest.raises(bk.errors.InputError, match="did you mean cells"):
        function(inputs={"sells": 1.0})


def test_spikes_that_count_from_each_run_are_refused():
    cells = Adds(2, name="cells", method="euler")
    cells.set_impulses("I", bk.Impulses([1.0], [0], since="run"))
    with pytest.raises(bk.errors.BackendError, match="spike times of cells count from the start"):
        bj.function(bk.Network(cells, dt=0.5), 2.0)


def test_float64_is_never_float32_in_silence():
    with jax.enable_x64(False), pytest.raises(bk.errors.BackendError, match="jax_enable_x64"):
        bj.function(rates("rk4"), 1.0)
    with jax.enable_x64(False):
        function = bj.function(rates("rk4"), 1.0, dtype="float32")
        assert function()[1]["m"]["r"].dtype == jnp.float32


def test_what_is_left_out_of_a_state_is_as_in_the_network():
    function = bj.function(spiking(bk.connect.fixed_prob(0.5)), 1.0)
    state, _ = function(None, None, {"one": {"V": jnp.full(12, 0.5)}})
    whole = {**function.state, "one": {**function.state["one"], "V": jnp.full(12, 0.5)}}
    assert_trees_agree(state, function(None, None, whole)[0])
    for wrong in ({"one": {"W": 0.0}}, {"none": {"V": 0.0}}, {"one": {"V": jnp.zeros(3)}}):
        with pytest.raises(bk.errors.InputError):
            function(None, None, wrong)
    with pytest.raises(bk.errors.InputError, match="make it with an array"):
        function({"one": {"tau": jnp.ones(12)}})


def test_resets_may_be_left_out_of_the_derivative():
    """As in the two steps above: without the reset V1' follows the drive by 1 - s1 alone."""
    ramp = Ramp(1, name="ramp")
    net = bk.Network(ramp, dt=1.0, m=bk.StateMonitor(ramp, "V"))
    functions = [
        bj.function(net, 1.0, surrogate="sigmoid", through_reset=through)
        for through in (True, False)
    ]
    slopes = [
        jax.grad(lambda drive, f=f: f(None, {"ramp": {"I": drive}})[1]["m"]["V"][0, 0])(0.75)
        for f in functions
    ]
    assert float(slopes[1]) == 1.0
    assert float(slopes[0]) == pytest.approx(
        1.0 - 0.75 * float(jax.grad(lambda x: jax.nn.sigmoid(4.0 * x))(-0.25))
    )


def test_every_run_may_have_noise_of_its_own():
    def network(seed):
        noisy = Noisy(5, V_th=99.0, name="noisy")
        return bk.Network(noisy, dt=0.5, seed=seed, m=bk.StateMonitor(noisy, "V"))

    function = bj.function(network(0), 5.0)
    keys = [function.keys_of(seed) for seed in (3, 4)]
    stacked = jax.tree.map(lambda *each: jnp.stack(each), *keys)
    traces = jax.vmap(lambda keys: function(keys=keys)[1]["m"]["V"])(stacked)
    for number, seed in enumerate((3, 4)):
        alone = bj.function(network(seed), 5.0)()[1]["m"]["V"]
        np.testing.assert_allclose(traces[number], alone, rtol=1e-12)


class Scaled(bk.Synapse):
    """Values of sources, targets and synapses meet."""

    a = bk.parameter(1.0, per="pre")
    b = bk.parameter(1.0, per="post")
    w = bk.parameter(1.0, per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, a, b, w):
        return x_post + a * b * w


class Starts(bk.Neuron):
    """Fires in the first step, and notes when it did."""

    x = bk.state(0.0)
    last = bk.state(-np.inf)

    @bk.threshold
    def fires(t):
        return 0.75 - t

    @bk.reset("last")
    def note(t):
        return t


def test_values_of_slices_are_counted_as_users_count():
    cells = Starts(5, name="cells")
    values = {"a": np.array([2.0, 3.0, 5.0]), "b": np.array([7.0, 11.0]), "w": np.arange(1.0, 7.0)}
    rule = bk.connect.from_ij([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1])
    scaled = Scaled(cells[[4, 0, 2]], cells[[3, 1]], connect=rule, name="scaled", **values)
    net = bk.Network(cells, scaled, dt=0.5)
    function = bj.function(net, 0.5)
    state, _ = function(function.parameters)
    doubled, _ = function(
        {"scaled": {name: 2.0 * value for name, value in function.parameters["scaled"].items()}}
    )
    net.run(0.5)
    np.testing.assert_array_equal(state["cells"]["x"], cells.x)
    np.testing.assert_array_equal(doubled["cells"]["x"], 8.0 * cells.x)
    assert len(set(cells.x.tolist())) == 3


def test_infinite_first_values_are_no_nan():
    cells = Starts(2, name="cells")
    state, _ = bj.function(bk.Network(cells, dt=0.5), 1.0, surrogate="sigmoid")()
    assert state["cells"]["last"].tolist() == [0.5, 0.5]


def test_operations_and_monitors_between_their_steps_are_refused():
    ramp = Ramp(1, name="ramp")
    net = bk.Network(ramp, dt=0.5, m=bk.StateMonitor(ramp, "V", every=1.0))
    net.run(0.5)
    with pytest.raises(bk.errors.BackendError, match="between two of them"):
        bj.function(net, 1.0)
    net.reset()
    net.operation(every=1.0)(lambda net: None)
    with pytest.raises(bk.errors.BackendError, match="operations"):
        bj.function(net, 1.0)


def test_what_is_kept_in_32_bits_may_be_computed_in_64():
    one, two = Leaky(3, name="one", V_th=0.1), Leaky(2, name="two", V_th=99.0)
    delay = lambda rng: 0.5 * rng.integers(0, 30)  # noqa: E731
    current = Current(
        one, two, connect=bk.connect.all_to_all(), weight=0.3, delay=delay, name="current"
    )
    net = bk.Network(one, two, current, dt=0.5, dtype="float32", m=bk.StateMonitor(two, "V"))
    _, records = bj.function(net, 30.0, surrogate="arctan")(None, {"one": {"I": 0.5}})
    net.run(30.0, inputs={one: 0.5})
    np.testing.assert_allclose(records["m"]["V"], net.m.V.values, rtol=1e-4, atol=1e-6)
    assert float(jnp.max(records["m"]["V"])) > 0.1


class Decaying(bk.Neuron):
    """Follows its input; steps change it now and then."""

    tau = bk.parameter(10.0, unit="ms")
    share = bk.parameter(0.5)
    x = bk.state(1.0)
    y = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, tau, I):
        return (I - x) / tau

    @bk.step("x", every=0.5)
    def halve(x, share):
        return share * x

    @bk.step("y", before="integrate", every=0.3)
    def look(y, x, t):
        return y + x * x * t

    @bk.step("x", on="group", after="record", every=0.4)
    def centre(x, tau):
        return x - np.mean(x) / tau

    @bk.step("y", on="group", every=0.7)
    def shrink(y, share):
        return y / (1.0 + share * np.sum(y * y))


class Moving(bk.Synapse):
    """Couples rates; its weights change now and then."""

    w = bk.state(0.3, per="synapse")

    @bk.adds_to("I")
    def drive(w, x_pre):
        return w * x_pre

    @bk.step("w", after="deliver", every=0.2)
    def learn(w, x_pre, x_post):
        return w + 0.1 * x_pre * x_post

    @bk.step("w", on="group", every=0.6)
    def normalise(w):
        return w / np.sum(w)


def test_derivatives_go_through_steps_with_an_interval():
    cells = Decaying(2, x=[1.0, 2.0], name="cells")
    syn = Moving(cells, cells, connect=bk.connect.all_to_all(), name="syn")
    net = bk.Network(cells, syn, dt=0.1, seen=bk.StateMonitor(cells, ["x", "y"]))

    @net.add_step(cells, "x", every=0.2, before="record")
    def bend(x, tau):
        return x - 0.1 * x * x / tau

    f = bj.function(net, 2.0, parameters=[(cells, "tau"), (cells, "share")])

    def loss(parameters):
        state, records = f(parameters)
        final = jnp.sum(state["cells"]["x"]) + jnp.sum(state["syn"]["w"] ** 2)
        return final + jnp.sum(records["seen"]["x"] ** 2) + jnp.sum(records["seen"]["y"])

    gradients = jax.grad(loss)(f.parameters)["cells"]
    for name in ("tau", "share"):
        values = []
        for change in (1e-6, -1e-6):
            changed = {"cells": {name: f.parameters["cells"][name] + change}}
            values.append(float(loss(changed)))
        slope = (values[0] - values[1]) / 2e-6
        assert float(jnp.sum(gradients[name])) == pytest.approx(slope, rel=1e-6)
    state, records = f()
    net.run(2.0, backend="numpy")
    assert np.allclose(records["seen"]["x"], net.seen.x.values, rtol=1e-12)
    assert np.allclose(state["syn"]["w"], syn.w, rtol=1e-12)
