"""The JAX backend of brainkernel: the same programs with gradients, in batches, on CPUs and GPUs.

Nothing is imported before it is asked for: the package's door, through which plugins are found,
stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainkernel_jax.backend import JaxBackend as JaxBackend
    from brainkernel_jax.pure import Function as Function
    from brainkernel_jax.pure import function as function
    from brainkernel_jax.surrogates import surrogate as surrogate

_HOMES = {
    "Function": "pure",
    "JaxBackend": "backend",
    "function": "pure",
    "surrogate": "surrogates",
}
__all__ = ["Function", "JaxBackend", "function", "surrogate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
