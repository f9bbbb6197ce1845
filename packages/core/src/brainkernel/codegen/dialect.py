"""How one backend writes its loops; everything else of the text is the same for all."""

from __future__ import annotations

from types import ModuleType

from brainkernel.codegen import runtime_numpy
from brainkernel.program.partition import HEAD
from brainkernel.program.program import VALUE, WALK

Lines = list[str]
Drawn = tuple[tuple[str, str], ...]  # names of values, each with its distribution


class Dialect:
    """NumPy's way: a loop is one statement on whole arrays.

    Other backends override what they write otherwise.

    Attributes
    ----------
    backend : str
        The backend's name, for the header.
    machine : tuple of modules
        The functions of the text that are no model's: spikes, inputs, records; printed word for
        word where used.
    loops : bool
        Whether elements are gone through one by one.
    further : tuple of str
        What ``run`` is handed besides what it always is.
    own_draws : frozenset of str
        Distributions that the machine draws in a way of its own.
    rebinds : bool
        Whether the names of arrays are given new arrays, in place of writing to them.
    guide : str
        What a reader of the text must know.
    """

    backend = "numpy"
    machine: tuple[ModuleType, ...] = (runtime_numpy,)
    loops = False
    further: tuple[str, ...] = ()
    own_draws: frozenset[str] = frozenset()
    rebinds = False
    guide = "Each table of synapses has a head, with the columns " + ", ".join(
        f"{number} {name}" for number, name in enumerate(HEAD)
    )

    def header(self) -> Lines:
        """Import lines, and ``step_function``, which gives a user's function the names that it captures."""
        return [
            "from types import FunctionType",
            "",
            "import numpy as np",
            "",
            "",
            "def step_function(function, **captured):",
            '    """Bind the names that a function captures; its text stays as it was written."""',
            "    return FunctionType(function.__code__, {'__builtins__': __builtins__, "
            "**captured}, function.__name__)",
        ]

    def decorators(self, kind: str) -> Lines:
        """Lines before a ``def``; kind is ``machine``, ``loop`` or ``run``."""
        return []

    def whole_numpy(self) -> str:
        """The name of the NumPy that whole-array functions see."""
        return "np"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """Begin a loop over elements: its lines, and how far its body is indented."""
        return [f"{index} = slice(0, {size})"], ""

    def element_number(self, index: str, size: str) -> str:
        """The elements' own numbers, for the random source."""
        return f"np.arange(first_element, first_element + {size}, dtype=np.uint32)"

    def sizes(self, block: str) -> str:
        """How many neurons there are to draw for, in the groups of a block that are gone through at once."""
        return "size"

    def whole_number(self, name: str) -> str:
        """A constant that counts something."""
        return f"int({name})"

    def fires(self, level: str) -> str:
        """Which neurons fire, from how far each is above its threshold."""
        return f"{level} >= 0.0"

    def fires_if(self, condition: str) -> str:
        """Which of those that fire may do so."""
        return f"fires & {condition}"

    def where_fires(self, new: str, old: str) -> str:
        """A new value where a neuron fires, elsewhere the old one."""
        return f"np.where(fires, {new}, {old})"

    def meet(self) -> Lines:
        """Wait until all threads have come to this line."""
        return []

    def watched(self, steps: Lines) -> Lines:
        """The lines of one step, with what else is to be done between them."""
        return steps

    def arrivals(
        self, before: Lines, each: Lines, after: Lines, conflict: str, drawn: Drawn | None = None
    ) -> Lines:
        """Go through the spikes that arrive, and their synapses.

        Those that are drawn again, with these values.
        """
        table = "rows, row, spiking, targets, bases"
        if drawn is not None:
            table = "own_rows, np.arange(row.size), spiking, own_targets, bases"
        body = [
            f"spiking = source = spikes[0, place & mask] - {column('source')}",
            *before,
            "row = spiking * delays.size + delay_number",
            *_regenerate(drawn),
            *_rounds(f"rounds({table}, {conflict!r})", each),
            *(["source = spiking", *after] if after else []),
        ]
        return [
            "mask = spikes.shape[1] - 1",
            "for delay_number in range(delays.size):",
            "    slot = (step + 1 - delays[delay_number]) % ranges.shape[1]",
            f"    place = {_listed('source')}",
            *indent(_spikes(body, conflict if before or after else ""), 1),
        ]

    def pushes(self, each: Lines) -> Lines:
        """Go through the spikes whose turn has come, and add up what their synapses will bring."""
        events = [
            "coming = (step + 1 + delay_steps[synapse].astype(np.int64)) & (arriving.shape[0] - 1)",
            *each,
        ]
        body = [
            f"source = spikes[0, place & mask] - {column('source')}",
            "row = source * delays.size + delay_number",
            "for synapse, source, target in rounds(rows, row, source, targets, bases, 'target'):",
            *indent(events, 1),
        ]
        return [
            "mask = spikes.shape[1] - 1",
            "for delay_number in range(delays.size):",
            "    slot = (step + 1 - delays[delay_number]) % ranges.shape[1]",
            f"    place = {_listed('source')}",
            *indent(body, 1),
        ]

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons whose spikes reach the synapses onto them in this step."""
        body = [
            f"spiking = target = spikes[0, place & mask] - {column('target')}",
            *before,
            *_rounds(f"columns_of(columns, spiking, incoming, sources, {conflict!r})", each),
            *(["target = spiking", *after] if after else []),
        ]
        return [
            "mask = spikes.shape[1] - 1",
            f"slot = (step + 1 - {column('dendritic')}) % ranges.shape[1]",
            f"place = {_listed('target')}",
            *_spikes(body, conflict if before or after else ""),
        ]

    def sources(self) -> tuple[Lines, str]:
        """Begin a loop over some sources of a projection."""
        return ["source = slice(first_source, last_source)"], ""

    def source_numbers(self) -> str:
        """The numbers of the sources that such a loop goes through, for the random source."""
        return "np.arange(first_source, last_source)"

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over all synapses of a projection."""
        lines = [
            f"size = {column('source_last')} - {column('source_first')}",
            "row_sizes = np.diff(rows[: count * size * bases.size + 1])",
            "synapse = np.arange(rows[0], rows[row_sizes.size])",
            "source = np.repeat(np.repeat(np.arange(size), count * bases.size), row_sizes)",
            "target = np.repeat(np.tile(bases, count * size), row_sizes) + targets[synapse]",
        ]
        return lines, ""

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"np.add.at({array}, {index}, {value})"


def column(name: str) -> str:
    """What is printed for a column of a head."""
    return f"head[{HEAD.index(name)}]"


def rule_of(name: str, drawn: Drawn) -> str:
    """The numbers that tell how a value is drawn."""
    first = len(WALK) + len(VALUE) * [each for each, _ in drawn].index(name)
    return f"stretch(rules, {first}, {first + len(VALUE)})"


def _regenerate(drawn: Drawn | None) -> Lines:
    """Draw the rows of all spikes again."""
    if drawn is None:
        return []
    values = [
        f"{name}_array = regenerate_{distribution}({rule_of(name, drawn)}, number, "
        f"{name}_array.dtype)"
        for name, distribution in drawn
    ]
    return ["own_rows, number, own_targets = regenerate_rows(rules, rows, spiking)", *values]


def _listed(end: str) -> str:
    """The places of the spikes of a head's groups, which follow one another."""
    first, last = column(f"{end}_group"), f"{column(f'{end}_group_end')} - 1"
    return f"np.arange(ranges[0, slot, {first}, 0], ranges[0, slot, {last}, 1])"


def _spikes(body: Lines, conflict: str) -> Lines:
    """Handle all spikes at once, or one by one where one reads what another one writes."""
    return ["for place in place.reshape(-1, 1):", *indent(body, 1)] if conflict == "both" else body


def _rounds(events: str, each: Lines) -> Lines:
    return [f"for synapse, source, target in {events}:", *indent(each, 1)] if each else []


def indent(lines: Lines, levels: int) -> Lines:
    """Indent lines by some levels."""
    return [f"{'    ' * levels}{line}" if line else line for line in lines]
