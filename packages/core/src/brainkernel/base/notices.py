"""Tells of what takes long, in the logger "brainkernel" and in a run that reports."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGER = logging.getLogger("brainkernel")

_listener: ContextVar[Callable[[str], object] | None] = ContextVar(
    "brainkernel_listener", default=None
)


@contextmanager
def heard_by(listener: Callable[[str], object] | None) -> Iterator[None]:
    """Hand what is told within the block to a function too."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(text: str) -> None:
    """Tell one line: logged at the level INFO, and reported by a run with ``report=True``."""
    LOGGER.info(text)
    listener = _listener.get()
    if listener is not None:
        listener(text)


@contextmanager
def compiling(label: str) -> Iterator[None]:
    """Tell that something is compiled now, and afterwards how long it took.

    Parameters
    ----------
    label : str
        What and by whom: ``"23 functions"``.
    """
    tell(f"compiling {label} ...")
    began = time.perf_counter()
    yield
    tell(f"compiled {label} in {time.perf_counter() - began:.1f} s")
