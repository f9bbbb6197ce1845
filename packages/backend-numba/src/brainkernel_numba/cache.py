"""Numba's files on disk: read only where their digest is right, and written by one at a time.

Numba unpickles whatever lies beside the program, and jumps into it. A file that a full disk, a
killed process or a failing medium left damaged would crash the interpreter or, worse, compute.
Hence a list of SHA-256 digests, written after Numba has written: what is not listed or differs is
removed, and compiled anew.
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any, TypeAlias

import numpy as np

from brainkernel.backend import compiling, spare_folder, write_program, write_whole
from brainkernel.errors import ProgramError

__all__ = ["CheckedModule", "compile_checked", "distrust", "keeps", "vouch"]

Stamp: TypeAlias = tuple[int, int, int]

# seconds; then another process that compiles has died oddly, and waiting longer helps nobody
PATIENCE = 300.0


class CheckedModule:
    """A program's module whose ``run`` is compiled, or loaded, only after its files were checked.

    Parameters
    ----------
    module : module
        The imported program.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._checked: set[tuple[Any, ...]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def run(self, *arguments: Any) -> Any:
        """Call the program's ``run``."""
        self.prepare(arguments)
        return self._module.run(*arguments)

    def prepare(self, arguments: tuple[Any, ...]) -> None:
        """Compile ``run``, or take it from disk, for the types of some arguments."""
        kinds = tuple(map(_kind, arguments))
        if kinds not in self._checked:
            compile_checked(self._module.run, arguments)
            self._checked.add(kinds)


def _kind(argument: Any) -> Any:
    """Return what Numba's type of an argument depends on, in much less time than Numba takes.

    Numba needs a tenth of a millisecond for each argument.
    """
    if isinstance(argument, np.ndarray):
        return argument.dtype, argument.ndim, argument.flags.num
    if isinstance(argument, tuple):
        return type(argument), *map(_kind, argument)
    return type(argument)


def compile_checked(run: Any, arguments: tuple[Any, ...]) -> None:
    """Compile a function for the types of its arguments, or load it from undamaged files.

    Parameters
    ----------
    run : dispatcher
        A function compiled by ``numba.njit``; anything else needs no check.
    arguments : tuple
        What it is about to be called with.

    Raises
    ------
    ProgramError
        Where a file that cannot be trusted cannot be removed.
    """
    if _folder(run) is None:
        return
    import numba

    types = tuple(map(numba.typeof, arguments))
    if types in run.overloads:
        return
    with _alone(_beside(run, ".lock")):
        trusted = distrust(run)
        with nullcontext() if trusted else compiling(_described(run)):
            try:
                _compile(run, types)
            except Exception:
                if not trusted:
                    raise
                for path in _files(
                    run
                ):  # as Numba left it, and yet not for here: a folder that was moved, say
                    _remove(path)
                _compile(run, types)
        vouch(run, trusted)


def _described(run: Any) -> str:
    """What is compiled, with all that it may call: the functions of its file."""
    functions = [each for each in run.py_func.__globals__.values() if hasattr(each, "py_func")]
    return f"{len(functions)} functions of {_stem(run)}.py for numba"


COLLECTOR_THRESHOLDS = (50_000, 20, 50)  # of gc, while a program is compiled


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Have Python look for garbage less often.

    A compiler makes a million objects that live until it is done; looking through them again and
    again takes a seventh of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _compile(run: Any, types: tuple[Any, ...]) -> None:
    try:
        with _rare_collection():
            run.compile(types)
    except OSError as cause:
        if types not in run.overloads:
            raise
        _say_once(
            str(_folder(run)), cause.strerror or type(cause).__name__
        )  # compiled, but not kept


def distrust(run: Any) -> dict[str, Stamp]:
    """Remove each of Numba's files for a program that is not as `vouch` listed it.

    Parameters
    ----------
    run : dispatcher
        The program's function.

    Returns
    -------
    dict
        The names of the files that are right, and their stamps, for `vouch`.

    Raises
    ------
    ProgramError
        Where a file cannot be removed.
    """
    known = _listed(run)
    trusted = {}
    for path in _files(run):
        stamp = _stamp(path)
        if stamp is not None and known.get(path.name) == _digest(path):
            trusted[path.name] = stamp
        else:
            _remove(path)
    return trusted


def vouch(run: Any, trusted: Mapping[str, Stamp]) -> None:
    """List the digests of the files that Numba has written since `distrust`.

    Parameters
    ----------
    run : dispatcher
        The program's function.
    trusted : mapping
        What `distrust` gave: a file that is still the same keeps the digest that it was checked
        against.
    """
    files = _files(run)
    written = [path for path in files if trusted.get(path.name) != _stamp(path)]
    if not written:
        return
    present = {path.name for path in files}
    known = {name: digest for name, digest in _listed(run).items() if name in present}
    known.update({path.name: digest for path in written if (digest := _digest(path))})
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(known.items()))
    with suppress(OSError):  # an unlisted file is compiled anew, no more
        write_whole(_beside(run, ".sha256"), text)


def write_kept(text: str, stem: str) -> Path:
    """Write a program where Numba can keep its compiled code too."""
    path = write_program(text, stem)
    if keeps(path.parent):
        return path
    return write_program(
        text, stem, spare_folder(path.parent, "compiled code cannot be kept there")
    )


def keeps(folder: Path) -> bool:
    """Tell whether Numba can keep compiled code for the programs of a folder."""
    from numba import config

    if getattr(config, "CACHE_DIR", ""):
        return True
    try:
        (folder / "__pycache__").mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=folder / "__pycache__").close()
    except OSError:
        return False
    return True


def _folder(run: Any) -> Path | None:
    """Where Numba keeps a function; nowhere where it is not cached, or Numba is switched off."""
    path = getattr(getattr(run, "stats", None), "cache_path", None)
    return None if path is None else Path(path)


def _stem(run: Any) -> str:
    return Path(run.py_func.__code__.co_filename).stem


def _beside(run: Any, suffix: str) -> Path:
    return (_folder(run) or Path()) / (_stem(run) + suffix)


def _files(run: Any) -> list[Path]:
    """Numba's files for the functions of a program."""
    name = re.compile(re.escape(_stem(run)) + r"\.\w+-\d+\.py\d+\w*\.(\d+\.)?nb[ic]")
    folder = _folder(run)
    if folder is None or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _listed(run: Any) -> dict[str, str]:
    """Names and digests, as far as the list can be read."""
    try:
        text = _beside(run, ".sha256").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
    return {name: digest for digest, name in pairs}


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as cause:
        raise ProgramError(
            f"the compiled program {path} is damaged, or of unknown origin, and cannot be removed "
            f"({cause.strerror}): delete it, or set BRAINKERNEL_CACHE_DIR to another folder"
        ) from cause


@cache
def _say_once(folder: str, reason: str) -> None:
    warnings.warn(f"Numba cannot keep the compiled program in {folder} ({reason})", stacklevel=4)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes out: two writers could leave Numba's index and data at odds."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError:  # no lock: the digests still hold
        yield
        return
    with file:
        until = time.monotonic() + PATIENCE
        while not _lock(file) and time.monotonic() < until:
            time.sleep(0.01)
        yield  # closing the file gives the lock back


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
