"""Wrong calls are refused by an error of the project, with what is wrong and what to do."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from bad_calls import CALLS

import brainkernel as bk
import brainkernel_neurons
import brainkernel_synapses
from brainkernel.errors import BrainKernelError
from brainkernel.plugins.host import default_host

SOURCE = "<bad calls>"  # where the functions of these calls are written


class Quiet(bk.Neuron):
    """Never fires."""

    V = bk.state(0.0)
    I = bk.input()


class NeedsWeight(bk.Synapse):
    """Has a weight without a default."""

    weight = bk.parameter(per="synapse", unit="mV")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


class WritesInput(bk.Synapse):
    """Its events do more to an input of the target than to add to it."""

    @bk.on_pre("I_post")
    def receive(I_post):
        return 2.0 * I_post


class WritesNothing(bk.Synapse):
    """Its events write what no target has."""

    @bk.on_pre("J_post")
    def receive(J_post):
        return J_post + 1.0


class Player(bk.Neuron):
    """Brings impulses along."""

    I = bk.input()

    @bk.threshold
    def fires(I):
        return I - 0.5

    def __init__(self, impulses):
        super().__init__(2, name="player")
        self.__dict__["impulses"] = impulses

    def own_inputs(self):
        return {"I": self.impulses}


OWN = (Player, Quiet, NeedsWeight, WritesInput, WritesNothing)


class Names:
    """What a call may name; each call has objects of its own."""

    def __init__(self, folder):
        self.lif, self.src = (
            brainkernel_neurons.LIF(5, name="lif"),
            brainkernel_neurons.PoissonGroup(4, rates=10.0, name="src"),
        )
        self.folder = folder

    def net(self, *members, dt=0.1, **options):
        """A network."""
        return bk.Network(*members, dt=dt, **options)

    def run(self, network=None, duration=0.1, **options):
        """A short run, of the one group where no network is given."""
        if network is None:
            network = self.lif.network or self.net(self.lif)
        self.kept = network
        network.run(duration, **{"backend": "numpy", **options})

    def synapse(self, **options):
        """A projection."""
        return brainkernel_synapses.Exponential(
            self.src, self.lif, **{"name": "syn", "connect": bk.connect.all_to_all(), **options}
        )

    def stdp(self, **options):
        """A projection that learns."""
        return brainkernel_synapses.PairSTDP(
            self.src, self.lif, name="stdp", connect=bk.connect.all_to_all(), **options
        )

    def needs_weight(self, connect):
        """A projection whose weight has no default."""
        return NeedsWeight(self.src, self.lif, connect=connect)

    def file(self, text):
        """A file with this text."""
        path = self.folder / "program.py"
        path.write_text(text)
        return path

    def cell(self, **body):
        """A neuron model."""
        return type("Cell", (bk.Neuron,), {"__doc__": "A cell.", "__module__": __name__, **body})

    def capturing(self, captured):
        """A neuron model whose function uses something from outside."""

        class Capturing(bk.Neuron):
            V = bk.state(0.0)

            @bk.derivative
            def dV(V):
                return V * captured

        return Capturing

    def names(self):
        """All of them, as globals of a call."""
        own = {
            name: getattr(self, name)
            for name in dir(self)
            if not name.startswith("_") and name != "names"
        }
        packages = (brainkernel_neurons, brainkernel_synapses, bk.connect)
        public = {name: getattr(package, name) for package in packages for name in package.__all__}
        models = {model.__name__: model for model in OWN}
        return {
            **public,
            **models,
            **own,
            "bk": bk,
            "np": np,
            "host": default_host,
            "folder": str(self.folder),
        }


@pytest.fixture(scope="module")
def unit():
    """Units of pint."""
    return pytest.importorskip("pint").UnitRegistry()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where files lie, and what is written should a call be accepted."""
    place = tmp_path_factory.mktemp("bad_calls")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        yield place


@pytest.mark.parametrize(("call", "error", "said"), CALLS, ids=[call for call, _, _ in CALLS])
def test_a_bad_call_is_refused(call, error, said, folder, request):
    names = Names(folder).names()
    if "unit." in call:
        names["unit"] = request.getfixturevalue("unit")
    with warnings.catch_warnings(), pytest.raises(error) as caught:
        warnings.simplefilter("ignore")
        exec(compile(call, SOURCE, "exec"), names)
    missing = [words for words in said if words not in str(caught.value)]
    assert not missing, f"{caught.value}\ndoes not say: {missing}"
    if error not in (AttributeError, TypeError):
        assert isinstance(caught.value, BrainKernelError)


def test_the_catalogue_is_large_and_has_each_call_once():
    calls = [call for call, _, _ in CALLS]
    assert len(calls) == len(set(calls)) >= 300
