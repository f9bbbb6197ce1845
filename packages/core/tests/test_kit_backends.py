"""The reference itself, and a loopback that only passes everything on, held to the kit."""

from __future__ import annotations

import pytest

from brainkernel.numpy_backend import NumpyBackend
from brainkernel.testing import BackendConformance


class Loopback:
    """Passes everything on to the reference, and counts what it is asked for."""

    name = "loopback"

    def __init__(self):
        self.inner, self.printed, self.compiled = NumpyBackend(), 0, 0

    def source(self, program, constants=None):
        self.printed += 1
        return self.inner.source(program, constants)

    def compile(self, program, source=None):
        self.compiled += 1
        return self.inner.compile(program, source)


class TestNumpy(BackendConformance):
    """The reference, by its name."""

    @pytest.fixture
    def backend(self):
        return "numpy"


RUNS_NOTHING = {
    "test_every_check_is_there",
    "test_it_is_what_the_kernel_asks_for",
    "test_nobody_pays_for_it_who_does_not_use_it",
    "test_threads_change_no_bit",  # it has none
}


class TestLoopback(BackendConformance):
    """An object that no plugin offers; the kit has to ask it, and not the reference behind it."""

    @pytest.fixture
    def backend(self, request):
        loopback = Loopback()
        yield loopback
        asked = loopback.printed + loopback.compiled
        assert asked or request.function.__name__ in RUNS_NOTHING
