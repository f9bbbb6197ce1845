"""The project's commands: `nox -s tests`, or `python3 noxfile.py -s tests` with CPython alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOX = "nox>=2025.2.9"
NO_PIP = """\
This Python cannot make a virtual environment: its `ensurepip` module is missing. Do one of these:
  - install it (Debian and Ubuntu: `apt install python3-venv`) and run the same command again;
  - run the same command with another CPython, 3.11 or newer;
  - install nox any other way, and run `nox` in place of `python3 noxfile.py`."""


def rerun_with_nox() -> int:
    """Run this command again in a private environment that has nox, made on first use."""
    if sys.version_info < (3, 11):  # noqa: UP036 (any Python may run this file)
        sys.exit("brainkernel needs CPython 3.11 or newer; run the same command with one.")
    home = ROOT / ".nox" / "bootstrap-{}.{}.{}".format(*sys.version_info)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists() or subprocess.call(
        [python, "-I", "-c", "import nox"], stderr=subprocess.DEVNULL
    ):
        make_environment(home, python)
    return subprocess.call([python, "-I", "-m", "nox", "--noxfile", __file__, *sys.argv[1:]])


def make_environment(home: Path, python: Path) -> None:
    """Make a virtual environment with nox in it."""
    if find_spec("ensurepip") is None:
        sys.exit(NO_PIP)
    print(f"Installing nox into {home} (once)", file=sys.stderr)
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", home])
    subprocess.check_call([python, "-I", "-m", "pip", "install", "--quiet", NOX])


try:
    import nox
except ModuleNotFoundError:
    if __name__ != "__main__":
        raise
    sys.exit(rerun_with_nox())

nox.needs_version = NOX.removeprefix("nox")
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]
os.environ.pop("PYTHONPATH", None)  # each session sees only what it installs

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PACKAGES = {
    path.parent.name: path.parent for path in sorted(ROOT.glob("packages/*/pyproject.toml"))
}


def everything(*groups: str, extras: str = "testing,zarr") -> list[str]:
    """Name all packages, editable, the core with `extras`, and the tools of dependency groups."""
    folders = {name: str(path) for name, path in PACKAGES.items()}
    folders["core"] += f"[{extras}]"
    editable = [word for folder in folders.values() for word in ("--editable", folder)]
    return [*editable, *nox.project.dependency_groups(PROJECT, *groups)]


def requirements() -> set[str]:
    """Read what the packages need, with all extras, out of their own metadata."""
    names: set[str] = set()
    for path in PACKAGES.values():
        project = nox.project.load_toml(path / "pyproject.toml")["project"]
        names.update(project["dependencies"])
        for extra in project.get("optional-dependencies", {}).values():
            names.update(extra)
    return {name for name in names if not name.startswith("brainkernel")}


def lower_bounds() -> set[str]:
    """Name the oldest version of each dependency that the packages allow."""
    return {name.replace(">=", "==") for name in requirements()}


def run_tests(session: nox.Session, marker: str) -> None:
    """Run pytest on all cores, its summary last."""
    session.run("pytest", "-q", "-n", "auto", "-m", marker, *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Simulate the COBA benchmark and draw it."""
    session.install(*everything(extras="plot,symbolic"))
    session.run("python", "examples/coba.py", "--output", "demo-output", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests with the Python at hand."""
    session.install(*everything("test"))
    run_tests(session, "not slow")


@nox.session(name="tests-all", python=["3.11", "3.12", "3.13", "3.14"])
def tests_all(session: nox.Session) -> None:
    """Run the tests with every supported Python that is found."""
    session.install(*everything("test"))
    run_tests(session, "not slow")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and report which lines they reach; compiled functions are not seen."""
    session.install(*everything("test", "coverage"))
    modules = [path.name for folder in PACKAGES.values() for path in (folder / "src").iterdir()]
    session.run(
        "pytest",
        "-q",
        *("-n", "auto"),
        *("-m", "not slow"),
        *(f"--cov={module}" for module in modules),
        "--cov-report=term:skip-covered",
        "--cov-report=xml",
        *session.posargs,
    )


@nox.session
def slow(session: nox.Session) -> None:
    """Run the tests that take long."""
    session.install(*everything("test"))
    run_tests(session, "slow")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Hold all backends to the reference on generated networks: `nox -s fuzz -- --minutes 5`."""
    session.install(*everything())
    session.run("python", "-m", "brainkernel.testing.fuzz", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest versions that the packages say they can live with."""
    constraints = Path(session.create_tmp(), "constraints.txt")
    constraints.write_text("\n".join(lower_bounds()))
    session.install("--constraint", str(constraints), *everything("test"))
    run_tests(session, "not slow")


@nox.session
def lock(session: nox.Session) -> None:
    """Write the versions of the development environment anew: requirements-dev.lock."""
    session.install("uv>=0.9")
    groups = nox.project.dependency_groups(PROJECT, *PROJECT["dependency-groups"])
    wanted = Path(session.create_tmp(), "requirements.in")
    wanted.write_text("\n".join(sorted({NOX, *requirements(), *groups})))
    session.run(
        *("uv", "pip", "compile", str(wanted), "--output-file", "requirements-dev.lock"),
        *("--universal", "--python-version", "3.11", "--quiet"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--upgrade", *session.posargs),
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, density and the layers."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("python", "tools/density.py")
    session.run(
        "lint-imports",
        env={"PYTHONPATH": os.pathsep.join(f"{path / 'src'}" for path in PACKAGES.values())},
    )


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of all packages."""
    session.install(*everything("types"))
    session.run("mypy")


@nox.session(reuse_venv=False)
@nox.parametrize("package", [nox.param(name, id=name) for name in PACKAGES])
def isolated(session: nox.Session, package: str) -> None:
    """Install the wheels of the core and of one package, nothing else, and use them."""
    wheels = Path(session.create_tmp())
    folders = {str(PACKAGES[name]) for name in ("core", package)}
    session.run(
        "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), *folders
    )
    session.install(*map(str, wheels.glob("*.whl")))
    session.chdir(wheels)  # away from the sources
    session.run("python", "-m", "pip", "check")
    session.run("python", "-m", "brainkernel", "plugins")
    session.run("python", str(ROOT / "examples" / "leaky.py"))
    shutil.rmtree(session.virtualenv.location)  # made anew each time: half a gigabyte each


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    session.install(*everything("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "docs", "docs/_build", *session.posargs)


@nox.session(reuse_venv=False)
def plugins(session: nox.Session) -> None:
    """Install a third party's plugin from its wheel and hold it to the public conformance kit."""
    folder, wheels = ROOT / "tests" / "plugins" / "lab_models", Path(session.create_tmp())
    session.run(
        "python",
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(wheels),
        str(folder),
    )
    session.install(*everything("test"), *map(str, wheels.glob("lab_models-*.whl")))
    session.run("pytest", "-q", "-n", "auto", str(ROOT / "tests" / "plugins"), *session.posargs)


@nox.session
def digits(session: nox.Session) -> None:
    """Train spiking neurons to read handwritten digits, from five seeds."""
    session.install(*everything("digits", extras="symbolic"))
    session.run("python", "examples/digits.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the speed: `nox -s bench -- --cases coba,cuba --repeats 5 --peers`.

    `--help` tells the rest.
    """
    session.install(*everything(extras="plot,symbolic"))
    session.run("python", "benchmarks/run.py", *session.posargs)


if __name__ == "__main__":
    nox.main()
