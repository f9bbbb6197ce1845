"""Coupling where every source reaches every target: a product of matrix and vector, written out.

Rows lie one after another, each over the same targets. So a loop over targets adds some rows at a
time, without looking up where a synapse ends; and each target adds its sources in their order, as
everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.named_arrays import kind_of
from brainkernel.codegen.neuron_update import wide
from brainkernel.program.program import Binding, Call, SynapseBlock

ROWS = 4
"""How many rows are added at a time: the sums of the targets are read and written once for them."""


def dense_lines(synapse_block: SynapseBlock, dialect: Dialect) -> Lines:
    """Print what the rows of a table add to the inputs of their targets."""
    fields = {field.name: field for field in _fields(synapse_block)}
    targets = dict.fromkeys(call.targets[0] for call in synapse_block.couplings)
    part = [
        "_source, _end, _count = _dense_rows(_table, _part)",
        "if _count == 0:",
        "    continue",
        "_row = _table.rows[_source * _table.bases.size + _part]",
        "_begin = _table.bases[_part] + _table.targets[_row]",
        *(f"_sum_{name} = _inputs.{name}[_begin : _begin + _count]" for name in targets),
    ]
    for field in fields.values():
        if field.level == "post":
            part.append(f"_at_{field.name} = _post.{field.name}[_begin : _begin + _count]")
    part += [
        f"while _source + {ROWS} <= _end:",
        *indent(_rows(synapse_block, fields, ROWS, dialect), 1),
        f"    _source += {ROWS}",
        "while _source < _end:",
        *indent(_rows(synapse_block, fields, 1, dialect), 1),
        "    _source += 1",
    ]
    return ["for _part in range(_table.first_part, _table.last_part):", *indent(part, 1)]


def _fields(synapse_block: SynapseBlock) -> list[Binding]:
    read: set[str] = set()
    for call in synapse_block.couplings:
        read.update(call.arguments)
    return [field for field in synapse_block.fields if field.name in read]


def _rows(
    synapse_block: SynapseBlock,
    fields: Mapping[str, Binding],
    count: int,
    dialect: Dialect,
) -> Lines:
    """Print how some rows that follow one another are added to the sums of the targets."""
    lines: Lines = []
    for number in range(count):
        source = f"_source + {number}" if number else "_source"
        if any(field.level == "synapse" for field in fields.values()):
            row = f"({source})" if number else source
            lines.append(f"_row_{number} = _table.rows[{row} * _table.bases.size + _part]")
        for field in fields.values():
            name, array = f"_of_{field.name}_{number}", f"_{kind_of(field)}.{field.name}"
            if field.level == "synapse":
                lines.append(f"{name} = {array}[_row_{number} : _row_{number} + _count]")
            elif field.level == "pre":
                lines.append(f"{name} = {wide(f'{array}[{source}]', field.narrow)}")
    begin, further = dialect.elements("_k", "_count")
    # by source, then by function: the order in which synapses are gone through one by one
    added: dict[str, list[str]] = {}
    for number in range(count):
        for call in synapse_block.couplings:
            added.setdefault(call.targets[0], []).append(_called(call, fields, number))
    sums = [
        f"{further}_sum_{name}[_k] = {' + '.join([f'_sum_{name}[_k]', *summands])}"
        for name, summands in added.items()
    ]
    return [*lines, *begin, *sums]


def _called(call: Call, fields: Mapping[str, Binding], number: int) -> str:
    """Print the call for the synapses of one row."""
    texts = {"t": "_step * dt"}
    for name, field in fields.items():
        texts[name] = f"_{kind_of(field)}.{name}"
        if field.level == "synapse":
            texts[name] = wide(f"_of_{name}_{number}[_k]", field.narrow)
        elif field.level == "pre":
            texts[name] = f"_of_{name}_{number}"
        elif field.level == "post":
            texts[name] = wide(f"_at_{name}[_k]", field.narrow)
    arguments = ", ".join(texts.get(argument, argument) for argument in call.arguments)
    return f"{call.function}({arguments})"
