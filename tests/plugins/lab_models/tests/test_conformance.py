"""All that this distribution offers, held to brainkernel's public kit."""

from typing import ClassVar

import pytest
from lab_models import QuadraticIF, ring

from brainkernel.testing import BackendConformance, ModelConformance, PluginConformance


class TestQuadraticIF(ModelConformance):
    drive = (0.0, 0.05, 0.1, 0.2)  # nA: one for each of four neurons

    @pytest.fixture
    def model(self):
        return QuadraticIF


class TestStopwatch(BackendConformance):
    @pytest.fixture
    def backend(self):
        return "stopwatch"


class TestPlugin(PluginConformance):
    rules: ClassVar = {"ring": ring(2)}

    @pytest.fixture
    def distribution(self):
        return "lab-models"
