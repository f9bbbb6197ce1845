"""What the numerical proofs share: a cache folder, their models, the installed backends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parent)
)  # science_models, which no test module can import otherwise
from science_models import BACKENDS


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep printed programs away from the user's cache, in a folder that all workers share."""
    folder = tmp_path_factory.getbasetemp()
    if folder.name.startswith("popen"):
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(folder / "programs"))
        patch.delenv("BRAINKERNEL_BACKEND", raising=False)
        yield


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request):
    """Each backend that is installed."""
    return request.param
