"""Every packaged neuron and input, held to the public kit."""

from __future__ import annotations

from functools import partial

import pytest

import brainkernel_neurons as neurons
from brainkernel.testing import ModelConformance, PluginConformance


class OneModel(ModelConformance):
    """One model with its name as the fixture's parameter, and a drive at which it fires."""

    dt = 0.1


class TestLIF(OneModel):
    drive = (300.0, 450.0, 600.0, 900.0)
    duration = 40.0

    @pytest.fixture(params=[neurons.LIF, neurons.LIFExpCurrent], ids=lambda model: model.__name__)
    def model(self, request):
        return request.param


class TestNoisy(OneModel):
    drive = (300.0, 450.0, 600.0, 900.0)

    @pytest.fixture(
        params=[
            partial(neurons.LIF, noise=5.0),
            partial(neurons.LIFExpCurrent, background=0.8, background_weight=50.0),
        ],
        ids=["LIF with noise", "LIFExpCurrent with background"],
    )
    def model(self, request):
        return request.param


class TestExpIF(OneModel):
    drive = (20.0, 60.0, 150.0, 400.0)
    duration = 40.0

    @pytest.fixture
    def model(self):
        return neurons.ExpIF


class TestAdEx(OneModel):
    drive = (400.0, 700.0, 1000.0, 2000.0)
    duration = 40.0

    @pytest.fixture
    def model(self):
        return neurons.AdEx


class TestIzhikevich(OneModel):
    drive = (0.0, 5.0, 10.0, 20.0)

    @pytest.fixture(
        params=[neurons.Izhikevich, neurons.HodgkinHuxley], ids=lambda model: model.__name__
    )
    def model(self, request):
        return request.param


class TestTraubMiles(OneModel):
    drive = (0.0, 100.0, 300.0, 900.0)

    @pytest.fixture
    def model(self):
        return neurons.TraubMiles


class TestFitzHughNagumo(OneModel):
    drive = (0.0, 0.4, 0.6, 0.8)

    @pytest.fixture
    def model(self):
        return neurons.FitzHughNagumo


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestChannels(OneModel):
    drive = (0.0, 1.0, 5.0, 12.0)
    duration = 40.0
    working_range = (
        -4.0,
        12.0,
    )  # farther below, rk4 needs smaller steps for the rates of the gates

    @pytest.fixture(
        params=[neurons.WangBuzsaki, neurons.ConnorStevens, neurons.PersistentSodium],
        ids=lambda model: model.__name__,
    )
    def model(self, request):
        return request.param


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestMorrisLecar(OneModel):
    drive = (0.0, 90.0, 120.0, 150.0)
    duration = 60.0

    @pytest.fixture
    def model(self):
        return neurons.MorrisLecar


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestPinskyRinzel(OneModel):
    drive = (0.0, 2.0, 4.0, 8.0)
    working_range = (-3.0, 8.0)  # farther below, rk4 needs smaller steps

    @pytest.fixture
    def model(self):
        return neurons.PinskyRinzel


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestHindmarshRose(OneModel):
    drive = (0.0, 2.0, 3.0, 4.0)

    @pytest.fixture
    def model(self):
        return neurons.HindmarshRose


class TestQuadratic(OneModel):
    drive = (60.0, 150.0, 300.0, 600.0)
    duration = 40.0

    @pytest.fixture(
        params=[neurons.QIF, neurons.AdaptiveQIF, neurons.MihalasNiebur],
        ids=lambda model: model.__name__,
    )
    def model(self, request):
        return request.param


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestDimensionless(OneModel):
    drive = (0.5, 1.2, 2.0, 4.0)
    duration = 40.0

    @pytest.fixture(
        params=[neurons.ThetaNeuron, neurons.ResonateAndFire, neurons.ALIF],
        ids=lambda model: model.__name__,
    )
    def model(self, request):
        return request.param


@pytest.mark.slow  # for its compilation: the kit's machinery is tried with other models
class TestEscape(OneModel):
    drive = (100.0, 300.0, 450.0, 600.0)

    @pytest.fixture(
        params=[neurons.EscapeLIF, neurons.GIF],
        ids=lambda model: model.__name__,
    )
    def model(self, request):
        return request.param


class TestInputs(OneModel):
    @pytest.fixture(
        params=[
            partial(neurons.PoissonGroup, rates=200.0),
            partial(neurons.SpikeGenerator, times=[3.0, 1.0], neurons=[1, 2]),
        ],
        ids=["PoissonGroup", "SpikeGenerator"],
    )
    def model(self, request):
        return request.param


class TestPlugin(PluginConformance):
    @pytest.fixture
    def distribution(self):
        return "brainkernel-neurons"
