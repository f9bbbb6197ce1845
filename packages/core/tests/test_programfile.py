"""Printed programs as files: named by their content, written whole, imported once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from brainkernel.codegen.source_file import (
    cache_folder,
    digest_of,
    import_program,
    write_program,
    write_whole,
)
from brainkernel.errors import ProgramError

TEXT = '"""A program."""\n\n\ndef run():\n    return 1\n'


def test_a_program_is_named_by_its_text(tmp_path):
    path = write_program(TEXT, "numpy", tmp_path)
    assert path.name == f"numpy_{digest_of(TEXT)[:24]}.py"
    assert path.read_text() == TEXT
    assert write_program(TEXT + "\n", "numpy", tmp_path) != path


def test_a_damaged_file_is_written_anew(tmp_path):
    path = write_program(TEXT, "numpy", tmp_path)
    path.write_text(TEXT[:10])
    assert write_program(TEXT, "numpy", tmp_path).read_text() == TEXT


def test_a_whole_file_is_left_alone(tmp_path):
    path = write_program(TEXT, "numpy", tmp_path)
    before = path.stat().st_mtime_ns
    write_program(TEXT, "numpy", tmp_path)
    assert path.stat().st_mtime_ns == before


def test_many_writers_leave_one_whole_file(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: write_program(TEXT, "numpy", tmp_path / "new"), range(40)))
    assert len(paths) == 1
    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == [TEXT]  # and no leftovers


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(tmp_path / "program.py", TEXT)
    assert list(tmp_path.iterdir()) == []


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("BRAINKERNEL_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "brainkernel"


def test_a_cache_that_cannot_be_written_warns_and_uses_another(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BRAINKERNEL_CACHE_DIR", str(tmp_path / "file" / "programs"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.warns(UserWarning, match="cannot be written"):
        path = write_program(TEXT, "numpy")
    assert path.read_text() == TEXT
    assert path.is_relative_to(tmp_path)


def test_a_program_is_imported_as_a_module_of_its_file(tmp_path):
    path = write_program(TEXT, "numpy", tmp_path)
    module = import_program(path)
    assert module.run() == 1
    assert Path(module.__file__) == path
    assert sys.modules[module.__name__] is module
    assert import_program(path) is module


def test_a_new_text_under_the_same_path_is_a_new_module(tmp_path):
    path = tmp_path / "edited.py"
    for number in (1, 2):
        path.write_text(TEXT.replace("1", str(number)))
        assert import_program(path).run() == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def run(:\n", r"syntax error in line 1"),
        ("x = 1\n", "defines no run"),
        ("run = 3\n", "defines no run"),
        ("1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_imported_is_not_left_behind(text, said, tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(text)
    before = set(sys.modules)
    for _ in range(2):  # the second time gives the same answer
        with pytest.raises(ProgramError, match=said):
            import_program(path)
    assert set(sys.modules) == before
