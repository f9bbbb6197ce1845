"""How programs are written for Numba: scalar loops that LLVM vectorises."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from brainkernel.backend import (
    Dialect,
    Drawn,
    Lines,
    indent,
    network_data,
    random,
    rule_of,
    runtime_arrays,
)
from brainkernel_numba import draws, runtime

OPTIONS = ("BORROWED", "CALLED", "DISTINCT", "INLINE", "ONCE", "RUN")
SPIKES = "_ranges, _lists = _spikes.ranges, _spikes.lists"
ROOM = 1024  # synapses that are drawn again at a time


class NumbaDialect(Dialect):
    """Loops over neurons, spikes and synapses, each body the same text as NumPy's."""

    backend = "numba"
    never_printed = frozenset({"columns", "element", "stretch", "meet", "list_fired"})
    machine = (runtime, draws)
    loops = True

    def imports(self, text: Lines) -> Lines:
        """Import Numba, and the scalar functions that stand for NumPy's in a loop."""
        words = set(re.findall(r"\w+", "\n".join(text)))
        options = [f"{name} as _{name}" for name in OPTIONS if f"_{name}" in words]
        return [
            "import numba as _numba",
            *(["import numpy as _numpy"] if "_numpy" in words else []),
            f"from brainkernel_numba.compile_options import {', '.join(options)}",
            "from brainkernel_numba.namespace import np",
        ]

    def source_decorators(self, value: object) -> Lines:
        """Print the lines before a function of the machinery whose source has none."""
        home = getattr(getattr(value, "py_func", value), "__module__", "")
        if home == runtime_arrays.__name__:
            return ["@_numba.njit(**_BORROWED)"]
        of_the_core = home.startswith("brainkernel.random")
        return ["@_numba.njit(**_INLINE)"] if of_the_core else []

    def versions(self) -> str:
        """Give the versions and sources of what is compiled, so that an upgrade makes new files."""
        return f"numba {version('numba')}, brainkernel_numba {sources()}"

    def decorators(self, kind: str) -> Lines:
        """What compiles a function of the text."""
        return {
            "update": ["@_numba.njit(**_DISTINCT)"],
            "part": ["@_numba.njit(**_CALLED)"],
            "run": ["@_numba.njit(cache=True, **_RUN)"],
        }.get(kind, ["@_numba.njit(**_ONCE)"])

    def whole_numpy(self) -> str:
        """Whole-array functions see NumPy itself."""
        return "_numpy"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """Begin a loop over elements."""
        return [f"for {index} in range({size}):"], "    "

    def element_number(self) -> str:
        """The element's own number, for the random source."""
        return "np.uint32(_group.first_element + _i)"

    def barrier(self) -> Lines:
        """Wait until all threads have come to this line."""
        return ["_turn = _barrier(_network.threads, _turn)"]

    def arrivals(
        self, before: Lines, each: Lines, after: Lines, conflict: str, drawn: Drawn | None = None
    ) -> Lines:
        """Go through the spikes that arrive, and their synapses.

        Those that are drawn again, with these values.
        """
        if drawn is not None:
            synapses = _regenerated(each, drawn)
        else:
            row = "_row = (_source * _table.delays.size + _delay) * _table.bases.size"
            synapses = [row, *_row(each)]
        body = [*before, *(synapses if each else []), *after]
        return [
            SPIKES,
            *_room(drawn),
            "for _delay in range(_table.delays.size):",
            "    _slot = (_step + 1 - _table.delays[_delay]) % _ranges.shape[1]",
            *indent(_each_spike("source", body), 1),
        ]

    def pushes(self, each: Lines) -> Lines:
        """Go through the spikes whose turn has come, and add up what their synapses will bring."""
        events = ["_coming = np.uint32(_now + _table.steps[_synapse]) & _last_step", *each]
        return [
            "_now, _last_step = np.uint32(_step + 1), np.uint32(_arriving.shape[0] - 1)",
            *self.arrivals([], events, [], ""),
        ]

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons whose spikes reach the synapses onto them in this step."""
        synapses = [
            "_column = _table.column + _target",
            "for _place in range(_table.columns[_column], _table.columns[_column + 1]):",
            "    _synapse = _table.incoming[_place]",
            "    _source = _table.source_of[_synapse]",
            *indent(each, 1),
        ]
        return [
            SPIKES,
            "_slot = (_step + 1 - _table.dendritic) % _ranges.shape[1]",
            *_each_spike("target", [*before, *(synapses if each else []), *after]),
        ]

    def sources(self) -> tuple[Lines, str]:
        """Begin a loop over some sources of a projection."""
        # unsigned, since an index that may be negative, and so count from the end, is no vector's
        lines = [
            "for _number in range(_table.last_source - _table.first_source):",
            "    _source = np.uint64(_table.first_source + _number)",
        ]
        return lines, "    "

    def source_numbers(self) -> str:
        """The number of the source, for the random source."""
        return "_source"

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over the synapses of a projection onto a thread's own neurons."""
        lines = [
            "_count = _table.delays.size",
            "for _number in range(_table.sources * _count):",
            "    _source, _row = _number // _count, _number * _table.bases.size",
            *indent(_row([]), 1),
        ]
        return lines, "            "

    def delays_of_synapses(self) -> str:
        """The delay in steps of the synapse that such a loop has come to."""
        return "_table.delays[_number % _count]"

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"{array}[{index}] += {value}"


def _each_spike(end: str, body: Lines) -> Lines:
    """Go through the spikes of a slot, group by group and thread by thread.

    In the order of neurons.
    """
    ranges = "_ranges[_thread, _slot, _group"
    listed = "_lists[_thread, _listed & (_lists.shape[1] - 1)]"
    return [
        f"for _group in range(_table.{end}_group, _table.{end}_group_end):",
        "    for _thread in range(_table.first_thread, _table.last_thread):",
        f"        for _listed in range({ranges}, 0], {ranges}, 1]):",
        f"            _{end} = {listed} - _table.{end}",
        *indent(body, 3),
    ]


def _row(body: Lines) -> Lines:
    """Go through the parts of a row that belong to a thread."""
    return [
        "for _part in range(_table.first_part, _table.last_part):",
        "    for _synapse in range(_table.rows[_row + _part], _table.rows[_row + _part + 1]):",
        "        _target = _table.bases[_part] + _table.targets[_synapse]",
        *indent(body, 2),
    ]


def _room(drawn: Drawn | None) -> Lines:
    """Arrays for what is drawn again: some of a row at a time, which stays in the cache."""
    if drawn is None:
        return []
    values = [
        f"_drawn_{name} = _numpy.empty({ROOM}, _per_synapse.{name}.dtype)" for name, _ in drawn
    ]
    return [f"_own_targets = _numpy.empty({ROOM}, _numpy.uint32)", *values]


def _regenerated(body: Lines, drawn: Drawn) -> Lines:
    """Draw the parts of a row again that belong to a thread."""
    values = [
        f"_regenerate_{distribution}({rule_of(name, drawn)}, _begin, _drawn_{name}, _count)"
        for name, distribution in drawn
    ]
    return [
        "_row = _source * _table.bases.size",
        "_rules = _table.rules[_table.rule : _table.rule_end]",
        "_walks = _table.sources * _table.bases.size + 1  # behind the rows: where walks stand",
        "for _part in range(_table.first_part, _table.last_part):",
        "    _walk = _table.rows[_walks + _row + _part]",
        "    _end = _table.rows[_row + _part + 1]",
        f"    for _begin in range(_table.rows[_row + _part], _end, {ROOM}):",
        f"        _count = min({ROOM}, _end - _begin)",
        "        _walk = _regenerate_row(_rules, _source, _walk, _own_targets, _count)",
        *indent(values, 2),
        "        for _synapse in range(_count):",
        "            _target = _own_targets[_synapse]",
        *indent(body, 3),
    ]


@cache
def sources() -> str:
    """Digest of this package's own sources, which are compiled into programs.

    An upgrade makes new files.
    """
    digest = hashlib.sha256()
    files: list[Path] = []
    for folder in (Path(__file__).parent, Path(random.__file__).parent):
        files += sorted(folder.glob("*.py"))
    files += [Path(network_data.__file__), Path(runtime_arrays.__file__)]
    for path in files:
        digest.update(path.read_bytes())
    digest.update(repr(network_data.HEAD_TYPE).encode())
    return digest.hexdigest()[:16]
