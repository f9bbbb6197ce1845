"""The hooks a plugin may implement.

None is called within a time step, and only the host calls them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from brainkernel.plugins.specs import (
    BackendSpec,
    ConnectorSpec,
    IntegratorSpec,
    ModelSpec,
    MonitorSpec,
    RecorderSpec,
    SurrogateSpec,
)

PROJECT = "brainkernel"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def brainkernel_models() -> Iterable[ModelSpec]:  # type: ignore[empty-body]
    """Neuron, synapse and input models."""


@hookspec
def brainkernel_backends() -> Iterable[BackendSpec]:  # type: ignore[empty-body]
    """Machines that run programs."""


@hookspec
def brainkernel_integrators() -> Iterable[IntegratorSpec]:  # type: ignore[empty-body]
    """Numerical methods that print themselves."""


@hookspec
def brainkernel_connectors() -> Iterable[ConnectorSpec]:  # type: ignore[empty-body]
    """Rules that say which neurons are connected."""


@hookspec
def brainkernel_surrogates() -> Iterable[SurrogateSpec]:  # type: ignore[empty-body]
    """Derivatives that are pretended for spikes."""


@hookspec
def brainkernel_monitors() -> Iterable[MonitorSpec]:  # type: ignore[empty-body]
    """Kinds of monitors: what is recorded."""


@hookspec
def brainkernel_recorders() -> Iterable[RecorderSpec]:  # type: ignore[empty-body]
    """Places where monitors put data."""


@hookspec
def brainkernel_run_finished(run: Any) -> None:
    """Look at a finished run. What an observer raises is warned about and never harms the run."""
