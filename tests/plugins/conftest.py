"""A third party's distribution, whose own tests run where its wheel is installed.

`nox -s plugins` installs it.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

collect_ignore = [] if find_spec("lab_models") else ["lab_models"]


@pytest.fixture(scope="session", autouse=True)
def program_cache(tmp_path_factory):
    """Keep printed programs away from the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        yield
