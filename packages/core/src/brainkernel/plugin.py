"""What the author of a plugin imports, and all that a plugin module should import from brainkernel.

>>> from brainkernel.plugin import ModelSpec, hookimpl
>>> @hookimpl
... def brainkernel_models():
...     return (ModelSpec("LIF", "my_package.lif:LIF", kind="neuron"),)
"""

from __future__ import annotations

from brainkernel.plugins.hookspecs import hookimpl
from brainkernel.plugins.specs import (
    API_VERSION,
    CAPABILITIES,
    BackendSpec,
    ConnectorSpec,
    IntegratorKind,
    IntegratorSpec,
    ModelKind,
    ModelSpec,
    MonitorSpec,
    RecorderSpec,
    SurrogateSpec,
)

__all__ = [
    "API_VERSION",
    "CAPABILITIES",
    "BackendSpec",
    "ConnectorSpec",
    "IntegratorKind",
    "IntegratorSpec",
    "ModelKind",
    "ModelSpec",
    "MonitorSpec",
    "RecorderSpec",
    "SurrogateSpec",
    "hookimpl",
]
