"""How one backend writes its loops; everything else of the text is the same for all."""

from __future__ import annotations

from types import ModuleType

from brainkernel.printing import machine

Lines = list[str]


class Dialect:
    """NumPy's way: a loop is one statement on whole arrays. Other backends override what they write otherwise.

    Attributes
    ----------
    backend : str
        The backend's name, for the header.
    machine : module
        The functions of the text that are no model's: spikes, inputs, records; printed word for word.
    """

    backend = "numpy"
    machine: ModuleType = machine

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
            "    return FunctionType(function.__code__, {'__builtins__': __builtins__, **captured}, function.__name__)",
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
        return f"np.arange({size}, dtype=np.uint32)"

    def arrivals(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the spikes that arrive, and their synapses."""
        body = [
            "spiking = source = spikes[place & (spikes.size - 1)] - head[1]",
            *before,
            "row = spiking * delays.size + delay_number",
            *_rounds(f"rounds(rows, row, spiking, targets, {conflict!r})", each),
            *(["source = spiking", *after] if after else []),
        ]
        return [
            "for delay_number in range(delays.size):",
            "    slot = (step + 1 - delays[delay_number]) % ranges.shape[0]",
            "    place = np.arange(ranges[slot, head[0], 0], ranges[slot, head[0], 1])",
            *indent(_spikes(body, conflict if before or after else ""), 1),
        ]

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons that fired in this step, and the synapses onto them."""
        body = [
            "spiking = target = spikes[place & (spikes.size - 1)] - head[14]",
            *before,
            *_rounds(f"columns_of(columns, spiking, incoming, sources, {conflict!r})", each),
            *(["target = spiking", *after] if after else []),
        ]
        return [
            "slot = (step + 1) % ranges.shape[0]",
            "place = np.arange(ranges[slot, head[8], 0], ranges[slot, head[8], 1])",
            *_spikes(body, conflict if before or after else ""),
        ]

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over all synapses of a projection."""
        lines = [
            "size = head[3] - head[2]",
            "synapse = np.arange(rows[0], rows[count * size])",
            "source = np.repeat(np.arange(size), np.diff(rows[: count * size + 1 : count]))",
            "target = targets[synapse]",
        ]
        return lines, ""

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"np.add.at({array}, {index}, {value})"


def _spikes(body: Lines, conflict: str) -> Lines:
    """Handle all spikes at once, or one by one where one reads what another one writes."""
    return ["for place in place.reshape(-1, 1):", *indent(body, 1)] if conflict == "both" else body


def _rounds(events: str, each: Lines) -> Lines:
    return [f"for synapse, source, target in {events}:", *indent(each, 1)] if each else []


def indent(lines: Lines, levels: int) -> Lines:
    """Indent lines by some levels."""
    return [f"{'    ' * levels}{line}" if line else line for line in lines]
