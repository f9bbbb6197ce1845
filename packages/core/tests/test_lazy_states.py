"""Lazy states of synapses: what they are at any time, and what they may not be."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from installed import BACKENDS
from toy_models import DT, Counter, Source

import brainkernel as bk
from brainkernel.errors import BackendError, ModelError
from brainkernel.testing.beside import SideBySide


class Eager(bk.Synapse):
    """Learns from traces of single synapses, of sources and of targets."""

    tau = bk.parameter(4.0, unit="ms")
    tau_y = bk.parameter(8.0, unit="ms", per="synapse")
    rest = bk.parameter(0.25)
    w = bk.state(0.5, per="synapse")
    x = bk.state(0.125, per="synapse")
    y = bk.state(0.0, per="synapse")
    p = bk.state(0.5, per="pre")
    q = bk.state(1.0, per="post")

    @bk.on_pre("w", "x")
    def arrive(w, x, y):
        return w - 0.125 * y, 0.5 * x + 1.0

    @bk.on_pre("p")
    def note(p):
        return p + 1.0

    @bk.on_post("w", "y")
    def learn(w, x, y, p):
        return w + 0.25 * x + 0.125 * p, y + x

    @bk.on_post("q")
    def note_target(q):
        return q + 1.0

    @bk.on_pre("V_post")
    def hand(V_post, w, q):
        return V_post + 0.25 * w * q

    @bk.derivative
    def dx(x, tau):
        return -x / tau

    @bk.derivative
    def dy(y, tau_y, rest):
        return (rest - y) / tau_y

    @bk.derivative
    def dp(p, tau):
        return -p / tau

    @bk.derivative
    def dq(q):
        return 0.125 - 0.5 * q


class Lazy(Eager):
    """The same with lazy traces."""

    @bk.derivative(lazy=True)
    def dx(x, tau):
        return -x / tau

    @bk.derivative(lazy=True)
    def dy(y, tau_y, rest):
        return (rest - y) / tau_y

    @bk.derivative(lazy=True)
    def dp(p, tau):
        return -p / tau

    @bk.derivative("q", lazy=True)
    def relax(q):
        return 0.125 - 0.5 * q


class Cell(bk.Neuron):
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return I - 0.25 * V

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart():
        return 0.0


def network(model=Lazy, monitored=True, **options):
    a, b = Cell(4, name="a"), Cell(3, name="b")
    rule = bk.connect.all_to_all()
    link = model(a, b, connect=rule, delay=2 * DT, name="link", tau_y=np.arange(4.0, 16.0))
    back = model(b[1:], a, connect=rule, name="back", tau_y=5.0)
    monitors = {}
    if monitored:
        traces = ["w", "x", "y", "p", "q"]
        monitors = {
            "of_link": bk.StateMonitor(link, traces, every=3 * DT),
            "of_some": bk.StateMonitor(back, ["x", "y"], synapses=[1, 4]),
            "spikes": bk.SpikeMonitor(b),
        }
    return bk.Network(a, b, link, back, dt=DT, **monitors, **options)


INPUTS = {"a": np.array([0.5, 0.75, 1.0, 2.0]), "b": np.array([0.3, 0.5, 1.5])}


def inputs_of(net):
    return {net[name]: value for name, value in INPUTS.items()}


def test_they_are_what_integration_at_each_step_gives(backend):
    nets = []
    for model in (Lazy, Eager):
        net = network(model)
        net.run(60 * DT, inputs=INPUTS, backend=backend)
        net["link"].tau = 3.0
        net["back"].x = 0.75
        net.run(60 * DT, inputs=INPUTS, backend=backend)
        nets.append(net)
    lazy, eager = nets
    assert lazy.spikes.equals(eager.spikes) and lazy.spikes.sizes["spike"] > 10
    for monitor in ("of_link", "of_some"):
        for name in getattr(eager, monitor).data_vars:
            values, expected = getattr(lazy, monitor)[name], getattr(eager, monitor)[name]
            np.testing.assert_allclose(values, expected, rtol=1e-12, err_msg=name)
    for name in ("w", "x", "y", "p", "q"):
        values, expected = getattr(lazy["link"], name), getattr(eager["link"], name)
        np.testing.assert_allclose(values, expected, rtol=1e-12, err_msg=name)


def test_they_follow_the_reference(backend):
    net = network(monitored=False)
    net.add(of_link=bk.StateMonitor(net["link"], ["w", "x", "y", "p", "q"]))
    both = SideBySide(net, backend)
    both.run(30 * DT, inputs_of(net))
    both.set(net["link"], "tau", 2.0)
    both.set(net["link"], "rest", -0.5)
    both.run(30 * DT, inputs_of(net))
    both.check()


def test_a_closed_form():
    class Trace(bk.Synapse):
        x = bk.state(1.0, per="synapse")
        seen = bk.state(0.0, per="synapse")

        @bk.on_pre("seen", "x")
        def look(x):
            return x, 3.0

        @bk.derivative(lazy=True)
        def dx(x):
            return (2.0 - x) / 4.0

    source, target = Source(1, [8 * DT, 24 * DT], [0, 0], name="source"), Counter(1, name="target")
    trace = Trace(source, target, connect=bk.connect.all_to_all(), delay=DT)
    net = bk.Network(source, target, trace, dt=DT)
    net.run(20 * DT)
    assert trace.seen[0] == pytest.approx(2.0 - np.exp(-9 * DT / 4.0), rel=1e-14)
    assert trace.x[0] == pytest.approx(2.0 + np.exp(-11 * DT / 4.0), rel=1e-14)
    net.run(10 * DT)
    assert trace.seen[0] == pytest.approx(2.0 + np.exp(-16 * DT / 4.0), rel=1e-14)


def test_a_rate_that_names_no_state_grows_evenly():
    class Clock(bk.Synapse):
        pace = bk.parameter(0.5)
        age = bk.state(0.0, per="synapse")

        @bk.on_pre("age")
        def restart():
            return 0.0

        @bk.derivative(lazy=True)
        def dage(pace):
            return pace

    source, target = Source(1, [4 * DT], [0], name="source"), Counter(1, name="target")
    clock = Clock(source, target, connect=bk.connect.all_to_all())
    net = bk.Network(source, target, clock, dt=DT)
    net.run(12 * DT)
    assert clock.age.tolist() == [0.5 * 8 * DT]


@pytest.mark.parametrize("split", [1, 17, 30])
def test_neither_splits_nor_monitors_nor_reading_change_a_bit(backend, split):
    whole, parts = network(), network(monitored=False)
    whole.run(48 * DT, inputs=INPUTS, backend=backend)
    parts.run(split * DT, inputs=INPUTS, backend=backend)
    assert parts["link"].x.shape == (12,)
    parts.run((48 - split) * DT, inputs=INPUTS, backend=backend)
    np.testing.assert_array_equal(whole.state.values, parts.state.values)


@pytest.mark.skipif("numba" not in BACKENDS, reason="numba is not installed")
def test_threads_change_no_bit():
    nets = [network() for _ in range(2)]
    for threads, net in enumerate(nets, start=1):
        net.run(48 * DT, inputs=INPUTS, backend="numba", threads=threads)
    np.testing.assert_array_equal(nets[0].state.values, nets[1].state.values)


def test_reset_and_snapshots_take_the_time_of_the_last_event_along():
    net = network(monitored=False)
    net.run(20 * DT, inputs=INPUTS)
    snapshot = net.state.copy()
    net.run(20 * DT, inputs=INPUTS)
    values = net.state.values.copy()
    net.set_state(snapshot)
    net.run(20 * DT, inputs=INPUTS)
    np.testing.assert_array_equal(net.state.values, values)
    net.reset()
    net.run(40 * DT, inputs=INPUTS)
    np.testing.assert_array_equal(net.state.values, values)


def test_a_parameter_acts_from_when_it_is_set_and_a_refused_one_not_at_all():
    net = network(monitored=False)
    net.run(40 * DT, inputs=INPUTS)
    before = net["link"].x
    net["link"].tau = 1.0
    np.testing.assert_allclose(net["link"].x, before, rtol=1e-14)


def test_a_batch_begins_from_what_they_are_now():
    net = network()
    net.run(39 * DT, inputs=INPUTS)
    link = net["link"]
    present, raw = link.x, net.state.values.copy()
    batch = net.run(3 * DT, batch={(link, "tau"): [4.0, 1.0]})
    seen = batch["of_link"].x.values[:, -1]
    untouched = np.isclose(seen[0], present * np.exp(-3 * DT / 4.0), rtol=1e-12)
    assert untouched.any()
    np.testing.assert_allclose(seen[1][untouched], present[untouched] * np.exp(-3 * DT), rtol=1e-12)
    np.testing.assert_array_equal(net.state.values, raw)


def test_nothing_is_integrated_at_each_step():
    text = network().source()
    assert "evolve" not in text and "x_later" in text
    assert "evolve" in network(Eager).source()


# -- refusals --------------------------------------------------------------------------------------


def lazily(names, result="-x / 4.0"):
    """Write a class whose lazy rate of x names some data."""
    return [
        "class Lazily(bk.Synapse):",
        "    tau = bk.parameter(4.0)",
        '    tau_pre = bk.parameter(4.0, per="pre")',
        '    x = bk.state(1.0, per="synapse")',
        '    z = bk.state(1.0, per="synapse")',
        '    @bk.on_pre("x")',
        "    def arrive(x):",
        "        return x + 1.0",
        "    @bk.derivative(lazy=True)",
        f"    def dx({names}):",
        f"        return {result}",
    ]


def made(text, tmp_path, monkeypatch):
    module = tmp_path / "lazily_made.py"
    module.write_text("\n".join(["import brainkernel as bk", "import numpy as np", *text, ""]))
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("lazily_made", None)
    importlib.invalidate_caches()
    return importlib.import_module("lazily_made").Lazily


STEP = ["    @bk.step('x')", "    def move(x):", "        return x"]
CURRENT = ["    @bk.adds_to('I')", "    def current(x):", "        return x"]
OTHER = ["    @bk.derivative", "    def dz(x):", "        return x"]
DERIVED = ["    @bk.derived", "    def twice(x):", "        return 2.0 * x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lazily("x, z", "z - x"), "names z, which may change"),
        (lazily("x, V_post", "V_post - x"), "names V_post, which may change"),
        (lazily("x, t", "-x * t"), "names t, which may change"),
        (lazily("x, tau_pre", "-x / tau_pre"), "names tau_pre, of which there is one per 'pre'"),
        ([*lazily("x"), *STEP], "Lazily.move .* names x too"),
        ([*lazily("x"), *CURRENT], "Lazily.current .* names x too"),
        ([*lazily("x"), *OTHER], "Lazily.dz .* names x too"),
        ([*lazily("x"), *DERIVED], "Lazily.twice .* names x too"),
    ],
)
def test_what_a_step_needs_or_changes_cannot_be_lazy(text, reason, tmp_path, monkeypatch):
    with pytest.raises(ModelError, match=reason):
        made(text, tmp_path, monkeypatch)


def test_what_is_not_linear_cannot_be_lazy(tmp_path, monkeypatch):
    model = made(lazily("x", "-x * x"), tmp_path, monkeypatch)
    cells = Cell(2, name="cells")
    link = model(cells, cells, connect=bk.connect.all_to_all())
    with pytest.raises(ModelError, match="lazy, but not linear in x"):
        bk.Network(cells, link).run(1.0)


def test_a_neuron_has_no_lazy_states():
    with pytest.raises(ModelError, match="a neuron's equations are one system"):

        class _(bk.Neuron):
            x = bk.state(0.0)

            @bk.derivative(lazy=True)
            def dx(x):
                return -x


def test_steps_of_a_network_cannot_name_them():
    net = network()
    with pytest.raises(ModelError, match="names x too"):

        @net.add_step(net["link"], "x")
        def forget(x):
            return 0.5 * x


def test_states_of_32_bits_cannot_be_lazy():
    net = network(dtype="float32")
    with pytest.raises(ModelError, match="does not fit into 32 bits"):
        net.run(DT)
    narrow = {"state": "float64", "weights": "float32"}
    network(dtype=narrow).run(20 * DT, inputs=INPUTS)


def test_what_takes_a_dendritic_delay_cannot_be_lazy():
    class Late(bk.Synapse):
        g = bk.state(0.0, per="post")

        @bk.on_pre("g")
        def arrive(g):
            return g + 1.0

        @bk.derivative(lazy=True)
        def dg(g):
            return -g

    cells = Cell(2, name="cells")
    everyone = bk.connect.all_to_all()
    late = Late(cells, cells, connect=everyone, dendritic_delay=DT)
    with pytest.raises(ModelError, match="dendritic delay"):
        bk.Network(cells, late, dt=DT).run(DT)


def test_a_pure_function_has_none():
    bj = pytest.importorskip("brainkernel_jax")
    with pytest.raises(BackendError, match=r"link\.x is lazy"):
        bj.function(network(monitored=False), DT, dtype="float32")
