"""What printed Numba programs import: what belongs to no model.

Named arrays of a group or a table, inputs, lists of spikes, records and synapses drawn again.
"""

from collections import namedtuple as named
from types import FunctionType

import numba
import numpy

from brainkernel_numba.barrier import meet
from brainkernel_numba.compile_options import INLINE, ONCE
from brainkernel_numba.group_sums import add_in_chunks, mean_of_chunks, total_of_chunks
from brainkernel_numba.named_arrays import (
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
from brainkernel_numba.namespace import np
from brainkernel_numba.random_numbers import (
    first_wrong_mean,
    random_bernoulli,
    random_bits,
    random_gap,
    random_normal,
    random_poisson,
    random_shared_uniform,
    random_uniform,
)
from brainkernel_numba.spike_list import list_fired
from brainkernel_numba.tree_solver import solve_tree

__all__ = [
    "add_in_chunks",
    "apply_inputs",
    "barrier",
    "dense_rows",
    "ends_of_rows",
    "first_wrong_mean",
    "group_of",
    "list_spikes",
    "mean_of_chunks",
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
    "regenerate_row",
    "regenerate_uniform",
    "replaced",
    "row_of",
    "solve_tree",
    "step_function",
    "table_of",
    "taken",
    "targets_of",
    "total_of_chunks",
    "values_of",
    "weighted_past",
    "whole_ends",
    "whole_table_of",
    "with_present",
]


def step_function(function, **captured):
    """Compile a user's function, whose text stays as written, with the names that it captures."""
    names = {"__builtins__": __builtins__, **captured}
    bound = FunctionType(function.__code__, names, function.__name__)
    return numba.njit(**INLINE)(bound)


@numba.njit(**INLINE)
def barrier(threads, turn):
    """Wait until all threads have come here."""
    return meet(threads.gate, threads.count, turn)


@numba.njit(**INLINE)
def row_of(step, rows):
    """Tell in which row of a ring the values of a step lie; before time zero the first ones do."""
    return np.uint64(max(step, 0) & (rows - 1))


@numba.njit(**INLINE)
def past_value(past, i, step, delay):
    """Return what stands in a ring for a neuron, a delay before a step."""
    return past[row_of(step - int(delay), past.shape[0]), i]


@numba.njit(**INLINE)
def past_between(past, slopes, i, step, delay, fraction, dt):
    """Return what a state was a delay before a time within a step.

    Before time zero nothing moved.
    """
    begin = past_value(past, i, step, delay)
    end = past_value(past, i, step + 1, delay)
    moved = 1.0 if delay <= step else 0.0
    slope = moved * dt * past_value(slopes, i, step, delay)
    last_slope = moved * dt * past_value(slopes, i, step + 1, delay)
    return cubic(begin, end, slope, last_slope, fraction)


# --- inputs, spikes and records -----------------------------------------------------------------


@numba.njit(**ONCE)
def read_end(end):
    """Copy what synapses read of a third end."""
    for number in range(end.places.size):
        end.values[end.places[number]] = end.source[end.elements[number]]


@numba.njit(**ONCE)
def apply_inputs(inputs, step, row):
    """Set all inputs to zero and add what drives them in this step.

    `row` counts the steps of this call.
    """
    if not inputs.driven:
        return
    for own in range(inputs.own.shape[0]):
        for i in range(inputs.own[own, 0], inputs.own[own, 1]):
            inputs.values[i] = 0.0
    for drive in range(inputs.spans.shape[0]):
        place = inputs.rows[drive, row]
        if place >= 0:
            first, wide = inputs.spans[drive, 0], inputs.spans[drive, 2]
            for i in range(inputs.spans[drive, 1] - first):
                inputs.values[inputs.places[first + i]] += inputs.row_values[place + i * wide]
    steps = inputs.impulse_steps
    low, high = 0, steps.size
    while low < high:
        middle = (low + high) // 2
        if steps[middle] < step:
            low = middle + 1
        else:
            high = middle
    while low < steps.size and steps[low] == step:
        inputs.values[inputs.impulse_places[low]] += inputs.impulse_values[low]
        low += 1


@numba.njit(**INLINE)
def taken(value, chosen):
    """The value of this neuron, which is asked for where it is chosen alone."""
    return value


@numba.njit(**INLINE)
def replaced(value, chosen, new):
    """Give this neuron a new value."""
    return new


@numba.njit(**INLINE)
def with_present(past, step, value):
    """Put the value of this step in the place of the oldest one of the past."""
    past[step % past.size] = value
    return past


@numba.njit(**INLINE)
def weighted_past(past, step, weights):
    """Sum up the values of this and past steps, the newest with the first weight."""
    place, total = step % past.size, 0.0
    for age in range(weights.size):
        total += weights[age] * past[place]
        place = past.size - 1 if place == 0 else place - 1
    return total


@numba.njit(**ONCE)
def list_spikes(spikes, records, threads, step, row):
    """List the neurons that fired, group by group, for delivery and for monitors.

    Ask for more room where it runs short.
    """
    thread = threads.number
    ranges, cursor, lists = spikes.ranges, spikes.cursor, spikes.lists
    slot = (step + 1) % ranges.shape[1]
    mask = lists.shape[1] - 1
    own = 0
    for number in range(spikes.partition.shape[1]):
        first, last = spikes.partition[thread, number, 0], spikes.partition[thread, number, 1]
        own += last - first
        begin = cursor[thread, 0]
        if spikes.tracked[number] > 0:
            cursor[thread, 0] = list_fired(spikes.fired, first, last, lists[thread], begin, mask)
        count = cursor[thread, 0] - begin
        ranges[thread, slot, number, 0] = begin
        ranges[thread, slot, number, 1] = begin + count
        records.counts[row, number] = count
        if spikes.tracked[number] > 1:
            place = records.event_count[0]
            for i in range(count):
                records.event_steps[place + i] = step + 1
                records.event_neurons[place + i] = lists[thread, (begin + i) & mask]
            records.event_count[0] = place + count
    oldest = ranges[thread, (step + 3) % ranges.shape[1], 0, 0]
    listed_full = cursor[thread, 0] + own - oldest > lists.shape[1]
    if listed_full or records.event_count[0] + own > records.event_steps.size:
        threads.gate[16] = step + 1


@numba.njit(**INLINE)
def no_room(threads, step):
    """Tell whether some thread has no room for the spikes of one more step."""
    return threads.gate[16] == step + 1


@numba.njit(**ONCE)
def record(records, fired, step):
    """Copy what the monitors watch, each at its own interval."""
    monitors = records.monitors
    for monitor in range(monitors.shape[0]):
        if (step + 1) % monitors[monitor, 0] == 0:
            first, last = monitors[monitor, 1], monitors[monitor, 2]
            begin = monitors[monitor, 3] + records.sample_count[monitor] * (last - first)
            if monitors[monitor, 4] == 0:
                for i in range(last - first):
                    records.samples[begin + i] = records.states[records.places[first + i]]
            else:
                for i in range(last - first):
                    records.samples[begin + i] = fired[records.places[first + i]]
            records.sample_count[monitor] += 1


# --- synapses -----------------------------------------------------------------------------------


@numba.njit(**ONCE)
def whole_ends(table):
    """List sources and targets of all synapses of a table, as they lie in it."""
    rows, bases, count = table.rows, table.bases, table.delays.size
    begin = rows[0]
    size = rows[count * table.sources * bases.size] - begin
    source, target = numpy.empty(size, numpy.int64), numpy.empty(size, numpy.int64)
    for row in range(count * table.sources):
        for part in range(bases.size):
            number = row * bases.size + part
            for synapse in range(rows[number], rows[number + 1]):
                source[synapse - begin] = row // count
                target[synapse - begin] = bases[part] + table.targets[synapse]
    return source, target


@numba.njit(**ONCE)
def regenerate_row(rules, source, walk, targets, count):
    """Draw targets of a row again, from where a walk stands; return where it stands then."""
    key_0, key_1, rate = np.uint32(np.int64(rules[0])), np.uint32(np.int64(rules[1])), rules[2]
    size, row = np.int64(rules[3]), np.uint32(source - np.int64(rules[4]))
    first, autapse = np.int64(rules[5]), source - np.int64(rules[6])
    gaps, cell = walk >> 32, (walk & 0xFFFFFFFF) - 1
    found = 0
    while found < count:  # twice, where an autapse is left out
        for i in range(count - found):
            x0, x1 = random_bits(key_0, key_1, np.uint32(gaps + i), row)
            targets[found + i] = random_gap(x0, x1, rate, size)
        begin, gaps = found, gaps + count - found
        for i in range(begin, count):
            cell += np.int64(targets[i])
            if cell != autapse:
                targets[found] = first + cell
                found += 1
    return gaps << 32 | cell + 1


@numba.njit(**ONCE)
def regenerate_normal(rule, number, out, count):
    """Draw values of synapses again from the normal distribution."""
    key_0, key_1, width, shift = (
        np.uint32(np.int64(rule[0])),
        np.uint32(np.int64(rule[1])),
        rule[2],
        rule[3],
    )
    for i in range(count):
        element = number + i
        out[i] = (
            random_normal(key_0, key_1, np.uint32(element), np.uint32(element >> 32)) * width
            + shift
        )


@numba.njit(**ONCE)
def regenerate_uniform(rule, number, out, count):
    """Draw values of synapses again from the uniform distribution."""
    key_0, key_1, width, shift = (
        np.uint32(np.int64(rule[0])),
        np.uint32(np.int64(rule[1])),
        rule[2],
        rule[3],
    )
    for i in range(count):
        element = number + i
        out[i] = (
            random_uniform(key_0, key_1, np.uint32(element), np.uint32(element >> 32)) * width
            + shift
        )
