"""Coupling where every source reaches every target: arrays of sources by targets, summed."""

from __future__ import annotations

from brainkernel.backend import Binding, Lines, SynapseBlock, input_name, wide
from brainkernel_jax.codegen.event_function import printed_call, variable


def is_matrix(synapse_block: SynapseBlock) -> bool:
    """Whether each table of a block is a matrix of all neurons of both groups."""
    whole = [p.size == p.pre.size * p.post.size for p in synapse_block.projections]
    return synapse_block.dense and all(whole)


def dense_lines(synapse_block: SynapseBlock, fields: list[Binding]) -> Lines:
    """Print what a table adds to the inputs of its targets."""
    values = {field.name: _values(field) for field in fields}
    lines = [
        "_shape = _matrix_shape(_table)",
        "_first, _last = _table.target_first, _table.target_first + _shape[1]",
    ]
    for call in synapse_block.couplings:
        target = f"{synapse_block.post_block}_{input_name(call.targets[0])}"
        added = f"_sum_of_sources({printed_call(call, {**values, 't': '_step * dt'})}, _shape)"
        total = f"_stretch({target}, _first, _last) + {added}"
        lines.append(f"{target} = _put({target}, _first, _last, {total})")
    return lines


def _values(field: Binding) -> str:
    """Print the values of a field: (sources, targets), (sources, 1), (targets,) or one."""
    name = variable(field)
    if field.level == "synapse":
        return wide(f"_stretch({name}, *_table.synapses).reshape(_shape)", field.narrow)
    if field.level == "pre":
        ends = "_table.source_first, _table.source_last" if field.block else "*_table.own_sources"
        return wide(f"_stretch({name}, {ends})[:, None]", field.narrow)
    if field.level == "post":
        return wide(f"_stretch({name}, _first, _last)", field.narrow)
    return name
