"""What the tests of cells share: shapes of cables and closed forms."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # cables, which no test module can import otherwise
