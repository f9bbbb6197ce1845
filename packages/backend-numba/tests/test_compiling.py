"""While Numba compiles, a user is told."""

from __future__ import annotations

import logging
import re

import pytest

import brainkernel as bk
from brainkernel_numba import cache
from brainkernel_numba.backend import NumbaBackend

TOLD = re.compile(  # with the progress bar in between
    r"compiling (\d+) functions of numba_\w+\.py for numba \.\.\.\n.*compiled \1 functions of .* "
    r"in \d+\.\d s\n",
    re.DOTALL,
)


class Tiny(bk.Neuron):
    """As little as can be."""

    x = bk.state(0.0)

    @bk.step("x")
    def count(x):
        return x + 1.0


def network():
    return bk.Network(Tiny(2, name="tiny"), dt=0.5)


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path))


def test_a_run_that_reports_tells_what_is_compiled_and_how_long_it_took(empty_cache, capsys):
    net = network()
    net.run(1.0, backend="numba", report=True)
    told = TOLD.search(capsys.readouterr().err)
    assert int(told[1]) >= 3  # the user's function, the update and the run
    net.run(1.0, backend="numba", report=True)
    network().run(1.0, backend="numba", report=True)  # compiled already
    assert "compil" not in capsys.readouterr().err


def test_without_a_report_it_is_logged_and_nothing_is_printed(
    empty_cache, capsys, caplog, monkeypatch
):
    compiled = []
    monkeypatch.setattr(
        cache, "_compile", lambda run, types: compiled.append(types)
    )  # a moment is enough here
    run = network().compiled(NumbaBackend(), None)._module._module.run
    with caplog.at_level(logging.INFO, "brainkernel"):
        cache.compile_checked(run, ())
    assert len(compiled) == 1
    assert [record.name for record in caplog.records] == ["brainkernel"] * 2
    assert TOLD.fullmatch("".join(f"{record.getMessage()}\n" for record in caplog.records))
    assert capsys.readouterr() == ("", "")
