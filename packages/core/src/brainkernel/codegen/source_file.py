"""Printed programs as files: content-addressed, written in one piece, imported like any module."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import stat
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType

from brainkernel.errors import ProgramError


def digest_of(text: str) -> str:
    """SHA-256 of a program's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def cache_folder() -> Path:
    """Where printed programs are kept: ``BRAINKERNEL_CACHE_DIR``, or the user's cache folder."""
    given = os.environ.get("BRAINKERNEL_CACHE_DIR")
    if given:
        return Path(given)
    base = (
        os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    )
    return Path(base) / "brainkernel"


def write_program(text: str, stem: str, folder: Path | None = None) -> Path:
    """Write a program to its content-addressed file, unless it is there already and whole."""
    path = (folder or cache_folder()) / f"{stem}_{digest_of(text)[:24]}.py"
    try:
        if not (path.exists() and path.read_bytes() == text.encode()):
            write_whole(path, text)
    except OSError as cause:
        if folder is not None:
            raise
        spare = spare_folder(path.parent, cause.strerror or type(cause).__name__)
        return write_program(text, stem, spare)
    return path


@cache
def spare_folder(instead_of: Path, reason: str) -> Path:
    """A folder of this user's own, for programs that cannot be kept where they belong.

    Says so once in a process.
    """
    folder = _own_folder()
    warnings.warn(
        f"the program cache {instead_of} cannot be written ({reason}); using {folder}", stacklevel=3
    )
    return folder


def _own_folder() -> Path:
    """A folder that is no other user's.

    One planted under the same name could hold code that runs here.
    """
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"brainkernel-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="brainkernel-"))
    if user is not None and (found.st_uid != user or not stat.S_ISDIR(found.st_mode)):
        return Path(tempfile.mkdtemp(prefix="brainkernel-"))
    return folder


def write_whole(path: Path, text: str) -> None:
    """Write a file so that other processes see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(
                text.encode()
            )  # the bytes that the digest is of, whatever the system's line ends
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def import_program(path: Path) -> ModuleType:
    """Import a program from its file, so that tracebacks, debuggers and caches see ordinary Python.

    Raises
    ------
    ProgramError
        Where the file cannot be read, has a syntax error, or defines no ``run``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise ProgramError(f"the program {path} cannot be read: {cause}") from cause
    name = f"brainkernel_program_{digest_of(str(path.resolve()) + text)[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    module = _load(path, text, name)
    if not callable(getattr(module, "run", None)):
        del sys.modules[name]
        raise ProgramError(
            f"the program {path} defines no run(): save one with net.save_source(path) and edit "
            "that"
        )
    return module


def _load(path: Path, text: str, name: str) -> ModuleType:
    try:
        ast.parse(text, str(path))
    except SyntaxError as cause:
        raise ProgramError(
            f"the program {path} has a syntax error in line {cause.lineno}: {cause.msg}\n"
            f"    {(cause.text or '').strip()}"
        ) from cause
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: compilers look functions up by their module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except Exception as cause:
        del sys.modules[name]
        raise ProgramError(
            f"the program {path} cannot be imported: {type(cause).__name__}: {cause}"
        ) from cause
    return module
