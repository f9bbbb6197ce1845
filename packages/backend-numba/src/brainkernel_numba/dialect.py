"""How programs are written for Numba: scalar loops that LLVM vectorises."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from brainkernel.printing import Dialect
from brainkernel.printing.dialect import Lines, indent
from brainkernel_numba import machine


class NumbaDialect(Dialect):
    """Loops over neurons, spikes and synapses, each body the same text as NumPy's."""

    backend = "numba"
    machine = machine

    def header(self) -> Lines:
        """Imports, and what compiles each function; versions and sources of what is compiled in stand in the text."""
        return [
            f"# numba {version('numba')}, brainkernel_numba {sources()}",
            "from types import FunctionType",
            "",
            "import numba",
            "import numpy",
            "from brainkernel_numba.compact import list_fired",
            "from brainkernel_numba.options import DISTINCT, INLINE, LOOP",
            "from brainkernel_numba.namespace import np",
            "",
            "",
            "def step_function(function, **captured):",
            '    """Compile a user\'s function with the names that it captures; its text stays as it was written."""',
            "    names = {'__builtins__': __builtins__, **captured}",
            "    bound = FunctionType(function.__code__, names, function.__name__)",
            "    return numba.njit(**INLINE)(bound)",
        ]

    def decorators(self, kind: str) -> Lines:
        """What compiles a function of the text."""
        return {
            "update": ["@numba.njit(**DISTINCT)"],
            "run": ["@numba.njit(cache=True, **LOOP)"],
        }.get(kind, ["@numba.njit(**LOOP)"])

    def whole_numpy(self) -> str:
        """Whole-array functions see NumPy itself."""
        return "numpy"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """Begin a loop over elements."""
        return [f"for {index} in range({size}):"], "    "

    def element_number(self, index: str, size: str) -> str:
        """The element's own number, for the random source."""
        return f"np.uint32({index})"

    def arrivals(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the spikes that arrive, and their synapses."""
        synapses = [
            "row = source * delays.size + delay_number",
            "for synapse in range(rows[row], rows[row + 1]):",
            "    target = targets[synapse]",
            *indent(each, 1),
        ]
        return [
            "mask = spikes.size - 1",
            "for delay_number in range(delays.size):",
            "    slot = (step + 1 - delays[delay_number]) % ranges.shape[0]",
            "    for place in range(ranges[slot, head[0], 0], ranges[slot, head[0], 1]):",
            "        source = spikes[place & mask] - head[1]",
            *indent([*before, *(synapses if each else []), *after], 2),
        ]

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons that fired in this step, and the synapses onto them."""
        synapses = [
            "for column in range(columns[target], columns[target + 1]):",
            "    synapse = incoming[column]",
            "    source = sources[synapse]",
            *indent(each, 1),
        ]
        return [
            "mask = spikes.size - 1",
            "slot = (step + 1) % ranges.shape[0]",
            "for place in range(ranges[slot, head[8], 0], ranges[slot, head[8], 1]):",
            "    target = spikes[place & mask] - head[14]",
            *indent([*before, *(synapses if each else []), *after], 1),
        ]

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over all synapses of a projection."""
        lines = [
            "for source in range(head[3] - head[2]):",
            "    for synapse in range(rows[source * count], rows[source * count + count]):",
            "        target = targets[synapse]",
        ]
        return lines, "        "

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"{array}[{index}] += {value}"


@cache
def sources() -> str:
    """Digest of this package's own sources, which are compiled into programs: an upgrade makes new files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
