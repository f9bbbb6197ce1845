"""A program that reads a clock after each function that its time loop calls."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from brainkernel.backend import Lines, Program, network_data
from brainkernel_numba.backend import NumbaExecutable
from brainkernel_numba.dialect import NumbaDialect

__all__ = ["LapExecutable", "LappedDialect", "lap", "start"]

CALL = re.compile(r"(\s*)(?:_turn = )?[a-z_]\w*\(", re.IGNORECASE)
LAST = 0  # the place of the last reading; the laps come after it
LINE = 8  # places that keep what one thread writes apart from what others do


def _clock() -> str:
    """LLVM's name of a clock that counts up and costs some nanoseconds.

    The other one may be forbidden, or zero.
    """
    x86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
    return "llvm.readcyclecounter" if x86 else "llvm.readsteadycounter"


def _read(builder: ir.IRBuilder) -> ir.Value:
    kind = ir.FunctionType(ir.IntType(64), [])
    return builder.call(builder.module.declare_intrinsic(_clock(), (), kind), [])


@intrinsic
def start(typing_context: Any, laps: Any) -> Any:
    """Begin a step."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.store(_read(builder), data)
        return context.get_dummy_value()

    return types.none(laps), generate


@intrinsic
def lap(typing_context: Any, laps: Any, place: Any) -> Any:
    """Add the time since the last reading to a place."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        now, mine = _read(builder), builder.gep(data, [arguments[1]])
        builder.store(builder.add(builder.load(mine), builder.sub(now, builder.load(data))), mine)
        builder.store(now, data)
        return context.get_dummy_value()

    return types.none(laps, types.intp), generate


class LappedDialect(NumbaDialect):
    """Numba's way, with a clock."""

    further = ("_laps",)

    def imports(self, text: Lines) -> Lines:
        """Print the imports, the clock among them."""
        clock = "from brainkernel_numba.laps import lap as _lap, start as _start"
        return [*super().imports(text), clock]

    def watched(self, steps: Lines) -> Lines:
        """The steps, with a lap after each call."""
        lines, place = ["_start(_laps)"], LAST
        for line in steps:
            lines.append(line)
            if (call := CALL.match(line)) is not None:
                place += 1
                lines.append(f"{call[1]}_lap(_laps, {place})")
        return lines


class LapExecutable(NumbaExecutable):
    """Hands the laps over, an array for each thread, and keeps them.

    Attributes
    ----------
    laps : array (places,)
        The clock's counts in each place, summed over threads and runs.
    """

    def __init__(self, program: Program, path: Path, places: int) -> None:
        super().__init__(program, path)
        self._places = places
        self.clear()

    def clear(self) -> None:
        """Forget the runs so far."""
        self.laps = np.zeros(self._places, np.int64)

    def _launch(self, networks: list[network_data.Network], first: int, last: int) -> int:
        laps = [np.zeros(self._places + LINE, np.int64) for _ in networks]
        calls = [[network, first, last, own] for network, own in zip(networks, laps, strict=True)]
        reached = self._call(calls, networks[0].threads.gate)
        self.laps += sum(laps)[: self._places]  # type: ignore[index]
        return reached
