"""The functions of a printed Numba program that belong to no model; copied into it word for word."""

from brainkernel_numba.compact import list_fired


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
    slot = (step + 1) % ranges.shape[0]
    mask = spikes.shape[1] - 1
    own = 0
    for number in range(pieces.shape[1]):
        first, last = pieces[thread, number, 0], pieces[thread, number, 1]
        own += last - first
        begin = cursor[thread, 0]
        if tracked[number] > 0:
            cursor[thread, 0] = list_fired(fired, first, last, spikes[thread], begin, mask)
        count = cursor[thread, 0] - begin
        ranges[slot, number, thread, 0] = begin
        ranges[slot, number, thread, 1] = begin + count
        counts[row, number] = count
        if tracked[number] > 1:
            for i in range(count):
                event_steps[event_count[0]] = step + 1
                event_neurons[event_count[0]] = spikes[thread, (begin + i) & mask]
                event_count[0] += 1
    oldest = ranges[(step + 3) % ranges.shape[0], 0, thread, 0]
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
