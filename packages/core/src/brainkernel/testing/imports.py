"""What is loaded when, looked at in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = frozenset(
    """
    dask h5py jax jaxlib llvmlite matplotlib netCDF4 numba pandas pint scipy sympy tensorflow torch
    tqdm xarray zarr
    """.split()
)
"""Packages that nobody should pay for who only asks what there is."""

PROBE = """
import sys
before = set(sys.modules)
{statement}
import json
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a new process, with all their dots."""
    command = [sys.executable, "-c", PROBE.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{statement} fails in a process of its own:\n{done.stderr}"
    return set(json.loads(done.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    """The packages of modules, without the standard library's."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
