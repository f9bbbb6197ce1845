"""States and weights in 32 bits: kept so, computed with in 64, and the same on all backends."""

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import NetworkError
from brainkernel_neurons import LIF, LIFExpCurrent
from brainkernel_synapses import AMPA, CurrentJump, PairSTDP

BACKENDS = ["numpy", "numba"]


class PlasticAMPA(PairSTDP, AMPA):
    """AMPA synapses that learn."""


def network(dtype):
    cells = LIF(40, name="cells", V=lambda rng: rng.uniform(-70, -50))
    others = LIFExpCurrent(30, name="others", V=lambda rng: rng.uniform(-65, -50))
    sparse = bk.connect.fixed_prob(0.3)
    return bk.Network(
        cells,
        others,
        PlasticAMPA(
            cells, cells, connect=sparse, name="plastic", weight=0.5, delay=0.3, dendritic_delay=0.2
        ),
        AMPA(others, cells, connect=sparse, name="drawn", weight=lambda rng: rng.uniform(0, 1)),
        CurrentJump(
            cells,
            others,
            connect=sparse,
            name="jump",
            weight=lambda rng: rng.normal(30, 10),
            delay=lambda rng, dt: bk.on_grid(rng.uniform(0, 5), dt),
        ),
        dtype=dtype,
        V=bk.StateMonitor(cells, "V"),
        spikes=bk.SpikeMonitor(cells),
    )


def outcome(dtype, backend, **options):
    net = network(dtype)
    net.run(30.0, backend=backend, inputs={net.groups[0]: 700.0, net.groups[1]: 500.0}, **options)
    return net


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "dtype, state, weights",
    [
        ("float32", np.float32, np.float32),
        ({"state": "float32"}, np.float32, np.float64),
        ({"weights": "float32"}, np.float64, np.float32),
        ("float64", np.float64, np.float64),
    ],
)
def test_states_and_weights_are_kept_as_was_asked(backend, dtype, state, weights):
    net = outcome(dtype, backend)
    assert net.state.values.dtype == state and net.state.arriving.dtype == state
    assert net.build.synaptic.dtype == weights and net.build.synaptic.size > 0
    assert net.spikes.sizes["spike"] > 50


@pytest.mark.parametrize("dtype", ["float32", {"state": "float32"}, {"weights": "float32"}])
def test_backends_and_threads_agree(dtype):
    one, other = outcome(dtype, "numpy"), outcome(dtype, "numba", threads=3)
    assert one.spikes.drop_attrs().identical(other.spikes.drop_attrs())
    np.testing.assert_allclose(one.V.V, other.V.V, rtol=1e-6)
    assert outcome(dtype, "numba").state.values.tobytes() == other.state.values.tobytes()


def test_what_is_kept_is_rounded_once_a_step():
    wide, narrow = outcome("float64", "numpy"), outcome("float32", "numpy")
    first = slice(0, 20)
    difference = np.abs(wide.V.V[first] - narrow.V.V[first]).max()
    assert 0 < difference < 1e-4


@pytest.mark.parametrize("dtype", ["float16", "single", {"state": "int"}, {"V": "float32"}, 32])
def test_other_kinds_are_refused(dtype):
    with pytest.raises(NetworkError, match='give "float64" or "float32"'):
        network(dtype)
