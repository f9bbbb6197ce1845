"""While JAX compiles, a user is told."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_jax import JaxBackend


class Tiny(bk.Neuron):
    """As little as can be."""

    x = bk.state(0.0)

    @bk.step("x")
    def count(x):
        return x + 1.0


def test_a_run_that_reports_tells_when_the_loop_is_compiled(capsys):
    net = bk.Network(Tiny(2, name="tiny"), dt=0.5)
    net.run(1.0, backend="jax", report=True)
    told = capsys.readouterr().err
    assert "compiling the time loop of jax_" in told
    assert "compiled the time loop of jax_" in told
    net.run(1.0, backend="jax", report=True)
    assert "compil" not in capsys.readouterr().err


class Jittery(bk.Neuron):
    """Draws a normal number, and fires now and then."""

    x = bk.state(0.0)
    kick = bk.normal()

    @bk.step("x")
    def jitter(x, kick):
        return 0.5 * x + kick

    @bk.threshold
    def fires(x):
        return x - 1.0


def test_a_text_printed_in_full_runs_like_the_one_that_imports_its_machinery(tmp_path):
    jittery = Jittery(5, name="jittery")
    net = bk.Network(jittery, dt=0.5, x=bk.StateMonitor(jittery, "x"), s=bk.SpikeMonitor(jittery))
    usual = net.run(10.0, backend="jax")
    path = tmp_path / "whole.py"
    path.write_text(JaxBackend().source(net.program(), whole=True))
    assert "def threefry_2x32(" in path.read_text() or "def _threefry_2x32(" in path.read_text()
    net.reset()
    whole = net.run(10.0, backend="jax", source=path)
    assert usual["s"].sizes["spike"] > 0
    np.testing.assert_array_equal(usual["x"].x, whole["x"].x)


def test_the_text_of_a_small_network_is_short():
    net = bk.Network(Jittery(5, name="jittery"), dt=0.5)
    assert len(net.source(backend="jax").splitlines()) < 110
