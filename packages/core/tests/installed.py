"""The backends that are installed."""

from __future__ import annotations

from importlib.util import find_spec

BACKENDS = [
    "numpy",
    *(name for name in ("numba", "jax") if find_spec(f"brainkernel_{name}") and find_spec(name)),
]
