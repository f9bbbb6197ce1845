"""What is loaded when, looked at in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "xarray",
    "numba",
    "jax",
    "sympy",
    "scipy",
    "pandas",
    "matplotlib",
    "pint",
    "importlib_metadata",
    "tqdm",
    "llvmlite",
}
DOORS = (
    "brainkernel._plugin",
    "brainkernel_cells._plugin",
    "brainkernel_neurons._plugin",
    "brainkernel_synapses._plugin",
    "brainkernel_numba._plugin",
    "brainkernel_jax._plugin",
)
PROBE = """
import sys
before = set(sys.modules)
{statement}
import json
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""


def loaded_by(statement: str) -> set[str]:
    command = [sys.executable, "-c", PROBE.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named 'brainkernel_" in done.stderr:
        pytest.skip("this package is not installed")
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout)) - set(sys.stdlib_module_names)


def test_the_probe_sees_what_is_loaded():
    pytest.importorskip("pint")
    assert "pint" in loaded_by("import pint")


def test_import_brainkernel_loads_numpy_and_pluggy_only():
    third_party = {name for name in loaded_by("import brainkernel") if "cython" not in name}
    assert third_party <= {"brainkernel", "numpy", "pluggy"}


def test_what_backends_import_is_light():
    assert not loaded_by("import brainkernel.backend") & HEAVY


@pytest.mark.parametrize("door", DOORS)
def test_the_door_of_a_plugin_is_light(door):
    loaded = loaded_by(f"import {door}")
    assert door.partition(".")[0] in loaded
    assert not loaded & HEAVY


def test_asking_a_host_for_its_lists_stays_light():
    loaded = loaded_by(
        "from brainkernel.plugins.host import PluginHost\n"
        "import brainkernel._plugin\n"
        "host = PluginHost([brainkernel._plugin])\n"
        "host.models(), host.backends(), host.integrators(), host.connectors(), host.recorders()\n"
        "assert not [status for status in host.statuses if status.error]"
    )
    assert not loaded & HEAVY


def test_units_are_checked_and_plain_numbers_read_without_pint():
    statement = (
        "from brainkernel.base.units import *; check_unit('uF/cm**2'); "
        "assert magnitude(3.0, 'mV', 'V') == 3.0"
    )
    assert not loaded_by(statement) & HEAVY
