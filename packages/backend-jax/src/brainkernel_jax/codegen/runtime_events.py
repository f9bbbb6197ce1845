"""What a printed JAX program does with the spikes that come to synapses.

An event is a spike that has come to a synapse. Events are gone through one by one, so that none can
be lost and sums keep their order, or in blocks. Where spikes have a derivative, it goes through all
synapses that could matter.
"""

import jax
import jax.numpy as np
from jax import lax

from brainkernel_jax.codegen.runtime import packed, stretch

__all__ = ["add_up", "arriving", "events", "leaving", "once", "spike_by_spike"]


def arriving(state, fired, step, table):
    """Tell which spikes of the sources of a table act now: a row of flags for each delay."""
    return _spikes_before(state["history"], fired, step, table.delays, table.sources)


def leaving(state, fired, step, table):
    """Tell which spikes of the targets of a table reach its synapses now."""
    return _spikes_before(state["history"], fired, step, (table.dendritic,), table.targets)


def _spikes_before(history, fired, step, delays, neurons):
    """Look up the spikes of some neurons so many steps ago; those of this step are in `fired`."""
    if delays == (0,):
        return stretch(fired, *neurons)[None]
    first, last = neurons
    rows = history.shape[0]
    if len(delays) == 1:
        row = (step + 1 - delays[0]) % rows
        return stretch(history[row], first, last)[None]
    row = (step + 1 - np.array(delays)) % rows
    return history[row, first:last]


def next_spike(words, position):
    """The first flag after a position that is set."""
    number = position >> 5
    bit = (position & 31).astype(np.uint32)
    index = np.arange(words.size, dtype=np.int32)
    # two shifts, since a shift by all 32 bits is undefined
    later = np.uint32(0xFFFFFFFF) << bit << np.uint32(1)
    in_word = np.where(index == number, words & later, np.uint32(0))
    remaining = np.where(index > number, words, in_word)
    number = np.argmax(remaining != 0).astype(np.int32)
    word = remaining[number]
    # a word and its two's complement share the lowest bit that is set alone
    lowest = word & (~word + np.uint32(1))
    return 32 * number + 31 - lax.clz(lowest).astype(np.int32)


def each_spike(flags, act, arrays):
    """Call act(position, arrays) for each flag that is set, in order.

    The time it takes is that of those that are.
    """
    words = packed(flags)

    def next_event(_, carried):
        position, arrays = carried
        position = next_spike(words, position)
        return position, act(position, arrays)

    total = np.sum(lax.population_count(words), dtype=np.int32)
    begin = (np.int32(-1), arrays)
    _, arrays = lax.fori_loop(0, total, next_event, begin)
    return arrays


def rows_of(spikes):
    """For the position of a spike among all: the neuron, and the row of its synapses."""
    delays, neurons = spikes.shape

    def row_of(position):
        if delays == 1:
            return position, position
        # spikes are sorted by delay and then neuron, rows by neuron and then delay
        neuron = position % neurons
        return neuron, neuron * delays + position // neurons

    return row_of


def each_synapse(act, synapses, neuron, row, arrays, values):
    """Act for each synapse of a spike of this neuron, in order."""
    order = synapses.get("order")

    def of_synapse(slot, arrays):
        synapse = slot if order is None else order[slot]
        source = neuron if order is None else synapses["sources"][synapse]
        target = synapses["targets"][synapse]
        return act(synapse, source, target, 1.0, arrays, values)

    first = synapses["rows"][row]
    last = synapses["rows"][row + 1]
    return lax.fori_loop(first, last, of_synapse, arrays)


def one_by_one(act, spikes, synapses, table, arrays, values):
    """Go through the spikes that arrive, and the synapses of each, in order."""
    row_of = rows_of(spikes)

    def of_spike(position, arrays):
        neuron, row = row_of(position)
        return each_synapse(act, synapses, neuron, row, arrays, values)

    return each_spike(spikes.ravel() > 0, of_spike, arrays)


def in_blocks(act, spikes, synapses, table, arrays, values):
    """Go through the same in blocks of spikes and of synapses, for devices that do much at once."""
    row_of = rows_of(spikes)
    flags = spikes.ravel() > 0
    targets = synapses["targets"]
    order = synapses.get("order")
    sources = synapses.get("sources")
    outside = np.iinfo(targets.dtype).max  # where nothing is written
    (positions,) = np.nonzero(flags, size=flags.size, fill_value=0)
    total = np.sum(flags)
    height = min(flags.size, 64)  # spikes of a block
    width = 128  # synapses of each

    def of_block(block, arrays):
        number = block * height + np.arange(height)
        position = positions[np.minimum(number, flags.size - 1)]
        neuron, row = row_of(position)
        first = synapses["rows"][row]
        # the last block is filled up with spikes that have no synapses
        last = np.where(number < total, synapses["rows"][row + 1], first)

        def of_columns(columns, arrays):
            slot = (first + columns * width)[:, None] + np.arange(width)
            real = (slot < last[:, None]).ravel()
            slot = np.where(real, slot.ravel(), 0)
            synapse = slot if order is None else order[slot]
            source = np.repeat(neuron, width) if order is None else sources[synapse]
            target = np.where(real, targets[synapse], outside)
            synapse = np.where(real, synapse, outside)
            return act(synapse, source, target, 1.0, arrays, values)

        longest = np.max(last - first)
        return lax.fori_loop(0, (longest + width - 1) // width, of_columns, arrays)

    return lax.fori_loop(0, (total + height - 1) // height, of_block, arrays)


def all_at_once(act, spikes, synapses, table, arrays, values):
    """Go through all synapses, whether a spike arrives or not: what can be differentiated."""
    slot = np.arange(*table.synapses)
    order = synapses.get("order")
    synapse = slot if order is None else order[slot]
    row = synapses["row_of"][slot]
    delays = spikes.shape[0]
    spike = spikes[0, row] if delays == 1 else spikes[row % delays, row // delays]
    source = row // delays if order is None else synapses["sources"][synapse]
    target = synapses["targets"][synapse]
    return act(synapse, source, target, spike, arrays, values)


def differentiable(walk, dense, spikes, synapses, arrays, values):
    """Go through the events of some spikes; the derivative goes through all that there could be."""

    def forward(*arguments):
        return walk(*arguments), arguments

    def backward(arguments, change):
        spikes, synapses, arrays, values = arguments

        def of_reals(spikes, arrays, values):
            return dense(spikes, synapses, arrays, values)

        _, pull = jax.vjp(of_reals, spikes, arrays, values)
        spikes, arrays, values = pull(change)
        # what says where synapses lie are whole numbers, without a derivative
        return spikes, None, arrays, values

    derivable = jax.custom_vjp(walk)
    derivable.defvjp(forward, backward)
    return derivable(spikes, synapses, arrays, values)


def events(act, table, spikes, synapses, arrays, values, way, ordered):
    """Go through the synapses of spikes, and act on what they change."""
    go = in_blocks if way == "in blocks" and not ordered else one_by_one

    def walk(spikes, synapses, arrays, values):
        return go(act, spikes, synapses, table, arrays, values)

    def dense(spikes, synapses, arrays, values):
        if ordered:
            raise NotImplementedError(
                "what one event reads another one writes: this has no derivative"
            )
        return all_at_once(act, spikes, synapses, table, arrays, values)

    if spikes.dtype == bool:
        return walk(spikes, synapses, arrays, values)
    return differentiable(walk, dense, spikes, synapses, arrays, values)


def synapse_values(values, end_indices, synapse, source, target):
    """The numbers that belong to a synapse.

    Those of all, of itself, of its source, or of its target.
    """
    elements = {"synapse": synapse, "source": source, "target": target}
    selected = []
    for value, end_index in zip(values, end_indices, strict=True):
        if end_index is not None:
            end, first = end_index
            value = value[elements[end] + first]
        selected.append(value)
    return selected


def add_up(brings, table, spikes, synapses, sums, values, end_indices, way):
    """Add what the synapses of spikes bring to states of their targets."""

    def act(synapse, source, target, spike, sums, values):
        brought = brings(synapse_values(values, end_indices, synapse, source, target))
        totals = []
        for total, addend in zip(sums, brought, strict=True):
            addend = np.asarray(addend, total.dtype)
            totals.append(total.at[target].add(addend))
        return tuple(totals)

    def walk(spikes, synapses, sums, values):
        go = in_blocks if way == "in blocks" else one_by_one
        return go(act, spikes, synapses, table, sums, values)

    if spikes.dtype == bool:
        return walk(spikes, synapses, sums, values)
    if table.complete:
        return multiplied(brings, table, spikes, synapses, sums, values, end_indices)

    def forward(spikes, synapses, sums, values):
        # the derivative by the old sums is one, whatever they are: they need not be kept
        return walk(spikes, synapses, sums, values), (spikes, synapses, values)

    def backward(arguments, change):
        spikes, synapses, values = arguments
        by_spikes = spike_changes(brings, table, spikes, synapses, values, end_indices, change)
        by_values = value_changes(brings, spikes, synapses, values, end_indices, change)
        return by_spikes, None, change, by_values

    derivable = jax.custom_vjp(walk)
    derivable.defvjp(forward, backward)
    return derivable(spikes, synapses, sums, values)


def multiplied(brings, table, spikes, synapses, sums, values, end_indices):
    """The same as a product of matrices, where every source reaches every target once."""
    synapse = np.arange(*table.synapses)
    source = synapses["row_of"][synapse]
    target = synapses["targets"][synapse]
    brought = brings(synapse_values(values, end_indices, synapse, source, target))
    begin, end = table.targets
    sources = spikes.shape[1]
    targets = end - begin
    first = table.target_first
    last = first + targets
    totals = []
    for total, addend in zip(sums, brought, strict=True):
        matrix = np.broadcast_to(addend, synapse.shape).reshape(sources, targets)
        totals.append(total.at[first:last].add(spikes[0] @ matrix))
    return tuple(totals)


def spike_changes(brings, table, spikes, synapses, values, end_indices, change):
    """How a result follows each spike.

    Summed over its synapses, where a spike has a derivative at all.
    """
    row_of = rows_of(spikes)
    near = np.logical_not(np.signbit(spikes)).ravel()
    targets = synapses["targets"]
    rows = synapses["rows"]

    def effect(synapse, source):
        target = targets[synapse]
        brought = brings(synapse_values(values, end_indices, synapse, source, target))
        pairs = zip(brought, change, strict=True)
        return sum(addend * slope[target] for addend, slope in pairs)

    def of_near(position, slopes):
        neuron, row = row_of(position)

        def add(synapse, total):
            return total + effect(synapse, neuron)

        nothing = np.zeros((), spikes.dtype)
        total = lax.fori_loop(rows[row], rows[row + 1], add, nothing)
        return slopes.at[position].set(total)

    def of_all():
        synapse = np.arange(*table.synapses)
        row = synapses["row_of"][synapse]
        source = row // spikes.shape[0]
        effects = np.broadcast_to(effect(synapse, source), synapse.shape)
        segments = rows.shape[0] - 1
        slopes = jax.ops.segment_sum(effects, row, segments, indices_are_sorted=True)
        return slopes.reshape(spikes.shape[::-1]).T

    def of_few():
        nothing = np.zeros(spikes.size, spikes.dtype)
        return each_spike(near, of_near, nothing).reshape(spikes.shape)

    # one after another is faster only where few neurons are near their thresholds
    return lax.cond(3 * np.sum(near) > spikes.size, of_all, of_few)


def value_changes(brings, spikes, synapses, values, end_indices, change):
    """How a result follows the values of synapses: only those of spikes that arrived."""

    def act(synapse, source, target, spike, slopes, values):
        elements = {"synapse": synapse, "source": source, "target": target}
        selected = synapse_values(values, end_indices, synapse, source, target)
        _, pull = jax.vjp(brings, selected)
        (addends,) = pull(tuple(slope[target] for slope in change))
        totals = []
        for total, addend, end_index in zip(slopes, addends, end_indices, strict=True):
            if end_index is None:
                totals.append(total + addend)
            else:
                end, first = end_index
                totals.append(total.at[elements[end] + first].add(addend))
        return tuple(totals)

    values = tuple(np.asarray(value) for value in values)
    nothing = tuple(np.zeros_like(value) for value in values)
    return one_by_one(act, spikes, synapses, None, nothing, values)


def once(act, first, spikes, arrays, values):
    """Act once for each neuron that fired."""

    def walk(spikes, synapses, arrays, values):
        def of_neuron(neuron, arrays):
            return act(None, neuron, first + neuron, 1.0, arrays, values)

        return each_spike(spikes[0] > 0, of_neuron, arrays)

    def dense(spikes, synapses, arrays, values):
        neuron = np.arange(spikes.shape[1])
        return act(None, neuron, first + neuron, spikes[0], arrays, values)

    if spikes.dtype == bool:
        return walk(spikes, (), arrays, values)
    return differentiable(walk, dense, spikes, (), arrays, values)


def spike_by_spike(before, act, after, first, spikes, synapses, arrays, values):
    """Do all that one spike does before the next one is looked at, which may read what it wrote."""
    row_of = rows_of(spikes)

    def of_spike(position, arrays):
        neuron, row = row_of(position)
        arrays = before(None, neuron, first + neuron, 1.0, arrays, values)
        arrays = each_synapse(act, synapses, neuron, row, arrays, values)
        return after(None, neuron, first + neuron, 1.0, arrays, values)

    return each_spike(spikes.ravel() > 0, of_spike, arrays)
