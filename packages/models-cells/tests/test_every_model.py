"""Every model of cells has page, offer, import and conformance."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

import brainkernel as bk
import brainkernel_cells
from brainkernel.testing import ModelConformance, PluginConformance
from brainkernel_cells import Morphology, PassiveCell, SquidAxon, _plugin

MODELS = {spec.name: spec for spec in _plugin.brainkernel_models()}


@pytest.mark.parametrize("name", MODELS)
def test_every_offer_is_there(name):
    assert MODELS[name].target == f"brainkernel_cells:{name}"
    assert issubclass(getattr(brainkernel_cells, name), bk.Neuron)


@pytest.mark.parametrize("name", MODELS)
def test_the_page_names_unit_and_default_of_each_parameter(name):
    model = getattr(brainkernel_cells, name)
    page = inspect.getdoc(model)
    for parameter in model.definition.names("parameter"):
        declaration = model.definition.declarations[parameter]
        unit = declaration.unit or "dimensionless"
        default = declaration.default
        default = "required" if default is None else f"default {default:g}"
        assert f"\n{parameter} : {unit}, {default}\n" in page
    assert re.search(r"References\n-+\n.+\(\d{4}\)", page)
    assert f"first {model.definition.declarations['V'].default}".removesuffix(".0") in page


@pytest.mark.parametrize("name", MODELS)
def test_states_and_inputs_have_long_names(name):
    definition = getattr(brainkernel_cells, name).definition
    assert all(definition.declarations[state].doc for state in definition.names("state", "input"))


def test_importing_the_models_loads_nothing_heavy():
    heavy = ["morphio", "xarray", "numba", "jax", "scipy", "sympy", "pint", "matplotlib"]
    code = (
        f"import sys, brainkernel_cells; print([name for name in {heavy} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


class Balls:
    """Cells of one compartment each, made by their number as other models are."""

    def __init__(self, size, **values):
        shape = Morphology()
        shape.add_ball("soma", diameter=20.0)
        super().__init__(shape, cells=size, **values)


class PassiveBalls(Balls, PassiveCell):
    """Passive cells of one compartment."""


class SquidBalls(Balls, SquidAxon):
    """Spiking cells of one compartment."""


class TestPlugin(PluginConformance):
    @pytest.fixture
    def distribution(self):
        return "brainkernel-cells"


class OneModel(ModelConformance):
    """One model, with a drive at which it fires."""

    dt = 0.05
    duration = 40.0
    drive = (0.0, 5.0, 10.0, 20.0)

    @pytest.fixture(params=[PassiveBalls, SquidBalls], ids=lambda model: model.__name__)
    def model(self, request):
        return request.param


class TestCells(OneModel):
    """Cells that are not cables are like other neurons."""
