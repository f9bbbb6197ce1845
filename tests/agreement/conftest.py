"""The toy models of the core's tests, for the tests of several packages together."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "packages" / "core" / "tests"))


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep printed programs away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        yield
