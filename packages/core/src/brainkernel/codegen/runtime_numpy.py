"""The functions of a printed NumPy program that belong to no model.

Copied into it word for word.
"""

import numpy as np

from brainkernel.random.distributions import normal as random_normal
from brainkernel.random.distributions import threefry_2x32 as random_bits
from brainkernel.random.distributions import uniform as random_uniform
from brainkernel.random.integers import gap as random_gap


def stretch(array, first, last):
    """Part of a flat array."""
    return array[first:last]


def apply_inputs(row, inputs, own_inputs, drive_rows, drive_values, drive_places, drive_index):
    """Set all inputs to zero and add what drives them in this step.

    `row` counts the steps of this call.
    """
    for first, last in own_inputs:
        inputs[first:last] = 0.0
    for drive in range(drive_places.shape[0]):
        first, last, wide = drive_places[drive]
        place = drive_rows[drive, row]
        if place >= 0:
            width = last - first if wide else 1
            inputs[drive_index[first:last]] += drive_values[place : place + width]


def apply_impulses(step, inputs, impulse_steps, impulse_places, impulse_values):
    """Add the impulses of this step."""
    first, last = np.searchsorted(impulse_steps, [step, step + 1])
    np.add.at(inputs, impulse_places[first:last], impulse_values[first:last])


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
    for number in range(pieces.shape[1]):
        first, last = pieces[thread, number]
        found = (
            first + np.flatnonzero(fired[first:last]) if tracked[number] else np.zeros(0, np.int64)
        )
        spikes[thread, (cursor[thread, 0] + np.arange(found.size)) & mask] = found
        ranges[thread, slot, number] = cursor[thread, 0], cursor[thread, 0] + found.size
        cursor[thread, 0] += found.size
        counts[row, number] = found.size
        if tracked[number] > 1:
            place = event_count[0]
            event_steps[place : place + found.size] = step + 1
            event_neurons[place : place + found.size] = found
            event_count[0] += found.size
    oldest = ranges[thread, (step + 3) % ranges.shape[1], 0, 0]
    own = np.sum(pieces[thread, :, 1] - pieces[thread, :, 0])
    if (
        cursor[thread, 0] + own - oldest > spikes.shape[1]
        or event_count[0] + own > event_steps.size
    ):
        gate[16] = step + 1


def record(step, values, fired, monitors, monitor_index, samples, sample_count):
    """Copy what the monitors watch, each at its own interval."""
    for monitor in range(monitors.shape[0]):
        every, first, last, place, from_fired = monitors[monitor]
        if (step + 1) % every == 0:
            index = monitor_index[first:last]
            begin = place + sample_count[monitor] * (last - first)
            samples[begin : begin + last - first] = fired[index] if from_fired else values[index]
            sample_count[monitor] += 1


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


def rounds(rows, row, source, targets, bases, conflict):
    """Yield synapses, sources and targets of some rows, such that within a round no two write the same place."""
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


def whole_ends(rows, bases, targets, count, sources):
    """Sources and targets of all synapses of a table, as they lie in it."""
    sizes = np.diff(rows[: count * sources * bases.size + 1])
    synapse = np.arange(rows[0], rows[sizes.size])
    source = np.repeat(np.repeat(np.arange(sources), count * bases.size), sizes)
    return source, np.repeat(np.tile(bases, count * sources), sizes) + targets[synapse]


def columns_of(columns, target, incoming, sources, conflict):
    """Yield synapses, sources and targets of some columns, such that within a round no two write the same place."""
    sizes = columns[target + 1] - columns[target]
    place = np.arange(sizes.sum()) + np.repeat(columns[target] - np.cumsum(sizes) + sizes, sizes)
    synapse, target = incoming[place], np.repeat(target, sizes)
    source = sources[synapse]
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
