"""The Numba backend, held to the public kit."""

from __future__ import annotations

import pytest

from brainkernel.testing import BackendConformance, PluginConformance


class TestNumba(BackendConformance):
    """Compiled loops give the reference's numbers."""

    @pytest.fixture
    def backend(self):
        from brainkernel_numba.backend import NumbaBackend

        return NumbaBackend()


class TestPlugin(PluginConformance):
    """What the distribution promises."""

    @pytest.fixture
    def distribution(self):
        return "brainkernel-numba"
