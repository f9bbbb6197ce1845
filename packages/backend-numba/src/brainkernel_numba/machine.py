"""The functions of a printed Numba program that belong to no model.

Copied into it word for word.
"""

import numpy

from brainkernel.backend import random
from brainkernel_numba.compact import list_fired
from brainkernel_numba.namespace import np

random_bits = random.threefry_2x32
random_gap = random.gap
random_normal = random.normal
random_uniform = random.uniform


def stretch(array, first, last):
    """Part of a flat array."""
    return array[first:last]


def apply_inputs(row, inputs, own_inputs, drive_rows, drive_values, drive_places, drive_index):
    """Set all inputs to zero and add what drives them in this step.

    `row` counts the steps of this call.
    """
    for own in range(own_inputs.shape[0]):
        for i in range(own_inputs[own, 0], own_inputs[own, 1]):
            inputs[i] = 0.0
    for drive in range(drive_places.shape[0]):
        place = drive_rows[drive, row]
        if place >= 0:
            first, wide = drive_places[drive, 0], drive_places[drive, 2]
            for i in range(drive_places[drive, 1] - first):
                inputs[drive_index[first + i]] += drive_values[place + i * wide]


def apply_impulses(step, inputs, impulse_steps, impulse_places, impulse_values):
    """Add the impulses of this step."""
    low, high = 0, impulse_steps.size
    while low < high:
        middle = (low + high) // 2
        if impulse_steps[middle] < step:
            low = middle + 1
        else:
            high = middle
    while low < impulse_steps.size and impulse_steps[low] == step:
        inputs[impulse_places[low]] += impulse_values[low]
        low += 1


def collect(
    step,
    row,
    thread,
    gate,
    pieces,
    fired,
    spikes,
    ranges,
    cursor,
    tracked,
    event_steps,
    event_neurons,
    event_count,
    counts,
):
    """List the neurons that fired, group by group, for delivery and for monitors.

    Stop where room runs short.
    """
    slot = (step + 1) % ranges.shape[1]
    mask = spikes.shape[1] - 1
    own = 0
    for number in range(pieces.shape[1]):
        first, last = pieces[thread, number, 0], pieces[thread, number, 1]
        own += last - first
        begin = cursor[thread, 0]
        if tracked[number] > 0:
            cursor[thread, 0] = list_fired(fired, first, last, spikes[thread], begin, mask)
        count = cursor[thread, 0] - begin
        ranges[thread, slot, number, 0] = begin
        ranges[thread, slot, number, 1] = begin + count
        counts[row, number] = count
        if tracked[number] > 1:
            for i in range(count):
                event_steps[event_count[0]] = step + 1
                event_neurons[event_count[0]] = spikes[thread, (begin + i) & mask]
                event_count[0] += 1
    oldest = ranges[thread, (step + 3) % ranges.shape[1], 0, 0]
    if (
        cursor[thread, 0] + own - oldest > spikes.shape[1]
        or event_count[0] + own > event_steps.size
    ):
        gate[16] = step + 1


def record(step, values, fired, monitors, monitor_index, samples, sample_count):
    """Copy what the monitors watch, each at its own interval."""
    for monitor in range(monitors.shape[0]):
        if (step + 1) % monitors[monitor, 0] == 0:
            first, last = monitors[monitor, 1], monitors[monitor, 2]
            begin = monitors[monitor, 3] + sample_count[monitor] * (last - first)
            if monitors[monitor, 4] == 0:
                for i in range(last - first):
                    samples[begin + i] = values[monitor_index[first + i]]
            else:
                for i in range(last - first):
                    samples[begin + i] = fired[monitor_index[first + i]]
            sample_count[monitor] += 1


def whole_ends(rows, bases, targets, count, sources):
    """Sources and targets of all synapses of a table, as they lie in it."""
    begin = rows[0]
    size = rows[count * sources * bases.size] - begin
    source, target = numpy.empty(size, numpy.int64), numpy.empty(size, numpy.int64)
    for row in range(count * sources):
        for part in range(bases.size):
            number = row * bases.size + part
            for synapse in range(rows[number], rows[number + 1]):
                source[synapse - begin] = row // count
                target[synapse - begin] = bases[part] + targets[synapse]
    return source, target


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
