"""Every packaged synapse, held to the public kit."""

from __future__ import annotations

from functools import partial

import pytest

import brainkernel_synapses as synapses
from brainkernel.testing import ModelConformance, PluginConformance
from brainkernel_synapses.jump import jump_onto

MODELS = [name for name in synapses.__all__ if name != "Jump"]
NEEDED = {"ExponentialConductance": {"E": 0.0, "tau": 5.0}}


class PlasticAMPA(synapses.PairSTDP, synapses.AMPA):
    """AMPA synapses with plasticity.

    Parameters are those of `PairSTDP` and `AMPA`: w_min, w_max, A_plus, A_minus, tau_plus,
    tau_minus, E and tau; the states are weight and g.
    """


class TestSynapse(ModelConformance):
    """All that transmit or couple, and all that learn."""

    @pytest.fixture(params=MODELS)
    def model(self, request):
        return partial(getattr(synapses, request.param), **NEEDED.get(request.param, {}))


class TestPlastic(ModelConformance):
    """A rule of plasticity mixed into a synapse."""

    @pytest.fixture
    def model(self):
        return partial(PlasticAMPA, weight=0.5, dendritic_delay=0.2)


class TestJump(ModelConformance):
    """A jump of a state that is named."""

    @pytest.fixture
    def model(self):
        return jump_onto("V", "mV")


class TestPlugin(PluginConformance):
    @pytest.fixture
    def distribution(self):
        return "brainkernel-synapses"
