"""A third party's distribution.

Its own tests run where its wheel is installed, as `nox -s plugins` does.
"""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("lab_models") else ["lab_models"]
