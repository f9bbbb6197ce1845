"""The picture of the architecture is what the sources say, and its page speaks of each folder."""

from __future__ import annotations

import re
import subprocess
import sys

from pages import ROOT

CORE = ROOT / "packages" / "core" / "src" / "brainkernel"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def folders():
    return [path.parent.name for path in CORE.glob("*/__init__.py")]


def test_the_picture_is_what_the_sources_say():
    command = [sys.executable, str(ROOT / "tools" / "architecture.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_speaks_of_each_folder():
    assert len(folders()) > 10
    assert not [name for name in folders() if f"`{name}`" not in PAGE]


def test_the_page_says_how_to_add_one_of_each_kind():
    kinds = {"model", "rule", "integrator", "monitor", "backend", "recorder", "step"}
    assert kinds <= set(re.findall(r"^## How to add an? (\w+)", PAGE, re.MULTILINE))
