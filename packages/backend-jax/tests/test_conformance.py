"""The JAX backend, held to the public kit."""

from __future__ import annotations

import pytest

from brainkernel.testing import BackendConformance, PluginConformance

pytest.importorskip("jax")


class TestJax(BackendConformance):
    """Functions without side effects, compiled whole, give the reference's numbers."""

    @pytest.fixture
    def backend(self):
        from brainkernel_jax.backend import JaxBackend

        return JaxBackend()


class TestPlugin(PluginConformance):
    """What the distribution promises."""

    @pytest.fixture
    def distribution(self):
        return "brainkernel-jax"
