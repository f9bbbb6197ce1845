"""What the tests of the pages share: their reader."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def jax_as_it_was():
    """Pages may switch 64 bits on; the tests after them find JAX as it was."""
    jax = sys.modules.get("jax")
    before = bool(jax and jax.config.jax_enable_x64)
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", before)
