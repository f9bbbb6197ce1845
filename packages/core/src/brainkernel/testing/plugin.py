"""What every plugin must hold."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.connect import Ends, check_pairs
from brainkernel.errors import UnknownNameError
from brainkernel.model.definition import suggestion
from brainkernel.plugins import hookspecs
from brainkernel.plugins.discovery import ALLOW, DENY, STRICT, Candidate, canonical, installed
from brainkernel.plugins.hookspecs import PROJECT
from brainkernel.plugins.host import SPECS, Offer, PluginHost
from brainkernel.plugins.specs import (
    API_VERSION,
    OLDEST_API,
    BackendSpec,
    ConnectorSpec,
    IntegratorSpec,
    ModelSpec,
    MonitorSpec,
    RecorderSpec,
    Spec,
    SurrogateSpec,
)
from brainkernel.program.contracts import Store
from brainkernel.random import Random
from brainkernel.recording.monitor import Monitor
from brainkernel.testing.imports import HEAVY, loaded_by, packages
from brainkernel.testing.suite import Conformance

SIX = Ends(6, 6)
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_"))
STORE = (*Store.__annotations__, *(name for name in vars(Store) if not name.startswith("_")))
METHODS: Mapping[tuple[Any, Any], str] = {
    (True, False): "ode",
    (False, True): "sde",
    (True, True): "both",
}


class PluginConformance(Conformance):
    """The checks of an installed plugin: a subclass gives its name, the fixture ``distribution``.

    Attributes
    ----------
    unsupported : mapping of str to str
        Name of a check to the reason why this plugin does not hold it.
    rules : mapping of str to connection rule
        A ready example of each connection rule whose parameters have no defaults, by its short
        name: ``{"ring": ring(2)}``. It is tried between six sources and six targets.
    """

    rules: ClassVar[Mapping[str, Any]] = {}

    def test_it_is_installed_as_a_plugin(self, distribution: str) -> None:
        """The distribution has an entry point in the group ``brainkernel``."""
        assert entries(distribution), (
            f"{distribution} is not installed, or has no entry point in the group {PROJECT!r}: "
            f'write [project.entry-points.{PROJECT}] {distribution} = "my_package._plugin" '
            "and install it again"
        )

    def test_it_loads(self, distribution: str) -> None:
        """In strict mode, where nothing is skipped, and it offers something or observes runs."""
        statuses = host(distribution).statuses
        assert [
            s.state for s in statuses if canonical(s.distribution) == canonical(distribution)
        ] == ["loaded"] * len(entries(distribution))

    def test_its_hooks_are_marked(self, distribution: str) -> None:
        """A function called ``brainkernel_...`` is an existing hook and has ``@hookimpl``."""
        for entry in entries(distribution):
            plugin = entry.load()
            for name, function in vars(plugin).items():
                if name.startswith(f"{PROJECT}_") and inspect.isfunction(function):
                    assert name in HOOKS, (
                        f"{name} in {entry.value} is no hook: {suggestion(name, HOOKS)}"
                    )
                    assert hasattr(function, f"{PROJECT}_impl"), (
                        f"{name} in {entry.value} is never called, since its marker is missing: "
                        "write @hookimpl "
                        "(from brainkernel.plugin) above it"
                    )

    def test_its_door_is_light(self, distribution: str) -> None:
        """The entry point's module loads its own package and what `brainkernel.plugin` loads."""
        allowed = packages(loaded_by("import brainkernel.plugin"))
        for entry in entries(distribution):
            module, _, _ = entry.value.partition(":")
            package, _, _ = module.partition(".")
            heavy = packages(loaded_by(f"import {module}")) - allowed - {package}
            assert not heavy, (
                f"import {module} loads {sorted(heavy)}: import them in the functions that use them"
            )

    def test_its_lists_are_light(self, distribution: str) -> None:
        """Asking what it offers imports nothing heavy either."""
        environ = only(distribution)
        code = f"from brainkernel.plugins.host import PluginHost; PluginHost(environ={environ!r})"
        assert not packages(loaded_by(code)) & HEAVY

    def test_its_offers_are_described(self, distribution: str) -> None:
        """Each has a line that says what it is, and an api number that this kernel knows."""
        for offer in offers(distribution):
            assert offer.spec.description.strip(), f"{offer.id} has no description"
            assert OLDEST_API <= offer.spec.api <= API_VERSION

    def test_its_names_are_its_own(self, distribution: str) -> None:
        """No other installed plugin claims a short name of this one."""
        all_plugins = PluginHost(environ={})
        for offer in offers(distribution):
            name = offer.spec.name
            candidates = all_plugins.offers(type(offer.spec))
            claims = [candidate.id for candidate in candidates if candidate.spec.name == name]
            assert claims == [offer.id], f"several plugins claim {name!r}: {claims}"

    def test_its_targets_are_there(self, distribution: str) -> None:
        """Each can be imported by its qualified name."""
        for offer in offers(distribution):
            host(distribution).load(offer.spec.offers, offer.id)

    def test_it_can_be_switched_off(self, distribution: str) -> None:
        """A user who denies it finds none of its offers."""
        without = PluginHost(environ={DENY: distribution})
        for offer in offers(distribution):
            with pytest.raises(UnknownNameError):
                without.find(offer.spec.offers, offer.id)

    def test_its_models_are_what_they_say(self, distribution: str) -> None:
        """Neurons, inputs and synapses, under the names of their classes."""
        for spec, model in targets(distribution, ModelSpec):
            base = bk.Synapse if spec.kind == "synapse" else bk.Neuron
            assert isinstance(model, type), wrong(spec, model, "a class")
            assert issubclass(model, base), wrong(
                spec, model, f"a {spec.kind}, a subclass of bk.{base.__name__}"
            )
            assert model.__name__ == spec.name, wrong(
                spec, model, "offered under the name of its class"
            )

    def test_its_backends_are_what_they_say(self, distribution: str) -> None:
        """Each can be made without arguments, and has the name under which it is offered."""
        for spec, backend in targets(distribution, BackendSpec):
            made = called(spec, backend)
            assert getattr(made, "name", None) == spec.name, wrong(
                spec, made, f"a backend whose name is {spec.name!r}"
            )
            for method in ("source", "compile"):
                assert callable(getattr(made, method, None)), wrong(
                    spec, made, f"a backend with a method {method}"
                )

    def test_its_integrators_are_what_they_say(self, distribution: str) -> None:
        """Each has its name, prints lines, and integrates what its spec says."""
        for spec, method in targets(distribution, IntegratorSpec):
            wanted = "a ready method, an object as brainkernel.integrators.rk4 and not its class"
            assert not isinstance(method, type) and not inspect.ismodule(method), wrong(
                spec, method, wanted
            )
            assert getattr(method, "name", None) == spec.name, wrong(
                spec, method, f"a method named {spec.name!r}"
            )
            kinds = getattr(method, "deterministic", None), getattr(method, "stochastic", None)
            assert METHODS.get(kinds) == spec.kind, wrong(
                spec, method, f"deterministic or stochastic as {spec.kind!r}"
            )
            for part in ("lines", "functions", "constants", "values"):
                assert callable(getattr(method, part, None)), wrong(
                    spec, method, f"a method with {part}(...)"
                )

    def test_its_monitors_are_what_they_say(self, distribution: str) -> None:
        """Each is a class of monitors under its own name, and says what becomes of the records."""
        for spec, monitor in targets(distribution, MonitorSpec):
            assert isinstance(monitor, type) and issubclass(monitor, Monitor), wrong(
                spec, monitor, "a subclass of brainkernel.recording.monitor.Monitor"
            )
            assert monitor.__name__ == spec.name, wrong(
                spec, monitor, "offered under the name of its class"
            )
            assert monitor.reading is not Monitor.reading, wrong(
                spec, monitor, "a monitor with a method reading(probes)"
            )

    def test_its_recorders_are_what_they_say(self, distribution: str, tmp_path: Path) -> None:
        """Each makes a store from the name of a place."""
        for spec, make in targets(distribution, RecorderSpec):
            store = called(spec, make, str(tmp_path / f"conformance.{spec.name}"))
            missing = [name for name in STORE if not hasattr(store, name)]
            assert not missing, wrong(spec, store, f"a store; it has no {', '.join(missing)}")

    def test_its_surrogates_are_what_they_say(self, distribution: str) -> None:
        """Each is a function of one number, whose further arguments have defaults."""
        for spec, function in targets(distribution, SurrogateSpec):
            assert callable(function) and not isinstance(function, type), wrong(
                spec, function, "a function"
            )
            needed = [
                p for p in inspect.signature(function).parameters.values() if p.default is p.empty
            ]
            assert len(needed) == 1, wrong(
                spec, function, "a function of one number, with defaults for all others"
            )

    def test_its_connection_rules_keep_their_contract(self, distribution: str) -> None:
        """Pairs between six sources and six targets are inside, in order, and follow the seed."""
        for spec, make in targets(distribution, ConnectorSpec):
            rule = self.rules.get(spec.name) or without_arguments(spec, make)
            assert callable(getattr(rule, "pairs", None)), wrong(
                spec, rule, "a rule with a method pairs(ends, random)"
            )
            first = check_pairs(rule, rule.pairs(SIX, Random(1, "rule")), SIX)
            second = check_pairs(rule, rule.pairs(SIX, Random(1, "rule")), SIX)
            np.testing.assert_array_equal(first.pre, second.pre)
            np.testing.assert_array_equal(first.post, second.post)
            expected = getattr(rule, "expected", None)
            assert expected is None or 0 <= expected(SIX) < np.inf


def only(distribution: str) -> dict[str, str]:
    """An environment in which this plugin alone is loaded, and any fault is raised."""
    return {ALLOW: distribution, STRICT: "1"}


def host(distribution: str) -> PluginHost:
    """A host of this plugin alone."""
    return PluginHost(environ=only(distribution))


def entries(distribution: str) -> list[Candidate]:
    """The entry points of a distribution."""
    return [
        entry
        for entry in installed(PROJECT)
        if canonical(entry.distribution) == canonical(distribution)
    ]


def offers(distribution: str) -> list[Offer[Any]]:
    """All that a distribution offers."""
    plugin_host = host(distribution)
    all_offers = chain.from_iterable(map(plugin_host.offers, SPECS.values()))
    name = canonical(distribution)
    return [offer for offer in all_offers if canonical(offer.plugin.distribution) == name]


def targets(distribution: str, of: type[Spec]) -> list[tuple[Any, Any]]:
    """The specs of one kind with what they point at."""
    plugin_host = host(distribution)
    loaded = []
    for offer in offers(distribution):
        if isinstance(offer.spec, of):
            loaded.append((offer.spec, plugin_host.load(of.offers, offer.id)))
    return loaded


def wrong(spec: Spec, target: Any, expected: str) -> str:
    """Say that what a spec points at is of another kind."""
    return f"the {spec.offers} {spec.name!r} at {spec.target} is {target!r}, but must be {expected}"


def called(spec: Spec, make: Any, *arguments: Any) -> Any:
    """Call what a spec points at."""
    assert callable(make), wrong(spec, make, f"a class, or a function that makes the {spec.offers}")
    try:
        return make(*arguments)
    except TypeError as cause:
        given = ", ".join(map(repr, arguments)) or "no arguments"
        raise AssertionError(
            wrong(spec, make, f"something that can be called with {given} ({cause})")
        ) from cause


def without_arguments(spec: ConnectorSpec, make: Any) -> Any:
    """Make a rule that needs no arguments."""
    assert callable(make), wrong(spec, make, "a class, or a function that makes the rule")
    try:
        return make()
    except TypeError as cause:
        raise AssertionError(
            f"{spec.name} needs arguments: give an example, rules = {{{spec.name!r}: ...}}, beside "
            "the fixture"
        ) from cause
