"""What backends may import of the core, and what its number means."""

from __future__ import annotations

import brainkernel.backend
from brainkernel.plugins.specs import API_VERSION, BackendSpec


def test_everything_that_is_offered_is_there_and_named_once():
    offered = brainkernel.backend.__all__
    assert len(set(offered)) == len(offered)
    assert all(hasattr(brainkernel.backend, name) for name in offered)


def test_a_backend_is_written_for_the_number_of_this_module():
    """The host refuses a spec of another number, which `test_plugins` holds."""
    assert brainkernel.backend.API == API_VERSION == BackendSpec("one", "module:One").api
