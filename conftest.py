"""For all tests: where compiled programs are kept, and when memory is given back."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
BACKEND_SOURCES = "packages/backend-*/src/**/*.py"
VERSIONS_KEPT = 4  # a folder holds a few hundred megabytes


def digest_of_backends() -> str:
    """Digest what compiled programs import without its being in their text."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob(BACKEND_SOURCES)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def remove_oldest(folders: list[Path]) -> None:
    """Remove all but the folders that were used last."""
    by_use = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in by_use[VERSIONS_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder before the workers start, which inherit it.

    It outlives the run: most of the time of a first run is spent in compilers. `pytest
    --cache-clear` removes it.
    """
    if hasattr(config, "workerinput") or not hasattr(config, "cache"):
        return
    programs = config.cache.mkdir("programs")
    folder = programs / digest_of_backends()
    folder.mkdir(exist_ok=True)
    os.utime(folder)
    remove_oldest(list(programs.iterdir()))
    os.environ["BRAINKERNEL_TEST_CACHE_DIR"] = str(folder)


def pytest_collection_finish() -> None:
    """Spare Python looking for garbage among what has been imported, and among what is compiled.

    A compiler makes a million short-lived objects for each program; the default looks through them
    all, and through those of JAX and Numba, again and again: a sixth of the time to compile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep programs away from the user's cache, and share them between workers and runs."""
    folder = os.environ.get("BRAINKERNEL_TEST_CACHE_DIR") or tmp_path_factory.mktemp("programs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(folder))
        patch.delenv("BRAINKERNEL_BACKEND", raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def compiled_code_is_let_go():
    """JAX keeps what it compiled while a process lives: gigabytes, over thousands of networks."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
