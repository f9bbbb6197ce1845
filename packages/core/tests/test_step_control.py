"""Steps within steps: tolerances that hold, what cannot be reached, and arguments of methods."""

from __future__ import annotations

import json

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, ModelError, NonFiniteError
from brainkernel.integrators import bogacki_shampine, dormand_prince, rk4
from brainkernel.testing.beside import SideBySide
from brainkernel_neurons import LIF, AdEx
from brainkernel_synapses import ExponentialConductance

BACKENDS = ["numpy", "numba", "jax"]


class Tangent(bk.Neuron):
    """x' = x**2 + 1, which is the tangent of the time until that ends."""

    x = bk.state(0.0)

    @bk.derivative
    def dx(x):
        return x * x + 1.0


class Wave(bk.Neuron):
    """Many periods in a step."""

    frequency = bk.parameter(40.0)
    x = bk.state(0.0)

    @bk.derivative
    def dx(t, frequency):
        return frequency * np.cos(frequency * t)


class VanDerPol(bk.Neuron):
    mu = bk.parameter(5.0)
    x = bk.state(2.0)
    y = bk.state(0.0)

    @bk.derivative
    def dx(y):
        return y

    @bk.derivative
    def dy(x, y, mu):
        return mu * (1.0 - x * x) * y - x


class Slow(bk.Synapse):
    """Has a state for each synapse that is integrated by itself."""

    s = bk.state(0.5, per="synapse")

    @bk.derivative
    def ds(s):
        return s * (1.0 - s * s)

    @bk.on_pre("V_post")
    def kick(V_post, s):
        return V_post + s


def run(model, duration, dt, method, backend="numpy", **values):
    cells = model(2, method=method, name="cells", **values)
    net = bk.Network(cells, dt=dt)
    net.run(duration, backend=backend)
    return net["cells"].x.copy()


@pytest.mark.parametrize("method", [bogacki_shampine, dormand_prince])
def test_a_tolerance_holds_whatever_the_step(method):
    for dt in (0.05, 1.5):
        x = run(Tangent, 1.5, dt, method)
        assert pytest.approx(np.tan(1.5), rel=2e-4) == x
    x = run(Wave, 2.0, 1.0, method)
    assert pytest.approx(np.sin(80.0), abs=1e-4) == x


@pytest.mark.parametrize("method", [bogacki_shampine, dormand_prince])
def test_errors_follow_the_tolerance(method):
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        x = run(Tangent, 1.5, 1.5, method(rtol=rtol, atol=1e-12))
        errors.append(abs(x[0] / np.tan(1.5) - 1.0))
    assert errors[0] > 10.0 * errors[1] > 100.0 * errors[2]
    assert errors[2] < 1e-6


def test_stiff_neurons_do_not_slow_the_others():
    """Each has parts of its own, as if it were alone."""
    together = run(VanDerPol, 5.0, 0.1, dormand_prince, mu=[1.0, 100.0])
    alone = run(VanDerPol, 5.0, 0.1, dormand_prince, mu=1.0)
    assert together[0] == alone[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_follows_the_reference(backend):
    cells = VanDerPol(3, method=dormand_prince(rtol=1e-7), mu=[1.0, 20.0, 100.0], name="cells")
    driven = AdEx(2, method="bogacki_shampine", name="driven")
    source = LIF(4, name="source")
    fixed = bk.connect.all_to_all()
    synapses = ExponentialConductance(source, driven, connect=fixed, weight=9.0, E=0.0, tau=5.0)
    learning = Slow(source, driven, connect=fixed, method="dormand_prince", name="learning")
    net = bk.Network(cells, driven, source, synapses, learning, s=bk.SpikeMonitor(driven))
    both = SideBySide(net, backend, tolerance=1e-9)
    both.run(12.0, {source: np.linspace(500.0, 900.0, 4), driven: 500.0})
    both.check()
    assert len(both.reference.spikes["s"]) > 0


def test_threads_and_pieces_change_no_bit():
    def ended(pieces, threads):
        cells = VanDerPol(40, method="dormand_prince", mu=np.linspace(1.0, 60.0, 40), name="cells")
        net = bk.Network(cells, dt=0.1)
        for piece in pieces:
            net.run(piece, backend="numba", threads=threads)
        return cells.x

    whole = ended([8.0], 1)
    np.testing.assert_array_equal(ended([8.0], 2), whole)
    np.testing.assert_array_equal(ended([3.3, 4.7], 1), whole)


def test_a_peak_is_reached_in_parts():
    """AdEx, whose V runs to its ceiling: the adaptation is that of a hundredth of the step."""

    def adaptation(method, dt):
        cells = AdEx(1, method=method, name="cells", spikes="interpolated")
        net = bk.Network(cells, dt=dt)
        net.run(20.0, inputs={cells: 1000.0})
        return cells.w[0]

    assert adaptation("dormand_prince", 0.1) == pytest.approx(adaptation("rk4", 0.002), abs=0.02)


def test_spikes_within_a_step_are_as_exact_as_the_tolerance():
    class Firing(Tangent):
        @bk.threshold
        def fires(x):
            return x - 3.0

        @bk.reset("x")
        def restart():
            return -1.0

    cells = Firing(1, spikes="interpolated", method=dormand_prince(rtol=1e-10, atol=1e-12))
    net = bk.Network(cells, s=bk.SpikeMonitor(cells), dt=0.5)
    net.run(6.0)
    expected = np.arctan(3.0) + (np.arctan(3.0) + np.arctan(1.0)) * np.arange(3)
    np.testing.assert_allclose(net.s.time.values[:3], expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_no_part_is_short_enough_for_is_told(backend):
    cells = Tangent(1, method="dormand_prince", name="cells")
    net = bk.Network(cells, dt=0.5)
    with pytest.raises(NonFiniteError) as caught:
        net.run(2.0, backend=backend)
    assert (caught.value.owner, caught.value.variable) == ("cells", "x")


def test_methods_with_arguments_are_told_and_shared():
    cells = [Tangent(2, method=dormand_prince(rtol=1e-8), name=name) for name in ("one", "other")]
    net = bk.Network(*cells, m=bk.StateMonitor(cells[0], "x"))
    assert net.source().count("def update_") == 1
    net.run(0.1)
    assert json.loads(net.m.attrs["groups"])["one"]["method"] == "dormand_prince(rtol=1e-08)"
    assert "dormand_prince(rtol=1e-08)" in net.m.attrs["integrators"]
    assert dormand_prince(rtol=1e-8) == dormand_prince(rtol=1e-8) != dormand_prince


def test_a_method_itself_is_as_good_as_its_name():
    named, given = (run(Tangent, 1.0, 0.1, method) for method in ("rk4", rk4))
    np.testing.assert_array_equal(named, given)


def test_wrong_arguments_are_refused():
    with pytest.raises(
        IntegratorError, match=r"dormand_prince\(rtol=0.0\): give a positive number"
    ):
        dormand_prince(rtol=0.0)
    with pytest.raises(ModelError, match="the name of a method"):
        Tangent(1, method=4)
