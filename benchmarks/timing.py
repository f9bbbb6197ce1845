"""Runs of the contestants in processes of their own, in alternation, and what they come to."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Result = dict[str, Any]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Contestant:
    """A simulator: the interpreter that has it, and the file that runs it."""

    name: str
    python: str
    file: str

    def run(self, arguments: list[str], cache: str) -> Result:
        """Run once in a fresh process, and return its answer with the seconds, or `error`."""
        command = [self.python, str(HERE / self.file), *arguments]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=clean(cache))
        wall = time.perf_counter() - began
        lines = (
            done.stdout if done.returncode == 0 else done.stderr or f"status {done.returncode}"
        ).strip()
        last = lines.splitlines()[-1]
        return {**json.loads(last), "process_s": wall} if done.returncode == 0 else {"error": last}


def clean(cache: str) -> dict[str, str]:
    """The environment without this interpreter's own paths, and with a cache of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return {**kept, "BRAINKERNEL_CACHE_DIR": cache}


def alternate(
    contestants: list[Contestant], arguments: list[str], repeats: int
) -> dict[str, list[Result]]:
    """Run each once with an empty cache, then all in turn, several times.

    Returns
    -------
    dict
        By contestant its results, the cold one first; a contestant that fails is not asked again.
    """
    results: dict[str, list[Result]] = {contestant.name: [] for contestant in contestants}
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(repeats + 1):
            for contestant in contestants:
                found = results[contestant.name]
                if not (found and "error" in found[-1]):
                    found.append(contestant.run(arguments, cache))
    return results


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of some numbers."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.least)}–{short(self.greatest)})"


def spread(numbers: list[float]) -> Spread:
    """Sum numbers up."""
    return Spread(statistics.median(numbers), min(numbers), max(numbers))


def ratios(theirs: list[Result], ours: list[Result], part: str = "run_s") -> Spread:
    """How many times as long they take, each run against ours of the same round."""
    pairs = zip(theirs, ours, strict=True)
    return spread([their[part] / our[part] for their, our in pairs])


def short(number: float) -> str:
    """Three digits that count."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
