"""Spikes within a step: closed forms, orders, what arrives, refractory periods, and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_jax as bj
from brainkernel.errors import BackendError, IntegratorError, ModelError
from brainkernel.testing.beside import SideBySide
from brainkernel_neurons import LIF, AdEx, HodgkinHuxley, SpikeGenerator
from brainkernel_synapses import ExponentialConductance, VoltageJump

BACKENDS = ["numpy", "numba", "jax"]
CURRENTS = np.linspace(380.0, 3000.0, 12)
WITHIN = "interpolated"


class Quadratic(bk.Neuron):
    """V' = V**2 + 1, whose V is the tangent of the time."""

    V = bk.state(0.0)

    @bk.derivative
    def dV(V):
        return V * V + 1.0

    @bk.threshold
    def fires(V):
        return V - 3.0

    @bk.reset("V")
    def restart():
        return -1.0


class Counting(bk.Neuron):
    """Two clocks, of which one falls back at each spike; the spikes are counted and dated."""

    period = bk.parameter(1.0, unit="ms")
    t_ref = bk.parameter(0.0, unit="ms")
    phase = bk.state(0.0)
    clock = bk.state(0.0)
    count = bk.state(0.0)
    last = bk.state(0.0)
    refractory = bk.refractory("t_ref", holds="phase")

    @bk.derivative
    def dphase(period):
        return 1.0 / period

    @bk.derivative
    def dclock():
        return 1.0

    @bk.threshold
    def fires(phase):
        return phase - 1.0

    @bk.reset("phase", "count", "last")
    def restart(count, t):
        return 0.0, count + 1.0, t


class Waiting(bk.Neuron):
    """Fires where kicks bring it over its threshold, and falls by itself."""

    x = bk.state(0.0)
    tau = bk.parameter(0.05, unit="ms")

    @bk.derivative
    def dx(x, tau):
        return -x / tau

    @bk.threshold
    def fires(x):
        return x - 1.0

    @bk.reset("x")
    def restart():
        return 0.0


def spike_times(net, neuron=0):
    spikes = net.s
    return spikes.time.values[spikes.neuron.values == neuron]


def lif_network(dtype="float64", **values):
    cells = LIF(CURRENTS.size, spikes=WITHIN, name="cells", **values)
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), dt=0.1, dtype=dtype)
    return net, {cells: CURRENTS}


def time_to_threshold(current, tau=10.0, C=250.0, rest=-70.0, threshold=-55.0):
    depth = current * tau / C
    return tau * np.log(depth / (depth + rest - threshold))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("t_ref", [0.0, 0.03, 2.0, 2.0371])
def test_lif_has_its_closed_form(t_ref, backend):
    net, inputs = lif_network(t_ref=t_ref)
    net.run(100.0, inputs=inputs, backend=backend)
    for neuron, current in enumerate(CURRENTS):
        interval = time_to_threshold(current) + t_ref
        number = int((100.0 + t_ref) / interval)
        expected = time_to_threshold(current) + interval * np.arange(number)
        np.testing.assert_allclose(spike_times(net, neuron), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_the_f_i_curve_follows_no_step(dt):
    cells = LIF(CURRENTS.size, spikes=WITHIN, name="cells")
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), dt=dt)
    net.run(200.0, inputs={cells: CURRENTS})
    rates = [1e3 / np.diff(spike_times(net, n)).mean() for n in range(CURRENTS.size)]
    expected = 1e3 / (time_to_threshold(CURRENTS) + 2.0)
    np.testing.assert_allclose(rates, expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("method", "order"), [("rk4", 4), ("midpoint", 2), ("euler", 1), ("trapezoidal", 2)]
)
def test_a_spike_is_as_exact_as_its_method(method, order):
    errors = []
    for dt in (0.02, 0.01):
        cells = Quadratic(1, spikes=WITHIN, method=method)
        net = bk.Network(cells, s=bk.SpikeMonitor(cells), dt=dt)
        net.run(5.0)
        first, again = np.arctan(3.0), np.arctan(3.0) + np.arctan(1.0)
        expected = first + again * np.arange(2)
        errors.append(np.abs(spike_times(net)[:2] - expected).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


@pytest.mark.parametrize("backend", BACKENDS)
def test_resets_see_the_time_of_the_spike_and_the_others_go_on(backend):
    cells = Counting(2, period=[0.83, 2.011], t_ref=0.37, spikes=WITHIN, name="cells")
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), dt=0.1)
    net.run(30.0, backend=backend)
    for neuron, period in enumerate((0.83, 2.011)):
        interval = period + 0.37
        count = int((30.0 + 0.37) / interval)
        assert cells.count[neuron] == count
        assert cells.last[neuron] == pytest.approx(count * interval - 0.37, abs=1e-9)
        assert spike_times(net, neuron)[-1] == pytest.approx(cells.last[neuron], abs=1e-12)
        held_until = count * interval
        phase = max(0.0, 30.0 - held_until) / period
        assert cells.phase[neuron] == pytest.approx(phase, abs=1e-9)
    assert cells.clock == pytest.approx(30.0, abs=1e-9)


def test_a_kick_over_the_threshold_is_a_spike_at_its_arrival():
    """Though it has fallen below again at the end of the step."""
    source = SpikeGenerator(1, times=[0.5], neurons=[0])
    cells = Waiting(1, spikes=WITHIN, name="cells")
    net = bk.Network(source, cells, Kick(source, cells, connect=bk.connect.all_to_all()))
    net.add(s=bk.SpikeMonitor(cells), n=bk.SpikeMonitor(source))
    net.run(2.0)
    assert net.n.time.values == pytest.approx([0.5])
    assert net.s.time.values == pytest.approx([0.5], abs=1e-12)
    assert net["cells"].x[0] == 0.0


class Kick(bk.Synapse):
    weight = bk.parameter(1.5)

    @bk.on_pre("x_post")
    def kick(x_post, weight):
        return x_post + weight


def synaptic_network(seed=0):
    one = LIF(5, spikes=WITHIN, t_ref=0.55, name="one")
    other = LIF(3, spikes=WITHIN, method="exponential_midpoint", name="other")
    all_to_all = bk.connect.all_to_all()
    slow = ExponentialConductance(
        one, other, connect=all_to_all, weight=20.0, delay=0.3, E=0.0, tau=5.0, name="slow"
    )
    jump = VoltageJump(one, other, connect=all_to_all, weight=2.0, delay=0.2, name="jump")
    monitors = {"s": bk.SpikeMonitor(one), "v": bk.StateMonitor(other, "V")}
    net = bk.Network(one, other, slow, jump, o=bk.SpikeMonitor(other), **monitors, seed=seed)
    return net, {one: np.linspace(400.0, 3000.0, 5)}


def adex_network():
    cells = AdEx(3, spikes=WITHIN, method="rk4", t_ref=1.23, name="cells")
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), v=bk.StateMonitor(cells, ["V", "w"]))
    return net, {cells: np.array([600.0, 800.0, 1500.0])}


def axon_network():
    cells = HodgkinHuxley(3, spikes=WITHIN, method="exponential_midpoint", name="cells")
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), v=bk.StateMonitor(cells, "V"))
    return net, {cells: np.array([6.0, 10.0, 20.0])}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("network", [synaptic_network, adex_network, axon_network])
def test_it_follows_the_reference(network, backend):
    net, inputs = network()
    both = SideBySide(net, backend, tolerance=1e-9)
    both.run(14.0, inputs)
    both.run(6.0, inputs)
    both.check()
    assert len(both.reference.times["s"]) > 2


def test_threads_and_pieces_change_no_bit():
    def recorded(pieces, threads):
        net, inputs = synaptic_network()
        for piece in pieces:
            net.run(piece, inputs=inputs, backend="numba", threads=threads)
        return net.s.time.values, net.s.neuron.values, net.o.time.values, net.v.V.values

    whole = recorded([30.0], 1)
    for pieces, threads in (([30.0], 2), ([11.3, 0.1, 18.6], 1)):
        for one, other in zip(whole, recorded(pieces, threads), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_saved_state_goes_on_with_its_refractory_period():
    net, inputs = lif_network(t_ref=2.0371)
    net.run(20.0, inputs=inputs)
    kept = net.store()
    net.run(20.0, inputs=inputs)
    expected = net.s.time.values
    net.restore(kept)
    net.run(20.0, inputs=inputs)
    np.testing.assert_array_equal(net.s.time.values, expected)


def test_records_are_in_the_order_of_time_and_say_how():
    net, inputs = lif_network()
    net.run(50.0, inputs=inputs)
    times = net.s.time.values
    assert np.all(np.diff(times) >= 0.0)
    assert "within its step" in net.s.time.attrs["long_name"]
    assert json.loads(net.s.attrs["groups"])["cells"]["spikes"] == WITHIN
    assert np.all(times % 0.1 != 0.0)


def test_states_in_32_bits_find_spikes_as_well_as_they_know_themselves():
    net, inputs = lif_network(dtype="float32")
    net.run(40.0, inputs=inputs)
    # the weakest current is so near the rheobase that its spike hangs on the last bits
    first = [spike_times(net, neuron)[0] for neuron in range(1, CURRENTS.size)]
    np.testing.assert_allclose(first, time_to_threshold(CURRENTS[1:]), atol=1e-3)


def test_groups_on_the_grid_are_printed_as_before():
    cells = LIF(3, name="cells")
    text = bk.Network(cells).source()
    assert "part_of" not in text
    assert text == bk.Network(LIF(3, name="cells", spikes="grid")).source()


class Noisy(Quadratic):
    @bk.diffusion
    def noise_V(dt):
        return 0.1


class Nudged(Quadratic):
    @bk.step("V", before="threshold")
    def nudge(V):
        return V + 0.1


class Silent(bk.Neuron):
    x = bk.state(0.0)

    @bk.derivative
    def dx(x):
        return -x


class Labelled(bk.Neuron):
    spikes = bk.state(0.0)

    @bk.derivative
    def dspikes(spikes):
        return -spikes


def built(*members):
    return bk.Network(*members).source()


def test_what_cannot_be_located_is_refused():
    with pytest.raises(IntegratorError, match="with noise, here noise_V"):
        built(Noisy(1, spikes=WITHIN))
    with pytest.raises(ModelError, match="nudge stands before"):
        built(Nudged(1, spikes=WITHIN))
    with pytest.raises(ModelError, match="no threshold"):
        built(Silent(1, spikes=WITHIN))
    with pytest.raises(ModelError, match="'grid', or located within it, 'interpolated'"):
        LIF(1, spikes="exact")


def test_a_model_may_mean_its_own_by_spikes():
    cells = Labelled(1, spikes=2.0, name="cells")
    net = bk.Network(cells)
    net.run(0.1)
    assert cells.spikes[0] == pytest.approx(2.0 * np.exp(-0.1))


def test_pure_functions_refuse_it():
    net, _ = lif_network()
    with pytest.raises(BackendError, match="leave spikes= out"):
        bj.function(net, 1.0, dtype="float32")
