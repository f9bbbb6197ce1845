"""The functions of a printed Numba program that belong to no model; copied into it word for word."""

import numpy

from brainkernel.random.printed import normal as random_normal
from brainkernel.random.printed import poisson as random_poisson
from brainkernel.random.printed import threefry_2x32 as random_bits
from brainkernel.random.printed import uniform as random_uniform
from brainkernel.random.whole import gap as random_gap
from brainkernel_numba.compact import list_fired
from brainkernel_numba.namespace import np


def stretch(array, first, last):
    """Part of a flat array."""
    return array[first:last]


def apply_inputs(row, inputs, own_inputs, drive_rows, drive_values, drive_places, drive_index):
    """Set all inputs to zero and add what drives them in this step; `row` counts the steps of this call."""
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
    """List the neurons that fired, group by group, for delivery and for monitors; stop where room runs short."""
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
    if cursor[thread, 0] + own - oldest > spikes.shape[1] or event_count[0] + own > event_steps.size:
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
    key_0, key_1, width, shift = np.uint32(np.int64(rule[0])), np.uint32(np.int64(rule[1])), rule[2], rule[3]
    for i in range(count):
        element = number + i
        out[i] = random_normal(key_0, key_1, np.uint32(element), np.uint32(element >> 32)) * width + shift


def regenerate_uniform(rule, number, out, count):
    """Draw values of synapses again from the uniform distribution."""
    key_0, key_1, width, shift = np.uint32(np.int64(rule[0])), np.uint32(np.int64(rule[1])), rule[2], rule[3]
    for i in range(count):
        element = number + i
        out[i] = random_uniform(key_0, key_1, np.uint32(element), np.uint32(element >> 32)) * width + shift


def poisson_levels(mean, most, first):
    """Values of a Poisson distribution's cumulated probability, fourteen from the first on, in units of 2**-27."""
    levels = numpy.empty(15, numpy.uint32)
    levels[14] = 0
    term = np.exp(-mean)
    cumulated = 0.0
    for k in range(first + 14):
        cumulated = cumulated + term
        level = np.uint32(134217728.0 * (cumulated if k < most else 2.0))
        if k >= first:
            levels[k - first] = level
        else:
            levels[14] = level + 1
        term = term * mean / (k + 1.0)
    return levels


def draw_poisson(key_0, key_1, first_element, step, mean, most, drawn):
    """Draw Poisson counts of one mean: how many values of the cumulated probability a uniform number reaches.

    Its upper 27 bits, sixteen neurons at a time, tell nearly always; where they do not, the number itself does.
    """
    now = np.uint32(step)
    first = int(mean) - 5 if mean > 5.0 else 0
    c = poisson_levels(mean, most, first)
    c0, c1, c2, c3, c4, c5 = c[0], c[1], c[2], c[3], c[4], c[5]
    c6, c7, c8, c9, c10, c11, c12, c13 = c[6], c[7], c[8], c[9], c[10], c[11], c[12], c[13]
    least = c[14]
    unsure = np.uint32(0)
    for i in range(drawn.size):
        high, _low = random_bits(key_0, key_1, np.uint32(first_element + i), now)
        high = np.uint32(high >> np.uint32(5))
        count = np.uint32(first)
        count = np.uint32(count + np.uint32(high > c0))
        count = np.uint32(count + np.uint32(high > c1))
        count = np.uint32(count + np.uint32(high > c2))
        count = np.uint32(count + np.uint32(high > c3))
        count = np.uint32(count + np.uint32(high > c4))
        count = np.uint32(count + np.uint32(high > c5))
        count = np.uint32(count + np.uint32(high > c6))
        count = np.uint32(count + np.uint32(high > c7))
        count = np.uint32(count + np.uint32(high > c8))
        count = np.uint32(count + np.uint32(high > c9))
        count = np.uint32(count + np.uint32(high > c10))
        count = np.uint32(count + np.uint32(high > c11))
        count = np.uint32(count + np.uint32(high > c12))
        count = np.uint32(count + np.uint32(high > c13))
        drawn[i] = count
        same = (high == c0) | (high == c1) | (high == c2) | (high == c3) | (high == c4) | (high == c5) | (high == c6)
        same = same | (high == c7) | (high == c8) | (high == c9) | (high == c10) | (high == c11)
        same = same | (high == c12) | (high < least) | (high >= c13)
        unsure = np.uint32(unsure | np.uint32(same))
    if unsure:
        for i in range(drawn.size):
            high, _low = random_bits(key_0, key_1, np.uint32(first_element + i), now)
            high = np.uint32(high >> np.uint32(5))
            same = high < least or high >= c13
            for k in range(13):
                same = same or high == c[k]
            if same:
                u = random_uniform(key_0, key_1, np.uint32(first_element + i), now)
                drawn[i] = np.uint32(random_poisson(mean, u, most))


def draw_poisson_each(key_0, key_1, first_element, step, mean, most, drawn):
    """Draw Poisson counts, each of its own mean."""
    now = np.uint32(step)
    for i in range(drawn.size):
        u = random_uniform(key_0, key_1, np.uint32(first_element + i), now)
        drawn[i] = np.uint32(random_poisson(mean[i], u, most))


def walk_run(key_0, key_1, element, step, dt, rates, begin, drawn):
    """Draw the events of sixteen neurons from `element` on: those in `drawn`, where the first is at `begin`."""
    now = np.uint32(step)
    count = 0
    silent = 1.0
    u = random_uniform(key_0, key_1, np.uint32(element), now)
    for place in range(begin, min(begin + 16, drawn.size)):
        rate = rates[element + place - begin if rates.size > 1 else 0]
        silent = silent * (1.0 - rate * dt * 1e-3)
        if place >= 0:
            drawn[place] = np.uint32(silent <= u)
        if silent <= u:
            count += 1
            silent = 1.0
            u = random_uniform(key_0, key_1, np.uint32(element + count), now)


def draw_events(key_0, key_1, first_element, step, dt, rates, most, drawn):
    """Draw ones for events of these rates, else zeros: a number says how far the next one is among sixteen neurons.

    That there is none in all sixteen, the upper 27 bits of their first number tell nearly always.
    """
    level = np.uint32(max(134217728.0 * (1.0 - most) ** 16 - 1.0, 0.0))
    now = np.uint32(step)
    first_run = first_element // 16
    runs = (first_element + drawn.size + 15) // 16 - first_run if drawn.size > 0 else 0
    for run in range(runs):
        high, _low = random_bits(key_0, key_1, np.uint32(16 * (first_run + run)), now)
        drawn[run] = np.uint32(np.uint32(high >> np.uint32(5)) >= level)
    listed = 0
    for run in range(runs):
        some = int(drawn[run])
        drawn[listed] = np.uint32(run)
        listed += some
    drawn[listed:] = np.uint32(0)
    # from the last run on: its neurons lie behind what is still listed
    for turn in range(listed):
        run = int(drawn[listed - 1 - turn])
        drawn[listed - 1 - turn] = np.uint32(0)
        element = 16 * (first_run + run)
        walk_run(key_0, key_1, element, step, dt, rates, element - first_element, drawn)


def draw_bernoulli(key_0, key_1, first_element, step, probability, drawn):
    """Draw ones with one probability, else zeros: whether a uniform number lies below it.

    Its upper 27 bits tell nearly always; where they do not, the number itself does.
    """
    now = np.uint32(step)
    level = np.uint32(134217728.0 * probability)
    unsure = np.uint32(0)
    for i in range(drawn.size):
        high, _low = random_bits(key_0, key_1, np.uint32(first_element + i), now)
        high = np.uint32(high >> np.uint32(5))
        drawn[i] = np.uint32(high < level)
        unsure = np.uint32(unsure | np.uint32(high == level))
    if unsure:
        for i in range(drawn.size):
            u = random_uniform(key_0, key_1, np.uint32(first_element + i), now)
            drawn[i] = np.uint32(u < probability)
