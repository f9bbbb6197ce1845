"""Backends and integration methods by name, from the plugins."""

from __future__ import annotations

import os

from brainkernel.errors import BackendError
from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import BackendSpec
from brainkernel.program.contracts import Backend
from brainkernel.program.integrator import Integrator


def find_backend(name: str, device: str | None = None) -> Backend:
    """A backend by name, from the plugins, on a device if one is given."""
    host = default_host()
    if device is not None and device not in (devices := host.find("backend", name).devices):
        raise BackendError(
            f"the backend {name!r} does not run on {device!r}, only on {', '.join(devices)}"
        )
    kind = host.load("backend", name)
    choice = device is not None and len(devices) > 1
    backend: Backend = kind(device=device) if choice else kind()
    return backend


def find_integrator(name: str | Integrator) -> Integrator:
    """An integration method by name, from the plugins; a method itself is given back."""
    if not isinstance(name, str):
        return name
    integrator: Integrator = default_host().load("integrator", name)
    return integrator


def chosen_backend(backend: str | Backend | None, device: str | None = None) -> Backend:
    """The backend that is asked for; without one, what ``BRAINKERNEL_BACKEND`` says, or NumPy."""
    if backend is None:
        backend = os.environ.get("BRAINKERNEL_BACKEND", "numpy")
    if isinstance(backend, str):
        return find_backend(backend, device)
    if device is not None:
        raise BackendError(
            f"device={device!r}: give the device to the backend itself, or the backend by its name"
        )
    if not callable(getattr(backend, "compile", None)):
        names = sorted({offer.spec.name for offer in default_host().offers(BackendSpec)})
        raise BackendError(f"backend={backend!r}: give a backend's name: {', '.join(names)}")
    return backend
