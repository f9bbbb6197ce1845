"""The order of a step is one list: programs are printed in it, and the documentation tells it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from installed import BACKENDS
from toy_models import DT, Gate, Ramp

import brainkernel as bk
from brainkernel.program.schedule import SLOTS

TIMING = Path(__file__).parents[3] / "docs" / "timing.md"


class Centred(bk.Neuron):
    """V follows I, and its mean over the group is taken away."""

    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return I - V

    @bk.step("V", on="group")
    def centre(V):
        return V - np.mean(V)

    @bk.threshold
    def fires(V):
        return V - 10.0


class Jump(bk.Synapse):
    """Each spike moves V of the target."""

    @bk.on_pre("V_post")
    def receive(V_post):
        return V_post + 0.25


def network():
    gate, ramp, centred = Gate(1, name="gate"), Ramp(2, name="ramp"), Centred(3, name="centred")
    jump = Jump(gate, ramp, connect=bk.connect.all_to_all(), name="jump")
    return bk.Network(gate, ramp, centred, jump, dt=DT)


def test_it_lists_what_runs_in_each_slot():
    schedule = network().schedule()
    assert [task.slot for task in schedule if task.owner == "Ramp"] == [
        *("integrate", "threshold", "reset")
    ]
    whole = [task for task in schedule if task.kind == "whole"]
    assert [(task.slot, task.functions) for task in whole] == [("reset", ("Centred_centre",))]
    assert {task.slot for task in schedule} == set(SLOTS)
    assert str(schedule).splitlines()[0].split() == ["inputs", "inputs"]


def test_slots_of_the_network_come_in_their_order():
    of_network = [task.slot for task in network().schedule() if not task.owner]
    assert of_network == ["inputs", "deliver", "record"]


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "jax"])
def test_a_program_is_printed_in_its_order(backend):
    net = network()
    text = net.source(backend=backend)
    run = text[text.index("def run(") :]
    calls = re.findall(r"\b(?:update|whole|deliver)_(\w+)\(|\b_(list_spikes|record)\(", run)
    printed = [one or other for one, other in calls]
    kinds = {"list": "list_spikes", "record": "record"}
    expected = []
    for task in net.schedule():
        name = kinds.get(task.kind, task.owner)
        if name and (not expected or expected[-1] != name or task.kind == "whole"):
            expected.append(name)
    assert printed == expected


def test_the_timing_page_tells_the_same_slots():
    table = re.findall(r"^\| (\w+) \|", TIMING.read_text(encoding="utf-8"), re.MULTILINE)
    slots = [name for name in table if name != "slot"]
    assert slots[: len(SLOTS)] == list(SLOTS)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_program_printed_in_full_runs_alike(backend, tmp_path):
    """Nothing is hidden: what is imported can be printed, read, and run."""
    net = network()
    short, whole = net.source(backend=backend), net.source(backend=backend, whole=True)
    assert "import" in short and len(whole.splitlines()) > len(short.splitlines())
    path = tmp_path / "whole.py"
    path.write_text(whole, encoding="utf-8")
    inputs = {"gate": 1.0, "ramp": 0.5, "centred": np.array([1.0, 2.0, 4.0])}
    net.run(8 * DT, inputs=inputs, backend=backend)
    expected = [net["ramp"].V.tolist(), net["centred"].V.tolist()]
    net.reset()
    net.run(8 * DT, inputs=inputs, backend=backend, source=path)
    assert [net["ramp"].V.tolist(), net["centred"].V.tolist()] == expected
