"""Which plugins are installed, and which of them the user's environment lets in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

ALLOW = "BRAINKERNEL_PLUGINS"
DENY = "BRAINKERNEL_DISABLE_PLUGINS"
STRICT = "BRAINKERNEL_STRICT_PLUGINS"
VARIABLES = (ALLOW, DENY, STRICT)


@dataclass(frozen=True, order=True)
class Candidate:
    """A plugin that was found and not yet loaded.

    Equal in name, value and distribution is equal.
    """

    name: str
    value: str
    distribution: str
    version: str = field(compare=False)
    load: Callable[[], Any] = field(compare=False, repr=False)


def installed(group: str) -> list[Candidate]:
    """All entry points of a group, sorted and without exact duplicates."""
    entries = _metadata().entry_points(group=group)
    # dict.fromkeys keeps the first of equals, which is the one that comes first on sys.path.
    return sorted(dict.fromkeys(_from_entry_point(entry) for entry in entries))


def given(plugins: Iterable[Any]) -> list[Candidate]:
    """Plugins handed over as objects, named after the module or class they are."""
    return [_from_object(plugin) for plugin in plugins]


def canonical(name: str) -> str:
    """Return a distribution's name in the one spelling that all its spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Selection:
    """What the environment says about plugins; read once, when a host is built."""

    allowed: frozenset[str] | None
    denied: frozenset[str]
    strict: bool

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Selection:
        """Read it from environment variables."""
        allowed = frozenset(_words(environ[ALLOW])) if ALLOW in environ else None
        return cls(
            allowed,
            frozenset(_words(environ.get(DENY, ""))),
            environ.get(STRICT, "") not in ("", "0"),
        )

    def veto(self, candidate: Candidate) -> str | None:
        """Name the variable that keeps a plugin out, or None."""
        names = {"*", canonical(candidate.name), canonical(candidate.distribution)}
        if names & self.denied:
            return DENY
        return None if self.allowed is None or names & self.allowed else ALLOW


def _words(text: str) -> Iterator[str]:
    return (canonical(word) for word in re.split(r"[,\s]+", text) if word)


def _metadata() -> ModuleType:
    # Imported here because `import brainkernel` must not pay for it.
    try:
        import importlib_metadata as metadata
    except ImportError:
        from importlib import metadata  # type: ignore[no-redef]
    return metadata


def _from_entry_point(entry: Any) -> Candidate:
    return Candidate(entry.name, entry.value, *_owner(entry), load=entry.load)


def _owner(entry: Any) -> tuple[str, str]:
    # One damaged installation must not hide every other plugin.
    try:
        return str(entry.dist.name), str(entry.dist.version)
    except Exception:
        return "unknown", ""


def _from_object(plugin: Any) -> Candidate:
    name = getattr(plugin, "__name__", type(plugin).__name__)
    distribution = canonical(name.partition(".")[0]) if isinstance(plugin, ModuleType) else name
    return Candidate(name, name, distribution, "", load=lambda: plugin)
