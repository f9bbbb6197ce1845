"""The plugin floor: specs, discovery in synthetic environments, and what the host says."""

from __future__ import annotations

import sys
import textwrap
import warnings
from dataclasses import FrozenInstanceError
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainkernel import _plugin
from brainkernel.errors import AmbiguousNameError, PluginError, UnknownNameError
from brainkernel.plugin import (
    CAPABILITIES,
    BackendSpec,
    ConnectorSpec,
    IntegratorSpec,
    ModelSpec,
    MonitorSpec,
    RecorderSpec,
    SurrogateSpec,
    hookimpl,
)
from brainkernel.plugins import host as plugins
from brainkernel.plugins.host import PluginHost, default_host

GOOD = """
from brainkernel.plugin import BackendSpec, ModelSpec, hookimpl

@hookimpl
def brainkernel_models():
    return [ModelSpec("Toy", "{module}_heavy:Toy", kind="neuron")]
"""


class World:
    """Installed distributions made of a few files: `install` adds one, `host` looks at them all."""

    def __init__(self, folder):
        self.folder = folder
        self.modules = []

    def install(
        self, distribution, source=GOOD, *, name=None, module=None, version="1.2", metadata=True
    ):
        module = module or distribution.replace("-", "_")
        self.modules.append(module)
        code = textwrap.dedent(source).replace("{module}", module)
        (self.folder / f"{module}.py").write_text(code, encoding="utf-8")
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        with (info / "entry_points.txt").open("a", encoding="utf-8") as file:
            file.write(f"[toy-group]\n{name or distribution} = {module}\n")
        if metadata:
            header = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            (info / "METADATA").write_text(header, encoding="utf-8")

    def host(self, **environ):
        return PluginHost(group="toy-group", environ=environ)


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    world = World(tmp_path)
    yield world
    for module in world.modules:
        sys.modules.pop(module, None)


def plugin(name, **hooks):
    """Return a plugin module with the hooks that the keywords name and the values they return."""
    module = ModuleType(name)
    for hook, result in hooks.items():

        def implementation(result=result):
            return result() if callable(result) else result

        module.__dict__[f"brainkernel_{hook}"] = hookimpl(lambda call=implementation: call())
    return module


def neuron(name="Toy", target="toy:Toy", **options):
    return ModelSpec(name, target, kind="neuron", **options)


# --- specs


def test_specs_are_frozen_and_compare_by_value():
    assert neuron() == neuron()
    with pytest.raises(FrozenInstanceError):
        neuron().name = "Other"


@pytest.mark.parametrize(
    "target",
    ["module", "module:", ":Class", "a b:C", "module:Class()", "module:a:b", "1m:C", "m..n:C"],
)
def test_a_target_must_name_module_and_attribute(target):
    with pytest.raises(PluginError, match="model 'Toy': target is"):
        neuron(target=target)


@pytest.mark.parametrize("name", ["", "two words", "dist:name", "1st", "a,b"])
def test_names_are_plain_words(name):
    with pytest.raises(PluginError, match="is no name for a model"):
        neuron(name)


@pytest.mark.parametrize(
    "make",
    [
        lambda: BackendSpec("toy", "toy:Toy", capabilities=("telepathy",)),
        lambda: BackendSpec("toy", "toy:Toy", capabilities=["noise"]),
        lambda: BackendSpec("toy", "toy:Toy", devices=""),
        lambda: BackendSpec("toy", "toy:Toy", devices=("abacus",)),
        lambda: ModelSpec("toy", "toy:Toy", kind="glia"),
        lambda: IntegratorSpec("toy", "toy:Toy", kind="pde"),
        lambda: ConnectorSpec("toy", "toy:Toy", description="two\nlines"),
    ],
)
def test_words_come_from_closed_lists(make):
    with pytest.raises(PluginError, match=r"'toy': .* must be"):
        make()


def test_every_capability_may_be_said_and_has_a_meaning():
    assert BackendSpec("toy", "toy:Toy", capabilities=tuple(CAPABILITIES)).capabilities == tuple(
        CAPABILITIES
    )
    assert all(CAPABILITIES.values())


# --- plugins that are handed over


def test_every_hook_reaches_its_list():
    specs = {
        "models": neuron(),
        "backends": BackendSpec("toy", "toy:Toy"),
        "integrators": IntegratorSpec("toy", "toy:Toy"),
        "connectors": ConnectorSpec("toy", "toy:Toy"),
        "monitors": MonitorSpec("toy", "toy:Toy"),
        "recorders": RecorderSpec("toy", "toy:Toy"),
        "surrogates": SurrogateSpec("toy", "toy:Toy"),
    }
    host = PluginHost([plugin("a_toy.door", **{hook: (spec,) for hook, spec in specs.items()})])
    for hook, spec in specs.items():
        assert getattr(host, hook)() == {spec.name: spec, f"a-toy:{spec.name}": spec}
        assert host.find(spec.offers, spec.name) is spec
        assert host.find(spec.offers, f"A_Toy:{spec.name}") is spec


def test_the_core_offers_itself_by_the_same_hooks():
    host = PluginHost([_plugin])
    assert (
        host.find("backend", "numpy").target == "brainkernel.execution.numpy_backend:NumpyBackend"
    )
    assert host.find("integrator", "milstein_ito").kind == "sde"
    assert (
        host.find("connector", "brainkernel:fixed_prob").target == "brainkernel.connect:fixed_prob"
    )
    assert [status.state for status in host.statuses] == ["loaded"]


@pytest.mark.parametrize("name", PluginHost([_plugin]).integrators())
def test_an_integrator_is_of_the_kind_that_its_spec_says(name):
    host = PluginHost([_plugin])
    method = host.load("integrator", name)
    kind = {(True, False): "ode", (False, True): "sde", (True, True): "both"}[
        method.deterministic, method.stochastic
    ]
    assert (method.name, kind) == (name.rpartition(":")[2], host.find("integrator", name).kind)


@pytest.mark.parametrize("name", PluginHost([_plugin]).connectors())
def test_a_connector_is_there(name):
    assert callable(PluginHost([_plugin]).load("connector", name))


def test_the_reference_backend_is_there():
    assert PluginHost([_plugin]).load("backend", "numpy").__name__ == "NumpyBackend"


def test_a_host_with_nothing_says_what_to_install():
    with pytest.raises(UnknownNameError, match="not even brainkernel's own: install it"):
        PluginHost([]).find("backend", "numpy")


def test_lists_cannot_be_changed():
    with pytest.raises(TypeError):
        PluginHost([plugin("a", models=(neuron(),))]).models()["Other"] = neuron()


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_plugins_does_not_matter(order):
    made = {name: plugin(name, models=(neuron(name.upper()), neuron())) for name in "abcd"}
    hosts = PluginHost([made[name] for name in order]), PluginHost([made[name] for name in "abcd"])
    assert list(hosts[0].models()) == list(hosts[1].models())


@pytest.mark.parametrize(
    ("hooks", "reason"),
    [
        ({"models": lambda: 1 / 0}, "ZeroDivisionError: division by zero"),
        ({"models": None}, "brainkernel_models returned None, but must return ModelSpecs"),
        ({"models": ("Toy",)}, "brainkernel_models returned 'Toy' among its ModelSpecs"),
        (
            {"backends": (neuron(),)},
            "brainkernel_backends returned ModelSpec.* among its BackendSpecs",
        ),
        (
            {"models": (neuron(api=2),)},
            "model 'Toy' was written for plugin api 2, and this brainkernel knows 1 to 1",
        ),
        ({"models": (neuron(api=0),)}, "plugin api 0"),
        ({"models": (neuron(api="1"),)}, "plugin api '1'"),
        ({"models": (neuron(), neuron(target="toy:Other"))}, "offers the model 'bad:Toy' twice"),
        ({"model": (neuron(),)}, "unknown hook 'brainkernel_model'"),
        ({}, "implements no hook"),
    ],
)
def test_a_broken_plugin_is_skipped_whole_and_told(hooks, reason):
    bad, good = (
        plugin("bad", **{"recorders": (), **hooks} if hooks else {}),
        plugin("good", models=(neuron("Good"),)),
    )
    with pytest.warns(
        RuntimeWarning, match=f"'bad'.*{reason}.*skipped.*python -m brainkernel plugins"
    ) as caught:
        host = PluginHost([bad, good])
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert [(status.name, status.state) for status in host.statuses] == [
        ("bad", "broken"),
        ("good", "loaded"),
    ]
    assert set(host.models()) == {"Good", "good:Good"}
    with pytest.raises(PluginError, match=f"'bad'.*{reason}"):
        PluginHost([bad, good], environ={"BRAINKERNEL_STRICT_PLUGINS": "1"})


def test_a_wrapper_is_refused_rather_than_ignored():
    module = ModuleType("bad")

    @hookimpl(wrapper=True)
    def brainkernel_run_finished(run):
        yield

    module.brainkernel_run_finished = brainkernel_run_finished
    with pytest.warns(RuntimeWarning, match="wraps a hook"):
        PluginHost([module])


# --- names


def test_a_name_claimed_twice_is_an_error_only_when_asked_for():
    one, two = neuron(target="one:Toy"), neuron(target="two:Toy")
    host = PluginHost([plugin("one", models=(one,)), plugin("two", models=(two, neuron("Rest")))])
    assert set(host.models()) == {"one:Toy", "two:Toy", "Rest", "two:Rest"}
    assert host.find("model", "two:Toy") is two
    with pytest.raises(AmbiguousNameError, match="'one:Toy' or 'two:Toy'"):
        host.find("model", "Toy")


def test_unknown_names_get_a_suggestion():
    host = PluginHost([_plugin])
    with pytest.raises(
        UnknownNameError, match=r"No plugin offers the integrator 'RK-4'\. Did you mean 'rk4'\?"
    ):
        host.find("integrator", "RK-4")
    with pytest.raises(UnknownNameError, match="There are: all_to_all, fixed_in_degree"):
        host.find("connector", "qqq")
    with pytest.raises(
        UnknownNameError,
        match="they offer model, backend, integrator, connector, monitor, recorder, surrogate",
    ):
        host.find("sandwich", "ham")
    with pytest.raises(LookupError):
        host.find("backend", "other:numpy")


@pytest.mark.parametrize(
    ("kind", "name", "extra"),
    [("backend", "numba", "numba"), ("backend", "jax", "jax"), ("model", "LIF", "models")],
)
def test_a_well_known_name_that_is_missing_gets_its_install_line(kind, name, extra):
    with pytest.raises(UnknownNameError, match=rf'pip install "brainkernel\[{extra}\]"'):
        PluginHost([_plugin]).find(kind, name)


def test_no_install_line_for_what_is_installed_but_broken_or_disabled(world):
    world.install("brainkernel-numba", "import no_such_module_at_all", module="broken_numba")
    with pytest.warns(RuntimeWarning, match="no_such_module_at_all"):
        host = world.host()
    with pytest.raises(
        UnknownNameError, match=r"Not in use: plugin 'brainkernel-numba' .*ModuleNotFound"
    ) as caught:
        host.find("backend", "numba")
    assert "pip install" not in str(caught.value)
    with pytest.raises(UnknownNameError, match="disabled by BRAINKERNEL_DISABLE_PLUGINS"):
        world.host(BRAINKERNEL_DISABLE_PLUGINS="*").find("backend", "numba")


# --- targets


def test_a_target_is_imported_when_used_and_not_before(world):
    world.install("toy-one")
    host = world.host()
    assert "toy_one_heavy" not in sys.modules
    (world.folder / "toy_one_heavy.py").write_text(
        "class Toy:\n    class Inner: pass\n", encoding="utf-8"
    )
    world.modules.append("toy_one_heavy")
    assert host.load("model", "Toy").__name__ == "Toy"
    inner = PluginHost([plugin("a", models=(neuron(target="toy_one_heavy:Toy.Inner"),))])
    assert inner.load("model", "Toy").__qualname__ == "Toy.Inner"


def test_a_target_that_fails_says_who_promised_it(world):
    world.install("toy-one")
    with pytest.raises(
        PluginError, match=r"plugin 'toy-one' of toy-one 1\.2 at 'toy_one_heavy:Toy'"
    ) as caught:
        world.host().load("model", "Toy")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    (world.folder / "toy_one_heavy.py").write_text("", encoding="utf-8")
    world.modules.append("toy_one_heavy")
    with pytest.raises(PluginError, match="AttributeError"):
        world.host().load("model", "Toy")


# --- discovery


def test_installed_plugins_are_found_sorted_whatever_the_folder_says(world):
    for name in ("toy-c", "toy-a", "toy-b"):
        world.install(name, GOOD.replace('"Toy"', f'"{name.title()}"'))
    host = world.host()
    assert [(s.name, s.distribution, s.version, s.state) for s in host.statuses] == [
        (name, name, "1.2", "loaded") for name in ("toy-a", "toy-b", "toy-c")
    ]
    assert host.find("model", "toy-b:Toy-B").target == "toy_b_heavy:Toy"


def test_other_groups_are_not_looked_at(world):
    world.install("toy-one")
    assert PluginHost(group="another-group").statuses == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
        (
            GOOD.replace("brainkernel_models", "brainkernel_modles"),
            "unknown hook 'brainkernel_modles'",
        ),
        (GOOD.replace("brainkernel_models()", "brainkernel_models(host)"), "host"),
        (GOOD.replace('kind="neuron"', 'kind="neuron", api=99'), "plugin api 99"),
        (GOOD.replace("@hookimpl", ""), "hookimpl missing"),
    ],
)
def test_one_broken_installation_spoils_nothing(world, source, reason):
    world.install("toy-a", GOOD.replace('"Toy"', '"A"'))
    world.install("toy-b", source)
    world.install("toy-c", GOOD.replace('"Toy"', '"C"'))
    with pytest.warns(
        RuntimeWarning, match=r"plugin 'toy-b' of toy-b 1\.2 cannot be used"
    ) as caught:
        host = world.host()
    assert len(caught) == 1
    assert [status.state for status in host.statuses] == ["loaded", "broken", "loaded"]
    assert reason in host.statuses[1].error
    assert {"A", "C"} < set(host.models())
    with pytest.raises(PluginError, match=r"toy-b 1\.2") as raised:
        world.host(BRAINKERNEL_STRICT_PLUGINS="1")
    assert raised.value.__cause__ is not None


def test_exact_duplicates_count_once(world):
    world.install("toy-one")
    world.install("toy-one")
    host = world.host(BRAINKERNEL_STRICT_PLUGINS="1")
    assert [status.name for status in host.statuses] == ["toy-one"]


def test_two_distributions_may_use_one_plugin_name(world):
    world.install("toy-one", name="toys")
    world.install("toy-two", name="toys")
    host = world.host(BRAINKERNEL_STRICT_PLUGINS="1")
    assert [(status.name, status.distribution) for status in host.statuses] == [
        ("toys", "toy-one"),
        ("toys", "toy-two"),
    ]
    with pytest.raises(AmbiguousNameError, match="'toy-one:Toy' or 'toy-two:Toy'"):
        host.find("model", "Toy")


def test_one_distribution_may_not_give_two_plugins_one_name(world):
    world.install("toy-one", name="toys")
    world.install("toy-one", name="toys", module="toy_other")
    with pytest.warns(RuntimeWarning, match="already registered"):
        host = world.host()
    assert [status.state for status in host.statuses] == ["loaded", "broken"]


def test_a_damaged_installation_is_listed_and_harms_no_other(world):
    world.install("toy-a", metadata=False)
    world.install("toy-b")
    (world.folder / "toy_b-1.2.dist-info" / "entry_points.txt").write_text(
        "[toy-group]\ntoy-b = not a module!\n"
    )
    world.install("toy-c", GOOD.replace('"Toy"', '"C"'))
    with pytest.warns(RuntimeWarning):
        host = world.host()
    assert {status.name: status.state for status in host.statuses}["toy-b"] == "broken"
    assert "C" in host.models()


@pytest.mark.parametrize(
    ("environ", "loaded"),
    [
        ({}, "ab"),
        ({"BRAINKERNEL_PLUGINS": ""}, ""),
        ({"BRAINKERNEL_PLUGINS": "*"}, "ab"),
        ({"BRAINKERNEL_PLUGINS": "toy-a"}, "a"),
        ({"BRAINKERNEL_PLUGINS": " dist_B , other"}, "b"),
        ({"BRAINKERNEL_DISABLE_PLUGINS": ""}, "ab"),
        ({"BRAINKERNEL_DISABLE_PLUGINS": " * "}, ""),
        ({"BRAINKERNEL_DISABLE_PLUGINS": "toy-a other"}, "b"),
        ({"BRAINKERNEL_DISABLE_PLUGINS": "Dist.B,toy-a"}, ""),
        ({"BRAINKERNEL_PLUGINS": "toy-a,toy-b", "BRAINKERNEL_DISABLE_PLUGINS": "dist-b"}, "a"),
    ],
)
def test_plugins_are_allowed_and_denied_by_name_or_distribution(world, environ, loaded):
    for letter in "ab":
        world.install(f"dist-{letter}", name=f"toy-{letter}")
    host = world.host(**environ)
    assert (
        "".join(status.name[-1] for status in host.statuses if status.state == "loaded") == loaded
    )
    assert len(host.statuses) == 2
    assert all(
        status.disabled_by in environ for status in host.statuses if status.state == "disabled"
    )


def test_a_disabled_plugin_is_not_even_imported(world):
    world.install("toy-one", "raise RuntimeError")
    world.host(BRAINKERNEL_DISABLE_PLUGINS="toy-one")
    assert "toy_one" not in sys.modules


def test_the_lists_do_not_concern_plugins_that_are_handed_over():
    host = PluginHost(
        [plugin("a", models=(neuron(),))], environ={"BRAINKERNEL_DISABLE_PLUGINS": "*"}
    )
    assert "Toy" in host.models()


def test_a_host_without_the_backport_finds_the_same(world, monkeypatch):
    world.install("toy-one")
    monkeypatch.setitem(sys.modules, "importlib_metadata", None)
    assert [(s.name, s.distribution, s.version) for s in world.host().statuses] == [
        ("toy-one", "toy-one", "1.2")
    ]


# --- the process's host


def test_the_default_host_is_scanned_once_for_each_environment(monkeypatch, world):
    monkeypatch.setenv("BRAINKERNEL_PLUGINS", "")
    first = default_host()
    assert default_host() is first
    assert {status.disabled_by for status in first.statuses} <= {"BRAINKERNEL_PLUGINS"}
    monkeypatch.setenv("BRAINKERNEL_DISABLE_PLUGINS", "*")
    assert default_host() is not first
    monkeypatch.delenv("BRAINKERNEL_DISABLE_PLUGINS")
    assert default_host() is first
    monkeypatch.syspath_prepend(world.folder / "elsewhere")
    assert default_host() is not first


# --- observers


class Observer:
    """A plugin object that looks at runs."""

    def __init__(self, name, seen, error=None):
        self.__name__, self.seen, self.error = name, seen, error

    @hookimpl
    def brainkernel_run_finished(self, run):
        self.seen.append((self.__name__, run))
        if self.error:
            raise self.error


def test_observers_see_the_run_in_order_and_one_that_raises_harms_nobody():
    seen = []
    host = PluginHost([Observer("a", seen, ValueError("disk full")), Observer("b", seen)])
    with pytest.warns(
        RuntimeWarning,
        match=r"run is complete, but its observer 'a:a' failed: ValueError: disk full",
    ):
        host.run_finished("the run")
    assert seen == [("a", "the run"), ("b", "the run")]


def test_an_observer_need_not_name_the_run():
    module, calls = ModuleType("bare"), []
    module.brainkernel_run_finished = hookimpl(lambda: calls.append(1))
    PluginHost([module]).run_finished("the run")
    assert calls == [1]


def test_nothing_warns_when_all_is_well(world):
    world.install("toy-one")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world.host()
    assert plugins.SPECS.keys() == {
        "model",
        "backend",
        "integrator",
        "connector",
        "monitor",
        "recorder",
        "surrogate",
    }
