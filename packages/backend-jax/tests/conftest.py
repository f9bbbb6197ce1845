"""What the tests of JAX share: the toy models of the core's tests, and 64 bits."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "core" / "tests"))


@pytest.fixture
def x64():
    """64 bits, for as long as the test takes."""
    with jax.enable_x64(True):
        yield
