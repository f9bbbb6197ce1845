"""What every backend must hold."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from brainkernel.base.worker_threads import cores
from brainkernel.execution.backend_choice import find_backend
from brainkernel.execution.declared import can
from brainkernel.testing.algebra import AlgebraChecks
from brainkernel.testing.capabilities import CapabilityChecks
from brainkernel.testing.chance import ChanceChecks
from brainkernel.testing.comparing import assert_same_records
from brainkernel.testing.data import DataChecks
from brainkernel.testing.following import ReferenceChecks
from brainkernel.testing.imports import loaded_by
from brainkernel.testing.integration import IntegrationChecks
from brainkernel.testing.networks import driven, mixed, play
from brainkernel.testing.order import OrderChecks
from brainkernel.testing.text import TextChecks
from brainkernel.testing.timing import TimingChecks


class BackendConformance(
    ReferenceChecks,
    TimingChecks,
    OrderChecks,
    IntegrationChecks,
    ChanceChecks,
    AlgebraChecks,
    DataChecks,
    TextChecks,
    CapabilityChecks,
):
    """The checks of a backend: subclass it, and give the fixture ``backend``, an object or a name.

    Attributes
    ----------
    unsupported : mapping of str to str
        Name of a check to the reason why this backend does not hold it.
    tolerance : float
        How far the backend's numbers may lie from the reference's, relative to the largest of a
        variable, where arithmetic is rounded. Where it is exact they are the same, bit for bit.
    """

    tolerance: ClassVar[float] = 1e-10

    def test_it_is_what_the_kernel_asks_for(self, backend: Any) -> None:
        """A backend has a name, prints, and compiles."""
        found = made(backend)
        assert isinstance(found.name, str) and found.name
        assert callable(found.source) and callable(found.compile)

    def test_nobody_pays_for_it_who_does_not_use_it(self, backend: Any) -> None:
        """`import brainkernel` and a look at the list of backends do not load its module."""
        module = type(made(backend)).__module__
        loaded = loaded_by(
            "from brainkernel.plugins.host import default_host; default_host().backends()"
        )
        assert module not in loaded, f"the list of backends has loaded {module}"

    def test_threads_change_no_bit(self, backend: Any) -> None:
        """Where a backend has threads, two of them give what one gives."""
        if not can(made(backend), "threads") or cores() < 2:
            pytest.skip("it runs on one thread, here or everywhere")
        one, two = mixed(), mixed()
        play(one, 60, backend, inputs=driven(one))
        play(two, 60, backend, inputs=driven(two), threads=2)
        assert_same_records(two, one)


def made(backend: Any) -> Any:
    """The backend itself, which may be given by its name."""
    return find_backend(backend) if isinstance(backend, str) else backend
