"""The JAX backend: the printed program as pure functions, compiled whole, for CPUs and GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from brainkernel.errors import BackendError, MissingDependencyError

try:
    import jax
except ImportError as cause:
    raise MissingDependencyError("the backend 'jax' needs JAX: pip install jax") from cause

from brainkernel.backend import Program, cache_folder, print_program, write_program
from brainkernel_jax.codegen.dialect import JaxDialect
from brainkernel_jax.codegen.program import print_functional
from brainkernel_jax.executable import JaxExecutable


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
    dialect = JaxDialect()

    def __init__(self, device: str | None = None) -> None:
        self.device = _device(device or "cpu")
        _keep_compiled()

    def source(
        self,
        program: Program,
        constants: dict[str, list[float]] | None = None,
        whole: bool = False,
    ) -> str:
        """Print the program's text for JAX; with `whole`, the machinery that it imports too."""
        return print_program(program, self.dialect, constants, print_functional, whole=whole)

    def compile(self, program: Program, source: Path | None = None) -> JaxExecutable:
        """Import the printed text, or an edited copy of it; JAX compiles it at the first run."""
        return JaxExecutable(
            program, source or write_program(self.source(program), self.name), self.device
        )


def _device(kind: str) -> Any:
    try:
        return jax.devices(kind)[0]
    except RuntimeError as cause:
        have = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise BackendError(
            f"device={kind!r}: JAX finds none here, only {have} ({cause})"
        ) from cause


def _keep_compiled() -> None:
    """Let JAX keep what it compiles beside the programs, unless it was told where to, or not to."""
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir is None and settings.jax_enable_compilation_cache:
        settings.update("jax_compilation_cache_dir", str(cache_folder() / "jax"))
        settings.update("jax_persistent_cache_min_compile_time_secs", 0.0)
