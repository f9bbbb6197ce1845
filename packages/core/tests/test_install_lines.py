"""What is missing is told with a line that installs it, and the extras hold what they promise."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from brainkernel.base.install_lines import FOLDERS, install_line

CORE = Path(__file__).parents[1]
PACKAGES = CORE.parent
EXTRAS = tomllib.loads((CORE / "pyproject.toml").read_text())["project"]["optional-dependencies"]
in_a_checkout = pytest.mark.skipif(
    not (PACKAGES / "models-neurons").exists(), reason="only in a checkout"
)


def test_lines():
    assert install_line("numba") == (
        'pip install "brainkernel[numba]", or in a checkout: '
        "pip install ./packages/core ./packages/backend-numba"
    )
    assert install_line("zarr").endswith('pip install "./packages/core[zarr]"')


@in_a_checkout
@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_the_folders_of_a_line_exist(extra):
    for folder in re.findall(r"\./packages/([\w-]+)", install_line(extra)):
        assert (PACKAGES / folder / "pyproject.toml").exists()


def test_all_extras_are_in_all():
    (line,) = EXTRAS["all"]
    assert sorted(re.fullmatch(r"brainkernel\[(.*)\]", line)[1].split(",")) == sorted(
        set(EXTRAS) - {"all"}
    )


@in_a_checkout
def test_our_own_distributions_fit_the_ranges_of_the_extras():
    made = {}
    for file in PACKAGES.glob("*/pyproject.toml"):
        project = tomllib.loads(file.read_text())["project"]
        made[project["name"]] = (project["version"], file.parent.name)
    for extra, folders in FOLDERS.items():
        wanted = [
            re.fullmatch(r"([\w-]+)>=([\d.]+),<([\d.]+)", line).groups() for line in EXTRAS[extra]
        ]
        assert sorted(made[name][1] for name, _, _ in wanted) == sorted(folders)
        for name, least, below in wanted:
            version, low, high = (
                tuple(map(int, text.split("."))) for text in (made[name][0], least, below)
            )
            assert low <= version < high, name
