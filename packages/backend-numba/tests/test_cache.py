"""Numba's cache on disk: a second process compiles nothing, and two may compile at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CODE = """
import json, sys
import brainkernel as bk
from brainkernel_neurons import LIF
from brainkernel_synapses import Exponential

tau = float(sys.argv[1])
lif = LIF(5, tau=tau, V=[-70.0, -65.0, -60.0, -56.0, -55.5])
synapse = Exponential(lif, lif, connect=bk.connect.all_to_all(), weight=100.0, delay=0.5)
net = bk.Network(lif, synapse, spikes=bk.SpikeMonitor(lif))
net.run(50.0, inputs={lif: 500.0}, backend="numba")
programs = [name for name in sys.modules if name.startswith("brainkernel_program_")]
(program,) = [sys.modules[name] for name in programs]
stats = program.run.stats
spikes = net.spikes.time.values.tolist()
found = {"hits": len(stats.cache_hits), "misses": len(stats.cache_misses), "spikes": spikes}
print(json.dumps(found))
"""


def start(folder, tau=10.0):
    environment = {**os.environ, "BRAINKERNEL_CACHE_DIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(tau)], stdout=subprocess.PIPE, env=environment
    )


def result(process):
    text = process.communicate()[0]
    assert process.returncode == 0
    return json.loads(text)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "programs"


def test_a_second_process_compiles_nothing_nor_does_another_parameter(folder):
    first, second, third = (
        result(start(folder)),
        result(start(folder)),
        result(start(folder, tau=20.0)),
    )
    assert (first["hits"], first["misses"]) == (0, 1)
    assert (second["hits"], second["misses"]) == (1, 0)
    assert (third["hits"], third["misses"]) == (1, 0)
    assert first["spikes"] == second["spikes"]
    assert first["spikes"] and third["spikes"] != first["spikes"]


def test_processes_that_compile_at_once_agree(folder):
    processes = [start(folder) for _ in range(3)]
    found = [result(process)["spikes"] for process in processes]
    assert found[0] and found[0] == found[1] == found[2]
