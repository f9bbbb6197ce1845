"""What a backend has declared in its spec, which is believed: nothing else of it is asked."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator

from brainkernel.errors import BackendError
from brainkernel.plugins.host import PluginHost, default_host
from brainkernel.plugins.specs import CAPABILITIES, BackendSpec
from brainkernel.program.contracts import Backend
from brainkernel.program.program import Loop, Program
from brainkernel.random.sampling_kernels import Kernels


def spec_of(backend: Backend) -> BackendSpec | None:
    """Return the spec of a backend, or None where nobody has declared anything.

    It is the backend's own `spec` where it has one, else that by which a plugin offers its class or
    a class that it is derived from.
    """
    spec: BackendSpec | None = getattr(backend, "spec", None)
    return _offered(default_host(), type(backend), backend.name) if spec is None else spec


# A host never changes once built, and each run asks several times.
@functools.lru_cache(maxsize=16)
def _offered(host: PluginHost, kind: type, name: str) -> BackendSpec | None:
    """Return the spec by which a plugin offers a class, or a function that makes its objects."""
    specs = [offer.spec for offer in host.offers(BackendSpec)]
    targets = [(spec, _target(spec)) for spec in specs]
    for base in kind.__mro__:
        for spec, target in targets:
            if target is base:
                return spec
    for spec, target in targets:
        if inspect.isfunction(target) and spec.name == name:  # which made the object
            return spec
    return None


def can(backend: Backend, word: str) -> bool:
    """Whether a backend has declared a word of `CAPABILITIES`."""
    spec = spec_of(backend)
    return spec is not None and word in spec.capabilities


def kernels_of(backend: Backend) -> Kernels | None:
    """Return the loops with which a backend draws connectivity and first values, if it has any."""
    return backend.kernels if can(backend, "sampling") else None  # type: ignore[attr-defined]


def device_of(backend: Backend) -> str:
    """Name the device that a backend has chosen; empty where there is no choice."""
    spec = spec_of(backend)
    choice = spec is not None and len(spec.devices) > 1
    return str(backend.device) if choice else ""  # type: ignore[attr-defined]


def libraries_of(backend: Backend) -> tuple[str, ...]:
    """List the distributions whose versions belong into datasets."""
    spec = spec_of(backend)
    return () if spec is None else spec.libraries


def check_needs(
    backend: Backend,
    program: Program,
    edited: bool = False,
    operations: bool = False,
) -> None:
    """Refuse what a backend has left out of its spec; one without a spec may try everything.

    Raises
    ------
    BackendError
        Where the program, an edited copy of it or operations between steps need a word of
        `CAPABILITIES` that the spec does not have.
    """
    spec = spec_of(backend)
    if spec is None:
        return
    asked = {"edited_source": edited, "operations": operations}
    words = [*needs(program), *(word for word, wanted in asked.items() if wanted)]
    for word in words:
        if word not in spec.capabilities:
            raise BackendError(
                f"the backend {backend.name!r} does not declare {word!r} ({CAPABILITIES[word]}), "
                f"which this run "
                f"needs{advice(word, ': use {}')}"
            )


def needs(program: Program) -> Iterator[str]:
    """List what a backend must be able to do for a program, in words of `CAPABILITIES`."""
    blocks, synapse_blocks = program.blocks, program.synapse_blocks
    loops: list[Loop] = []
    for synapse_block in synapse_blocks:
        loops += synapse_block.loops
    if any(synapse_block.steps or table.longest > 0 for synapse_block, table in program.heads):
        yield "delays"
    if any(block.event_calls for block in synapse_blocks):
        yield "event_functions"
    # a loop over sources or synapses runs in each step, without a spike
    if loops or any(block.couplings for block in synapse_blocks):
        yield "edge_functions"
    if any(block.whole_steps for block in blocks) or any(loop.whole_steps for loop in loops):
        yield "whole_functions"
    if any(block.over_group for block in blocks):
        yield "group_sums"
    if any(block.draws for block in blocks) or any(block.draws for block in synapse_blocks):
        yield "noise"
    if any(block.equations.tree for block in blocks):
        yield "trees"
    if program.events:
        yield "other_events"
    if any(block.lazy for block in synapse_blocks):
        yield "lazy_states"
    if program.narrow:
        yield "float32"
    if program.end_readings or any(block.of_synapses for block in blocks):
        yield "third_ends"


def advice(word: str, text: str) -> str:
    """Advise the backends that declare a word, as the end of a message; nothing without any.

    Parameters
    ----------
    word : str
        One of `CAPABILITIES`.
    text : str
        The advice, with ``{}`` where the argument ``backend=...`` stands.
    """
    offers = default_host().offers(BackendSpec)
    names = sorted({offer.spec.name for offer in offers if word in offer.spec.capabilities})
    return text.format(" or ".join(f'backend="{name}"' for name in names)) if names else ""


def _target(spec: BackendSpec) -> object:
    """Return what a spec points at if it has been imported, as that of any backend at hand has."""
    module, _, attributes = spec.target.partition(":")
    try:
        return functools.reduce(getattr, attributes.split("."), sys.modules[module])
    except (KeyError, AttributeError):
        return None
