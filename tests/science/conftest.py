"""What the numerical proofs share: their models, and the backends that are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parent)
)  # science_models, which no test module can import otherwise
from science_models import BACKENDS


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request):
    """Each backend that is installed."""
    return request.param
