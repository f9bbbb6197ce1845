"""What printed NumPy programs import: what belongs to no model.

Named arrays of a group or a table, inputs, lists of spikes, records and random numbers.
"""

from collections import namedtuple as named
from types import FunctionType

import numpy as np

from brainkernel.codegen.runtime_arrays import (
    cubic,
    dense_rows,
    ends_of_rows,
    group_of,
    own_table_of,
    table_of,
    targets_of,
    values_of,
    whole_table_of,
)
from brainkernel.codegen.tree_solver import solve_tree
from brainkernel.model.group_sums import total_over_group
from brainkernel.random.distributions import bernoulli as random_bernoulli
from brainkernel.random.distributions import first_wrong_mean
from brainkernel.random.distributions import normal as random_normal
from brainkernel.random.distributions import poisson as random_poisson
from brainkernel.random.distributions import shared_uniform as random_shared_uniform
from brainkernel.random.distributions import threefry_2x32 as random_bits
from brainkernel.random.distributions import uniform as random_uniform
from brainkernel.random.integers import gap as random_gap

__all__ = [
    "all_synapses",
    "apply_inputs",
    "columns",
    "count_by_inversion",
    "delays_of",
    "dense_rows",
    "draw_events",
    "element_numbers",
    "ends_of_rows",
    "first_wrong_mean",
    "group_mean",
    "group_of",
    "group_total",
    "list_spikes",
    "named",
    "no_room",
    "own_table_of",
    "past_between",
    "past_value",
    "random_bernoulli",
    "random_normal",
    "random_poisson",
    "random_shared_uniform",
    "random_uniform",
    "read_end",
    "record",
    "regenerate_normal",
    "regenerate_rows",
    "regenerate_uniform",
    "replaced",
    "rounds",
    "row_of",
    "solve_tree",
    "step_function",
    "table_of",
    "taken",
    "targets_of",
    "values_of",
    "weighted_past",
    "whole_ends",
    "whole_table_of",
    "with_present",
]


def step_function(function, **captured):
    """Bind the names that a user's function captures; its text stays as it was written."""
    names = {"__builtins__": __builtins__, **captured}
    return FunctionType(function.__code__, names, function.__name__)


def element_numbers(group):
    """Number the neurons of a group, for the random source."""
    return np.arange(group.first_element, group.first_element + group.size, dtype=np.uint32)


def group_total(values, group):
    """Add up the values of all neurons of a group."""
    return total_over_group(np.broadcast_to(values, (group.size,)))


def group_mean(values, group):
    """Take the mean of the values of all neurons of a group."""
    return group_total(values, group) / group.size


# --- inputs, spikes and records -----------------------------------------------------------------


def apply_inputs(inputs, step, row):
    """Set all inputs to zero and add what drives them in this step.

    `row` counts the steps of this call.
    """
    if not inputs.driven:
        return
    for first, last in inputs.own:
        inputs.values[first:last] = 0.0
    for drive in range(inputs.spans.shape[0]):
        first, last, wide = inputs.spans[drive]
        place = inputs.rows[drive, row]
        if place >= 0:
            width = last - first if wide else 1
            values = inputs.row_values[place : place + width]
            inputs.values[inputs.places[first:last]] += values
    first, last = np.searchsorted(inputs.impulse_steps, [step, step + 1])
    values = inputs.impulse_values[first:last]
    np.add.at(inputs.values, inputs.impulse_places[first:last], values)


def read_end(end):
    """Copy what synapses read of a third end."""
    end.values[end.places] = end.source[end.elements]


def list_spikes(spikes, records, threads, step, row):
    """List the neurons that fired, group by group, for delivery and for monitors.

    Ask for more room where it runs short.
    """
    thread = threads.number
    slot = (step + 1) % spikes.ranges.shape[1]
    mask = spikes.lists.shape[1] - 1
    cursor = spikes.cursor[thread]
    for number in range(spikes.partition.shape[1]):
        first, last = spikes.partition[thread, number]
        fired = np.zeros(0, np.int64)
        if spikes.tracked[number]:
            fired = first + np.flatnonzero(spikes.fired[first:last])
        spikes.lists[thread, (cursor[0] + np.arange(fired.size)) & mask] = fired
        spikes.ranges[thread, slot, number] = cursor[0], cursor[0] + fired.size
        cursor[0] += fired.size
        records.counts[row, number] = fired.size
        if spikes.tracked[number] > 1:
            place = records.event_count[0]
            records.event_steps[place : place + fired.size] = step + 1
            records.event_neurons[place : place + fired.size] = fired
            records.event_count[0] += fired.size
    oldest = spikes.ranges[thread, (step + 3) % spikes.ranges.shape[1], 0, 0]
    own = np.sum(spikes.partition[thread, :, 1] - spikes.partition[thread, :, 0])
    listed_full = cursor[0] + own - oldest > spikes.lists.shape[1]
    if listed_full or records.event_count[0] + own > records.event_steps.size:
        threads.gate[16] = step + 1


def no_room(threads, step):
    """Tell whether some thread has no room for the spikes of one more step."""
    return threads.gate[16] == step + 1


def record(records, fired, step):
    """Copy what the monitors watch, each at its own interval."""
    for monitor in range(records.monitors.shape[0]):
        every, first, last, place, from_fired = records.monitors[monitor]
        if (step + 1) % every == 0:
            index = records.places[first:last]
            begin = place + records.sample_count[monitor] * (last - first)
            values = fired[index] if from_fired else records.states[index]
            records.samples[begin : begin + last - first] = values
            records.sample_count[monitor] += 1


# --- spikes within a step -----------------------------------------------------------------------


def taken(values, chosen):
    """Take the values of the chosen neurons; what is one number for all stays so."""
    return values[chosen] if np.ndim(values) else values


def replaced(values, chosen, new):
    """Give the chosen neurons new values."""
    values = np.array(values)
    values[chosen] = new
    return values


# --- the past of states ---------------------------------------------------------------------------


def with_present(past, step, value):
    """Put the value of this step in the place of the oldest one of the past."""
    past[:, step % past.shape[1]] = value
    return past


def weighted_past(past, step, weights):
    """Sum up the values of this and past steps, the newest with the first weight."""
    places = (step - np.arange(weights.size)) % weights.size
    return np.sum(past[:, places] * weights, axis=1)


# --- random numbers -----------------------------------------------------------------------------


def draw_events(key_0, key_1, step, chance, size):
    """Draw ones with these probabilities, else zeros.

    A number says how far the next one is among sixteen neurons.
    """
    quiet = np.ones(-(-size // 16) * 16)
    quiet[:size] = 1.0 - chance
    drawn = np.zeros(quiet.size)
    runs, quiet = 16 * np.arange(quiet.size // 16, dtype=np.uint32), quiet.reshape(-1, 16)
    for count in range(16):
        u = random_uniform(key_0, key_1, runs + np.uint32(count), np.uint32(step))
        reached = np.cumprod(quiet, axis=1) <= u[:, np.newaxis]
        some = reached[:, -1]
        if not some.any():
            break
        runs, reached = runs[some], reached[some]
        lane = reached.argmax(axis=1)
        drawn[runs + lane] = 1.0
        quiet = np.where(np.arange(16) > lane[:, np.newaxis], quiet[some], 1.0)
    return drawn[:size]


def count_by_inversion(mean, u):
    """Return Poisson counts, each of its own mean, from uniform numbers u in [0, 1).

    A count is how many values of the cumulated probability are <= u. Far above the mean, where
    what would be added is below 2**-54, a number of 53 bits can lie beyond no more of them.
    """
    mean, u = np.broadcast_arrays(mean, u)
    term, cumulated, count = np.exp(-mean), np.zeros(u.shape), np.zeros(u.shape)
    # a wrong mean, which is found after the step, ends too
    rising = np.where(mean <= 500.0, mean, 0.0)
    k, goes_on = 0.0, np.True_
    while np.any(goes_on):
        cumulated = cumulated + term
        goes_on = goes_on & (cumulated <= u) & ((k < rising) | (term >= 2.0**-54))
        count = count + np.where(goes_on, 1.0, 0.0)
        term = term * mean / (k + 1.0)
        k = k + 1.0
    return count


# --- synapses -----------------------------------------------------------------------------------


def rounds(rows, row, source, targets, bases, conflict):
    """Yield synapses, sources and targets of some rows.

    Within a round no two write the same place.
    """
    part = (np.reshape(row, (-1, 1)) * bases.size + np.arange(bases.size)).ravel()
    sizes = rows[part + 1] - rows[part]
    synapse = np.arange(sizes.sum()) + np.repeat(rows[part] - np.cumsum(sizes) + sizes, sizes)
    source = np.repeat(np.repeat(source, bases.size), sizes)
    target = np.repeat(np.tile(bases, np.size(row)), sizes) + targets[synapse]
    for part in split(source, target, conflict):
        yield synapse[part], source[part], target[part]


def regenerate_rows(rules, rows, source):
    """Draw rows again: where each begins, the number of each synapse, and its target."""
    key_0, key_1 = np.uint32(rules[0]), np.uint32(rules[1])
    numbers, targets = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for neuron in source:
        number = np.arange(rows[neuron], rows[neuron + 1])
        if number.size:
            gap = np.arange(
                number.size + 1, dtype=np.uint32
            )  # one more, for an autapse that is left out
            row = np.full(gap.size, neuron - int(rules[4]), np.uint32)
            cell = (
                np.cumsum(random_gap(*random_bits(key_0, key_1, gap, row), rules[2], int(rules[3])))
                - 1
            )
            cell = cell[cell != neuron - int(rules[6])][: number.size]
            numbers.append(number)
            targets.append(cell + int(rules[5]))
    starts = np.append(0, np.cumsum(rows[source + 1] - rows[source]))
    return starts, np.concatenate(numbers), np.concatenate(targets)


def regenerate_normal(rule, number, dtype):
    """Draw values of synapses again from the normal distribution."""
    low, high = number.astype(np.uint32), (number >> 32).astype(np.uint32)
    drawn = random_normal(np.uint32(rule[0]), np.uint32(rule[1]), low, high)
    return (drawn * rule[2] + rule[3]).astype(dtype)


def regenerate_uniform(rule, number, dtype):
    """Draw values of synapses again from the uniform distribution."""
    low, high = number.astype(np.uint32), (number >> 32).astype(np.uint32)
    drawn = random_uniform(np.uint32(rule[0]), np.uint32(rule[1]), low, high)
    return (drawn * rule[2] + rule[3]).astype(dtype)


def all_synapses(table):
    """List the synapses of a table with their sources and targets, as they lie in it."""
    parts, count = table.bases.size, table.delays.size
    sizes = np.diff(table.rows[: count * table.sources * parts + 1])
    synapse = np.arange(table.rows[0], table.rows[sizes.size])
    return synapse, *whole_ends(table)


def delays_of(table):
    """List the delays in steps of all synapses of a table, as they lie in it."""
    parts, count = table.bases.size, table.delays.size
    sizes = np.diff(table.rows[: count * table.sources * parts + 1])
    return np.repeat(np.tile(np.repeat(table.delays, parts), table.sources), sizes)


def row_of(step, rows):
    """Tell in which row of a ring the values of a step lie; before time zero the first ones do."""
    return np.maximum(step, 0) & (rows - 1)


def past_value(past, i, step, delay):
    """Return what stands in a ring for some neurons, each a delay before a step."""
    step = np.asarray(step - delay, np.int64)
    return past[row_of(step, past.shape[0]), np.arange(past.shape[1])[i]]


def past_between(past, slopes, i, step, delay, fraction, dt):
    """Return what a state was a delay before a time within a step.

    Before time zero nothing moved.
    """
    begin = past_value(past, i, step, delay)
    end = past_value(past, i, step + 1, delay)
    moved = 1.0 * (delay <= step)
    slope = moved * dt * past_value(slopes, i, step, delay)
    last_slope = moved * dt * past_value(slopes, i, step + 1, delay)
    return cubic(begin, end, slope, last_slope, fraction)


def whole_ends(table):
    """List sources and targets of all synapses of a table, as they lie in it."""
    parts, count = table.bases.size, table.delays.size
    sizes = np.diff(table.rows[: count * table.sources * parts + 1])
    synapse = np.arange(table.rows[0], table.rows[sizes.size])
    source = np.repeat(np.repeat(np.arange(table.sources), count * parts), sizes)
    target = np.repeat(np.tile(table.bases, count * table.sources), sizes)
    return source, target + table.targets[synapse]


def columns(table, target, conflict):
    """Yield synapses, sources and targets of some columns.

    Within a round no two write the same place.
    """
    column = table.column + target
    first, last = table.columns[column], table.columns[column + 1]
    sizes = last - first
    place = np.arange(sizes.sum()) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)
    synapse, target = table.incoming[place], np.repeat(target, sizes)
    source = table.source_of[synapse]
    for part in split(source, target, conflict):
        yield synapse[part], source[part], target[part]


def split(source, target, conflict):
    """Split events into rounds; the events of one place stay in order."""
    if conflict == "both":
        yield from (np.array([event]) for event in range(source.size))
        return
    if conflict == "none":
        yield slice(None)
        return
    place = target if conflict == "target" else source
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    turn = np.empty(place.size, np.int64)
    turn[order] = np.arange(place.size) - np.searchsorted(ordered, ordered)
    for number in range(turn.max(initial=-1) + 1):
        yield np.flatnonzero(turn == number)
