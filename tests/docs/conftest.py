"""What the tests of the pages share: their reader, and a cache folder of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep printed programs away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        patch.delenv("BRAINKERNEL_BACKEND", raising=False)
        yield


@pytest.fixture
def jax_as_it_was():
    """Pages may switch 64 bits on; the tests after them find JAX as it was."""
    jax = sys.modules.get("jax")
    before = bool(jax and jax.config.jax_enable_x64)
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", before)
