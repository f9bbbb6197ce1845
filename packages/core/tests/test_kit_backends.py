"""The reference itself, and a loopback that only passes everything on, held to the kit."""

from __future__ import annotations

import pytest

from brainkernel.codegen.source_file import cache_folder
from brainkernel.errors import BackendError
from brainkernel.execution.numpy_backend import NumpyBackend
from brainkernel.plugin import CAPABILITIES, BackendSpec
from brainkernel.testing import BackendConformance, capabilities
from brainkernel.testing.capabilities import CapabilityChecks
from brainkernel.testing.suite import Conformance


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
    "test_it_can_do_what_it_says_and_refuses_what_it_does_not_say",  # no spec says anything
}


class TestLoopback(BackendConformance):
    """An object that no plugin offers; the kit has to ask it, and not the reference behind it."""

    @pytest.fixture
    def backend(self, request):
        loopback = Loopback()
        yield loopback
        asked = loopback.printed + loopback.compiled
        assert asked or request.function.__name__ in RUNS_NOTHING


CHECK = CapabilityChecks.test_it_can_do_what_it_says_and_refuses_what_it_does_not_say


class Offered(NumpyBackend):
    """A backend with a spec of its own, which may refuse what its spec leaves out."""

    name = "offered"
    refused = ""

    def compile(self, program, source=None):
        if self.refused == "whole_functions" and any(block.whole_steps for block in program.blocks):
            raise BackendError("no functions on whole groups")
        if self.refused == "edited_source" and source is not None:
            raise BackendError("no edited copies")
        return super().compile(program, source)


@pytest.fixture
def declares(monkeypatch):
    def declare(words):
        spec = BackendSpec("offered", "here:Offered", capabilities=words)
        monkeypatch.setattr(capabilities, "spec_of", lambda backend: spec)

    return declare


# what the core itself refuses where it is not declared
OF_THE_CORE = {
    "explain": "cannot explain",
    "sampling": "no loops that draw",
    "threads": "one thread",
}


@pytest.mark.parametrize("word", OF_THE_CORE)
def test_a_word_that_does_not_hold_is_found(word, declares, tmp_path):
    declares((word,))
    with pytest.raises(BackendError, match=OF_THE_CORE[word]):
        CHECK(BackendConformance(), Offered(), word, tmp_path)


@pytest.mark.parametrize("word", sorted({*CAPABILITIES} - {*OF_THE_CORE}))
def test_a_word_that_is_missing_is_found(word, declares, tmp_path):
    declares(())
    with pytest.raises(AssertionError, match=f"does not declare '{word}'"):
        CHECK(BackendConformance(), Offered(), word, tmp_path)


@pytest.mark.parametrize("word", ["whole_functions", "edited_source"])
def test_what_is_not_declared_and_refused_is_sound(word, declares, tmp_path):
    backend = Offered()
    backend.refused = word
    declares(tuple({*CAPABILITIES} - {word, *OF_THE_CORE}))
    for each in CAPABILITIES:
        CHECK(BackendConformance(), backend, each, tmp_path)


def test_numbers_that_differ_from_the_references_are_found(declares, tmp_path):
    class Drifting(Offered):
        def source(self, program, constants=None):
            return (
                super()
                .source(program, constants)
                .replace("return x - np.sum(x)", "return x - 0.5 * np.sum(x)")
            )

    declares(("edge_functions", "whole_functions"))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        CHECK(BackendConformance(), Drifting(), "whole_functions", tmp_path)


class TestCache(Conformance):
    """The kit's programs lie in a folder of the session, wherever the user's are."""

    @pytest.fixture(autouse=True, scope="class")
    def no_lasting_folder(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("BRAINKERNEL_TEST_CACHE_DIR", raising=False)
            yield

    def test_programs_are_kept_away_from_the_users(self, tmp_path_factory):
        assert cache_folder() == tmp_path_factory.getbasetemp() / "brainkernel-programs"


class TestLastingCache(Conformance):
    """They lie where they were asked to be, if that was asked."""

    @pytest.fixture(autouse=True, scope="class")
    def lasting_folder(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("lasting")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BRAINKERNEL_TEST_CACHE_DIR", str(folder))
            yield folder

    def test_programs_are_kept_where_they_should_last(self, lasting_folder):
        assert cache_folder() == lasting_folder
