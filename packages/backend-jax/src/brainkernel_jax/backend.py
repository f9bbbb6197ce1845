"""The JAX backend: the printed program as pure functions, compiled whole, for CPUs and GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax

from brainkernel.errors import BackendError
from brainkernel.printing import print_program
from brainkernel.program import Program
from brainkernel.programfile import write_program
from brainkernel_jax.dialect import JaxDialect
from brainkernel_jax.executable import JaxExecutable
from brainkernel_jax.printing import print_functional


class JaxBackend:
    """Prints functions without side effects, and has JAX compile the time loop.

    Parameters
    ----------
    device : "cpu" or "gpu", optional
        Where it runs; a CPU where nothing is said.

    Raises
    ------
    BackendError
        Where JAX has no such device.
    """

    name = "jax"
    distribution = "brainkernel-jax"
    libraries = ("jax", "jaxlib")  # whose versions belong into the datasets
    dialect = JaxDialect()

    def __init__(self, device: str | None = None) -> None:
        self.device = _device(device or "cpu")

    def source(self, program: Program, constants: dict[str, list[float]] | None = None) -> str:
        """The program's text for JAX."""
        return print_program(program, self.dialect, constants, print_functional)

    def compile(self, program: Program, source: Path | None = None) -> JaxExecutable:
        """Import the printed text, or an edited copy of it; JAX compiles it at the first run."""
        return JaxExecutable(program, source or write_program(self.source(program), self.name), self.device)


def _device(kind: str) -> Any:
    try:
        return jax.devices(kind)[0]
    except RuntimeError as cause:
        have = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise BackendError(f"device={kind!r}: JAX finds none here, only {have} ({cause})") from cause
