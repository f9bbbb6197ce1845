"""The other simulators, each in an environment of its own, and why one could not be installed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from timing import HERE, Contestant

HOME = HERE.parent / ".nox" / "bench-peers"


@dataclass(frozen=True)
class Peer:
    """A simulator that may be installed from its package index."""

    name: str
    file: str
    module: str
    requirements: tuple[str, ...]


PEERS = (
    Peer("Brian2 C++", "peer_brian2.py", "brian2", ("brian2>=2.9", "numpy<2.3", "setuptools")),
    Peer("NEST", "peer_nest.py", "nest", ("nest-simulator>=3.10",)),
    Peer("BrainPy", "peer_brainpy.py", "brainpy", ("brainpy>=2.8", "numba")),
)


def ours() -> Contestant:
    """This project, in the interpreter at hand."""
    return Contestant("brainkernel", sys.executable, "ours.py")


def ours_jax() -> Contestant:
    """The same, on its JAX backend."""
    return Contestant("brainkernel JAX", sys.executable, "ours_jax.py")


def installed(wanted: str) -> tuple[list[Contestant], dict[str, str]]:
    """Install peers on first use.

    Parameters
    ----------
    wanted : str
        Modules, separated by commas, or ``all``; ``jax`` is this project's own JAX backend.

    Returns
    -------
    list of Contestant, dict
        Those that can be imported, and by name why the others cannot.
    """
    names = {peer.module for peer in PEERS} if wanted == "all" else set(wanted.split(","))
    contestants, missing = [ours_jax()] if names & {"jax", "brainpy"} else [], dict[str, str]()
    for peer in PEERS:
        if peer.module in names:
            python, reason = environment(peer)
            if reason:
                missing[peer.name] = f"not installable: {reason}"
            else:
                contestants.append(Contestant(peer.name, python, peer.file))
    return contestants, missing


def environment(peer: Peer) -> tuple[str, str]:
    """Make the environment of a peer if there is none; return its interpreter and what is wrong."""
    home = HOME / peer.module
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    probe = [python, "-c", f"import {peer.module}"]
    if Path(python).exists() and not failure(probe):
        return python, ""
    print(f"Installing {peer.name} into {home} (once)", file=sys.stderr)
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [python, "-m", "pip", "install", "--quiet", *peer.requirements],
        probe,
    )
    return python, next((reason for step in steps if (reason := failure(step))), "")


def failure(command: list[str]) -> str:
    """The last line of what a command complains of; nothing where it succeeds."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(command, capture_output=True, text=True, env=kept)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
