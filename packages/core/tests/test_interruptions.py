"""What stops a run half-way leaves a whole network, at a step, with all its records."""

from __future__ import annotations

import numpy as np
import pytest
from test_run_algebra import STEPS, network, run, same
from toy_models import DT, Counter, Gate, Ramp

import brainkernel as bk


@pytest.fixture
def short_stretches(monkeypatch):
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: 8)


@pytest.fixture(scope="module")
def whole():
    net = network()
    run(net, STEPS)
    return net


class Interrupting:
    """An executable that a signal stops in its third stretch, after it has changed the state."""

    def __init__(self, executable):
        self.executable, self.source, self.calls = executable, executable.source, 0

    def run(self, state, job):
        self.calls += 1
        records = self.executable.run(state, job)
        if self.calls == 3:
            raise KeyboardInterrupt
        return records


def test_ctrl_c_within_a_stretch_goes_back_to_its_beginning(whole, short_stretches, monkeypatch):
    net = network()
    executable = Interrupting(net.compiled(net._programs.backend("numpy"), None))
    monkeypatch.setattr(net, "compiled", lambda backend, source: executable)
    with pytest.raises(KeyboardInterrupt):
        run(net, STEPS)
    assert net.step == 16
    assert net.v.sizes["time"] == 16
    np.testing.assert_array_equal(net.v.V.values, whole.v.V.values[:16])
    monkeypatch.undo()
    run(net, STEPS - 16)
    same(net, whole)


@pytest.mark.parametrize(
    ("error", "caught"),
    [(KeyboardInterrupt, KeyboardInterrupt), (RuntimeError, bk.errors.UserFunctionError)],
)
def test_an_operation_that_raises_stops_between_two_steps(whole, error, caught):
    net = network()

    @net.operation(every=13 * DT)
    def stop(network):
        if network.step == 26:
            raise error("enough")

    with pytest.raises(caught, match="enough"):
        run(net, STEPS)
    assert net.step == 26
    assert net.v.sizes["time"] == 26
    net.operations.clear()
    run(net, STEPS - 26)
    same(net, whole)


class Doubling(bk.Neuron):
    """Doubles until there is no number left."""

    x = bk.state(1.0)
    factor = bk.parameter(1.0)

    @bk.step("x")
    def double(x, factor):
        return x * factor


def exploding(x=1.0):
    cells, other = (
        Doubling((2, 2), x=x, factor=[1.0, 1.0, 4.0, 1.0], name="cells"),
        Counter(3, name="other"),
    )
    monitors = {"x": bk.StateMonitor(cells, "x"), "y": bk.StateMonitor(other, "x", every=5 * DT)}
    return bk.Network(other, cells, dt=DT, **monitors), cells


@pytest.mark.parametrize("first", [0, 1, 300])
@pytest.mark.parametrize(
    ("x", "last", "became"), [(1.0, 49, "1.26765e+30, beyond every"), (4.0**60, 451, "inf at")]
)
def test_what_explodes_is_found_at_its_first_step(backend, first, x, last, became):
    """4**k passes 1e30 at k = 50 and overflows at 512; what begins beyond may stay there."""
    net, cells = exploding([1.0, 1.0, x, 1.0])
    first = min(first, last)
    net.run(first * DT, backend=backend)
    with np.errstate(over="ignore"), pytest.raises(bk.errors.NonFiniteError) as caught:
        net.run(1000 * DT, backend=backend)
    error = caught.value
    assert (error.owner, error.variable, error.element, error.time) == (
        "cells",
        "x",
        2,
        (last + 1) * DT,
    )
    assert f"x of cells, element 2, became {became}" in str(error)
    assert f"at {(last + 1) * DT:g} ms" in str(error)
    assert net.step == last
    assert net.x.sizes["time"] == last
    assert net.x.x.values[-1].tolist() == [1.0, 1.0, x * 4.0**last, 1.0]
    assert net.y.sizes["time"] == last // 5
    cells.factor = 0.5  # and it goes on from there
    net.run(3 * DT, backend=backend)
    assert net.x.time.values[-1] == (last + 3) * DT
    assert net.x.x.values[-1].tolist() == [0.125, 0.125, x * 4.0**last / 8, 0.125]


def test_not_a_number_is_found(backend):
    net, cells = exploding()
    cells.x = np.array(
        [1.0, np.inf, 1.0, 1.0]
    )  # a state may be infinite; times zero it is no number
    cells.factor = 0.0
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(bk.errors.NonFiniteError, match="cells, element 1"),
    ):
        net.run(1.0, backend=backend)
    assert net.step == 0


def test_without_the_check_it_runs_on():
    net, _ = exploding()
    with np.errstate(over="ignore"):
        net.run(600 * DT, check=False)
    assert np.isinf(net.x.x.values[-1, 2])


def test_a_bad_value_in_a_synapse_is_named_by_its_number():
    class Growing(bk.Synapse):
        w = bk.state(1.0, per="synapse")
        rate = bk.parameter(1.0, per="synapse")

        @bk.step("w")
        def grow(w, rate):
            return w * rate

        @bk.on_pre("x_post")
        def receive(x_post, w):
            return x_post + w

    gate, target = Gate(3), Counter(3)
    rule = bk.connect.from_ij([2, 0, 1], [0, 1, 2])  # stored in another order than it is given
    syn = Growing(gate, target, connect=rule, rate=[1.0, 1.0, 1e200], name="syn")
    net = bk.Network(gate, target, syn, dt=DT)
    with np.errstate(over="ignore"), pytest.raises(bk.errors.NonFiniteError) as caught:
        net.run(1.0)
    assert (caught.value.owner, caught.value.variable, caught.value.element) == ("syn", "w", 2)


def test_an_input_that_fails_on_the_way_keeps_what_was_before(short_stretches):
    def broken(t):
        return 1.0 / (not 20 * DT <= t < 48 * DT)

    ramp = Ramp(1, V_th=1e9)
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, "V"))
    with pytest.raises(bk.errors.UserFunctionError, match=r"broken.*ZeroDivisionError"):
        net.run(49 * DT, inputs={ramp: broken})
    assert net.step == 16
    assert net.v.V.values[:, 0].tolist() == [DT * step for step in range(1, 17)]
    net.run(DT, inputs={ramp: 1.0})
    assert net.v.V.values[-1, 0] == DT * 17


@pytest.mark.parametrize("what", ["reset", "restore", "run"])
def test_an_operation_cannot_turn_time_back(what):
    ramp = Ramp(1)
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, "V"))
    net.store()

    @net.operation(every=4 * DT)
    def turn(network):
        network.run(DT) if what == "run" else getattr(network, what)()

    with pytest.raises(bk.errors.NetworkError, match=what):
        net.run(8 * DT)
    assert (net.step, net.v.sizes["time"]) == (4, 4)
    net.operations.clear()
    net.reset()
    net.run(2 * DT)
    assert net.v.sizes["time"] == 2
