"""The functions of a printed JAX program that belong to no model; copied into it word for word."""

import jax.numpy as np
from jax import lax


def stretch(array, first, last):
    """Part of an array; all of it as it is."""
    return array if (first, last) == (0, array.shape[0]) else array[first:last]


def put(array, first, last, part):
    """An array with new values in one stretch."""
    part = np.broadcast_to(part, (last - first,)).astype(array.dtype)
    return part if (first, last) == (0, array.shape[0]) else array.at[first:last].set(part)


def like(value, array):
    """A value for each element of an array."""
    return np.broadcast_to(value, array.shape).astype(array.dtype)


def spread(values, sizes):
    """One value for each neuron, of one for each group; that of a single group stays one number."""
    if len(sizes) == 1:
        return values[0]
    return np.repeat(values, np.array(sizes), axis=0, total_repeat_length=sum(sizes))


def spikes_of(level, surrogate):
    """Which neurons fire: true or false, or 1.0 or 0.0 with the derivative that is given."""
    return np.asarray(level >= 0.0) if surrogate is None else surrogate(np.asarray(level))


def only(spikes, condition):
    """Spikes of those that may fire.

    Where one may not, its derivative is zero too, which minus zero says.
    """
    return spikes & condition if spikes.dtype == bool else np.where(condition, spikes, -0.0)


def choose(spikes, new, old, through=True):
    """A new value where there is a spike, else the old one.

    Where spikes have a derivative, it may go through them.
    """
    if isinstance(spikes, float):
        return new
    chosen = np.where(spikes > 0, new, old)
    if spikes.dtype == bool or not through:
        return chosen
    change = lax.stop_gradient(new - old)
    change = np.where(np.isfinite(change), change, 0.0)  # of a value that began as infinity
    return chosen + (spikes - lax.stop_gradient(spikes)) * change


def packed(flags):
    """Flags as bits: the first 32 in the first word, the first of them its lowest bit."""
    words = np.pad(flags, (0, -flags.size % 32)).reshape(-1, 32).astype(np.uint32)
    return np.sum(words << np.arange(32, dtype=np.uint32), axis=1, dtype=np.uint32)


def random_poisson(mean, u, most):
    """Return a Poisson count from a uniform u in [0, 1): how many of `most` values of its CDF are <= u."""
    mean, u = lax.stop_gradient(mean), lax.stop_gradient(u)

    def one_more(known):
        k, term, cumulated, count, _ = known
        cumulated = cumulated + term
        below = (cumulated <= u) & (k < most)
        return k + 1.0, term * mean / (k + 1.0), cumulated, count + np.where(below, 1.0, 0.0), below

    nothing = np.zeros_like(u * mean)
    begin = (0.0, np.exp(-mean) + nothing, nothing, nothing, nothing == 0.0)
    return lax.while_loop(lambda known: np.any(known[4]), one_more, begin)[3]


def in_runs(values, sizes, rest):
    """What belongs to neurons, sixteen of a group in a row.

    What is missing in the last row of a group is `rest`.
    """
    parts = np.split(
        np.broadcast_to(values, (sum(sizes),)), [sum(sizes[:k]) for k in range(1, len(sizes))]
    )
    padded = [np.pad(part, (0, -part.size % 16), constant_values=rest) for part in parts]
    return np.concatenate(padded).reshape(-1, 16)


def draw_events(key_0, key_1, step, chance, sizes):
    """Draw ones with these probabilities, else zeros.

    A number says how far the next one is among sixteen neurons.
    """
    quiet = in_runs(1.0 - lax.stop_gradient(chance), sizes, 1.0)
    first = in_runs(element_numbers(sizes), sizes, 0)[:, 0]
    key_0, key_1 = (
        key if key.ndim == 0 else in_runs(key, sizes, 0)[:, 0] for key in (key_0, key_1)
    )

    def draw_next(known):
        count, quiet, drawn, _ = known
        u = random_uniform(key_0, key_1, first + count, np.uint32(step))  # noqa: F821 - it is printed
        silent, reached = np.ones_like(quiet[:, 0]), []
        for lane in range(16):
            silent = silent * quiet[:, lane]
            reached.append(silent <= u)
        reached = np.stack(reached, axis=1)
        found = reached & ~np.pad(reached[:, :-1], ((0, 0), (1, 0)))
        return (
            count + np.uint32(1),
            np.where(reached & ~found, quiet, 1.0),
            drawn | found,
            np.any(found),
        )

    begin = (np.uint32(0), quiet, np.zeros(quiet.shape, bool), True)
    drawn = (
        lax.while_loop(lambda known: known[3], draw_next, begin)[2].astype(quiet.dtype).reshape(-1)
    )
    rows = [-(-size // 16) * 16 for size in sizes]
    return np.concatenate(
        [stretch(drawn, sum(rows[:k]), sum(rows[:k]) + size) for k, size in enumerate(sizes)]
    )


def ends_of(table, head):
    """Sources and targets of all synapses of a table."""
    first, last = head.synapses
    return table["sources"][first:last], table["targets"][first:last]


def all_spikes(places, *fires):
    """Which neurons fired, of all blocks one after another."""
    sizes = [last - first for first, last in places.blocks]
    flags = [
        np.broadcast_to(False if own is None else own, size)
        for own, size in zip(fires, sizes, strict=True)
    ]
    return flags[0] if len(flags) == 1 else np.concatenate(flags)


def remember(history, step, fired):
    """Keep the spikes of this step for as long as any delay is."""
    return (
        None
        if history is None
        else history.at[(step + 1) % history.shape[0]].set(fired.astype(history.dtype))
    )


def element_numbers(sizes):
    """Each neuron's number within its group."""
    return np.concatenate([np.arange(size, dtype=np.uint32) for size in sizes])


def add_in_order(array, target, values):
    """Add values up, in their order."""
    return array.at[target].add(values.astype(array.dtype))


def driven(row, step, drives, impulses, places):
    """All inputs of a step: zero, and what drives them from outside."""
    inputs = np.zeros(places.inputs)
    for span, (index, values, on) in zip(places.drives, drives, strict=True):
        value = np.where(on[row], values[row % values.shape[0]], 0.0)
        inputs = inputs.at[slice(*span) if span else index].add(value)
    if impulses is None:
        return inputs
    steps, where, values = impulses
    first, last = np.searchsorted(steps, np.array([step, step + 1]))
    return lax.fori_loop(first, last, lambda k, inputs: inputs.at[where[k]].add(values[k]), inputs)


def sampled(state, fired, watch):
    """What a monitor watches."""
    array = fired if watch.name is None else state[watch.name]
    array = stretch(array, *watch.span) if watch.span else array[watch.index]
    return array.astype(float)


def recorded(records, row, step, first, state, fired, places):
    """Note how many neurons fired, which ones as bits, and what monitors watch, each at its own interval."""
    counts, words, samples = records
    counts = counts.at[row].set(
        np.stack([np.sum(fired[a:b] > 0, dtype=np.int32) for a, b in places.groups])
    )
    words = words.at[row].set(packed(fired > 0)) if places.listed else words
    taken = []
    for watch, rows in zip(places.watches, samples, strict=True):
        due = (step + 1) // watch.every - first // watch.every - 1
        due = np.where((step + 1) % watch.every == 0, due, rows.shape[0])
        taken.append(rows.at[due].set(sampled(state, fired, watch)))
    return counts, words, tuple(taken)


def run(first, last, dt, state, constants, keys, tables, drives, impulses, records, places):
    """Take the network from step first to step last, and note what happens.

    One loop, compiled whole.
    """
    each = for_each_neuron(constants, keys, places)  # noqa: F821 - it is printed

    def one_step(step, known):
        state, records = known
        inputs = driven(step - first, step, drives, impulses, places)
        state, fired = take_step(step, dt, state, inputs, constants, each, tables, places)  # noqa: F821
        return state, recorded(records, step - first, step, first, state, fired, places)

    return lax.fori_loop(first, last, one_step, (state, records))
