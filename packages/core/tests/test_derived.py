"""Derived quantities: read wherever they are named, computed once, recorded, and refused well."""

from __future__ import annotations

import re

import numpy as np
import pytest
from toy_derived import Coupling, Rate, WrittenCoupling, WrittenRate, rates, run_rates
from toy_models import DT, Source

import brainkernel as bk
from brainkernel.errors import IntegratorError, ModelError, MonitorError, NotBuiltError, UnitError
from brainkernel.testing.beside import assert_follows_the_reference
from brainkernel.testing.generated import structure
from brainkernel.testing.generated_derived import is_derived

RECORDED = {
    "of_one": "unm",
    "of_two": "unm",
    "of_inside": "wsz",
    "of_across": "wsz",
}


def recorded(net):
    return {f"{name}.{v}": net[name][v].values for name, vs in RECORDED.items() for v in vs}


METHODS = ["euler", "heun", "rk4", "exponential_euler", "exponential_midpoint", None]


@pytest.mark.parametrize("method", METHODS)
def test_they_are_what_is_written_out_bit_for_bit(method):
    if method and method.startswith("exponential"):
        pytest.importorskip("sympy")
    net = run_rates(rates(method=method))
    written = run_rates(rates(WrittenRate, WrittenCoupling, method=method))
    assert net.of_spikes.sizes["spike"] > 10
    np.testing.assert_array_equal(net.of_spikes.time, written.of_spikes.time)
    expected = recorded(written)
    for name, values in recorded(net).items():
        np.testing.assert_array_equal(values, expected[name], name)


def test_every_backend_computes_them_and_their_records_follow_from_states(backend):
    one = ["u", "F", "x", "total", "I", "gain", "theta"]
    net = rates()
    groups, projections = net.groups, net.projections
    net.add(
        every=bk.StateMonitor(groups[0], one, every=0.5),
        two=bk.StateMonitor(groups[1][1:3], "F"),
        hebb=bk.StateMonitor(projections[1], ["w", "hebb"], synapses=[4, 0]),
        drive=bk.StateMonitor(projections[1], ["s", "drive", "with_target"]),
    )
    run_rates(run_rates(net, 4.0, backend=backend), 6.0, backend=backend)
    written = run_rates(rates(WrittenRate, WrittenCoupling))
    expected = recorded(written)
    for name, values in recorded(net).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-10, atol=1e-13, err_msg=name)
    m = net.every
    F = np.tanh(m.gain * (m.u - m.theta))
    np.testing.assert_array_equal(m.x, m.u - m.theta)
    np.testing.assert_array_equal(m.F, F)
    np.testing.assert_array_equal(m.total, F + m.I)
    of_one = np.tanh(groups[0].gain * (net.of_one.u.values - 0.1))
    F_pre, F_post = of_one[:, net.hebb.pre], net.two.F.sel(neuron=net.hebb.post.values).values
    np.testing.assert_array_equal(net.hebb.hebb, F_pre * F_post - net.hebb.w)
    assert net.hebb.pre.values.tolist() == [4, 2]
    np.testing.assert_array_equal(net.drive.drive, net.drive.s * (0.2 - net.two.F.values))
    np.testing.assert_array_equal(net.drive.with_target, net.drive.drive)
    np.testing.assert_array_equal(groups[0].F, m.F[-1])
    np.testing.assert_array_equal(groups[0][1:3].x, m.x[-1, 1:3])


def test_threads_and_storage_in_32_bits_see_the_same():
    numba = pytest.importorskip("brainkernel_numba")
    assert numba
    net = run_rates(rates(), 5.0, backend="numba", threads=1)
    threaded = run_rates(rates(), 5.0, backend="numba", threads=3)
    expected = recorded(net)
    for name, values in recorded(threaded).items():
        np.testing.assert_array_equal(values, expected[name], name)
    narrow = rates(dtype="float32")
    narrow.add(f=bk.StateMonitor(narrow.groups[0], ["u", "F"]))
    run_rates(narrow, 5.0)
    u, gain = narrow.f.u.values, narrow.groups[0].gain
    np.testing.assert_array_equal(narrow.f.F, np.tanh(gain * (u - 0.1)))
    np.testing.assert_allclose(narrow.of_one.u, net.of_one.u, atol=1e-4)


def test_runs_of_a_batch_record_what_they_would_alone():
    def network(theta):
        group = Rate(3, u=0.5, theta=theta, name="group")
        return bk.Network(group, m=bk.StateMonitor(group, ["F", "u"]))

    net = network(0.1)
    (group,) = net.groups
    tree = net.run(2.0, batch={(group, "theta"): [0.1, 0.3]})
    for number, theta in enumerate([0.1, 0.3]):
        alone = network(theta)
        alone.run(2.0)
        np.testing.assert_array_equal(tree["m"].F.sel(batch=number), alone.m.F)


# -- in the printed program ------------------------------------------------------------------------


def body_of(text, function):
    """The text of one printed function."""
    return re.search(rf"^def {function}\(.*?(?=^def |\Z)", text, re.MULTILINE | re.DOTALL).group()


def test_each_is_computed_once_in_each_scope_and_the_users_text_stays():
    text = rates().source()
    assert "def du(u, total, tau):\n    return (total - u) / tau\n" in text
    update = body_of(text, "update_Rate")
    assert update.count("= Rate_F(") == 6  # four stages, after the step, and after the reset
    assert "_total_stage2 = Rate_total(_F_stage2, _I_stage2)" in update
    assert "Rate_F" not in body_of(text, "couple_Coupling")
    assert "_pre.F_pre[_source]" in body_of(text, "couple_Coupling")
    step = text.index("Compute F of Rate for the synapses that read it in this step.")
    assert step < text.index("def run(")


def test_what_nobody_names_is_not_printed():
    class Idle(bk.Neuron):
        x = bk.state(1.0)
        unused = bk.parameter(2.0)

        @bk.derived
        def double(x, unused):
            return unused * x

        @bk.derivative
        def dx(x):
            return -x / 5.0

    group = Idle(2)
    net = bk.Network(group, m=bk.StateMonitor(group, ["x", "double"]))
    assert "double" not in net.source()
    net.run(1.0)
    np.testing.assert_array_equal(net.m.double, 2.0 * net.m.x)


def test_an_edited_program_is_what_runs(tmp_path):
    net, edited = rates(), rates()
    path = edited.save_source(tmp_path / "edited.py")
    text = path.read_text()
    path.write_text(text.replace("return np.tanh(gain * x)", "return 0.5 * np.tanh(gain * x)"))
    run_rates(edited, 2.0, source=path)
    run_rates(net, 2.0)
    assert np.any(edited.of_two.u.values != net.of_two.u.values)


def test_the_schedule_lists_them():
    lines = repr(rates().schedule())
    assert "step Rate: Rate_F_with_x" in lines
    assert "Rate_x, Rate_F, Rate_total, Coupling_derived_drive, Coupling_with_target" in lines


# -- methods ---------------------------------------------------------------------------------------


class Chain(bk.Neuron):
    """A leak by a chain of three."""

    tau = bk.parameter(5.0, unit="ms")
    x = bk.state(1.0)
    y = bk.state(0.0)
    I = bk.input()

    @bk.derived
    def third(second, I):
        return second + I

    @bk.derived
    def second(first):
        return 2.0 * first

    @bk.derived
    def first(x, tau):
        return -0.5 * x / tau

    @bk.derivative
    def dx(third):
        return third

    @bk.derivative
    def dy(first, y, tau):
        return first - y / tau


def test_linear_equations_are_integrated_exactly_through_them():
    group = Chain(1)
    net = bk.Network(group, dt=0.5, m=bk.StateMonitor(group, ["x", "y"]))
    assert ", by exact." in net.source()
    net.run(10.0, inputs={group: 0.25})
    t = net.m.time.values
    x = 1.25 + (1.0 - 1.25) * np.exp(-t / 5.0)
    np.testing.assert_allclose(net.m.x[:, 0], x, rtol=1e-13)
    y = -0.625 * (1.0 - np.exp(-t / 5.0)) + 0.025 * t * np.exp(-t / 5.0)
    np.testing.assert_allclose(net.m.y[:, 0], y, rtol=1e-12)


def test_the_default_method_follows_from_the_whole_equation():
    class Curved(Chain):
        @bk.derived
        def first(x, tau):
            return np.tanh(x) / tau

    class Conducting(Chain):
        @bk.derived
        def first(x, y, tau):
            return -np.exp(y) * x / tau

        @bk.derivative
        def dy(y, tau):
            return -y / tau

    assert ", by rk4." in bk.Network(Curved(1)).source()
    assert ", by exponential_midpoint." in bk.Network(Conducting(1)).source()
    with pytest.raises(IntegratorError, match="linear in x, y"):
        bk.Network(Curved(1, method="exact"))


class Gated(bk.Neuron):
    """A membrane whose current has a derived gate, and noise that follows it."""

    V = bk.state(-1.0)
    w = bk.state(0.0)

    @bk.derived
    def gate(V):
        return 1.0 / (1.0 + np.exp(-V))

    @bk.derived
    def current(gate, V, w):
        return gate * (0.5 - V) - w

    @bk.derivative
    def dV(current):
        return current

    @bk.derivative
    def dw(gate, w):
        return gate - w

    @bk.diffusion
    def noise_V(gate):
        return 0.1 * gate


class WrittenGated(bk.Neuron):
    """The same, written out."""

    V = bk.state(-1.0)
    w = bk.state(0.0)

    @bk.derivative
    def dV(V, w):
        gate = 1.0 / (1.0 + np.exp(-V))
        return gate * (0.5 - V) - w

    @bk.derivative
    def dw(V, w):
        return 1.0 / (1.0 + np.exp(-V)) - w

    @bk.diffusion
    def noise_V(V):
        return 0.1 * (1.0 / (1.0 + np.exp(-V)))


NOISY = [
    "euler_maruyama",
    "milstein_ito",
    "milstein_stratonovich",
    "heun",
    "exponential_euler",
    "exponential_midpoint",
    None,
]


@pytest.mark.parametrize("method", NOISY)
def test_methods_for_noise_take_their_slopes_through_them(method):
    if method and method.startswith("exponential"):
        pytest.importorskip("sympy")
    values = []
    for model in (Gated, WrittenGated):
        group = model(4, method=method, name="group")
        net = bk.Network(group, m=bk.StateMonitor(group, ["V", "w"]))
        net.run(5.0)
        values.append([net.m.V.values, net.m.w.values])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12)


def test_the_reference_agrees():
    net = rates()
    one, two = net.groups
    assert_follows_the_reference(net, 3.0, {(one, "I"): 0.4, (two, "I"): 0.3})
    made = [structure(number) for number in range(20)]
    assert {is_derived(models.seed) for models in made} == {True, False}
    assert all(("@bk.derived" in models.text) == is_derived(models.seed) for models in made)


def test_places_around_the_step_read_the_moment():
    class Looking(bk.Neuron):
        x = bk.state(1.0)
        early = bk.state(0.0)
        late = bk.state(0.0)

        @bk.derived
        def square(x, t):
            return x * x + t

        @bk.derivative
        def dx(x):
            return 1.0 + 0.0 * x

        @bk.step("early", before="inputs")
        def look(square):
            return square

        @bk.step("late", after="deliver")
        def look_again(square):
            return square

    group = Looking(1, method="euler")
    net = bk.Network(group, dt=0.5, m=bk.StateMonitor(group, ["early", "late", "square"]))
    net.run(1.0)
    assert net.m.early[:, 0].values.tolist() == [1.0, 2.75]
    assert net.m.late[:, 0].values.tolist() == [2.75, 5.0]
    np.testing.assert_array_equal(net.m.square, net.m.late)


class Jumping(bk.Neuron):
    """Its x changes several times within a step, and F is looked at each time."""

    x = bk.state(0.0)
    seen = bk.state(0.0)
    after = bk.state(0.0)
    I = bk.input()

    @bk.derived
    def F(x):
        return 2.0 * x

    @bk.step("x")
    def climb(x, F):
        return x + F + 1.0

    @bk.step("seen")
    def look(F):
        return F

    @bk.threshold
    def fires(F):
        return F - 6.0

    @bk.reset("x")
    def fall(F):
        return 0.25 * F - 1.0

    @bk.reset("after")
    def look_after(F):
        return F


class Total(bk.Synapse):
    """What the sources derive is added up at the targets."""

    @bk.adds_to("I")
    def total(F_pre):
        return F_pre


class Gathering(bk.Neuron):
    """It keeps the input of the last step."""

    got = bk.state(0.0)
    I = bk.input()

    @bk.step("got")
    def keep(I):
        return I


def test_they_follow_every_change_within_a_step():
    group = Jumping(1, name="group")
    net = bk.Network(group, m=bk.StateMonitor(group, ["x", "seen", "after"]))
    net.run(0.3)
    assert net.m.seen[:, 0].values.tolist() == [2.0, 8.0, 8.0]
    assert net.m.x[:, 0].values.tolist() == [1.0, 1.0, 1.0]
    assert net.m.after[:, 0].values.tolist() == [0.0, 2.0, 2.0]


def test_couplings_see_what_steps_before_the_inputs_have_changed(backend):
    sources, target = Jumping(3, name="sources"), Gathering(1, name="target")
    total = Total(sources, target, connect=bk.connect.all_to_all(), name="total")
    net = bk.Network(sources, target, total)

    @net.add_step(sources, "x", before="inputs")
    def shift(x):
        return x + 0.5

    net.run(0.1, backend=backend)
    assert target.got.tolist() == [3.0]


def test_one_synapse_model_meets_neurons_that_derive_the_same_name_in_two_ways():
    class Squares(bk.Neuron):
        u = bk.state(2.0)
        I = bk.input()

        @bk.derived
        def F(u):
            return u * u

    class Cubes(Squares):
        @bk.derived
        def F(u):
            return u * u * u

    class Sum(bk.Synapse):
        @bk.adds_to("I")
        def give(F_pre):
            return F_pre

        @bk.on_pre("u_post")
        def jump(u_post, F_post):
            return u_post + F_post

    class Sources(Source):
        u = bk.state(1.0)

        @bk.derived
        def F(u):
            return u

    source = Sources(1, [DT], [0], name="source")
    squares, cubes = Squares(1, name="squares"), Cubes(1, name="cubes")
    to_both = [Sum(source, g, connect=bk.connect.all_to_all(), delay=0.0) for g in (squares, cubes)]
    net = bk.Network(source, squares, cubes, *to_both, dt=DT)
    net.run(2 * DT)
    assert squares.u.tolist() == [6.0]
    assert cubes.u.tolist() == [10.0]


def test_a_first_crossing_is_looked_at_through_them():
    group = Rate(2, u=np.array([0.0, 5.0]), method="rk4")
    net = bk.Network(group, s=bk.SpikeMonitor(group))
    net.run(0.1)
    assert net.s.sizes["spike"] == 0  # above from the beginning is no crossing


# -- classes ---------------------------------------------------------------------------------------


def test_a_subclass_inherits_and_replaces():
    class Linear(Rate):
        @bk.derived
        def F(x, gain):
            """A straight line."""
            return gain * x

    group, other = Linear(1, u=0.5), Rate(1, u=0.5)
    net = bk.Network(group, other)
    net.run(0.0)
    np.testing.assert_allclose(group.F, 0.6)
    np.testing.assert_allclose(other.F, np.tanh(0.6))
    assert Linear.definition.declarations["F"].doc == "A straight line"


def test_what_follows_from_an_optional_parameter_goes_with_it():
    class Adapting(bk.Neuron):
        x = bk.state(1.0)
        b = bk.parameter(optional=True)

        @bk.derived
        def pull(b, x):
            return b * x

        @bk.derived
        def more(pull):
            return 2.0 * pull

        @bk.derivative
        def dx(x):
            return -x

        @bk.step("x")
        def follow(x, more):
            return x + more

    bare, full = Adapting(1), Adapting(1, b=0.5)
    assert bare.definition.names("derived") == ()
    assert full.definition.names("derived") == ("pull", "more")
    bk.Network(bare, full).run(0.5)
    with pytest.raises(MonitorError, match="nothing to record called 'pull'"):
        bk.StateMonitor(bare, "pull")


def test_datasets_say_unit_and_meaning():
    group = Rate(2, name="group")
    net = bk.Network(group, m=bk.StateMonitor(group, ["F", "x", "total"]))
    assert net.m.F.attrs == {"units": "Hz", "long_name": "Rate of firing"}
    assert net.m.x.attrs == {"units": "mV", "long_name": "x of group"}
    projection = Coupling(group, group, connect=bk.connect.all_to_all(), name="coupling")
    net = bk.Network(group, projection, m=bk.StateMonitor(projection, "hebb"))
    assert net.m.hebb.attrs["long_name"] == "What is learnt"
    assert net.m.hebb.dims == ("time", "synapse")


def test_help_lists_them():
    assert "Derived quantities\n------------------\ntotal" not in Rate.__doc__
    assert "F : Hz\n    Rate of firing" in Rate.__doc__


# -- what is refused -------------------------------------------------------------------------------


def test_a_circle_is_told_with_its_chain():
    with pytest.raises(
        ModelError, match=r"Round\.a \(.*\) follows from itself: a reads c reads b reads a; .*state"
    ):

        class Round(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived
            def a(c):
                return c

            @bk.derived
            def b(a, x):
                return a + x

            @bk.derived
            def c(b):
                return b


def refused(match, error=ModelError):
    return pytest.raises(error, match=match)


def test_wrong_declarations_are_refused():
    with refused(r"Two\.both .* returns 2 values, but a derived quantity is one"):

        class Two(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived
            def both(x):
                return x, x

    with refused(r"Unknown\.F .* names v, which Unknown does not have"):

        class Unknown(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived
            def F(v):
                return v

    with refused(r"Ends\.F .* names x_pre: only a synapse sees the two ends"):

        class Ends(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived
            def F(x_pre):
                return x_pre

    with refused(r"Clash\.gain is inherited as a parameter and cannot be a derived quantity too"):

        class Clash(Rate):
            @bk.derived
            def gain(u):
                return u

    with refused(r"Kept\.shape: this name is kept, since every group has a shape already"):

        class Kept(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived
            def shape(x):
                return x

    with refused("cannot read the unit|unit", UnitError):

        class Unit(bk.Neuron):
            x = bk.state(0.0)

            @bk.derived(unit="furlong per moon")
            def F(x):
                return x


def test_nothing_is_written_to_them():
    with refused(r"Writes\.step .* writes F, which is derived from u, theta, gain: write a state"):

        class Writes(Rate):
            @bk.step("F")
            def step(u):
                return u

    class WritesAtTarget(bk.Synapse):
        @bk.on_pre("F_post")
        def jump(F_post):
            return F_post + 1.0

    group = Rate(2)
    with refused(r"WritesAtTarget\.jump writes F_post, which Rate derives from other values"):
        WritesAtTarget(group, group, connect=bk.connect.all_to_all())
    with refused(r"Rate\.F is derived from u, theta, gain: give values to what it follows from"):
        group.F = 1.0
    with refused(r"Rate\.F is derived from"):
        Rate(2, F=1.0)
    with refused(r"first: no parameter 'F'"):

        class Starts(Rate):
            first = bk.state("F")


def test_synapses_read_no_sums_within_a_step():
    class Reads(bk.Synapse):
        @bk.adds_to("I", unit="mV")
        def give(total_pre):
            return total_pre

    group = Rate(2)
    with refused(r"Reads\.give names total_pre, which Rate derives from I: .* let it name states"):
        Reads(group, group, connect=bk.connect.all_to_all())
    net = bk.Network(group)
    with refused("derived from I: it has no value between steps", NotBuiltError):
        _ = group.total
    assert net.step == 0


def test_what_follows_from_a_draw_is_read_by_neurons_and_not_recorded():
    class Random(bk.Neuron):
        x = bk.state(0.0)
        xi = bk.normal()

        @bk.derived
        def kick(xi, x):
            return xi - x

        @bk.step("x")
        def move(x, kick):
            return x + kick

    class Written(bk.Neuron):
        x = bk.state(0.0)
        xi = bk.normal()

        @bk.step("x")
        def move(x, xi):
            return x + (xi - x)

    values = []
    for model in (Random, Written):
        group = model(3, name="group")
        net = bk.Network(group)
        net.run(1.0)
        values.append(group.x)
    np.testing.assert_array_equal(*values)
    with refused("called 'kick' .it follows from xi, known only within a step", MonitorError):
        bk.StateMonitor(Random(3), "kick")
    with refused("nothing to record called 'f'; did you mean F", MonitorError):
        bk.StateMonitor(Rate(3), "f")


def test_units_are_found_through_them():
    class Wrong(bk.Synapse):
        g = bk.parameter(1.0, unit="nS")

        @bk.adds_to("I")
        def give(g, x_pre):
            return g * x_pre

    group = Rate(2)
    with refused(r"give gives pA for Rate\.I, which is in mV", UnitError):
        Wrong(group, group, connect=bk.connect.all_to_all())
