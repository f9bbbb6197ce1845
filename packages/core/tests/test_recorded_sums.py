"""Recorded inputs, currents, parameters and values at spikes, by hand or from their parts."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from toy_models import DT, Counter, Current, Gate, Jump, Leaky, Ramp, Source, assert_same, raster

import brainkernel as bk

STEPS = 40


class Conductance(bk.Synapse):
    """A conductance that decays, kept with the target."""

    E = bk.parameter(8.0, unit="mV", per="post")
    tau = bk.parameter(5.0, unit="ms")
    weight = bk.parameter(0.5, per="synapse")
    g = bk.state(0.0, unit="1/ms", per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g, tau):
        return -g / tau

    @bk.adds_to("I")
    def current(g, E, V_post, t):
        return np.exp(-t / 64.0) * g * (E - V_post)


class Coupling(bk.Synapse):
    """A current along the difference of two potentials."""

    weight = bk.parameter(0.25, unit="1/ms", per="synapse")

    @bk.adds_to("I")
    def junction(weight, V_pre, V_post):
        return weight * (V_pre - V_post)


def coupled(**monitors):
    """A conductance onto a slice of a group, its gap junctions, and a source with given times."""
    gate, cells = (
        Source(3, [1.0, 1.0, 2.0, 3.5], [0, 2, 1, 2], name="gate"),
        Leaky(5, V_th=1e9, method="euler", name="cells"),
    )
    onto = Conductance(
        gate,
        cells[[4, 1, 2]],
        connect=bk.connect.from_ij([0, 1, 2, 2], [2, 0, 1, 0]),
        E=[8.0, 16.0, 4.0],
        weight=[0.5, 0.25, 1.0, 2.0],
        delay=0.5,
        name="onto",
    )
    gaps = Coupling(
        cells,
        cells,
        connect=bk.connect.from_ij([3, 0, 1, 4], [1, 1, 0, 2]),
        weight=[1.0, 2.0, 0.5, 4.0],
        name="gaps",
    )
    made = {name: make(gate, cells, onto, gaps) for name, make in monitors.items()}
    return bk.Network(gate, cells, onto, gaps, dt=DT, **made), gate, cells


EVERYTHING = {
    "v": lambda gate, cells, onto, gaps: bk.StateMonitor(cells, ["V", "I"]),
    "g": lambda gate, cells, onto, gaps: bk.StateMonitor(onto, ["g", "current"]),
    "j": lambda gate, cells, onto, gaps: bk.StateMonitor(gaps, "junction"),
    "i": lambda gate, cells, onto, gaps: bk.StateMonitor(gate, "I"),
    "few": lambda gate, cells, onto, gaps: bk.StateMonitor(
        cells[[4, 0, 1]], "I", neurons=[2, 0], every=3 * DT
    ),
    "c": lambda gate, cells, onto, gaps: bk.StateMonitor(
        onto, "current", neurons=[1, 0], every=3 * DT
    ),
}


def driven(cells):
    return {cells: [1.0, 2.0, 3.0, 4.0, 5.0]}


def test_an_input_is_what_the_next_step_starts_from(backend):
    net, _, cells = coupled(**EVERYTHING)
    net.run(STEPS * DT, inputs=driven(cells), backend=backend)
    V, I = net.v.V.values, net.v.I.values
    np.testing.assert_allclose(
        V[1:], V[:-1] + DT * (I[:-1] - V[:-1] / 10.0), rtol=1e-12, atol=1e-12
    )
    assert np.ptp(net.g.current.values) > 1.0
    assert np.ptp(net.j.junction.values) > 1.0


def test_a_current_is_what_its_function_gives_for_the_recorded_states(backend):
    net, _, cells = coupled(**EVERYTHING)
    net.run(STEPS * DT, inputs=driven(cells), backend=backend)
    V, g, t = net.v.V.values, net.g.g.values, net.v.time.values[:, None]
    assert net.g.neuron.values.tolist() == [4, 1, 2]
    current = np.exp(-t / 64.0) * g * ([8.0, 16.0, 4.0] - V[:, [4, 1, 2]])
    np.testing.assert_allclose(net.g.current.values, current, rtol=1e-14)
    junction = np.zeros_like(V)
    for pre, post, weight in ((3, 1, 1.0), (0, 1, 2.0), (1, 0, 0.5), (4, 2, 4.0)):
        junction[:, post] += weight * (V[:, pre] - V[:, post])
    np.testing.assert_allclose(net.j.junction.values, junction, rtol=1e-13, atol=1e-13)
    total = np.array([1.0, 2.0, 3.0, 4.0, 5.0]) + junction
    total[:, [4, 1, 2]] += current
    np.testing.assert_allclose(net.v.I.values, total, rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(net.few.I.values, net.v.I.values[2::3][:, [1, 4]])
    assert net.few.neuron.values.tolist() == [1, 4]
    np.testing.assert_array_equal(net.c.current.values, net.g.current.values[2::3][:, [1, 0]])
    fired = np.zeros((STEPS, 3))
    fired[[7, 7, 15, 27], [0, 2, 1, 2]] = 1.0
    np.testing.assert_array_equal(net.i.I.values, fired)
    assert net.v.I.attrs["units"] == "mV/ms"
    assert net.g.current.attrs == {
        "units": "mV/ms",
        "long_name": "current of onto, added to I of cells",
    }


def test_two_runs_are_one_run_and_monitors_change_no_bit(backend):
    whole, _, cells = coupled(**EVERYTHING)
    whole.run(STEPS * DT, inputs=driven(cells), backend=backend)
    partition, _, cells = coupled(**EVERYTHING)
    for steps in (1, 6, 20, STEPS - 27):
        partition.run(steps * DT, inputs=driven(cells), backend=backend)
    alone, _, cells = coupled(v=lambda gate, cells, onto, gaps: bk.StateMonitor(cells, "V"))
    alone.run(STEPS * DT, inputs=driven(cells), backend=backend)
    for name in EVERYTHING:
        assert_same(getattr(partition, name), getattr(whole, name))
    np.testing.assert_array_equal(alone.v.V.values, whole.v.V.values)


class Rates(bk.Synapse):
    """Learns continuously, with values at every level."""

    scale = bk.parameter(0.5)
    rate = bk.parameter(1.0, per="post")
    w = bk.state(0.0, per="synapse")
    x = bk.state(1.0, per="pre")

    @bk.derivative
    def dw(w, V_pre, rate):
        return rate * V_pre / 16.0 - w / 8.0

    @bk.derivative
    def dx(x):
        return -x / 16.0

    @bk.adds_to("I")
    def recurrent(w, x, scale, rate, V_pre, tau_post):
        return scale * rate * w * x * np.tanh(V_pre) / tau_post


@pytest.mark.parametrize("threads", [1, 2])
def test_values_at_every_level_meet_at_their_synapses(backend, threads):
    if threads > 1 and backend != "numba":
        pytest.skip("one thread")
    cells = Leaky(6, V_th=1e9, tau=[4.0, 8.0, 16.0, 4.0, 8.0, 2.0], name="cells")
    pre, post = [4, 1, 2, 2, 5], [2, 0, 1, 2, 0]  # of the two slices
    syn = Rates(
        cells[::-1],
        cells[[5, 0, 3]],
        connect=bk.connect.from_ij(pre, post),
        w=[1.0, 2.0, 3.0, 4.0, 5.0],
        x=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        rate=[1.0, 2.0, 4.0],
        name="syn",
    )
    net = bk.Network(
        cells,
        syn,
        dt=DT,
        v=bk.StateMonitor(cells, "V"),
        s=bk.StateMonitor(syn, ["w", "x", "recurrent"]),
        i=bk.StateMonitor(cells[3:], "I"),
        alone=bk.StateMonitor(cells, "I", neurons=[0, 0], every=2 * DT),
    )
    net.run(
        STEPS * DT, inputs={cells: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}, backend=backend, threads=threads
    )
    V, w, x = net.v.V.values, net.s.w.values, net.s.x.values
    expected = np.zeros((STEPS, 3))
    tau = np.array([4.0, 8.0, 16.0, 4.0, 8.0, 2.0])
    for synapse, (source, target) in enumerate(zip(pre, post, strict=True)):
        first, last = 5 - source, [5, 0, 3][target]
        gain = 0.5 * [1.0, 2.0, 4.0][target] / tau[last]
        expected[:, target] += gain * w[:, synapse] * x[:, source] * np.tanh(V[:, first])
    assert net.s.neuron.values.tolist() == [5, 0, 3]
    np.testing.assert_allclose(net.s.recurrent.values, expected, rtol=1e-13)
    total = np.array([4.0, 5.0, 6.0]) + np.c_[expected[:, 2], np.zeros(STEPS), expected[:, 0]]
    np.testing.assert_allclose(net.i.I.values, total, rtol=1e-13)
    np.testing.assert_allclose(net.alone.I.values, 1.0 + expected[1::2, [1, 1]], rtol=1e-13)


@pytest.mark.parametrize(
    ("stimulus", "expected"),
    [
        (3.0, lambda step: [3.0, 3.0, 3.0, 3.0]),
        ([1.0, 2.0, 3.0, 4.0], lambda step: [1.0, 2.0, 3.0, 4.0]),
        (lambda t: t, lambda step: [step * DT] * 4),
        (lambda t: [t, 1.0, 0.0, -t], lambda step: [step * DT, 1.0, 0.0, -step * DT]),
        (
            bk.TimedArray(np.arange(40.0).reshape(10, 4), 4 * DT),
            lambda step: 4.0 * (step // 4) + np.arange(4.0),
        ),
        (
            bk.window([1.0, 2.0, 3.0, 4.0], 1.0, 2.0),
            lambda step: [1.0, 2.0, 3.0, 4.0] if 8 <= step < 16 else [0.0] * 4,
        ),
    ],
)
def test_a_recorded_input_is_what_stimuli_gave_in_the_step_that_ended(stimulus, expected):
    ramp = Ramp(6, V_th=1e9)
    part = ramp[[5, 0, 2, 3]]
    net = bk.Network(
        ramp,
        dt=DT,
        i=bk.StateMonitor(ramp[2:], "I"),
        p=bk.StateMonitor(part, "I"),
        o=bk.StateMonitor(ramp, "I", every=DT * 5),
    )
    net.run(STEPS // 2 * DT, inputs={part: stimulus})
    net.run(STEPS // 2 * DT, inputs={part: stimulus})
    wanted = np.array([expected(step) for step in range(STEPS)])
    np.testing.assert_array_equal(net.p.I.values, wanted)
    whole = np.zeros((STEPS, 6))
    whole[:, [5, 0, 2, 3]] = wanted
    np.testing.assert_array_equal(net.i.I.values, whole[:, 2:])
    np.testing.assert_array_equal(net.o.I.values, whole[4::5])


def test_values_at_spikes_are_what_a_state_monitor_shows(backend):
    gate, cells = (
        Gate(2, name="gate"),
        Leaky((2, 3), V_th=[1.0, 2.0, 1.5, 1.0, 1.0, 1.0], V_reset=0.25, name="cells"),
    )
    syn = Current(gate, cells, connect=bk.connect.all_to_all(), weight=0.5, name="syn")
    names = ["V", "V_th", "I", "V_reset"]
    net = bk.Network(
        gate,
        cells,
        syn,
        dt=DT,
        s=bk.SpikeMonitor(cells, names),
        part=bk.SpikeMonitor(cells[1, ::-1], "V"),
        bare=bk.SpikeMonitor(cells),
        v=bk.StateMonitor(cells, names),
    )
    for steps in (30, 50):
        net.run(
            steps * DT,
            inputs={gate: lambda t: 1.0 * (t % 1.0 == 0.0), cells: [1.0, 2.0, 3.0, 0.5, 4.0, 5.0]},
            backend=backend,
        )
    assert net.s.sizes["spike"] > 20
    np.testing.assert_array_equal(net.s.neuron.values, net.bare.neuron.values)
    row = np.rint(net.s.time.values / DT).astype(int) - 1
    for name in names:
        np.testing.assert_array_equal(
            net.s[name].values, net.v[name].values[row, net.s.neuron.values]
        )
    assert set(net.s.V.values.tolist()) == {0.25}
    assert set(net.s.V_th.sel(spike=net.s.neuron == 1).values.tolist()) == {2.0}
    assert raster(net.part) == {(step, n) for step, n in raster(net.bare) if n > 2}
    assert net.part.cell.values.tolist() == [5, 4, 3]
    assert net.s.V.attrs == {"units": "mV", "long_name": "membrane potential"}


def test_a_spike_dataset_lists_who_was_silent():
    ramp = Ramp((2, 2), positions=np.eye(4)[:, :2])
    net = bk.Network(ramp, dt=DT, s=bk.SpikeMonitor(ramp), part=bk.SpikeMonitor(ramp[1, ::-1]))
    net.run(8.0, inputs={ramp: [1.0, 0.0, 0.5, 0.0]})
    counts = net.s.neuron.to_series().value_counts().reindex(net.s.cell.values, fill_value=0)
    assert counts.tolist() == [8, 0, 4, 0]
    assert np.bincount(net.s.neuron, minlength=net.s.cell.size).tolist() == [8, 0, 4, 0]
    assert net.part.neuron.to_series().value_counts().reindex(
        net.part.cell.values, fill_value=0
    ).tolist() == [0, 4]
    assert net.part.x.values.tolist() == [0.0, 0.0]
    assert net.s.attrs["t_stop_ms"] - net.s.attrs["t_start_ms"] == 8.0


class Learning(bk.Synapse):
    """Its weight grows with each spike."""

    rate = bk.parameter(1.0, per="synapse")
    scale = bk.parameter(2.0)
    gain = bk.parameter(1.0, per="pre")
    w = bk.state(0.0, per="synapse")

    @bk.on_pre("w")
    def grow(w, rate, scale, gain):
        return w + rate * scale * gain


def learning(backend="numpy", **run):
    gate, cells = Gate(3, name="gate"), Counter(2, name="cells")
    rule = bk.connect.from_ij([2, 0, 1], [0, 1, 1])
    syn = Learning(
        gate, cells, connect=rule, rate=[1.0, 2.0, 3.0], gain=[1.0, 2.0, 3.0], name="syn"
    )
    m = bk.StateMonitor(syn, ["w", "rate", "scale", "gain"], synapses=[2, 0], neurons=[2])
    net = bk.Network(gate, cells, syn, dt=DT, m=m, all=bk.StateMonitor(syn, "rate", every=2 * DT))

    @net.operation(every=2 * DT)
    def change(net):
        syn.rate = syn.rate + 1.0
        syn.scale = syn.scale * 2.0

    net.run(5 * DT, inputs={gate: 1.0}, backend=backend, **run)
    return net


def test_weights_over_time_be_they_states_or_parameters(backend):
    net = learning(backend)
    assert net.m.rate.values.tolist() == [
        [3.0, 1.0],
        [3.0, 1.0],
        [4.0, 2.0],
        [4.0, 2.0],
        [5.0, 3.0],
    ]
    assert net.m.scale.values.tolist() == [2.0, 2.0, 4.0, 4.0, 8.0]
    assert net.m.gain.values.tolist() == [[3.0]] * 5
    grown = np.cumsum([2 * 3 * 2, 2 * 3 * 2, 4 * 4 * 2, 4 * 4 * 2, 8 * 5 * 2])
    assert net.m.w.values[:, 0].tolist() == grown.tolist()
    assert net.m.synapse.values.tolist() == [2, 0]
    assert (net.m.pre.values.tolist(), net.m.post.values.tolist()) == ([1, 2], [1, 0])
    assert net.all.rate.values.tolist() == [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]


def test_a_narrow_weight_is_recorded_as_it_is_kept():
    gate, cells = Gate(1), Counter(2)
    jump = Jump(gate, cells, connect=bk.connect.all_to_all(), weight=[0.1, 0.2], name="jump")
    one = Jump(gate, cells, connect=bk.connect.all_to_all(), weight=0.1, name="one")
    m, n = bk.StateMonitor(jump, "weight"), bk.StateMonitor(one, "weight")
    net = bk.Network(gate, cells, jump, one, dt=DT, dtype={"weights": "float32"}, m=m, n=n)
    net.run(DT)
    assert net.m.weight.values.tolist() == np.array([[0.1, 0.2]], np.float32).astype(float).tolist()
    assert net.n.weight.values.tolist() == [[float(np.float32(0.1))] * 2]


def test_new_kinds_go_to_zarr_and_into_batches(tmp_path):
    pytest.importorskip("zarr")
    memory, disk = learning(), learning(record_to=str(tmp_path / "run.zarr"))
    assert_same(disk.m.load(), memory.m)
    ramp = Ramp(3, name="ramp")
    net = bk.Network(
        ramp, dt=DT, s=bk.SpikeMonitor(ramp, ["V", "I"]), i=bk.StateMonitor(ramp, ["I", "V_th"])
    )
    options = {"inputs": {ramp: [1.0, 2.0, 0.0]}}
    tree = net.run(4.0, batch={(ramp, "V_th"): [1.0, 2.0]}, **options)

    assert tree["s"].cell.dims == ("cell",)
    assert set(tree["s"].I.values.tolist()) == {1.0, 2.0}
    assert tree["i"].V_th.values[:, 0, 0].tolist() == [1.0, 2.0]
    net.run(4.0, record_to=tmp_path / "spikes.zarr", **options)
    found = xarray.open_zarr(tmp_path / "spikes.zarr", group="s", decode_timedelta=False).load()
    assert set(found.data_vars) == {"time", "neuron", "V", "I"}
    assert found.cell.values.tolist() == [0, 1, 2]
    assert_same(found, net.s.load())


class Drawing(bk.Neuron):
    """Has a random draw."""

    u = bk.uniform()
    x = bk.state(0.0)

    @bk.step("x")
    def keep(u):
        return u


def test_what_exists_only_within_a_step_is_refused():
    with pytest.raises(bk.errors.MonitorError, match="random draw exists only within a step"):
        bk.StateMonitor(Drawing(2), "u")
    jump = Jump(Gate(2), Counter(2), connect=bk.connect.one_to_one(), name="jump")
    with pytest.raises(bk.errors.MonitorError, match="use synapses="):
        bk.StateMonitor(jump, "weight", neurons=[0])
    with pytest.raises(bk.errors.MonitorError, match="something else"):
        bk.SpikeMonitor(type("Celled", (Ramp,), {"cell": bk.parameter(1.0)})(2), "cell")
    too_many = bk.StateMonitor(jump, "weight", synapses=[2])
    with pytest.raises(
        bk.errors.MonitorError, match=r"a monitor of jump\.weight: 2 is not among its 2 elements"
    ):
        bk.Network(jump.pre, jump.post, jump, m=too_many).run(1.0)


def test_the_memory_of_records_is_known_before(tmp_path):
    net = learning()
    for name in ("m", "all"):
        dataset = getattr(net, name)
        rows = dataset.sizes["time"]
        width = sum(v.values[:1].nbytes for v in dataset.variables.values() if "time" in v.dims)
        expected = {
            e.owner: e.size for e in net.memory(duration=8 * DT).entries if e.part == "records"
        }[name]
        assert rows > 0
        assert expected == 2 * width * {"m": 8, "all": 4}[name]


def test_records_are_dropped_and_time_goes_on():
    ramp = Ramp(2, name="ramp")
    monitors = {
        "v": bk.StateMonitor(ramp, "V"),
        "s": bk.SpikeMonitor(ramp, "V"),
        "r": bk.RateMonitor(ramp, every=4 * DT),
    }
    net = bk.Network(ramp, dt=DT, **monitors)
    net.run(10 * DT, inputs={ramp: [1.0, 4.0]})
    whole = net.r.rate.values.tolist()
    state = net.state.values.copy()
    net.clear_records()
    np.testing.assert_array_equal(net.state.values, state)
    assert net.step == 10
    assert net.v.sizes["time"] == net.s.sizes["spike"] == net.r.sizes["time"] == 0
    assert net.v.attrs["t_start_ms"] == net.v.attrs["t_stop_ms"] == 10 * DT
    net.run(10 * DT, inputs={ramp: [1.0, 4.0]})
    assert net.v.time.values.tolist() == [step * DT for step in range(11, 21)]
    assert net.v.attrs["t_start_ms"] == 10 * DT
    other = bk.Network(
        *(again := [Ramp(2, name="ramp")]), dt=DT, r=bk.RateMonitor(again[0], every=4 * DT)
    )
    other.run(20 * DT, inputs={again[0]: [1.0, 4.0]})
    assert whole + net.r.rate.values.tolist() == other.r.rate.values.tolist()


def test_a_stream_is_complete_once_records_are_dropped(tmp_path):
    pytest.importorskip("zarr")
    ramp = Ramp(2, name="ramp")
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, "V"))
    net.run(4 * DT, record_to=tmp_path / "one.zarr")
    net.clear_records()
    net.run(4 * DT)
    assert net.v.time.values.tolist() == [step * DT for step in range(5, 9)]
    found = xarray.open_zarr(tmp_path / "one.zarr", group="v", decode_timedelta=False)
    assert found.time.values.tolist() == [step * DT for step in range(1, 5)]

    @net.operation(every=DT)
    def drop(net):
        net.clear_records()

    with pytest.raises(bk.errors.NetworkError, match="call it after the run"):
        net.run(DT)
