"""How programs are written for Numba: scalar loops that LLVM vectorises."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from brainkernel.backend import Dialect, Drawn, Lines, column, indent, rule_of
from brainkernel_numba import draws, machine

ROOM = 1024  # synapses that are drawn again at a time


class NumbaDialect(Dialect):
    """Loops over neurons, spikes and synapses, each body the same text as NumPy's."""

    backend = "numba"
    machine = (machine, draws)
    loops = True

    def header(self) -> Lines:
        """Imports, and what compiles each function.

        Versions and sources of what is compiled in stand in the text.
        """
        return [
            f"# numba {version('numba')}, brainkernel_numba {sources()}",
            "from types import FunctionType",
            "",
            "import numba",
            "import numpy",
            "from brainkernel_numba.compact import list_fired",
            "from brainkernel_numba.meeting import meet",
            "from brainkernel_numba.options import DISTINCT, INLINE, LOOP, ONCE",
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
        }.get(kind, ["@numba.njit(**ONCE)"])

    def whole_numpy(self) -> str:
        """Whole-array functions see NumPy itself."""
        return "numpy"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """Begin a loop over elements."""
        return [f"for {index} in range({size}):"], "    "

    def element_number(self, index: str, size: str) -> str:
        """The element's own number, for the random source."""
        return f"np.uint32(first_element + {index})"

    def meet(self) -> Lines:
        """Wait until all threads have come to this line."""
        return ["generation = meet(gate, pieces.shape[0], generation)"]

    def arrivals(
        self, before: Lines, each: Lines, after: Lines, conflict: str, drawn: Drawn | None = None
    ) -> Lines:
        """Go through the spikes that arrive, and their synapses.

        Those that are drawn again, with these values.
        """
        synapses = (
            _regenerated(each, drawn)
            if drawn is not None
            else ["row = (source * delays.size + delay_number) * bases.size", *_row(each)]
        )
        return [
            *_room(drawn),
            "for delay_number in range(delays.size):",
            "    slot = (step + 1 - delays[delay_number]) % ranges.shape[1]",
            *indent(_spikes("source", [*before, *(synapses if each else []), *after]), 1),
        ]

    def pushes(self, each: Lines) -> Lines:
        """Go through the spikes whose turn has come, and add up what their synapses will bring."""
        events = ["coming = np.uint32(now + delay_steps[synapse]) & last_step", *each]
        return [
            "now, last_step = np.uint32(step + 1), np.uint32(arriving.shape[0] - 1)",
            *self.arrivals([], events, [], ""),
        ]

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons whose spikes reach the synapses onto them in this step."""
        synapses = [
            "for place in range(columns[target], columns[target + 1]):",
            "    synapse = incoming[place]",
            "    source = sources[synapse]",
            *indent(each, 1),
        ]
        return [
            f"slot = (step + 1 - {column('dendritic')}) % ranges.shape[1]",
            *_spikes("target", [*before, *(synapses if each else []), *after]),
        ]

    def sources(self) -> tuple[Lines, str]:
        """Begin a loop over some sources of a projection."""
        # unsigned, since an index that may be negative, and so count from the end, is no vector's
        lines = [
            "for row_number in range(last_source - first_source):",
            "    source = np.uint64(first_source + row_number)",
        ]
        return lines, "    "

    def source_numbers(self) -> str:
        """The number of the source, for the random source."""
        return "source"

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over the synapses of a projection onto a thread's own neurons."""
        lines = [
            f"for row_number in range(({column('source_last')} - {column('source_first')}) * "
            "count):",
            "    source, row = row_number // count, row_number * bases.size",
            *indent(_row([]), 1),
        ]
        return lines, "            "

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"{array}[{index}] += {value}"


def _spikes(end: str, body: Lines) -> Lines:
    """Go through the spikes of a slot, group by group and thread by thread.

    In the order of neurons.
    """
    return [
        f"for number in range({column(f'{end}_group')}, {column(f'{end}_group_end')}):",
        "    for thread in range(first_thread, last_thread):",
        "        for spike_place in range(ranges[thread, slot, number, 0], ranges[thread, slot, "
        "number, 1]):",
        f"            {end} = spikes[thread, spike_place & (spikes.shape[1] - 1)] - {column(end)}",
        *indent(body, 3),
    ]


def _row(body: Lines) -> Lines:
    """Go through the parts of a row that belong to a thread."""
    return [
        "for part in range(first_part, last_part):",
        "    for synapse in range(rows[row + part], rows[row + part + 1]):",
        "        target = bases[part] + targets[synapse]",
        *indent(body, 2),
    ]


def _room(drawn: Drawn | None) -> Lines:
    """Arrays for what is drawn again: some of a row at a time, which stays in the cache."""
    if drawn is None:
        return []
    room = [f"{name}_array = numpy.empty({ROOM}, {name}_array.dtype)" for name, _ in drawn]
    return [f"own_targets = numpy.empty({ROOM}, numpy.uint32)", *room]


def _regenerated(body: Lines, drawn: Drawn) -> Lines:
    """Draw the parts of a row again that belong to a thread."""
    values = [
        f"regenerate_{distribution}({rule_of(name, drawn)}, begin, {name}_array, count)"
        for name, distribution in drawn
    ]
    return [
        "row = source * bases.size",
        "for part in range(first_part, last_part):",
        "    walk = walks[row + part]",
        f"    for begin in range(rows[row + part], rows[row + part + 1], {ROOM}):",
        f"        count = min({ROOM}, rows[row + part + 1] - begin)",
        "        walk = regenerate_row(rules, source, walk, own_targets, count)",
        *indent(values, 2),
        "        for synapse in range(count):",
        "            target = own_targets[synapse]",
        *indent(body, 3),
    ]


@cache
def sources() -> str:
    """Digest of this package's own sources, which are compiled into programs.

    An upgrade makes new files.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
