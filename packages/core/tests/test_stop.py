"""A run that one of its operations ends is a run of that duration."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import BatchError, NetworkError

BACKENDS = ["numpy", "numba", "jax"]


class Noisy(bk.Neuron):
    tau = bk.parameter(10.0, unit="ms")
    drive = bk.parameter(1.5)
    V = bk.state(0.0)

    @bk.derivative
    def dV(V, tau, drive):
        return (drive - V) / tau

    @bk.diffusion("V")
    def noise(tau):
        return 0.3 / tau**0.5

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart():
        return 0.0


def network() -> bk.Network:
    cells = Noisy(5, name="cells")
    monitors = {
        "trace": bk.StateMonitor(cells, "V"),
        "spikes": bk.SpikeMonitor(cells),
        "rate": bk.RateMonitor(cells, every=5.0),
    }
    return bk.Network(cells, dt=0.1, seed=3, **monitors)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("end", [0.1, 5.0, 30.0])
def test_a_stopped_run_equals_one_of_that_duration(backend, end, tmp_path):
    stopped, asked = network(), network()

    @stopped.operation(every=end)
    def finish(net):
        net.stop()

    tree = stopped.run(50.0, backend=backend)
    expected = asked.run(end, backend=backend)
    assert stopped.t == asked.t == end
    assert tree.attrs["duration_ms"] == end
    for name in ("trace", "spikes", "rate"):
        assert tree[name].to_dataset().equals(expected[name].to_dataset())

    stopped.operations.clear()
    stopped.run(20.0, backend=backend)
    asked.run(20.0, backend=backend)
    assert stopped.trace.equals(asked.trace) and stopped.spikes.equals(asked.spikes)


def test_operations_of_the_same_step_still_run():
    net, times = network(), []

    @net.operation(every=2.0)
    def finish(net):
        net.stop()

    @net.operation(every=1.0)
    def note(net):
        times.append(net.t)

    net.run(10.0)
    assert times == [1.0, 2.0]


def test_what_is_written_to_a_store_ends_there(tmp_path):
    net = network()

    @net.operation(every=7.5)
    def finish(net):
        net.stop()

    net.run(20.0, record_to=tmp_path / "run.zarr")
    assert float(net.trace.time[-1]) == 7.5


def test_without_a_run_there_is_nothing_to_stop():
    net = network()
    with pytest.raises(NetworkError, match=r"ends a run from one of its operations"):
        net.stop()
    net.run(1.0)
    with pytest.raises(NetworkError, match=r"ends a run from one of its operations"):
        net.stop()


def test_runs_of_a_batch_are_of_one_duration():
    net = network()

    @net.operation(every=0.5)
    def finish(net):
        if np.any(net["cells"].V > 0.2):
            net.stop()

    with pytest.raises(BatchError, match=r"run 1 of the batch ended after .* one duration"):
        net.run(5.0, batch={(net["cells"], "drive"): [0.5, 9.0]})
    assert net.t == 0.0
