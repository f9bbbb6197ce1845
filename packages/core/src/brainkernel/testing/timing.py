"""When things act: the timing contract, with every expected number worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel.testing.comparing import raster
from brainkernel.testing.models import DT, Placed
from brainkernel.testing.networks import mail, mixture, play, recurrent
from brainkernel.testing.suite import Conformance


class TimingChecks(Conformance):
    """The checks of the timing contract."""

    def test_a_spike_is_found_at_the_end_of_its_step(self, backend: Any) -> None:
        """V grows by 1/2 a step and fires at 1: at steps 2, 4 and 6, at times 2, 4 and 6 dt."""
        net, inputs = recurrent([4.0])
        play(net, 6, backend, inputs=inputs)
        assert net.v.V.values[:, 0].tolist() == [0.5, 0.0, 0.5, 0.0, 0.5, 0.0]
        assert net.v.spike.values[:, 0].tolist() == [False, True] * 3
        assert net.v.time.values.tolist() == [DT * step for step in range(1, 7)]
        assert net.spikes.time.values.tolist() == [2 * DT, 4 * DT, 6 * DT]

    def test_steps_run_where_and_when_they_are_put(self, backend: Any) -> None:
        """Steps before the integration see times 0, 2 and 4 dt, later ones 2, 4 and 6 dt."""
        cells = Placed(2, name="cells")
        net = bk.Network(cells, dt=DT, late=bk.StateMonitor(cells, ["late"]))
        for _ in range(2):  # where a run ends makes no difference
            net.run(3 * DT, backend=backend)
        assert cells.early.tolist() == [6.0, 6.0]
        assert cells.fired.tolist() == [3 * 0.25 + 12.0] * 2
        assert cells.rest.tolist() == [3 * 0.125 + 21.0] * 2
        assert net.late.late.values[:, 0].tolist() == [0.0, 0.0, 0.0, 3.125, 3.125, 3.125]
        assert cells.late.tolist() == [9.125, 9.125]

    def test_a_delay_acts_at_exactly_its_time(self, backend: Any) -> None:
        """A spike at T with delay d is seen in the target at T + d, neither before nor after."""
        rng = np.random.default_rng(1)
        times = rng.integers(1, 40, 300)
        delays = rng.integers(0, 41, 300)
        pairs = np.arange(300)
        spikes = list(zip(times.tolist(), pairs.tolist(), strict=True))
        net = play(mail(spikes, pairs, pairs, delay=delays * DT), 82, backend)
        steps = np.arange(1, 83)[:, None]
        arrived = steps >= times + delays
        np.testing.assert_array_equal(net.x.x.values, arrived.astype(float))

    def test_a_delay_of_zero_acts_at_the_time_of_the_spike(self, backend: Any) -> None:
        """The target has it at the end of the very step in which the source fired."""
        net = play(mail([(3, 0)], [0], [0]), 5, backend)
        assert net.x.x.values[:, 0].tolist() == [0, 0, 1, 1, 1]

    def test_one_pair_may_have_several_delays(self, backend: Any) -> None:
        """Each synapse brings its own weight at its own time."""
        values = {"delay": np.array([1, 0, 4, 1]) * DT, "weight": [1.0, 16.0, 256.0, 4096.0]}
        net = play(mail([(2, 0)], [0] * 4, [0] * 4, **values), 8, backend)
        assert net.x.x.values[:, 0].tolist() == [0, 16, 4113, 4113, 4113, 4369, 4369, 4369]

    def test_the_delays_of_both_ends_add_up(self, backend: Any) -> None:
        """What passes the synapse at T + delay acts on the target a dendritic delay later."""
        values = {
            "delay": np.array([0, 1, 5]) * DT,
            "dendritic_delay": 2 * DT,
            "weight": [1.0, 16.0, 256.0],
        }
        net = play(mail([(2, 0)], [0] * 3, [0] * 3, **values), 10, backend)
        assert net.x.x.values[:, 0].tolist() == [0, 0, 0, 1, 17, 17, 17, 17, 273, 273]

    def test_a_jump_over_the_threshold_fires_one_step_later(self, backend: Any) -> None:
        """What arrives at T is seen at T above the threshold, and fires at T + dt."""
        weights = [[0.0, 1.5], [0.0, 0.0]]
        net, inputs = recurrent([2.0, 0.0], weights=weights, delays=2)  # the first fires at step 4
        play(net, 9, backend, inputs=inputs)
        assert net.v.V.values[:, 1].tolist() == [0, 0, 0, 0, 0, 1.5, 0, 0, 0]
        assert raster(net.spikes) == {(4, 0), (8, 0), (7, 1)}

    def test_what_is_held_stays_up_to_and_including_the_period(self, backend: Any) -> None:
        """V fires at step 2, is held at its reset up to 2 + r, then grows by 1/2 a step."""
        periods = np.array([0, 1, 2, 5])
        net, inputs = recurrent([4.0] * 4, periods=periods, reset=-1.0)
        play(net, 12, backend, inputs=inputs)
        for neuron, period in enumerate(periods):
            expected = [0.5, *[-1.0] * (period + 1), -0.5, 0.0, 0.5]
            assert net.v.V.values[: period + 5, neuron].tolist() == expected
            assert {
                step for step, n in raster(net.spikes) if n == neuron and step < period + 7
            } == {2, 2 + period + 4}

    def test_a_jump_that_arrives_while_held_is_lost(self, backend: Any) -> None:
        """Neuron 0 fires at step 2 and reaches the others, which fired too, after 0 to 4 steps."""
        size, period = 6, 2
        weights, delays = np.zeros((size, size)), np.ones((size, size), np.int64)
        weights[0, 1:], delays[0, 1:] = 0.25, np.arange(5)
        net, inputs = recurrent([4.0] * size, periods=period, weights=weights, delays=delays)
        play(net, 2, backend, inputs=inputs)
        play(net, 6, backend)
        assert net.v.V.values[-1, 1:].tolist() == [0.0, 0.0, 0.0, 0.25, 0.25]

    def test_an_input_acts_within_its_step(self, backend: Any) -> None:
        """A window is on from its start to before its stop; a table has a value for each step."""
        net, _ = recurrent([0.0, 0.0, 0.0])
        (cells,) = net.groups
        table = bk.TimedArray([1.0, 0.0, 2.0, 4.0, 0.0, 0.0], DT)
        window = bk.window(2.0, 2 * DT, 4 * DT)
        play(
            net, 6, backend, inputs={cells[0]: window, cells[1]: table, cells[2]: lambda t: 8.0 * t}
        )
        assert net.v.V.values[:, 0].tolist() == [0, 0, 0.25, 0.5, 0.5, 0.5]
        assert net.v.V.values[:, 1].tolist() == [0.125, 0.125, 0.375, 0.875, 0.875, 0.875]
        assert net.v.V.values[:, 2].tolist() == [0, 0.125, 0.375, 0.75, 0, 0.625]

    def test_time_does_not_drift(self, backend: Any) -> None:
        """After 1e8 steps, time is still their number times dt, to the last bit."""
        net = mixture()
        net.state.step = 10**8 + 3
        play(net, 3, backend)
        assert net.s.time_seen.values[:, 0].tolist() == [
            (10**8 + 3 + step) * DT for step in range(1, 4)
        ]
        assert net.t == (10**8 + 6) * DT
