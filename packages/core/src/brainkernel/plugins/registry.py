"""What plugins offer and how it is found by name, or not found with a helpful sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from brainkernel.base.install_lines import FOLDERS, install_line
from brainkernel.errors import AmbiguousNameError, UnknownNameError
from brainkernel.plugins.discovery import canonical
from brainkernel.plugins.specs import Spec

S = TypeVar("S", bound=Spec, covariant=True)
T = TypeVar("T", bound=Spec)

# Our own distributions, so that somebody who lacks one is told what to type.
_MODEL_PACKAGES = ("brainkernel-neurons", "brainkernel-synapses")


@dataclass(frozen=True)
class PluginStatus:
    """What became of one plugin.

    Loaded, broken (``error`` says why) or disabled (by which variable).
    """

    name: str
    distribution: str
    version: str
    error: str | None = None
    disabled_by: str | None = None

    @property
    def state(self) -> str:
        """``"loaded"``, ``"broken"`` or ``"disabled"``."""
        return "broken" if self.error else "disabled" if self.disabled_by else "loaded"

    @property
    def title(self) -> str:
        """The plugin's name with its distribution and version."""
        return f"plugin {self.name!r} of {self.distribution} {self.version}".rstrip()

    @property
    def reason(self) -> str:
        """Why the plugin is not loaded; empty if it is."""
        return self.error or (f"disabled by {self.disabled_by}" if self.disabled_by else "")


@dataclass(frozen=True)
class Offer(Generic[S]):
    """One spec and the plugin that promised it."""

    spec: S
    plugin: PluginStatus

    @property
    def id(self) -> str:
        """The qualified name, ``distribution:name``."""
        return f"{self.plugin.distribution}:{self.spec.name}"

    def answers_to(self, name: str) -> bool:
        """Whether this is the short or the qualified name of this offer."""
        distribution, colon, short = name.rpartition(":")
        return short == self.spec.name and (
            not colon or canonical(distribution) == canonical(self.plugin.distribution)
        )


def by_name(offers: Sequence[Offer[T]]) -> Mapping[str, T]:
    """Specs by short name, where it is claimed once, and by qualified name."""
    claims = Counter(offer.spec.name for offer in offers)
    short = {offer.spec.name: offer.spec for offer in offers if claims[offer.spec.name] == 1}
    return MappingProxyType(short | {offer.id: offer.spec for offer in offers})


def pick(
    kind: str, name: str, offers: Sequence[Offer[T]], statuses: Sequence[PluginStatus]
) -> Offer[T]:
    """Return the one offer of that name, or raise `UnknownNameError` or `AmbiguousNameError`."""
    matching = [offer for offer in offers if offer.answers_to(name)]
    if len(matching) > 1:
        ids = " or ".join(repr(offer.id) for offer in matching)
        raise AmbiguousNameError(
            f"Several plugins offer the {kind} {name!r}. Name one in full: {ids}."
        )
    if not matching:
        names = {offer.spec.name for offer in offers}
        raise UnknownNameError(" ".join(_not_found(kind, name, names, statuses)))
    return matching[0]


def _not_found(
    kind: str, name: str, names: set[str], statuses: Sequence[PluginStatus]
) -> Iterator[str]:
    yield f"No plugin offers the {kind} {name!r}."
    missing = _missing(kind, name, {canonical(status.distribution) for status in statuses})
    if missing:
        yield f"Is it in a package that is not installed? Try: {missing}."
    close = _closest(name, names)
    if close:
        yield f"Did you mean {close!r}?"
    elif names:
        yield f"There are: {', '.join(sorted(names))}."
    if not statuses:
        yield (
            "No plugin is installed, not even brainkernel's own: install it with pip, do not only "
            "put it on the path."
        )
    for status in statuses:
        if status.reason:
            yield f"Not in use: {status.title} ({status.reason})."


def _missing(kind: str, name: str, installed: set[str]) -> str:
    is_ours = f"backend-{name}" in FOLDERS.get(name, ())
    if kind == "backend" and is_ours and f"brainkernel-{name}" not in installed:
        return install_line(name)
    if kind == "model" and not installed.issuperset(_MODEL_PACKAGES):
        return install_line("models")
    return ""


def _closest(name: str, names: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    spelt = {word.lower(): word for word in names}
    matches = get_close_matches(name.lower(), spelt, n=1)
    return spelt[matches[0]] if matches else None
