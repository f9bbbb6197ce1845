"""What follows time: means that are inputs or states, parameters, and Poisson drives."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import DrawError
from brainkernel.testing.reference import Reference
from brainkernel_neurons import LIF, HodgkinHuxley, InhomogeneousPoissonGroup, PoissonGroup

BACKENDS = ["numpy", "numba", "jax"]
RNG = np.random.default_rng(1)
LEVELS = RNG.uniform(-60.0, -50.0, (40, 20))
BURSTS = RNG.uniform(0.0, 9000.0, (40, 3))
RATES = np.linspace(0.0, 800.0, 50)


class OfNumbers(bk.Neuron):
    m = bk.parameter(3.0)
    p = bk.parameter(0.2)
    total = bk.state(0.0)
    ones = bk.state(0.0)
    k = bk.poisson("m")
    b = bk.bernoulli("p")

    @bk.step("total", "ones")
    def add(total, ones, k, b):
        return total + k, ones + b


class OfInputs(OfNumbers):
    m = bk.input()
    p = bk.state(0.2)


class Cell(bk.Neuron):
    """A conductance and a potential that is held after spikes."""

    t_ref = bk.parameter(2.0, unit="ms")
    ge = bk.state(0.0, unit="nS")
    V = bk.state(-70.0, unit="mV")
    I = bk.input(unit="pA")
    period = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dge(ge):
        return -ge / 5.0

    @bk.derivative
    def dV(V, ge, I):
        return (-70.0 - V) / 10.0 + ge * (0.0 - V) / 200.0 + I / 250.0

    @bk.threshold
    def fires(V):
        return V + 50.0

    @bk.reset("V")
    def reset():
        return -70.0


class Renewing(bk.Neuron):
    """Fires at a rate that recovers after each spike."""

    rest = bk.parameter(900.0, unit="Hz")
    r = bk.state("rest", unit="Hz")
    spike = bk.event("r")

    @bk.derivative
    def dr(r, rest):
        return (rest - r) / 5.0

    @bk.threshold
    def fires(spike):
        return spike - 0.5

    @bk.reset("r")
    def reset():
        return 0.0


def of_means(changing):
    """Counts and events, of parameters or of inputs and states with the same values."""
    cells = (OfInputs if changing else OfNumbers)(77, name="cells")
    fixed = ({}, {}) if changing else ({"rates": RATES}, {"rates": 33.0})
    group = InhomogeneousPoissonGroup if changing else PoissonGroup
    many, few = group(50, name="many", **fixed[0]), group(37, name="few", **fixed[1])
    net = bk.Network(
        *(cells, many, few),
        trace=bk.StateMonitor(cells, ["total", "ones"]),
        spikes=bk.SpikeMonitor(many),
        same=bk.SpikeMonitor(few),
    )
    timed = bk.TimedArray(np.full(100, 33.0), dt=1.0)
    return net, {cells: 3.0, many: RATES, few: timed} if changing else {}


def of_parameters():
    one = LIF(20, E_L=lambda t: -65.0 + 8.0 * np.sin(t / 3.0), name="one")
    two = LIF(
        20,
        V_th=bk.TimedArray(LEVELS, dt=1.0),
        V_reset=-71.0,
        tau=bk.TimedArray(np.linspace(5.0, 20.0, 40), dt=1.0),
        noise=2.0,
        name="two",
    )
    axons = HodgkinHuxley(5, g_Na=lambda t: 120.0 * (1.0 + 0.1 * np.sin(t)), name="axons")
    renewing = Renewing(37, rest=lambda t: 900.0 + 10.0 * t, name="renewing")
    return bk.Network(
        *(one, two, renewing, axons),
        of_rates=bk.StateMonitor(renewing, "r"),
        of_one=bk.StateMonitor(one, ["V", "E_L"]),
        of_two=bk.StateMonitor(two, ["V", "V_th", "tau"]),
        of_axons=bk.StateMonitor(axons, ["V", "g_Na"]),
        spikes=bk.SpikeMonitor(two),
    )


CURRENTS = {"one": 400.0, "two": 420.0, "axons": 10.0}


def of_drives():
    a, b = Cell(30, name="a"), Cell(17, name="b")
    drives = [
        bk.PoissonDrive(a, "ge", n=800, rate=15.0, weight=0.4, name="background"),
        bk.PoissonDrive(
            *(a, "V"), n=10, rate=lambda t: 20.0 * (1 + np.sin(t / 5)), weight=0.3, name="kick"
        ),
        bk.PoissonDrive(
            a[5:12], "I", n=100, rate=np.linspace(1, 30, 7), weight=50.0, name="current"
        ),
        bk.PoissonDrive(
            *(b, "ge"),
            n=np.linspace(100, 900, 17),
            rate=15.0,
            weight=np.linspace(0.1, 0.5, 17),
            name="background",
        ),
        bk.PoissonDrive(
            b[[3, 1, 7]], "I", rate=bk.TimedArray(BURSTS, dt=1.0), weight=40.0, name="current"
        ),
    ]
    return bk.Network(
        *(a, b, *drives),
        of_a=bk.StateMonitor(a, ["V", "ge"]),
        of_b=bk.StateMonitor(b, ["V", "ge"]),
        spikes=bk.SpikeMonitor(a),
    )


def recorded(net):
    """All that the monitors of a network recorded."""
    datasets = [getattr(net, name) for name in net.monitors]
    arrays = []
    for dataset in datasets:
        variables = ("time", "neuron") if "spike" in dataset.dims else dataset.data_vars
        arrays += [dataset[name].values for name in variables]
    return arrays


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("backend", BACKENDS)
def test_means_that_do_not_change_give_the_numbers_of_parameters(backend):
    fixed, _ = of_means(changing=False)
    fixed.run(60.0)
    for threads in (1, 2, 3) if backend == "numba" else (1,):
        net, inputs = of_means(changing=True)
        net.run(20.0, inputs=inputs, backend=backend, threads=threads)
        net.run(40.0, inputs=inputs, backend=backend, threads=threads)
        assert_same(recorded(net), recorded(fixed))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("value", [501.0, -1e-3])
def test_a_mean_out_of_range_stops_the_run(backend, value):
    net, inputs = of_means(changing=True)
    cells = net["cells"]
    wrong = np.where(np.arange(77) == 40, value, 2.0)
    # for one step alone, in the middle of a stretch
    inputs[cells] = lambda t: wrong if 5.05 < t < 5.15 else np.full(77, 2.0)
    with pytest.raises(DrawError, match=f"m of cells, element 40, is {value:g} at 5.1 ms") as error:
        net.run(20.0, inputs=inputs, backend=backend, check=False)
    assert (error.value.owner, error.value.element, error.value.time) == ("cells", 40, 5.1)
    assert (error.value.variable, error.value.value) == ("m", value)
    assert net.t == 5.1
    net.run(1.0, inputs={cells: 2.0}, backend=backend)
    assert net.trace.time.values[-1] == 6.1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("build", [of_parameters, of_drives])
def test_backends_follow_the_reference(backend, build):
    inputs = CURRENTS if build is of_parameters else {"a": 100.0}
    net = build()
    reference = Reference(net)
    reference.run(40.0, inputs={net[name]: value for name, value in inputs.items()})
    of_threads = []
    for threads in (1, 2, 3) if backend == "numba" else (1,):
        net = build()
        net.run(13.0, inputs=inputs, backend=backend, threads=threads)
        net.run(27.0, inputs=inputs, backend=backend, threads=threads)
        for name, traces in reference.traces.items():
            for variable, rows in traces.items():
                trace = net[name][variable].values
                np.testing.assert_allclose(trace, np.array(rows), rtol=1e-10, atol=1e-10)
        expected = reference.spikes["spikes"]
        assert len(expected) > 30
        assert net.spikes.neuron.values.tolist() == [neuron for _, neuron in expected]
        of_threads.append(recorded(net))
        net.reset()
        net.run(40.0, inputs=inputs, backend=backend, threads=threads)
        assert_same(recorded(net), of_threads[0])


def test_rates_of_a_poisson_group_follow_time_as_the_input_of_another():
    rates = bk.TimedArray(np.outer(np.linspace(0.0, 2.0, 30), RATES), dt=1.0)
    one = PoissonGroup(50, rates=rates, name="sources")
    other = InhomogeneousPoissonGroup(50, name="sources")
    trains = []
    for group, inputs in ((one, {}), (other, {"sources": rates})):
        net = bk.Network(group, spikes=bk.SpikeMonitor(group))
        net.run(30.0, inputs=inputs)
        trains.append(recorded(net))
    assert trains[0][0].size > 300
    assert_same(*trains)


def test_derivatives_go_through_what_follows_time():
    """The gradient by rows of a parameter is that of finite differences."""
    import jax
    import jax.numpy as jnp

    import brainkernel_jax

    def network(values):
        cell = LIF(2, E_L=bk.TimedArray(values, dt=0.1), V_th=1e3, name="cell")
        return bk.Network(cell, trace=bk.StateMonitor(cell, "V"))

    values = np.linspace(-70.0, -60.0, 20)
    with jax.enable_x64(True):
        function = brainkernel_jax.function(network(values), 2.0)

        def mean(rows, tau):
            given = {"cell": {"E_L": rows}}
            _, records = function(parameters={"cell": {"tau": tau}}, inputs=given)
            return jnp.mean(records["trace"]["V"])

        rows = function.inputs["cell"]["E_L"]
        slopes = jax.grad(mean, argnums=(0, 1))(rows, jnp.array(10.0))
        by_rows, by_tau = map(np.asarray, slopes)
        _, records = function()
    net = network(values)
    net.run(2.0)
    np.testing.assert_allclose(records["trace"]["V"], net.trace.V.values, rtol=1e-10)
    for step in (3, 7, 19):  # the first is where V begins, too
        moved = []
        for change in (-1e-3, 1e-3):
            net = network(np.where(np.arange(20) == step, values + change, values))
            net.run(2.0)
            moved.append(float(net.trace.V.mean()))
        assert by_rows[step].sum() == pytest.approx((moved[1] - moved[0]) / 2e-3, rel=1e-6)
    assert abs(by_tau) > 1e-4
