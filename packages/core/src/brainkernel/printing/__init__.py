"""From a Program to one module of ordinary text."""

from __future__ import annotations

from brainkernel.printing.dialect import Dialect
from brainkernel.printing.module import print_program

__all__ = ["Dialect", "print_program"]
