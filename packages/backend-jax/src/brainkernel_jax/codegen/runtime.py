"""What a printed JAX program calls that belongs to no model: arrays, spikes, inputs and records.

Arrays are never written to: a function gives back what it changes. State, inputs and constants are
dictionaries from the name of an array of the program to its values.
"""

from types import FunctionType

import jax
import jax.numpy as np
from jax import lax

from brainkernel.backend import runtime_arrays
from brainkernel_jax.codegen.tree_solver import solve_tree

__all__ = [
    "add_in_order",
    "all_spikes",
    "change_when_due",
    "choose",
    "delays_of",
    "ends_of",
    "external_inputs",
    "for_each_neuron",
    "group_mean",
    "group_total",
    "like",
    "matrix_shape",
    "only",
    "only_if",
    "past_between",
    "past_of",
    "past_value",
    "put",
    "read_end",
    "record",
    "remember",
    "repeat_while",
    "replaced",
    "row_of",
    "solve_tree",
    "spikes_of",
    "step_function",
    "stretch",
    "sum_of_sources",
    "taken",
    "weighted_past",
    "when_due",
    "with_events",
    "with_present",
]


cubic = runtime_arrays.cubic


def step_function(function, **captured):
    """Bind the names that a function captures; its text stays as it was written."""
    names = {"__builtins__": __builtins__, **captured}
    return FunctionType(function.__code__, names, function.__name__)


def stretch(array, first, last):
    """Part of an array; all of it as it is."""
    if (first, last) == (0, array.shape[0]):
        return array
    return array[first:last]


def put(array, first, last, values):
    """An array with new values in one stretch."""
    values = np.broadcast_to(values, (last - first,)).astype(array.dtype)
    if (first, last) == (0, array.shape[0]):
        return values
    return array.at[first:last].set(values)


def group_total(values, group):
    """Add up the values of each group of a block, for each of its neurons."""
    values = np.broadcast_to(values, (group.size,))
    if len(group.groups) == 1:
        return np.sum(values)
    totals = [np.full(last - first, np.sum(values[first:last])) for first, last in group.groups]
    return np.concatenate(totals)


def group_mean(values, group):
    """Take the mean of the values of each group of a block, for each of its neurons."""
    return group_total(values, group) / spread(np.array(group.sizes), group.sizes)


def read_end(values, source, end):
    """What synapses read of a third end, in place of what they read before."""
    places, elements = end
    return values.at[places].set(source[elements].astype(values.dtype))


def like(value, array):
    """A value for each element of an array."""
    return np.broadcast_to(value, array.shape).astype(array.dtype)


def taken(values, chosen):
    """The values of all neurons: shapes cannot follow from values."""
    return values


def replaced(values, chosen, new):
    """Give the chosen neurons new values."""
    return np.where(chosen, new, values)


def past_of(array, length):
    """The values of past steps, a row for each neuron."""
    return array.reshape(-1, length)


def with_present(past, step, value):
    """Put the value of this step in the place of the oldest one of the past."""
    value = np.broadcast_to(value, past.shape[:1]).astype(past.dtype)
    return past.at[:, step % past.shape[1]].set(value)


def weighted_past(past, step, weights):
    """Sum up the values of this and past steps, the newest with the first weight."""
    places = (step - np.arange(weights.size)) % weights.size
    return np.sum(past[:, places] * weights, axis=1)


def spread(values, sizes):
    """One value for each neuron, of one for each group; that of a single group stays one number."""
    if len(sizes) == 1:
        return values[0]
    # compiled shapes cannot follow from values: the length is given
    repeats = np.array(sizes)
    return np.repeat(values, repeats, axis=0, total_repeat_length=sum(sizes))


def spikes_of(level, surrogate):
    """Which neurons fire: true or false, or 1.0 or 0.0 with the derivative that is given."""
    if surrogate is None:
        return np.asarray(level >= 0.0)
    return surrogate(np.asarray(level))


def only(spikes, condition):
    """Spikes of those that may fire.

    Where one may not, its derivative is zero too, which minus zero says.
    """
    if spikes.dtype == bool:
        return spikes & condition
    return np.where(condition, spikes, -0.0)


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


def when_due(due, function, old, *arguments):
    """Call a function where it is due; elsewhere its targets keep their old values."""
    news = jax.eval_shape(function, *arguments)

    # both branches of a condition must give arrays of the same shapes and types
    def alike(value, example):
        shape = np.broadcast_shapes(np.shape(value), np.shape(example))
        dtype = np.result_type(value, example)
        return np.broadcast_to(value, shape).astype(dtype)

    def call():
        return jax.tree.map(alike, function(*arguments), old)

    def keep():
        return jax.tree.map(alike, old, news)

    return lax.cond(due, call, keep)


def repeat_while(test, body, *values):
    """Let a function change values again and again, while the one of number `test` holds for any.

    Values are given for as many elements as the function gives them for.
    """
    given = None
    while given != [np.shape(value) for value in values]:
        given = [np.shape(value) for value in values]
        values = alike(values, jax.eval_shape(body, *values))

    def goes_on(values):
        return np.any(values[test])

    def again(values):
        return alike(body(*values), values)

    return lax.while_loop(goes_on, again, values)


def only_if(condition, body, *values):
    """Let a function change values where a condition holds."""
    values = alike(values, jax.eval_shape(body, *values))
    return lax.cond(condition, lambda values: alike(body(*values), values), lambda v: v, values)


def alike(values, examples):
    """Values in the shapes and types that both have in common."""
    return tuple(
        np.broadcast_to(value, np.broadcast_shapes(np.shape(value), np.shape(example))).astype(
            np.result_type(value, example)
        )
        for value, example in zip(values, examples, strict=True)
    )


def change_when_due(due, names, function, state, *arguments):
    """Let a function change the arrays of these names where it is due."""

    def change():
        new = function(*arguments)
        return [new[name] for name in names]

    def keep():
        return [state[name] for name in names]

    values = lax.cond(due, change, keep)
    changes = dict(zip(names, values, strict=True))
    return {**state, **changes}


def row_of(step, rows):
    """Tell in which row of a ring the values of a step lie; before time zero the first ones do."""
    return np.maximum(step, 0) & (rows - 1)


def past_value(past, i, step, delay):
    """Return what stands in a ring for some neurons, each a delay before a step."""
    rows, neurons = past.shape
    then = np.asarray(step - delay, int)
    column = np.arange(neurons)[i]
    return past[row_of(then, rows), column]


def past_between(past, slopes, i, step, delay, fraction, dt):
    """Return what a state was a delay before a time within a step.

    Before time zero nothing moved.
    """
    begin = past_value(past, i, step, delay)
    end = past_value(past, i, step + 1, delay)
    moved = np.where(delay <= step, dt, 0.0)
    slope = moved * past_value(slopes, i, step, delay)
    last_slope = moved * past_value(slopes, i, step + 1, delay)
    return cubic(begin, end, slope, last_slope, fraction)


def delays_of(synapses, table):
    """Look up the delays in steps of all synapses of a table."""
    first, last = table.synapses
    return synapses["delays"][first:last]


def packed(flags):
    """Flags as bits: the first 32 in the first word, the first of them its lowest bit."""
    missing = -flags.size % 32
    bits = np.pad(flags, (0, missing)).reshape(-1, 32).astype(np.uint32)
    shifts = np.arange(32, dtype=np.uint32)
    return np.sum(bits << shifts, axis=1, dtype=np.uint32)


def ends_of(synapses, table):
    """Look up the sources and targets of all synapses of a table."""
    first, last = table.synapses
    sources = synapses["sources"][first:last]
    targets = synapses["targets"][first:last]
    return sources, targets


def all_spikes(layout, *fires):
    """Join the spikes of all models in the order of their neurons; None where a model has none."""
    blocks = layout.blocks.values()
    flags = [
        np.broadcast_to(False if spikes is None else spikes, block.size)
        for block, spikes in zip(blocks, fires, strict=True)
    ]
    return flags[0] if len(flags) == 1 else np.concatenate(flags)


def with_events(fired, layout, *flags):
    """Join spikes and the flags of other kinds of events, in the order of their numbers."""
    sizes = layout.event_sizes
    events = [np.broadcast_to(flag, size) for flag, size in zip(flags, sizes, strict=True)]
    return np.concatenate([fired, *events])


def remember(state, step, fired):
    """Keep the spikes of this step for as long as any delay is; nothing where none waits."""
    history = state["history"]
    if history is None:
        return state
    row = (step + 1) % history.shape[0]
    flags = fired.astype(history.dtype)
    return {**state, "history": history.at[row].set(flags)}


def element_numbers(sizes):
    """Each neuron's number within its group."""
    return np.concatenate([np.arange(size, dtype=np.uint32) for size in sizes])


def add_in_order(array, target, values):
    """Add values up, in their order."""
    return array.at[target].add(values.astype(array.dtype))


def matrix_shape(table):
    """Count the sources and targets of a table of all pairs."""
    return table.source_last - table.source_first, table.targets[1] - table.targets[0]


def sum_of_sources(values, shape):
    """Add up what all sources bring to each target."""
    return np.sum(np.broadcast_to(values, shape), axis=0)


def for_each_neuron(constants, layout):
    """Give each neuron the constants and keys of its group, and its number, before the time loop.

    What belongs to a model of one group stays one number.
    """
    values = {}
    for name, block in layout.blocks.items():
        for scalar in block.scalars:
            values[scalar] = spread(constants[scalar], block.sizes)
        for array in block.arrays:
            values[array] = constants[array]
        for key in block.keys:
            words = constants[key].reshape(-1, 2)
            values[key] = spread(words, block.sizes).T
        if block.keys:
            values[f"{name}_element"] = element_numbers(block.sizes)
    return values


def external_inputs(row, step, drives, impulses, layout):
    """Set all inputs to zero, and add what drives them from outside in this step."""
    inputs = np.zeros(layout.inputs)
    for span, (index, values, on) in zip(layout.drives, drives, strict=True):
        # a steady input has one row, which serves all steps
        value = np.where(on[row], values[row % values.shape[0]], 0.0)
        element = slice(*span) if span else index
        inputs = inputs.at[element].add(value)
    if impulses is not None:
        steps, indices, values = impulses

        def add(number, inputs):
            return inputs.at[indices[number]].add(values[number])

        first, last = np.searchsorted(steps, np.array([step, step + 1]))
        # one by one, so that impulses to one neuron are summed in their order
        inputs = lax.fori_loop(first, last, add, inputs)
    return by_name(inputs, layout)


def by_name(inputs, layout):
    """Cut the inputs of all models into those of each."""
    return {name: stretch(inputs, *span) for name, span in layout.inputs_of.items()}


def sampled(state, fired, probe):
    """Read what a monitor records."""
    array = fired if probe.name is None else state[probe.name]
    array = stretch(array, *probe.span) if probe.span else array[probe.index]
    return array.astype(float)


def record(records, step, first, state, fired, layout):
    """Note how many neurons fired, which ones as bits, and what monitors sample when it is due."""
    counts, words, samples = records
    row = step - first
    spikes = fired > 0
    of_groups = [np.sum(spikes[begin:end], dtype=np.int32) for begin, end in layout.groups]
    counts = counts.at[row].set(np.stack(of_groups))
    if layout.listed:
        words = words.at[row].set(packed(spikes))
    extended = []
    for probe, rows in zip(layout.probes, samples, strict=True):
        number = (step + 1) // probe.every - first // probe.every - 1
        # what is written past the last row is dropped
        due = (step + 1) % probe.every == 0
        number = np.where(due, number, rows.shape[0])
        values = sampled(state, fired, probe)
        extended.append(rows.at[number].set(values))
    return counts, words, tuple(extended)
