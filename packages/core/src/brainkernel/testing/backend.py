"""What every backend must hold."""

from __future__ import annotations

from typing import Any, ClassVar

from brainkernel.testing.algebra import AlgebraChecks
from brainkernel.testing.chance import ChanceChecks
from brainkernel.testing.data import DataChecks
from brainkernel.testing.imports import loaded_by
from brainkernel.testing.integration import IntegrationChecks
from brainkernel.testing.order import OrderChecks
from brainkernel.testing.text import TextChecks
from brainkernel.testing.timing import TimingChecks


class BackendConformance(
    TimingChecks, OrderChecks, IntegrationChecks, ChanceChecks, AlgebraChecks, DataChecks, TextChecks
):
    """The checks of a backend: subclass it, and give the fixture ``backend``, an object or a name.

    Attributes
    ----------
    unsupported : mapping of str to str
        Name of a check to the reason why this backend does not hold it.
    tolerance : float
        How far the backend's numbers may lie from the reference's, relative to the largest of a variable, where
        arithmetic is rounded. Where it is exact they are the same, bit for bit.
    """

    tolerance: ClassVar[float] = 1e-10

    def test_it_is_what_the_kernel_asks_for(self, backend: Any) -> None:
        """A backend has a name, prints, and compiles."""
        from brainkernel.network import find_backend

        found = find_backend(backend) if isinstance(backend, str) else backend
        assert isinstance(found.name, str) and found.name
        assert callable(found.source) and callable(found.compile)

    def test_nobody_pays_for_it_who_does_not_use_it(self, backend: Any) -> None:
        """`import brainkernel` and a look at the list of backends load none of its modules but the plugin's door."""
        module = type(backend).__module__ if not isinstance(backend, str) else ""
        loaded = loaded_by("from brainkernel.plugins import default_host; default_host().backends()")
        assert not module or module not in loaded, f"the list of backends has loaded {module}"
