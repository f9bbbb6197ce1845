"""Errors: what is wrong, where it is written, and how it can be written instead."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import brainkernel as bk
import brainkernel_jax as bj
from brainkernel.errors import BackendError, MemoryLimitError, PluginError
from brainkernel_jax.error_messages import explained


class Writes(bk.Neuron):
    """Writes to an array."""

    x = bk.state(0.0)

    @bk.step("x", on="group")
    def settle(x):
        other = x + 1.0
        other[0] = 5.0
        return other


class Decides(bk.Neuron):
    """Lets a value decide."""

    x = bk.state(0.0)

    @bk.step("x", on="group")
    def settle(x):
        if x[0] > 0.0:
            return x
        return x + 1.0


class Foreign(bk.Neuron):
    """Calls what JAX lacks."""

    x = bk.state(0.0)

    @bk.step("x", on="group")
    def settle(x):
        return np.lib.stride_tricks.as_strided(x)


CASES = [
    (Writes, "other[0] = 5.0", "an array is written to: write np.where"),
    (Decides, "if x[0] > 0.0", "decides which way to go: write np.where"),
    (Foreign, "np.lib", "jax.numpy has no such function"),
]


@pytest.mark.parametrize(("model", "line", "advice"), CASES)
def test_what_jax_cannot_trace_is_shown_where_it_is_written(model, line, advice):
    text = Path(__file__).read_text().splitlines()
    first = inspect.getsourcelines(model)[1]
    number = next(
        k
        for k, each in enumerate(text, 1)
        if k >= first and each.strip().startswith(("return " + line, line))
    )
    with pytest.raises(BackendError) as caught:
        bk.Network(model(3)).run(1.0, backend="jax")
    assert f"test_refusals.py, line {number}, in settle" in str(caught.value)
    assert advice in str(caught.value)


def test_a_device_that_is_not_there_is_refused_with_those_that_are():
    if any(device.platform == "gpu" for device in jax.devices()):
        pytest.skip("there is one")
    net = bk.Network(Decides(1))
    with pytest.raises(BackendError, match="device='gpu': JAX finds none here, only cpu"):
        net.run(1.0, backend="jax", device="gpu")
    with pytest.raises(BackendError, match="does not run on 'gpu', only on cpu"):
        net.run(1.0, backend="numpy", device="gpu")


def test_without_jax_the_line_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.delitem(sys.modules, "brainkernel_jax.backend", raising=False)
    with pytest.raises(PluginError, match="pip install jax"):
        bk.Network(Decides(1)).run(1.0, backend="jax")


def test_too_little_memory_is_told_with_the_estimate():
    net = bk.Network(Decides(1))
    error = RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 99 bytes")
    with (
        pytest.raises(MemoryLimitError, match="take 12 MB"),
        explained(net.program(), Path(__file__), 12_000_000),
    ):
        raise error


def test_rows_that_are_not_stored_are_refused():
    class Jump(bk.Synapse):
        """Adds one."""

        @bk.on_pre("x_post")
        def receive(x_post):
            return x_post + 1.0

    class Gate(bk.Neuron):
        """Never fires."""

        x = bk.state(0.0)

        @bk.threshold
        def fires(x):
            return x - 9.0

    gate = Gate(5)
    net = bk.Network(gate, Jump(gate, gate, connect=bk.connect.fixed_prob(0.5, procedural=True)))
    with pytest.raises(BackendError, match="leave procedural=True out"):
        net.run(1.0, backend="jax")


def test_the_text_of_another_backend_is_refused(tmp_path):
    net = bk.Network(Decides(1))
    path = net.save_source(tmp_path / "numpy.py", "numpy")
    with pytest.raises(bk.errors.ProgramError, match="saved for another backend"):
        net.run(1.0, backend="jax", source=path)
    path = net.save_source(tmp_path / "jax.py", "jax")
    with pytest.raises(bk.errors.ProgramError, match="saved for another backend"):
        net.run(1.0, backend="numpy", source=path)


class Drifts(bk.Neuron):
    """Has an input and a threshold."""

    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(I):
        return I

    @bk.threshold
    def fires(V):
        return V - 1.0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda cells: bk.StateMonitor(cells, "I"), "I of cells is neither"),
        (lambda cells: bk.SpikeMonitor(cells, "V"), "record V of cells with a StateMonitor"),
    ],
)
def test_what_a_pure_function_cannot_record_is_refused(make, said):
    cells = Drifts(2, name="cells")
    net = bk.Network(cells, m=make(cells))
    with pytest.raises(BackendError, match=said):
        bj.function(net, 1.0, dtype="float32")
