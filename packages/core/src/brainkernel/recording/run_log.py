"""What a run was told, kept for the attributes of its datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainkernel.program.contracts import Backend

Values = Mapping[str, Mapping[str, Any]]
"""Descriptions of values, by member and name."""


@dataclass
class RunLog:
    """What a run was told, and what was in force at its beginning and end.

    Attributes
    ----------
    first, last : int
        The steps between which it ran.
    inputs, operations : list
        Descriptions of what drove it, and of what ran between its steps.
    before, after : mapping
        The parameters of all members at its beginning and end.
    first_states : mapping
        The states at time zero that were given.
    written : dict
        The states that were written by hand before it.
    """

    first: int
    last: int
    backend: Backend
    threads: int
    text: str
    source: Path | None
    inputs: list[Any]
    operations: list[Any]
    before: Values
    after: Values
    first_states: Values
    written: dict[str, Any]
