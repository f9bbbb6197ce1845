"""No check is lost: to override, delete, shadow or excuse one without reason is caught."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from brainkernel.testing import BackendConformance, ModelConformance, PluginConformance
from brainkernel.testing.suite import checks_of

CHECK = "test_a_delay_acts_at_exactly_its_time"


@pytest.mark.parametrize(
    "body",
    [
        {CHECK: lambda self, backend: None},
        {CHECK: None},
        {CHECK: property(lambda self: None)},
        {"expected_failures": lambda self: None},
        {"pytestmark": pytest.mark.xfail},
        {"pytestmark": [pytest.mark.slow, pytest.mark.xfail(reason="hard")]},
        {"unsupported": {"test_a_dely_acts_at_exactly_its_time": "too hard"}},
        {"unsupported": {CHECK: " "}},
        {"unsupported": {CHECK: None}},
        {"unsupported": {"test_every_check_is_there": "I would rather not"}},
    ],
)
def test_a_subclass_that_changes_a_check_is_refused(body):
    with pytest.raises(TypeError, match="TestMine"):
        type("TestMine", (BackendConformance,), body)


def test_a_check_is_not_hidden_by_another_base():
    mixin = type("Mixin", (), {CHECK: None})
    with pytest.raises(TypeError, match=f"replaces or removes the check {CHECK}: .*unsupported"):
        type("TestMine", (mixin, BackendConformance), {})


def test_a_misspelt_check_gets_a_suggestion():
    with pytest.raises(TypeError, match=f"did you mean {CHECK}"):
        type(
            "TestMine",
            (BackendConformance,),
            {"unsupported": {CHECK.replace("delay", "dely"): "too hard"}},
        )


def test_a_class_that_is_changed_later_is_found_out():
    mine = type("TestMine", (BackendConformance,), {})
    setattr(mine, CHECK, lambda self, backend: None)
    with pytest.raises(TypeError, match=CHECK):
        mine().test_every_check_is_there()


def test_a_check_that_is_taken_from_the_kit_is_missed(monkeypatch):
    monkeypatch.delattr(
        next(base for base in BackendConformance.__mro__ if CHECK in vars(base)), CHECK
    )
    with pytest.raises(TypeError, match=CHECK):
        type("TestMine", (BackendConformance,), {})


def test_further_tests_and_reasons_are_welcome():
    body = {
        "test_of_my_own": lambda self: None,
        "unsupported": {CHECK: "the machine has no memory"},
    }
    mine = type("TestMine", (BackendConformance,), body)
    assert CHECK in checks_of(mine)
    assert "test_of_my_own" not in checks_of(mine)


@pytest.mark.parametrize("kit", [BackendConformance, ModelConformance, PluginConformance])
def test_every_test_of_the_kit_is_a_check_with_a_sentence(kit):
    names = {name for name in dir(kit) if name.startswith("test_")}
    assert set(checks_of(kit)) == names
    assert all(getattr(kit, name).__doc__ for name in names)


MODULE = """
import pytest
from brainkernel.execution.numpy_backend import NumpyBackend
from brainkernel.testing import BackendConformance

class Late(NumpyBackend):
    def source(self, program, constants=None):
        text = super().source(program, constants)
        return text.replace("(_step + 1 - _table.delays[", "(_step - _table.delays[")

class TestMine(BackendConformance):
    unsupported = {{{unsupported}}}

    @pytest.fixture
    def backend(self):
        return Late()
"""


def outcome(tmp_path, unsupported):
    """Run two checks of a backend whose delays are too long, in a process of their own."""
    (tmp_path / "test_mine.py").write_text(textwrap.dedent(MODULE.format(unsupported=unsupported)))
    chosen = f"{CHECK} or test_an_input_acts_within_its_step"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rxX",
        "-p",
        "no:cacheprovider",
        "-k",
        chosen,
        str(tmp_path),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout


def test_what_is_unsupported_is_expected_to_fail_with_its_reason(tmp_path):
    told = outcome(tmp_path, f"'{CHECK}': 'delays are one step too long'")
    assert "1 passed" in told and "1 xfailed" in told
    assert "delays are one step too long" in told


def test_what_is_unsupported_and_passes_is_a_failure(tmp_path):
    told = outcome(tmp_path, "'test_an_input_acts_within_its_step': 'no inputs yet'")
    assert "2 failed" in told
    assert "[XPASS(strict)] no inputs yet" in told
