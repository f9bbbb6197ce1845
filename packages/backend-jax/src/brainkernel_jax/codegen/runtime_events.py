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
    if len(delays) == 1:
        return stretch(history[(step + 1 - delays[0]) % history.shape[0]], first, last)[None]
    return history[(step + 1 - np.array(delays)) % history.shape[0], first:last]


def next_spike(words, place):
    """The first flag after a place that is set."""
    number, bit = place >> 5, (place & 31).astype(np.uint32)
    index = np.arange(words.size, dtype=np.int32)
    later = np.uint32(0xFFFFFFFF) << bit << np.uint32(1)
    rest = np.where(index > number, words, np.where(index == number, words & later, np.uint32(0)))
    number = np.argmax(rest != 0).astype(np.int32)
    word = rest[number]
    return 32 * number + 31 - lax.clz(word & (~word + np.uint32(1))).astype(np.int32)


def each_spike(flags, act, arrays):
    """Call act(place, arrays) for each flag that is set, in order.

    The time it takes is that of those that are.
    """
    words = packed(flags)

    def next_one(_, known):
        place, arrays = known
        place = next_spike(words, place)
        return place, act(place, arrays)

    total = np.sum(lax.population_count(words), dtype=np.int32)
    return lax.fori_loop(0, total, next_one, (np.int32(-1), arrays))[1]


def rows_of(spikes):
    """For the place of a spike among all: the neuron, and the row of its synapses."""
    delays, ends = spikes.shape

    def row_of(place):
        if delays == 1:
            return place, place
        return place % ends, place % ends * delays + place // ends

    return row_of


def each_synapse(act, synapses, neuron, row, arrays, values):
    """Act for each synapse of a spike of this neuron, in order."""
    order = synapses.get("order")

    def of_synapse(slot, arrays):
        synapse = slot if order is None else order[slot]
        source = neuron if order is None else synapses["sources"][synapse]
        return act(synapse, source, synapses["targets"][synapse], 1.0, arrays, values)

    return lax.fori_loop(synapses["rows"][row], synapses["rows"][row + 1], of_synapse, arrays)


def one_by_one(act, spikes, synapses, table, arrays, values):
    """Go through the spikes that arrive, and the synapses of each, in order."""
    row_of = rows_of(spikes)

    def of_spike(place, arrays):
        return each_synapse(act, synapses, *row_of(place), arrays, values)

    return each_spike(spikes.ravel() > 0, of_spike, arrays)


def in_blocks(act, spikes, synapses, table, arrays, values):
    """Go through the same in blocks of spikes and of synapses, for devices that do much at once."""
    row_of, flags = rows_of(spikes), spikes.ravel() > 0
    targets, order, sources = synapses["targets"], synapses.get("order"), synapses.get("sources")
    outside = np.iinfo(targets.dtype).max  # where nothing is written
    places = np.nonzero(flags, size=flags.size, fill_value=0)[0]
    total, many, wide = np.sum(flags), min(flags.size, 64), 128

    def of_block(block, arrays):
        number = block * many + np.arange(many)
        neuron, row = row_of(places[np.minimum(number, flags.size - 1)])
        first = synapses["rows"][row]
        last = np.where(number < total, synapses["rows"][row + 1], first)

        def of_part(part, arrays):
            slot = (first + part * wide)[:, None] + np.arange(wide)
            real = (slot < last[:, None]).ravel()
            slot = np.where(real, slot.ravel(), 0)
            synapse = slot if order is None else order[slot]
            source = np.repeat(neuron, wide) if order is None else sources[synapse]
            target = np.where(real, targets[synapse], outside)
            return act(np.where(real, synapse, outside), source, target, 1.0, arrays, values)

        return lax.fori_loop(0, (np.max(last - first) + wide - 1) // wide, of_part, arrays)

    return lax.fori_loop(0, (total + many - 1) // many, of_block, arrays)


def all_at_once(act, spikes, synapses, table, arrays, values):
    """Go through all synapses, whether a spike arrives or not: what can be differentiated."""
    slot = np.arange(*table.synapses)
    order = synapses.get("order")
    synapse = slot if order is None else order[slot]
    row = synapses["row_of"][slot]
    delays = spikes.shape[0]
    spike = spikes[0, row] if delays == 1 else spikes[row % delays, row // delays]
    source = row // delays if order is None else synapses["sources"][synapse]
    return act(synapse, source, synapses["targets"][synapse], spike, arrays, values)


def differentiable(walk, dense, spikes, synapses, arrays, values):
    """Go through the events of some spikes; the derivative goes through all that there could be."""

    def forward(*known):
        return walk(*known), known

    def backward(known, change):
        spikes, synapses, arrays, values = known
        pull = jax.vjp(
            lambda spikes, arrays, values: dense(spikes, synapses, arrays, values),
            spikes,
            arrays,
            values,
        )[1]
        spikes, arrays, values = pull(change)
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


def own_values(values, whose, synapse, source, target):
    """The numbers that belong to a synapse.

    Those of all, of itself, of its source, or of its target.
    """
    places = {"synapse": synapse, "source": source, "target": target}
    return [
        value if who is None else value[places[who[0]] + who[1]]
        for value, who in zip(values, whose, strict=True)
    ]


def add_up(brings, table, spikes, synapses, sums, values, whose, way):
    """Add what the synapses of spikes bring to states of their targets."""

    def act(synapse, source, target, spike, sums, values):
        brought = brings(own_values(values, whose, synapse, source, target))
        pairs = zip(sums, brought, strict=True)
        return tuple(total.at[target].add(np.asarray(each, total.dtype)) for total, each in pairs)

    def walk(spikes, synapses, sums, values):
        go = in_blocks if way == "in blocks" else one_by_one
        return go(act, spikes, synapses, table, sums, values)

    if spikes.dtype == bool:
        return walk(spikes, synapses, sums, values)
    if table.complete:
        return multiplied(brings, table, spikes, synapses, sums, values, whose)

    def forward(*known):
        return walk(*known), (known[0], known[1], known[3])

    def backward(known, change):
        spikes, synapses, values = known
        by_spikes = spike_changes(brings, table, spikes, synapses, values, whose, change)
        return (
            by_spikes,
            None,
            change,
            value_changes(brings, spikes, synapses, values, whose, change),
        )

    derivable = jax.custom_vjp(walk)
    derivable.defvjp(forward, backward)
    return derivable(spikes, synapses, sums, values)


def multiplied(brings, table, spikes, synapses, sums, values, whose):
    """The same as a product of matrices, where every source reaches every target once."""
    synapse = np.arange(*table.synapses)
    source = synapses["row_of"][synapse]
    brought = brings(own_values(values, whose, synapse, source, synapses["targets"][synapse]))
    first, (begin, end) = table.target_first, table.targets
    shape = spikes.shape[1], end - begin
    return tuple(
        total.at[first : first + shape[1]].add(
            spikes[0] @ np.broadcast_to(each, synapse.shape).reshape(shape)
        )
        for total, each in zip(sums, brought, strict=True)
    )


def spike_changes(brings, table, spikes, synapses, values, whose, change):
    """How a result follows each spike.

    Summed over its synapses, where a spike has a derivative at all.
    """
    row_of, near = rows_of(spikes), np.logical_not(np.signbit(spikes)).ravel()
    targets, rows = synapses["targets"], synapses["rows"]

    def effect(synapse, source):
        brought = brings(own_values(values, whose, synapse, source, targets[synapse]))
        return sum(each * of[targets[synapse]] for each, of in zip(brought, change, strict=True))

    def of_near(place, found):
        neuron, row = row_of(place)
        add = lambda synapse, total: total + effect(synapse, neuron)  # noqa: E731
        nothing = np.zeros((), spikes.dtype)
        return found.at[place].set(lax.fori_loop(rows[row], rows[row + 1], add, nothing))

    def of_all():
        synapse = np.arange(*table.synapses)
        row = synapses["row_of"][synapse]
        effects = np.broadcast_to(effect(synapse, row // spikes.shape[0]), synapse.shape)
        found = jax.ops.segment_sum(effects, row, rows.shape[0] - 1, indices_are_sorted=True)
        return found.reshape(spikes.shape[::-1]).T

    def of_some():
        return each_spike(near, of_near, np.zeros(spikes.size, spikes.dtype)).reshape(spikes.shape)

    return lax.cond(3 * np.sum(near) > spikes.size, of_all, of_some)


def value_changes(brings, spikes, synapses, values, whose, change):
    """How a result follows the values of synapses: only those of spikes that arrived."""

    def act(synapse, source, target, spike, found, values):
        places = {"synapse": synapse, "source": source, "target": target}
        own = own_values(values, whose, synapse, source, target)
        (own_changes,) = jax.vjp(brings, own)[1](tuple(of[target] for of in change))
        return tuple(
            total + each if who is None else total.at[places[who[0]] + who[1]].add(each)
            for total, each, who in zip(found, own_changes, whose, strict=True)
        )

    values = tuple(np.asarray(value) for value in values)
    return one_by_one(
        act, spikes, synapses, None, tuple(np.zeros_like(value) for value in values), values
    )


def once(act, first, spikes, arrays, values):
    """Act once for each neuron that fired."""

    def walk(spikes, synapses, arrays, values):
        return each_spike(
            spikes[0] > 0, lambda k, arrays: act(None, k, first + k, 1.0, arrays, values), arrays
        )

    def dense(spikes, synapses, arrays, values):
        every = np.arange(spikes.shape[1])
        return act(None, every, first + every, spikes[0], arrays, values)

    if spikes.dtype == bool:
        return walk(spikes, (), arrays, values)
    return differentiable(walk, dense, spikes, (), arrays, values)


def spike_by_spike(before, act, after, first, spikes, synapses, arrays, values):
    """Do all that one spike does before the next one is looked at, which may read what it wrote."""
    row_of = rows_of(spikes)

    def of_spike(place, arrays):
        neuron, row = row_of(place)
        arrays = before(None, neuron, first + neuron, 1.0, arrays, values)
        arrays = each_synapse(act, synapses, neuron, row, arrays, values)
        return after(None, neuron, first + neuron, 1.0, arrays, values)

    return each_spike(spikes.ravel() > 0, of_spike, arrays)
