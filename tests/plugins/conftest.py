"""A third party's distribution, whose own tests run where its wheel is installed.

`nox -s plugins` installs it.
"""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("lab_models") else ["lab_models"]
