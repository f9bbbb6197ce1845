"""Runs: however they are cut, stored and restored, the bits are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from brainkernel.testing.comparing import assert_same_records
from brainkernel.testing.models import DT
from brainkernel.testing.networks import driven, mixed, play
from brainkernel.testing.suite import Conformance

STEPS = 60


def partition(net: Any, backend: Any, *lengths: int) -> Any:
    """Run the mixed network in pieces."""
    inputs = driven(net, STEPS)
    for steps in lengths:
        play(net, steps, backend, inputs=inputs)
    return net


class AlgebraChecks(Conformance):
    """The checks of run(a); run(b) being run(a + b)."""

    def test_runs_add_up(self, backend: Any) -> None:
        """Spikes in flight, refractory periods, noise and slow monitors go on where a run ended."""
        uncut = partition(mixed(), backend, STEPS)
        assert uncut.s.sizes["spike"] > 5  # or this check says little
        for lengths in ((1, 59), (23, 37), (28, 0, 32), (7, 7, 7, 39), (59, 1)):
            assert_same_records(partition(mixed(), backend, *lengths), uncut)

    def test_a_tree_holds_its_own_run(self, backend: Any) -> None:
        """The trees of two runs are the two parts of one."""
        uncut, net = partition(mixed(), backend, STEPS), mixed()
        inputs = driven(net, STEPS)
        trees = [net.run(steps * DT, inputs=inputs, backend=backend) for steps in (23, 37)]
        for name, variable in (("v", "V"), ("w", "V"), ("g", "g"), ("s", "time"), ("r", "rate")):
            parts = [tree[name].dataset[variable].values for tree in trees]
            np.testing.assert_array_equal(
                np.concatenate(parts), getattr(uncut, name)[variable].values
            )

    def test_restore_goes_back(self, backend: Any) -> None:
        """To the stored step, with spikes in flight and random numbers; more than once."""
        uncut, net = partition(mixed(), backend, STEPS), partition(mixed(), backend, 20)
        snapshot = net.store()
        partition(net, backend, 35)
        for _ in range(2):
            net.restore(snapshot)
            assert (net.step, net.v.sizes["time"]) == (20, 20)
            assert_same_records(partition(net, backend, STEPS - 20), uncut)

    def test_reset_begins_anew(self, backend: Any) -> None:
        """Time, states and records go back to the beginning."""
        uncut, net = partition(mixed(), backend, STEPS), partition(mixed(), backend, 33)
        net.reset()
        assert (net.step, net.v.sizes["time"], net.s.sizes["spike"]) == (0, 0, 0)
        assert_same_records(partition(net, backend, STEPS), uncut)

    def test_an_operation_meets_the_network_between_steps(self, backend: Any) -> None:
        """One that looks changes nothing, and one that writes is seen from the next step on."""
        net, steps_seen = mixed(), []
        net.operation(every=11 * DT)(lambda network: steps_seen.append(network.step))
        assert_same_records(partition(net, backend, STEPS), partition(mixed(), backend, STEPS))
        assert steps_seen == [11, 22, 33, 44, 55]
        net = mixed(weight=0.0)
        net.operation(every=14 * DT)(lambda network: setattr(network.groups[1], "V", 0.5))
        play(net, 28, backend)
        first = 0.5 * np.exp(-7 * DT / 10.0)
        np.testing.assert_allclose(net.w.V.values[2], np.full(4, first), rtol=1e-12)

    def test_parameters_and_states_can_be_set_between_runs(self, backend: Any) -> None:
        """A run takes what is there when it begins."""
        net = mixed(weight=0.0)
        play(net, 7, backend)
        net.groups[1].V = 0.25
        net.groups[1].tau = 5.0
        play(net, 7, backend)
        np.testing.assert_allclose(
            net.w.V.values[-1], np.full(4, 0.25 * np.exp(-7 * DT / 5.0)), rtol=1e-12
        )

    def test_two_networks_do_not_meet(self, backend: Any) -> None:
        """Runs of two networks, turn by turn, give what each gives alone."""
        first, second = mixed(), mixed(seed=4)
        for _ in range(3):
            partition(first, backend, 20)
            partition(second, backend, 20)
        assert_same_records(first, partition(mixed(), backend, STEPS))
        assert np.all(first.v.V.values[0] != second.v.V.values[0])
