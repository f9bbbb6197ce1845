"""So that the test finds its catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).parent)
)  # bad_calls, which no test module can import otherwise
