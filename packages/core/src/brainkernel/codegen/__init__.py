"""From a Program to one module of ordinary text."""

from __future__ import annotations

from brainkernel.codegen.dialect import Dialect
from brainkernel.codegen.module import print_program, replace_constants

__all__ = ["Dialect", "print_program", "replace_constants"]
