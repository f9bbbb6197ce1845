"""How one backend writes its loops; everything else of the text is the same for all."""

from __future__ import annotations

from types import ModuleType

from brainkernel.codegen import runtime_numpy
from brainkernel.program.past import slopes_array
from brainkernel.program.program import VALUE, WALK, Call

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
        The functions of the text that are no model's: spikes, inputs, records, random numbers. The
        text imports those that it uses, each under its name with an underscore before it.
    loops : bool
        Whether elements are gone through one by one.
    further : tuple of str
        What ``run`` is handed besides what it always is.
    guide : str
        What a reader of the text must know.
    never_printed : frozenset of str
        Functions of the machinery that are imported even into a text that prints it in full.
    """

    backend = "numpy"
    machine: tuple[ModuleType, ...] = (runtime_numpy,)
    loops = False
    further: tuple[str, ...] = ()
    guide = ""
    never_printed: frozenset[str] = frozenset()

    def imports(self, text: Lines) -> Lines:
        """Print the imports that a text of this backend begins with.

        ``step_function`` gives a user's function the names that it captures.
        """
        return ["import numpy as np"]

    def module_label(self, word: str) -> str:
        """Name a module that the machinery uses, in a program that prints it in full."""
        return "np" if word == "np" else f"_{word}"

    def source_decorators(self, value: object) -> Lines:
        """Print the lines before a function of the machinery whose source has none."""
        return []

    def versions(self) -> str:
        """Say what else the compiled code depends on, for the header."""
        return ""

    def decorators(self, kind: str) -> Lines:
        """Lines before a ``def``; kind is ``machine``, ``loop`` or ``run``."""
        return []

    def whole_numpy(self) -> str:
        """The name of the NumPy that whole-array functions see."""
        return "np"

    def neuron(self, name: str) -> str:
        """Where the value of a neuron lies, in the loop over neurons."""
        return f"_neurons.{name}[_i]"

    def history(self, name: str, length: int) -> str:
        """Where the values of past steps of a neuron lie, in the loop over neurons."""
        return self.neuron(name)

    def firing(self, name: str) -> str:
        """Where an array of `Firing` holds the value of a neuron, in the loop over neurons."""
        return f"_firing.{name}[_i]"

    def keep_slope(self, state: str, slope: str) -> str:
        """Keep how fast a state of a neuron changes, in the row of this step."""
        return f"{slopes_array(state)}[_row, _i] = {slope}"

    def key(self, draw: str) -> str:
        """The two words that a random number of a neuron is drawn with."""
        return f"_keys.{draw}"

    def elements(self, index: str, size: str) -> tuple[Lines, str]:
        """Begin a loop over elements: its lines, and how far its body is indented."""
        return [f"{index} = slice(0, {size})"], ""

    def element_number(self) -> str:
        """The elements' own numbers, for the random source."""
        return "_element_numbers(_group)"

    def sizes(self, block: str) -> str:
        """How many neurons there are to draw for, in the groups that are gone through at once."""
        return "_group.size"

    def whole_number(self, name: str) -> str:
        """A constant that counts something."""
        return f"int({name})"

    def fires(self, level: str) -> str:
        """Which neurons fire, from how far each is above its threshold."""
        return f"{level} >= 0.0"

    def fires_if(self, condition: str, fires: str = "_fires") -> str:
        """Which of those that fire may do so; of those that have an event of another kind."""
        return f"{fires} & {condition}"

    def where_fires(self, new: str, old: str, fires: str = "_fires") -> str:
        """A new value where a neuron fires, elsewhere the old one."""
        return f"np.where({fires}, {new}, {old})"

    def call_when_due(
        self,
        call: Call,
        due: str,
        results: str,
        arguments: str,
        further: Lines,
    ) -> Lines:
        """Give the targets of a step function new values, at those steps at which it runs.

        Parameters
        ----------
        call : Call
            The step function.
        due : str
            The condition.
        results, arguments : str
            What its results are called, and what it is called with.
        further : list of str
            What is done with the results.
        """
        lines = [f"{results} = {call.function}({arguments})", *further]
        return [f"if {due}:  # every {call.interval:.15g} ms", *indent(lines, 1)]

    def barrier(self) -> Lines:
        """Wait until all threads have come to this line."""
        return []

    def watched(self, steps: Lines) -> Lines:
        """The lines of one step, with what else is to be done between them."""
        return steps

    def arrivals(
        self,
        before: Lines,
        each: Lines,
        after: Lines,
        conflict: str,
        drawn: Drawn | None = None,
    ) -> Lines:
        """Go through the spikes that arrive, and their synapses.

        Those that are drawn again, with these values.
        """
        rows = "_table.rows, _row, _spiking, _table.targets, _table.bases"
        if drawn is not None:
            rows = "_own_rows, np.arange(_row.size), _spiking, _own_targets, _table.bases"
        body = [
            "_spiking = _source = _spikes.lists[0, _place & _mask] - _table.source",
            *before,
            "_row = _spiking * _table.delays.size + _delay",
            *_regenerate(drawn),
            *_rounds(f"_rounds({rows}, {conflict!r})", each),
            *(["_source = _spiking", *after] if after else []),
        ]
        return _arriving(_spikes(body, conflict if before or after else ""))

    def pushes(self, each: Lines) -> Lines:
        """Go through the spikes whose turn has come, and add up what their synapses will bring."""
        arriving = "_table.steps[_synapse].astype(np.int64)"
        rows = "_table.rows, _row, _source, _table.targets, _table.bases"
        body = [
            "_source = _spikes.lists[0, _place & _mask] - _table.source",
            "_row = _source * _table.delays.size + _delay",
            f"for _synapse, _source, _target in _rounds({rows}, 'target'):",
            f"    _coming = (_step + 1 + {arriving}) & (_arriving.shape[0] - 1)",
            *indent(each, 1),
        ]
        return _arriving(body)

    def departures(self, before: Lines, each: Lines, after: Lines, conflict: str) -> Lines:
        """Go through the neurons whose spikes reach the synapses onto them in this step."""
        body = [
            "_spiking = _target = _spikes.lists[0, _place & _mask] - _table.target",
            *before,
            *_rounds(f"_columns(_table, _spiking, {conflict!r})", each),
            *(["_target = _spiking", *after] if after else []),
        ]
        return [
            "_mask = _spikes.lists.shape[1] - 1",
            "_slot = (_step + 1 - _table.dendritic) % _spikes.ranges.shape[1]",
            f"_place = {_listed('target')}",
            *_spikes(body, conflict if before or after else ""),
        ]

    def sources(self) -> tuple[Lines, str]:
        """Begin a loop over some sources of a projection."""
        return ["_source = slice(_table.first_source, _table.last_source)"], ""

    def source_numbers(self) -> str:
        """The numbers of the sources that such a loop goes through, for the random source."""
        return "np.arange(_table.first_source, _table.last_source)"

    def synapses(self) -> tuple[Lines, str]:
        """Begin a loop over all synapses of a projection."""
        return ["_synapse, _source, _target = _all_synapses(_table)"], ""

    def delays_of_synapses(self) -> str:
        """The delays in steps of the synapses that such a loop goes through."""
        return "_delays_of(_table)"

    def accumulate(self, array: str, index: str, value: str) -> str:
        """Add a value into an array, in the order of the synapses."""
        return f"np.add.at({array}, {index}, {value})"


def rule_of(name: str, drawn: Drawn) -> str:
    """The numbers that tell how a value is drawn."""
    names = [drawn_name for drawn_name, _ in drawn]
    first = len(WALK) + len(VALUE) * names.index(name)
    return f"_rules[{first} : {first + len(VALUE)}]"


def _regenerate(drawn: Drawn | None) -> Lines:
    """Draw the rows of all spikes again."""
    if drawn is None:
        return []
    values = [
        f"_drawn_{name} = _regenerate_{distribution}({rule_of(name, drawn)}, _number, "
        f"_per_synapse.{name}.dtype)"
        for name, distribution in drawn
    ]
    rows = "_own_rows, _number, _own_targets"
    return [
        "_rules = _table.rules[_table.rule : _table.rule_end]",
        f"{rows} = _regenerate_rows(_rules, _table.rows, _spiking)",
        *values,
    ]


def _arriving(body: Lines) -> Lines:
    """Go through the delays of a table, and the spikes that have waited for so long."""
    return [
        "_mask = _spikes.lists.shape[1] - 1",
        "for _delay in range(_table.delays.size):",
        "    _slot = (_step + 1 - _table.delays[_delay]) % _spikes.ranges.shape[1]",
        f"    _place = {_listed('source')}",
        *indent(body, 1),
    ]


def _listed(end: str) -> str:
    """The places of the spikes of a table's groups, which follow one another."""
    first, last = f"_table.{end}_group", f"_table.{end}_group_end - 1"
    ranges = "_spikes.ranges[0, _slot"
    return f"np.arange({ranges}, {first}, 0], {ranges}, {last}, 1])"


def _spikes(body: Lines, conflict: str) -> Lines:
    """Handle all spikes at once, or one by one where one reads what another one writes."""
    if conflict != "both":
        return body
    return ["for _place in _place.reshape(-1, 1):", *indent(body, 1)]


def _rounds(events: str, each: Lines) -> Lines:
    if not each:
        return []
    return [f"for _synapse, _source, _target in {events}:", *indent(each, 1)]


def indent(lines: Lines, levels: int) -> Lines:
    """Indent lines by some levels."""
    return [f"{'    ' * levels}{line}" if line else line for line in lines]
