"""How much memory and disk is free, as the system and the limits of its control groups say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
LIMITS = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))


def available_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> int | None:
    """Bytes that can still be had without swapping; None where the system does not say."""
    limits = [_machine(proc), *_control_groups(proc, cgroups)]
    return min((size for size in limits if size is not None), default=None)


def free_disk(path: Path) -> int:
    """Bytes that are free where a file would be made."""
    folder = path.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def readable(size: float) -> str:
    """A number of bytes as people write it: ``"1.5 GB"``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.4g} TB"


def _machine(proc: Path) -> int | None:
    for line in _lines(proc / "meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _control_groups(proc: Path, cgroups: Path) -> list[int | None]:
    """What is left in this process's control group and in all above it."""
    left: list[int | None] = []
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, inner = line.strip().split(":", 2)
        if controllers in ("", "memory"):
            root = cgroups / controllers
            folder = root / inner.lstrip("/")
            for level in (folder, *folder.parents):
                if level == root or root in level.parents:
                    left.append(_left(level))
    return left


def _left(folder: Path) -> int | None:
    for limit, usage in LIMITS:
        most, used = _number(folder / limit), _number(folder / usage)
        if most is not None and used is not None:
            return max(0, most - used + _reclaimable(folder))
    return None


def _reclaimable(folder: Path) -> int:
    """The file cache counts as used, but gives way."""
    for line in _lines(folder / "memory.stat"):
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return int(value)
    return 0


def _number(path: Path) -> int | None:
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
