"""For all tests.

JAX keeps what it has compiled for as long as a process lives, so let go of it after each file.
"""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(scope="module", autouse=True)
def compiled_code_is_let_go():
    """Thousands of small networks, each compiled, would otherwise take gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
