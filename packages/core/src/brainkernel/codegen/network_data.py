"""What a printed program is handed: named tuples that are the same for every network.

`Network` is the argument of ``run``. The tuples that a text defines itself (`named_arrays`) lie
inside them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from brainkernel.program.partition import HEAD


class Threads(NamedTuple):
    """Which thread this is (`number`), of how many (`count`), and the barrier where they meet."""

    number: int
    count: int  # type: ignore[assignment]  # a field in place of the method of tuples
    gate: Any


class Inputs(NamedTuple):
    """External input: the inputs of the network, those of this thread, and what drives them."""

    driven: bool
    values: Any
    own: Any
    rows: Any
    row_values: Any
    spans: Any
    places: Any
    impulse_steps: Any
    impulse_places: Any
    impulse_values: Any


class Spikes(NamedTuple):
    """Which neurons fired in this step, and the lists of those that fired in the last steps."""

    fired: Any
    lists: Any
    ranges: Any
    cursor: Any
    tracked: Any
    partition: Any


class Records(NamedTuple):
    """What monitors keep: spikes, counts of spikes, and samples of states."""

    states: Any
    event_steps: Any
    event_neurons: Any
    event_count: Any
    counts: Any
    monitors: Any
    places: Any
    samples: Any
    sample_count: Any


class Network(NamedTuple):
    """All that a program works on."""

    dt: float
    threads: Threads
    inputs: Inputs
    spikes: Spikes
    records: Records
    neurons: Any
    synapses: Any
    ends: Any = ()


class EndValues(NamedTuple):
    """What synapses read of a third end: values at some places, and the elements they are of."""

    values: Any
    places: Any
    source: Any
    elements: Any


class Firing(NamedTuple):
    """Whether each neuron fires, how long it is refractory, and if it was above threshold."""

    fired: Any
    refractory_left: Any
    was_above: Any


class Neurons(NamedTuple):
    """All groups of one model, `size` of them.

    `own` has the first and last neuron of each group that this thread takes care of, `whole` those
    of all, and `first_element` the number of the first within its group. `levels` are the tables
    that tell its Poisson counts, `past` the values of the last steps, `slopes` their derivatives,
    `between` what lies between the loops of an update in several parts.
    """

    size: int
    neurons: Any
    values: Any
    keys: Any
    levels: Any
    firing: Firing
    own: Any
    whole: Any
    first_element: Any
    past: Any
    slopes: Any
    between: Any


class Group(NamedTuple):
    """The neurons of one group, or those of them that a thread takes care of."""

    neurons: Any
    values: Any
    keys: Any
    firing: Firing
    first_element: int
    size: int
    past: Any
    slopes: Any
    between: Any


SHARES = (
    *("first_part", "last_part", "all_parts", "first_source", "last_source"),
    *("rule", "rule_end"),
)
HEAD_TYPE = np.dtype([(name, np.int64) for name in (*HEAD, *SHARES)])
"""A record for each table: its ends, where its arrays begin, and the share of this thread."""


class TableArrays(NamedTuple):
    """The arrays of all tables of a block of synapses; ``()`` for what it does not need."""

    rows: Any
    bases: Any
    targets: Any
    delays: Any
    steps: Any
    columns: Any
    incoming: Any
    sources: Any
    numbers: Any
    places: Any
    rules: Any


class TableValues(NamedTuple):
    """The values that the functions of tables read, by whose values they are."""

    shared: Any
    per_synapse: Any
    pre: Any
    per_source: Any
    post: Any
    pre_group: Any
    post_group: Any
    inputs: Any
    sums: Any
    firing: Any
    past: Any


class Synapses(NamedTuple):
    """All projections of one model between the same models of neurons, in `size` tables."""

    size: int
    heads: Any
    arrays: TableArrays
    values: TableValues
    first_target: int
    last_target: int


class Table(NamedTuple):
    """One table of synapses, and the part of it that a thread goes through.

    Attributes
    ----------
    source_group, source_group_end, target_group, target_group_end : int
        The groups at its ends, by number; the last ones past the end.
    source, target : int
        The numbers of the first neurons at its ends.
    sources : int
        How many sources it has.
    target_first, target_last : int
        Its targets, counted within their model.
    first_thread, last_thread : int
        The threads whose spikes are gone through.
    first_part, last_part, first_source, last_source : int
        The parts of rows, and the sources, that are gone through.
    delays : array
        Its distinct delays in steps.
    dendritic : int
        Steps between its synapses and their targets.
    rows, bases, targets : arrays
        The first synapse of each part of each row; for each part what its targets are counted from;
        and the target of each synapse.
    steps : array
        What is left of the delay of each synapse when its turn has come.
    columns, incoming, source_of : arrays
        For each target, from `column` on, the first of its synapses in `incoming`; and the source
        of each synapse.
    numbers, places : arrays
        How the user counts the synapses, and where each lies.
    rules : array
        From what its synapses are drawn again: from `rule` to `rule_end`.
    """

    source_group: int
    source_group_end: int
    source: int
    sources: int
    target_group: int
    target_group_end: int
    target: int
    target_first: int
    target_last: int
    first_thread: int
    last_thread: int
    first_part: int
    last_part: int
    first_source: int
    last_source: int
    delays: Any
    dendritic: int
    rows: Any
    bases: Any
    targets: Any
    steps: Any
    columns: Any
    column: int
    incoming: Any
    source_of: Any
    numbers: Any
    places: Any
    rules: Any
    rule: int
    rule_end: int
