"""What all tests of the core share: the backends that are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parent)
)  # toy_models and installed, which no test module can import otherwise

from installed import BACKENDS


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request):
    """Each backend that is installed."""
    return request.param
