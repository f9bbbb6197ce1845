"""The command line, run in-process on a host of our own, and once as a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

import pytest

import brainkernel as bk
from brainkernel.__main__ import main
from brainkernel.plugin import BackendSpec, ModelSpec, hookimpl
from brainkernel.plugins.host import PluginHost


class Toy(bk.Neuron):
    """Toy neuron (a paper, 1900).

    A second paragraph.
    """

    tau = bk.parameter(10.0, unit="ms", doc="membrane time constant")
    V = bk.state(-65.0, unit="mV")
    t_ref = bk.parameter(unit="ms")
    rate = bk.parameter(0.5)
    kicks = bk.poisson("rate")
    I = bk.input(unit="nA")
    rest = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, tau, kicks):
        return (I - V) / tau + kicks  # as in the paper

    @bk.threshold
    def fires(V):
        return V + 50.0


class toys:
    """A plugin with models."""

    @hookimpl
    def brainkernel_models():
        return (
            ModelSpec("Toy", "toy_models:Toy", kind="neuron", description="Toy neuron."),
            ModelSpec("Gone", "toy_models:Gone", kind="synapse"),
        )

    @hookimpl
    def brainkernel_backends():
        return (BackendSpec("slow", "toy_models:Slow", capabilities=("noise",)),)


@pytest.fixture
def host(monkeypatch):
    module = ModuleType("toy_models")
    module.Toy = Toy
    monkeypatch.setitem(sys.modules, "toy_models", module)
    return PluginHost([toys])


def test_plugins_lists_each_with_what_it_offers(host, capsys):
    assert main(["plugins"], host) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["PLUGIN", "DISTRIBUTION", "VERSION", "STATE", "OFFERS"]
    assert row.split(maxsplit=3) == ["toys", "toys", "loaded", "2 models, 1 backend"]
    assert header.index("STATE") == row.index("loaded")


def test_plugins_shows_why_one_is_broken(capsys):
    with pytest.warns(RuntimeWarning):
        host = PluginHost([object()])
    assert main(["plugins"], host) == 0
    assert "broken  It implements no hook" in capsys.readouterr().out


def test_plugins_as_json(host, capsys):
    main(["plugins", "--json"], host)
    (plugin,) = json.loads(capsys.readouterr().out)
    assert plugin["state"] == "loaded"
    assert plugin["error"] is None
    assert [offer["id"] for offer in plugin["offers"]] == ["toys:Gone", "toys:Toy", "toys:slow"]
    assert plugin["offers"][2]["capabilities"] == ["noise"]


def test_models_in_columns_and_as_json(host, capsys):
    main(["models"], host)
    assert capsys.readouterr().out.splitlines() == [
        "MODEL  KIND     DISTRIBUTION  DESCRIPTION",
        "Gone   synapse  toys",
        "Toy    neuron   toys          Toy neuron.",
    ]
    main(["models", "--json"], host)
    assert [(m["name"], m["kind"]) for m in json.loads(capsys.readouterr().out)] == [
        ("Gone", "synapse"),
        ("Toy", "neuron"),
    ]


def test_show_prints_data_and_equations_word_for_word(host, capsys):
    assert main(["show", "Toy"], host) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "Toy, a model of toys\n\nToy neuron (a paper, 1900).\n\nA second paragraph.\n"
    )
    assert (
        "\nParameters\n  tau    10.0      ms  membrane time constant\n  t_ref  required  ms\n  "
        "rate   0.5\n" in out
    )
    assert "\nStates\n  V  -65.0  mV\n" in out
    assert "\nInputs\n  I  nA\n" in out
    assert "\nRefractory period\n  rest  t_ref, holds V\n" in out
    assert "\nRandom numbers\n  kicks  poisson(rate)\n" in out
    assert (
        "  # derivative -> V\n  def dV(V, I, tau, kicks):\n      return (I - V) / tau + kicks  # "
        "as in the paper\n" in out
    )
    assert "  # threshold\n  def fires(V):\n" in out


@pytest.mark.parametrize(
    ("model", "words"), [("toy", "Did you mean 'Toy'?"), ("Gone", "cannot be loaded")]
)
def test_an_error_is_one_sentence_and_status_1(host, capsys, model, words):
    assert main(["show", model], host) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert printed.err.count("\n") == 1


def test_as_a_process_without_traceback():
    command = [sys.executable, "-m", "brainkernel", "show", "NoSuchModel"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("brainkernel: No plugin offers the model 'NoSuchModel'.")
