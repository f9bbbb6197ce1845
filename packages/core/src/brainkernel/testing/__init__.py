"""The conformance kit: what every backend, model and plugin must hold, ours as well as yours.

Each class is subclassed in a test module, given one fixture, and run by pytest.

>>> class TestMyBackend(BackendConformance):  # doctest: +SKIP
...     @pytest.fixture
...     def backend(self):
...         return MyBackend()
"""

from __future__ import annotations

try:
    import pytest
except ModuleNotFoundError as cause:
    from brainkernel.base.install_lines import install_line
    from brainkernel.errors import MissingDependencyError

    raise MissingDependencyError(
        f"brainkernel.testing needs pytest: {install_line('testing')}"
    ) from cause

# Before they are imported, so that a failed check shows both sides of its comparison.
MODULES = (
    "algebra backend bench beside capabilities chance comparing data following imports integration "
    "model order plugin "
    "text timing"
)
pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in MODULES.split()))

from brainkernel.testing.backend import BackendConformance  # noqa: E402
from brainkernel.testing.beside import SideBySide, assert_follows_the_reference  # noqa: E402
from brainkernel.testing.model import ModelConformance  # noqa: E402
from brainkernel.testing.plugin import PluginConformance  # noqa: E402
from brainkernel.testing.reference import Reference  # noqa: E402

__all__ = [
    "BackendConformance",
    "ModelConformance",
    "PluginConformance",
    "Reference",
    "SideBySide",
    "assert_follows_the_reference",
]
