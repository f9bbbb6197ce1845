"""The core as a plugin, held to the kit; and plugins with a fault, which it has to find."""

from __future__ import annotations

import inspect
import sys
import textwrap
from typing import ClassVar

import numpy as np
import pytest

from brainkernel import connect
from brainkernel.errors import ConnectError
from brainkernel.testing import BackendConformance, PluginConformance

PAIRS = np.array([0, 1, 5]), np.array([2, 2, 0])


class TestCore(PluginConformance):
    """What the core itself offers."""

    rules: ClassVar = {
        "fixed_prob": connect.fixed_prob(0.5),
        "fixed_in_degree": connect.fixed_in_degree(2),
        "fixed_out_degree": connect.fixed_out_degree(2),
        "fixed_total": connect.fixed_total(9),
        "from_ij": connect.from_ij(*PAIRS),
        "from_matrix": connect.from_matrix(np.eye(6)),
        "from_sparse": connect.from_matrix(np.eye(6)),
        "where": connect.where(lambda pre, post: pre < post),
        "prob": connect.prob(lambda pre, post: (pre + post) / 12.0),
    }

    @pytest.fixture
    def distribution(self):
        return "brainkernel"


DOOR = """
from brainkernel.plugin import BackendSpec, ConnectorSpec, IntegratorSpec, ModelSpec, hookimpl
from brainkernel.plugin import RecorderSpec, SurrogateSpec

@hookimpl
def brainkernel_models():
    return [ModelSpec("Grid", "faulty_inside:Grid", kind="neuron", description="A neuron.")]

@hookimpl
def brainkernel_backends():
    return [BackendSpec("abacus", "faulty_inside:Abacus", description="A machine.")]

@hookimpl
def brainkernel_connectors():
    return [ConnectorSpec("star", "faulty_inside:Star", description="A rule.")]

@hookimpl
def brainkernel_integrators():
    return [IntegratorSpec("leap", "faulty_inside:leap", description="A method.")]

@hookimpl
def brainkernel_recorders():
    return [RecorderSpec("paper", "faulty_inside:Paper", description="A store.")]

@hookimpl
def brainkernel_surrogates():
    return [SurrogateSpec("hat", "faulty_inside:hat", description="A derivative.")]
"""
INSIDE = """
import brainkernel as bk
import numpy as np

class Grid(bk.Neuron):
    x = bk.state(0.0)

class Abacus:
    name = "abacus"
    source = compile = staticmethod(print)

class Star:
    def pairs(self, ends, random):
        return bk.connect.Pairs(np.zeros(ends.post_size, int), np.arange(ends.post_size))

class Leap:
    name, deterministic, stochastic = "leap", True, False
    lines = functions = constants = values = staticmethod(print)

leap = Leap()

class Paper:
    place, in_memory = "paper", False
    open = append = rows = dataset = flush = mark = rewind = close = print

    def __init__(self, place): pass

def hat(x, width=1.0):
    return x
"""
CHECKS = [
    name
    for name in dir(PluginConformance)
    if name.startswith("test_") and name != "test_every_check_is_there"
]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a distribution of two modules where this process and its children find it."""

    def write(door=DOOR, inside=INSIDE):
        info = tmp_path / "faulty-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "entry_points.txt").write_text("[brainkernel]\nfaulty = faulty_door\n")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
        (tmp_path / "faulty_door.py").write_text(textwrap.dedent(door))
        (tmp_path / "faulty_inside.py").write_text(textwrap.dedent(inside))

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    yield write
    for module in ("faulty_door", "faulty_inside"):
        sys.modules.pop(module, None)


FAULTS = {
    "a heavy door": (
        "test_its_door_is_light",
        (
            "from brainkernel.plugin import Backend",
            "import xarray\nfrom brainkernel.plugin import Backend",
        ),
    ),
    "a heavy hook": (
        "test_its_lists_are_light",
        ("    return [ModelSpec", "    import xarray\n    return [ModelSpec"),
    ),
    "no description": ("test_its_offers_are_described", (', description="A rule."', "")),
    "a name of another": ("test_its_names_are_its_own", ('"star"', '"one_to_one"')),
    "a target that is not there": (
        "test_its_targets_are_there",
        ("faulty_inside:Grid", "faulty_inside:Grit"),
    ),
    "another api": ("test_it_loads", ('kind="neuron"', 'kind="neuron", api=99')),
    "another kind of model": (
        "test_its_models_are_what_they_say",
        ('kind="neuron"', 'kind="synapse"'),
    ),
    "another name of the model": ("test_its_models_are_what_they_say", ('"Grid"', '"Grids"')),
    "another name of the backend": (
        "test_its_backends_are_what_they_say",
        ('BackendSpec("abacus"', 'BackendSpec("counter"'),
    ),
    "a backend that cannot be made": (
        "test_its_backends_are_what_they_say",
        ('    name = "abacus"', "    def __init__(self, n): pass"),
    ),
    "another kind of method": (
        "test_its_integrators_are_what_they_say",
        ('"leap", True, False', '"leap", False, True'),
    ),
    "a rule out of bounds": (
        "test_its_connection_rules_keep_their_contract",
        ("np.arange(ends.post_size))", "np.arange(ends.post_size) + 1)"),
    ),
    "a rule of true chance": (
        "test_its_connection_rules_keep_their_contract",
        ("np.arange(ends.post_size))", "np.random.default_rng().permutation(ends.post_size))"),
    ),
}


SENTENCES = {
    "a hook without its marker": (
        "test_its_hooks_are_marked",
        ("@hookimpl\ndef brainkernel_connectors", "def brainkernel_connectors"),
        "brainkernel_connectors in faulty_door is never called.*@hookimpl",
    ),
    "a hook that is misspelt, without its marker": (
        "test_its_hooks_are_marked",
        ("@hookimpl\ndef brainkernel_connectors", "def brainkernel_conectors"),
        "no hook: did you mean brainkernel_connectors",
    ),
    "a rule that gives a tuple": (
        "test_its_connection_rules_keep_their_contract",
        ("bk.connect.Pairs(np.zeros", "(np.zeros"),
        r"gave a tuple: return brainkernel\.connect\.Pairs\(pre, post\)",
    ),
    "a rule that is a function of pairs": (
        "test_its_connection_rules_keep_their_contract",
        ("faulty_inside:Star", "faulty_inside:Star.__str__"),
        "needs arguments|must be a rule",
    ),
    "a rule that is a module": (
        "test_its_connection_rules_keep_their_contract",
        ("faulty_inside:Star", "faulty_inside:np"),
        "must be a class, or a function that makes the rule",
    ),
    "a model that is a function": (
        "test_its_models_are_what_they_say",
        ("faulty_inside:Grid", "faulty_inside:hat"),
        "'Grid' at faulty_inside:hat is <function hat.* must be a class",
    ),
    "a model that is a module": (
        "test_its_models_are_what_they_say",
        ("faulty_inside:Grid", "faulty_inside:np"),
        "must be a class",
    ),
    "a model that is another class": (
        "test_its_models_are_what_they_say",
        ("faulty_inside:Grid", "faulty_inside:Leap"),
        r"must be a neuron, a subclass of bk\.Neuron",
    ),
    "a backend that is a module": (
        "test_its_backends_are_what_they_say",
        ("faulty_inside:Abacus", "faulty_inside:np"),
        "must be a class, or a function that makes the backend",
    ),
    "a backend that is something else": (
        "test_its_backends_are_what_they_say",
        ("faulty_inside:Abacus", "faulty_inside:Star"),
        "must be a backend whose name is 'abacus'",
    ),
    "a method that is a class": (
        "test_its_integrators_are_what_they_say",
        ("faulty_inside:leap", "faulty_inside:Leap"),
        "must be a ready method.*not its class",
    ),
    "a method that is a function": (
        "test_its_integrators_are_what_they_say",
        ("faulty_inside:leap", "faulty_inside:hat"),
        "must be a method named 'leap'",
    ),
    "a recorder that is no store": (
        "test_its_recorders_are_what_they_say",
        ("faulty_inside:Paper", "faulty_inside:hat"),
        "must be a store; it has no place",
    ),
    "a recorder that is a module": (
        "test_its_recorders_are_what_they_say",
        ("faulty_inside:Paper", "faulty_inside:np"),
        "must be a class, or a function that makes the recorder",
    ),
    "a surrogate that is a class": (
        "test_its_surrogates_are_what_they_say",
        ("faulty_inside:hat", "faulty_inside:Leap"),
        "must be a function",
    ),
    "a surrogate of two numbers": (
        "test_its_surrogates_are_what_they_say",
        ("def hat(x, width=1.0)", "def hat(x, width)"),
        "a function of one number",
    ),
}


def run(check, tmp_path):
    """Run a check of the kit, with what it asks for besides the name."""
    function = getattr(PluginConformance(), check)
    wanted = {"distribution": "faulty", "tmp_path": tmp_path}
    return function(**{name: wanted[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_plugin_passes(check, install, tmp_path):
    install()
    run(check, tmp_path)


@pytest.mark.parametrize("fault", SENTENCES)
def test_a_faulty_plugin_is_told_in_a_sentence(fault, install, tmp_path):
    check, (old, new), sentence = SENTENCES[fault]
    assert (DOOR + INSIDE).count(old) == 1
    install(DOOR.replace(old, new), INSIDE.replace(old, new))
    with pytest.raises((AssertionError, ConnectError), match=sentence):
        run(check, tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_plugin_is_caught(fault, install, tmp_path):
    check, (old, new) = FAULTS[fault]
    assert (DOOR + INSIDE).count(old) == 1
    install(DOOR.replace(old, new), INSIDE.replace(old, new))
    with pytest.raises(Exception) as caught:
        run(check, tmp_path)
    assert not isinstance(caught.value, (NameError, SyntaxError))


def test_a_backend_that_is_loaded_before_it_is_used_is_caught(install):
    check = BackendConformance().test_nobody_pays_for_it_who_does_not_use_it
    install()
    check("abacus")
    install("import faulty_inside\n" + DOOR)
    with pytest.raises(AssertionError, match="has loaded faulty_inside"):
        check("abacus")


def test_what_is_not_installed_is_told():
    with pytest.raises(AssertionError, match="not-there is not installed"):
        PluginConformance().test_it_is_installed_as_a_plugin("not-there")
