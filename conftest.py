"""For all tests: what JAX has compiled, kept as long as a process lives, is freed after a file."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(scope="module", autouse=True)
def compiled_code_is_let_go():
    """Thousands of small networks, each compiled, would otherwise take gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
