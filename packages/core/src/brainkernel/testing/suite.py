"""What the three classes share: checks that cannot be lost, and unsupported ones as data."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar

import pytest

from brainkernel.model.definition import suggestion

KIT = __name__.rpartition(".")[0]


class Conformance:
    """Base of the three classes.

    Attributes
    ----------
    unsupported : mapping of str to str
        Name of a check to the reason why it fails. Such a check is run and has to fail: it is
        reported as an expected failure, and the day it passes is told as well.

    Raises
    ------
    TypeError
        Where a subclass replaces or removes a check, or names one that does not exist.
    """

    pytestmark = pytest.mark.filterwarnings(
        "ignore:.*outside this run"
    )  # some runs are cut into short ones

    unsupported: ClassVar[Mapping[str, str]] = {}
    own_checks: ClassVar[tuple[str, ...]] = ("test_every_check_is_there",)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if of_the_kit(cls):
            cls.own_checks = tuple(name for name in vars(cls) if name.startswith("test_"))
        else:
            refuse_changes(cls)

    @pytest.fixture(autouse=True)
    def expected_failures(self, request: pytest.FixtureRequest) -> None:
        """Mark what is unsupported, and look again: a class can be changed after it was made."""
        refuse_changes(type(self))
        reason = self.unsupported.get(request.function.__name__)
        if reason:
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))

    @pytest.fixture(autouse=True)
    def a_cache_of_its_own(
        self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Leave the user's cache alone.

        All checks of one session share a folder, and so what was compiled. Where
        ``BRAINKERNEL_TEST_CACHE_DIR`` names a folder, later sessions share it too.
        """
        lasting = os.environ.get("BRAINKERNEL_TEST_CACHE_DIR")
        temporary = tmp_path_factory.getbasetemp() / "brainkernel-programs"
        monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", lasting or str(temporary))

    def test_every_check_is_there(self) -> None:
        """No check was replaced, removed or hidden."""
        refuse_changes(type(self))


def of_the_kit(attribute: Any) -> bool:
    """Whether a class or function was written in this package."""
    return f"{getattr(attribute, '__module__', '')}.".startswith(f"{KIT}.")


def checks_of(cls: type[Conformance]) -> tuple[str, ...]:
    """The names of all checks that a class has from the kit."""
    names = chain.from_iterable(base.own_checks for base in kit_bases(cls))
    return tuple(dict.fromkeys(names))


def kit_bases(cls: type[Conformance]) -> Iterator[type[Conformance]]:
    """The bases of a class that hold checks of the kit."""
    return (base for base in cls.__mro__ if issubclass(base, Conformance) and of_the_kit(base))


def refuse_changes(cls: type[Conformance]) -> None:
    """Raise TypeError where a class hides a check, or declares what cannot be."""
    for name in checks_of(cls):
        if not of_the_kit(inspect.getattr_static(cls, name, None)):
            raise TypeError(
                f"{cls.__name__} replaces or removes the check {name}: leave it as it is. What "
                f'cannot be held is said with a reason, unsupported = {{"{name}": "why"}}, '
                "and further tests get names of their own"
            )
    if (
        inspect.getattr_static(cls, "expected_failures")
        is not Conformance.__dict__["expected_failures"]
    ):
        raise TypeError(
            f"{cls.__name__} replaces the fixture expected_failures, without which nothing is "
            "checked"
        )
    if any(mark.name == "xfail" for mark in marks_of(cls)):
        raise TypeError(
            f"{cls.__name__} expects all its checks to fail: name each in unsupported, with its "
            "reason"
        )
    refuse_reasons(cls)


def refuse_reasons(cls: type[Conformance]) -> None:
    """Raise TypeError where `unsupported` names no check, or gives no reason."""
    checks = set(checks_of(cls)) - {"test_every_check_is_there"}
    for name, reason in cls.unsupported.items():
        if name not in checks:
            raise TypeError(
                f"{cls.__name__}.unsupported names {name!r}, which is no check; "
                f"{suggestion(name, checks)}"
            )
        if not isinstance(reason, str) or not reason.strip():
            raise TypeError(
                f"{cls.__name__}.unsupported[{name!r}] is {reason!r}: give the reason in words"
            )


def marks_of(cls: type) -> list[Any]:
    """The pytest marks of a class and its bases."""
    marks: list[Any] = []
    for base in cls.__mro__:
        marks += _listed(vars(base).get("pytestmark", []))
    return [getattr(mark, "mark", mark) for mark in marks]


def _listed(marks: Any) -> list[Any]:
    return marks if isinstance(marks, list) else [marks]
