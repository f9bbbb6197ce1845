"""The host: loads plugins one by one and keeps what they offer. The only place that calls hooks."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal, TypeVar, overload

import pluggy

from brainkernel.errors import PluginError, UnknownNameError
from brainkernel.plugins import hookspecs
from brainkernel.plugins.discovery import VARIABLES, Candidate, Selection, given, installed
from brainkernel.plugins.registry import Offer, PluginStatus, by_name, pick
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

__all__ = ["Offer", "PluginHost", "PluginStatus", "default_host"]

S = TypeVar("S", bound=Spec)

SPECS: Mapping[str, type[Spec]] = MappingProxyType(
    {
        spec.offers: spec
        for spec in (
            ModelSpec,
            BackendSpec,
            IntegratorSpec,
            ConnectorSpec,
            MonitorSpec,
            RecorderSpec,
            SurrogateSpec,
        )
    }
)


class PluginHost:
    """All plugins that are installed, or just those it is given, and what they offer.

    Parameters
    ----------
    plugins
        Modules or objects with hook implementations. When given, nothing is discovered.
    group
        The entry-point group to discover.
    environ
        Where to read ``BRAINKERNEL_PLUGINS`` (allow), ``BRAINKERNEL_DISABLE_PLUGINS`` (deny; ``*``
        is all) and ``BRAINKERNEL_STRICT_PLUGINS`` (raise at the first broken plugin); `os.environ`
        by default. The lists hold names of plugins or distributions and concern discovered plugins
        only.

    Attributes
    ----------
    statuses : tuple of PluginStatus
        One for each plugin: what was loaded, what was not, and why.

    Raises
    ------
    PluginError
        In strict mode, for the first plugin that cannot be used.

    Notes
    -----
    Otherwise a plugin that cannot be used is skipped with a warning. Nothing changes once the host
    is built.
    """

    def __init__(
        self,
        plugins: Iterable[object] | None = None,
        *,
        group: str = hookspecs.PROJECT,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        selection = Selection.read(os.environ if environ is None else environ)
        self._pm = pluggy.PluginManager(hookspecs.PROJECT)
        self._pm.add_hookspecs(hookspecs)
        self._offers: dict[str, tuple[Offer[Any], ...]] = dict.fromkeys(SPECS, ())
        statuses = []
        for entry in installed(group) if plugins is None else given(plugins):
            veto = selection.veto(entry) if plugins is None else None
            statuses.append(self._admit(entry, veto, strict=selection.strict))
        self.statuses: tuple[PluginStatus, ...] = tuple(statuses)

    def models(self) -> Mapping[str, ModelSpec]:
        """Return models by qualified name, and by short name where it is unique."""
        return by_name(self.offers(ModelSpec))

    def backends(self) -> Mapping[str, BackendSpec]:
        """Return backends by qualified name, and by short name where it is unique."""
        return by_name(self.offers(BackendSpec))

    def integrators(self) -> Mapping[str, IntegratorSpec]:
        """Return numerical methods by qualified name, and by short name where it is unique."""
        return by_name(self.offers(IntegratorSpec))

    def connectors(self) -> Mapping[str, ConnectorSpec]:
        """Return connection rules by qualified name, and by short name where it is unique."""
        return by_name(self.offers(ConnectorSpec))

    def monitors(self) -> Mapping[str, MonitorSpec]:
        """Return kinds of monitors by qualified name, and by short name where it is unique."""
        return by_name(self.offers(MonitorSpec))

    def recorders(self) -> Mapping[str, RecorderSpec]:
        """Return recorders by qualified name, and by short name where it is unique."""
        return by_name(self.offers(RecorderSpec))

    def surrogates(self) -> Mapping[str, SurrogateSpec]:
        """Return surrogate derivatives by qualified name, and by short name where it is unique."""
        return by_name(self.offers(SurrogateSpec))

    def offers(self, of: type[S]) -> tuple[Offer[S], ...]:
        """All specs of one class with the plugins that promised them, sorted by name."""
        return self._offers[of.offers]

    @overload
    def find(self, kind: Literal["model"], name: str) -> ModelSpec: ...
    @overload
    def find(self, kind: Literal["backend"], name: str) -> BackendSpec: ...
    @overload
    def find(self, kind: Literal["integrator"], name: str) -> IntegratorSpec: ...
    @overload
    def find(self, kind: str, name: str) -> Spec: ...
    def find(self, kind: str, name: str) -> Spec:
        """Return the spec of that name.

        Parameters
        ----------
        kind
            ``"model"``, ``"backend"``, ``"integrator"``, ``"connector"``, ``"monitor"``,
            ``"recorder"`` or ``"surrogate"``.
        name
            A short name, or a qualified one: ``"distribution:name"``.

        Raises
        ------
        UnknownNameError
            If no plugin offers it.
        AmbiguousNameError
            If several do; the message lists their qualified names.
        """
        return self.find_offer(kind, name).spec

    def find_offer(self, kind: str, name: str) -> Offer[Spec]:
        """Return the spec of that name with the plugin that promised it; raises as `find` does."""
        if kind not in SPECS:
            raise UnknownNameError(f"Plugins offer no {kind!r}; they offer {', '.join(SPECS)}.")
        return pick(kind, name, self._offers[kind], self.statuses)

    def load(self, kind: str, name: str) -> Any:
        """Import and return what the spec of that name points at; raises as `find` does.

        Raises
        ------
        PluginError
            If it cannot be imported; the message names the distribution that promised it.
        """
        offer = self.find_offer(kind, name)
        module, _, attributes = offer.spec.target.partition(":")
        try:
            return functools.reduce(getattr, attributes.split("."), import_module(module))
        except Exception as error:
            source = f"promised by {offer.plugin.title} at {offer.spec.target!r}"
            raise PluginError(
                f"The {kind} {name!r}, {source}, cannot be loaded: {_sentence(error)}"
            ) from error

    def run_finished(self, run: Any) -> None:
        """Show a finished run to every observer.

        One that raises is warned about: the run is complete anyway.
        """
        arguments = {"run": run}
        for impl in self._pm.hook.brainkernel_run_finished.get_hookimpls():
            try:
                impl.function(**{name: arguments[name] for name in impl.argnames})
            except Exception as error:
                observer = f"its observer {impl.plugin_name!r} failed: {_sentence(error)}"
                message = f"The run is complete, but {observer}"
                warnings.warn(message, RuntimeWarning, stacklevel=2)

    def _admit(self, entry: Candidate, veto: str | None, *, strict: bool) -> PluginStatus:
        status = PluginStatus(entry.name, entry.distribution, entry.version, disabled_by=veto)
        if veto:
            return status
        try:
            self._register(entry, status)
        except Exception as error:
            message = f"The {status.title} cannot be used: {_sentence(error)}"
            if strict:
                raise PluginError(message) from error
            advice = "It is skipped; `python -m brainkernel plugins` shows all plugins."
            warnings.warn(f"{message} {advice}", RuntimeWarning, stacklevel=3)
            return PluginStatus(
                entry.name, entry.distribution, entry.version, error=_sentence(error)
            )
        return status

    def _register(self, entry: Candidate, status: PluginStatus) -> None:
        plugin = entry.load()
        name = f"{entry.distribution}:{entry.name}"
        self._pm.register(plugin, name=name)
        try:
            self._pm.check_pending()
            self._keep(list(self._ask(plugin, status)))
        except Exception:
            self._pm.unregister(name=name)
            raise

    def _ask(self, plugin: Any, status: PluginStatus) -> Iterator[Offer[Spec]]:
        # Each plugin is asked alone: in a joint call the first that raises would silence the
        # others.
        hooks = self._pm.get_hookcallers(plugin)
        if not hooks:
            raise PluginError("It implements no hook; is @brainkernel.plugin.hookimpl missing?")
        implementations: list[tuple[str, pluggy.HookImpl]] = []
        for hook in hooks:
            for implementation in hook.get_hookimpls():
                if implementation.plugin is plugin:
                    implementations.append((hook.name, implementation))
        for _, implementation in implementations:
            if implementation.wrapper or implementation.hookwrapper:
                raise PluginError(
                    "It wraps a hook; those of brainkernel are asked one by one and never wrapped."
                )
        for name, implementation in implementations:
            if name in _OFFERING:
                for spec in _checked(implementation.function(), name):
                    yield Offer(spec, status)

    def _keep(self, offered: list[Offer[Spec]]) -> None:
        merged = {kind: list(offers) for kind, offers in self._offers.items()}
        for offer in offered:
            merged[offer.spec.offers].append(offer)
        for kind, offers in merged.items():
            # sorted, so that two of one name stand side by side
            offers.sort(key=lambda offer: (offer.spec.name, offer.id))
            for offer, following in pairwise(offers):
                if offer.id == following.id:
                    raise PluginError(f"Its distribution offers the {kind} {offer.id!r} twice.")
        self._offers = {kind: tuple(offers) for kind, offers in merged.items()}


_OFFERING = {f"brainkernel_{kind}s": spec for kind, spec in SPECS.items()}


def _checked(result: Any, hook: str) -> Iterator[Spec]:
    """Pass on what a hook returned, as far as it is what the hook must return."""
    spec_type = _OFFERING[hook]
    if not isinstance(result, Iterable):
        raise PluginError(f"{hook} returned {result!r}, but must return {spec_type.__name__}s.")
    for spec in result:
        if not isinstance(spec, spec_type):
            raise PluginError(f"{hook} returned {spec!r} among its {spec_type.__name__}s.")
        if not (isinstance(spec.api, int) and OLDEST_API <= spec.api <= API_VERSION):
            raise PluginError(
                f"The {spec.offers} {spec.name!r} was written for plugin api {spec.api!r}, and "
                "this brainkernel "
                f"knows {OLDEST_API} to {API_VERSION}. Install versions of the two that fit each "
                "other."
            )
        yield spec


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, PluginError):
        return text
    return f"{type(error).__name__}: {text}".rstrip(": ")


def default_host() -> PluginHost:
    """Return the host of all installed plugins, as the environment selects them."""
    settings = tuple((name, os.environ[name]) for name in VARIABLES if name in os.environ)
    return _scan(tuple(sys.path), settings)


# No global state: a host never changes once built, and all that it depends on is in the key. The
# cache only saves reading the same metadata again at every run.
@functools.lru_cache(maxsize=4)
def _scan(path: tuple[str, ...], settings: tuple[tuple[str, str], ...]) -> PluginHost:
    return PluginHost(environ=dict(settings))
