"""What is recorded: shapes, kinds, units, names and provenance."""

from __future__ import annotations

from typing import Any

import numpy as np

from brainkernel.testing.comparing import REFERENCE, assert_close
from brainkernel.testing.models import DT
from brainkernel.testing.networks import driven, mail, mixed, play
from brainkernel.testing.suite import Conformance


class DataChecks(Conformance):
    """The checks of what monitors give."""

    def test_datasets_have_coordinates_and_units(self, backend: Any) -> None:
        """Dimensions by name, times in ms as one would write them, an index for each axis."""
        net = mixed()
        play(net, 28, backend, inputs=driven(net))
        assert net.v.V.dims == ("time", "neuron")
        assert net.w.time.values.tolist() == [7 * DT, 14 * DT, 21 * DT, 28 * DT]
        assert net.w.index_0.values.tolist() == [0, 0, 1, 1]
        assert (net.v.V.dtype, net.v.spike.dtype, net.s.neuron.dtype) == (float, bool, np.int64)
        units = [
            net.v.V.attrs["units"],
            net.g.g.attrs["units"],
            net.r.rate.attrs["units"],
            net.v.time.attrs["units"],
        ]
        assert units == ["mV", "mV/ms", "Hz", "ms"]
        assert net.v.V.attrs["long_name"] == "membrane potential"

    def test_datasets_say_where_they_come_from(self, backend: Any) -> None:
        """Backend, step, seed, versions, and the digest of the very program that ran."""
        net = mixed(seed=7)
        tree = net.run(4 * DT, inputs=driven(net), backend=backend)
        for node in tree.subtree:
            assert (node.attrs["dt_ms"], node.attrs["seed"]) == (DT, 7)
            assert node.attrs["backend"] == getattr(backend, "name", backend)
            assert "brainkernel" in node.attrs["versions"]
            assert len(node.attrs["program"]) == 64
            assert (node.attrs["t_start_ms"], node.attrs["t_stop_ms"]) == (0.0, 4 * DT)
        assert tree["s"].attrs["object"] == "leaky"

    def test_rates_and_samples_are_what_spikes_and_traces_say(self, backend: Any) -> None:
        """A rate is spikes of a bin over its neurons and width.

        A slow monitor has every n-th value of a fast one.
        """
        net = mixed()
        play(net, 60, backend, inputs=driven(net))
        counts = net.v.spike.values.reshape(15, 4, 5).sum((1, 2))
        assert counts.sum() > 10  # or this check says little
        np.testing.assert_allclose(net.r.rate.values, counts / 5 / (4 * DT * 1e-3), rtol=1e-12)
        assert net.g.time.values.tolist() == [2 * DT * k for k in range(1, 31)]

    def test_nothing_is_recorded_where_nothing_fires(self, backend: Any) -> None:
        """A table without rows has its variables all the same."""
        net = play(mail([(50, 0)], [0], [0]), 3, backend)
        assert net.spikes.sizes["spike"] == 0
        assert set(net.spikes.data_vars) == {"time", "neuron"}
        np.testing.assert_array_equal(net.x.x.values, np.zeros((3, 1)))

    def test_states_may_be_kept_in_32_bits(self, backend: Any) -> None:
        """They are stored so, and agree with the reference's to what 32 bits hold."""
        net, reference = (mixed(dtype="float32") for _ in range(2))
        play(net, 12, backend, inputs=driven(net))
        play(reference, 12, REFERENCE, inputs=driven(reference))
        assert net.state.values.dtype == np.float32
        for name in ("v", "w", "g"):
            assert_close(getattr(net, name), getattr(reference, name), 1e-5)
