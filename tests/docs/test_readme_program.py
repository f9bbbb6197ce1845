"""The program of the README's first example is short enough to be read."""

from __future__ import annotations

import pytest
from pages import ROOT, python_of

LINES = 150  # three screens


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_first_program_fits_on_three_screens(backend, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page: dict[str, object] = {}
    exec(python_of(ROOT / "README.md")[0].text, page)
    program = page["net"].source(backend=backend)
    assert len(program.splitlines()) <= LINES
    assert "_fires = _level >= 0.0" in program
