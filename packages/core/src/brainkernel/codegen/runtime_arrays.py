"""Naming the arrays of one group of neurons, or of one table of synapses.

The reference calls these functions as they are; a backend may compile them.
"""

from brainkernel.codegen.network_data import Group, Table, TableValues

__all__ = [
    "cubic",
    "dense_rows",
    "ends_of_rows",
    "group_of",
    "own_table_of",
    "table_of",
    "targets_of",
    "values_of",
    "whole_table_of",
]


def stretch(fields, first, last):
    """Cut the same stretch out of several arrays."""
    return type(fields)(*[array[first:last] for array in fields]) if fields else ()


def element(fields, number):
    """Take the same element of several arrays."""
    return type(fields)(*[array[number] for array in fields]) if fields else ()


def columns(fields, first, last):
    """Cut the same columns out of several arrays that have a row for each step."""
    return type(fields)(*[array[:, first:last] for array in fields]) if fields else ()


def group_of(neurons, number, bounds):
    """Name the arrays of the neurons of a group: of all, or of those that a thread cares for."""
    first, last = bounds[number, 0], bounds[number, 1]
    return Group(
        stretch(neurons.neurons, first, last),
        element(neurons.values, number),
        element(neurons.keys, number),
        stretch(neurons.firing, first, last),
        neurons.first_element[number],
        last - first,
        columns(neurons.past, first, last),
        columns(neurons.slopes, first, last),
        stretch(neurons.between, first, last),
    )


def table_of(synapses, number, threads):
    """Name a table: the spikes of all threads, and the synapses onto this thread's neurons."""
    head = synapses.heads[number]
    parts, sources = (head.first_part, head.last_part), (head.first_source, head.last_source)
    return _table(synapses.arrays, head, (0, threads.count), parts, sources)


def own_table_of(synapses, number, threads):
    """Name a table: this thread's own spikes, sources and targets."""
    head = synapses.heads[number]
    parts, sources = (head.first_part, head.last_part), (head.first_source, head.last_source)
    return _table(synapses.arrays, head, (threads.number, threads.number + 1), parts, sources)


def whole_table_of(synapses, number, threads):
    """Name a table, all of it."""
    head = synapses.heads[number]
    sources = head.source_last - head.source_first
    return _table(synapses.arrays, head, (0, threads.count), (0, head.all_parts), (0, sources))


def cubic(begin, end, slope, last_slope, fraction):
    """Interpolate by Hermite's cubic; slopes are for the whole way from begin to end."""
    rise = end - begin
    third = slope + last_slope - 2.0 * rise
    second = 3.0 * rise - 2.0 * slope - last_slope
    return begin + fraction * (slope + fraction * (second + fraction * third))


def _table(arrays, head, spiking, parts, own_sources):
    """Name a table, and the threads, parts of rows and sources that are gone through."""
    sources = head.source_last - head.source_first
    return Table(
        head.source_group,
        head.source_group_end,
        head.source,
        sources,
        head.target_group,
        head.target_group_end,
        head.target,
        head.target_first,
        head.target_last,
        spiking[0],
        spiking[1],
        parts[0],
        parts[1],
        own_sources[0],
        own_sources[1],
        arrays.delays[head.delay : head.delay_end],
        head.dendritic,
        arrays.rows[head.row :],
        arrays.bases[head.first_base : head.first_base + head.parts],
        arrays.targets,
        arrays.steps,
        arrays.columns,
        head.column,
        arrays.incoming,
        arrays.sources,
        arrays.numbers,
        arrays.places,
        arrays.rules,
        head.rule,
        head.rule_end,
    )


def values_of(synapses, number):
    """Name the values that the functions of a table read."""
    head = synapses.heads[number]
    sources = head.source_last - head.source_first
    values = synapses.values
    return TableValues(
        element(values.shared, number),
        values.per_synapse,
        stretch(values.pre, head.source_first, head.source_last),
        stretch(values.per_source, head.own_pre, head.own_pre + sources),
        stretch(values.post, head.target_first, head.target_last),
        element(values.pre_group, head.pre_number),
        element(values.post_group, head.post_number),
        stretch(values.inputs, head.target_first, head.target_last),
        values.sums,
        stretch(values.firing, head.target_first, head.target_last),
        columns(values.past, head.source_first, head.source_last),
    )


def targets_of(synapses):
    """Name the values of all targets that this thread takes care of."""
    first, last, values = synapses.first_target, synapses.last_target, synapses.values
    return TableValues(
        (),
        values.per_synapse,
        (),
        (),
        stretch(values.post, first, last),
        (),
        (),
        stretch(values.inputs, first, last),
        values.sums,
        stretch(values.firing, first, last),
        (),
    )


def ends_of_rows(table):
    """Find the first synapse of a table, and one past its last."""
    count = table.delays.size * table.bases.size * table.sources
    return table.rows[0], table.rows[count]


def dense_rows(table, part):
    """Find the first row of a table of all pairs, one past its last, and the targets in a part."""
    width = table.bases.size
    first, last, count = 0, 0, 0
    for source in range(table.sources):
        size = table.rows[source * width + part + 1] - table.rows[source * width + part]
        if size > 0:
            first = source if count == 0 else first
            last = source + 1
            count = size
    return first, last, count
