"""What the pages show works: the blocks of Python of a page run one after the other."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from importlib.util import find_spec
from types import ModuleType

import pytest
from pages import PAGES, ROOT, blocks_of, python_of

from brainkernel.__main__ import main

STORIES = [path for path in PAGES if python_of(path)]
SESSION = re.compile(r"(?:nox|noxfile\.py) -s ([\w-]+)")
FILE = re.compile(r"(?<![\w/.:])(?:\./)?((?:packages|examples|benchmarks|tests|docs)/[\w./-]*\w)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
COMMAND = re.compile(r"python3? -m (brainkernel(?: [\w.-]+)*)(?![\w.])")
MODULE = re.compile(r"python3? -m (brainkernel[\w.]*)")
INDENTED = re.compile(r"^[ \t]+```", re.MULTILINE)
MADE = {"docs/_build"}


@pytest.mark.usefixtures("jax_as_it_was")
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_code_of_a_page_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = ModuleType(f"page_{path.stem.replace('-', '_')}")
    monkeypatch.setitem(sys.modules, page.__name__, page)
    for block in python_of(path):
        # compiled where it stands, so that step functions find their own text, and errors show the
        # line of the page
        code = compile("\n" * block.line + block.text, str(path), "exec", dont_inherit=True)
        exec(code, page.__dict__)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_files_and_sessions_that_a_page_names_are_there(path):
    text = path.read_text(encoding="utf-8")
    noxfile = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {
        node.name.replace("_", "-") for node in noxfile.body if isinstance(node, ast.FunctionDef)
    }
    assert set(SESSION.findall(text)) <= sessions
    assert not [
        name for name in FILE.findall(text) if name not in MADE and not (ROOT / name).exists()
    ]
    assert not [link for link in LINK.findall(text) if not (path.parent / link).exists()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_commands_that_a_page_names_run(path, capsys):
    for command in dict.fromkeys(COMMAND.findall(path.read_text(encoding="utf-8"))):
        _, *arguments = shlex.split(command)
        assert main(arguments) in (None, 0), command
        assert capsys.readouterr().out, command


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_modules_that_a_page_starts_are_there(path):
    for name in MODULE.findall(path.read_text(encoding="utf-8")):
        assert find_spec(name) is not None, name


def test_no_block_is_hidden_in_a_list_where_it_would_not_run():
    assert not [path.name for path in PAGES if INDENTED.search(path.read_text(encoding="utf-8"))]


def test_blocks_that_are_not_run_are_few_and_give_a_reason():
    blocks = [block for path in PAGES for block in blocks_of(path.read_text(encoding="utf-8"))]
    python = [block for block in blocks if block.language == "python"]
    assert len(python) > 25
    assert sum(bool(block.not_run) for block in python) <= 3


def test_a_block_knows_its_line_and_its_reason():
    page = (
        "# Page\n\n```python\na = 1\n```\n\n<!-- not run: no such device -->\n```python\nb\n```\n"
    )
    first, second = blocks_of(page)
    assert (first.language, first.text, first.line, first.not_run) == ("python", "a = 1\n", 3, "")
    assert (second.text, second.line, second.not_run) == ("b\n", 8, "no such device")
