"""The JAX backend of brainkernel: the same programs with gradients, in batches, on CPUs and GPUs.

Nothing is imported before it is asked for, so that finding plugins does not load JAX.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainkernel_jax.backend import JaxBackend as JaxBackend
    from brainkernel_jax.differentiable.function import Function as Function
    from brainkernel_jax.differentiable.function import function as function
    from brainkernel_jax.surrogates import surrogate as surrogate

_MODULES = {
    "Function": "differentiable.function",
    "JaxBackend": "backend",
    "function": "differentiable.function",
    "surrogate": "surrogates",
}
__all__ = ["Function", "JaxBackend", "function", "surrogate"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
