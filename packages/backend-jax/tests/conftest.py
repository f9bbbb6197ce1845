"""What the tests of JAX share: a cache folder, the core's toy models, and 64 bits."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "core" / "tests"))


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep printed programs, and what JAX compiles, away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        patch.delenv("BRAINKERNEL_BACKEND", raising=False)
        yield


@pytest.fixture
def x64():
    """64 bits, for as long as the test takes."""
    with jax.enable_x64(True):
        yield
