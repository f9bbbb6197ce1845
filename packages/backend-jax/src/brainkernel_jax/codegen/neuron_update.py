"""What is printed for a block of neurons.

A function from the states at one grid point to those at the next.
"""

from __future__ import annotations

from brainkernel.backend import (
    Call,
    Dialect,
    Lines,
    NeuronBlock,
    compute,
    indent,
    signature,
    written,
)


def arguments(block: NeuronBlock, dialect: Dialect) -> dict[str, str]:
    """The arguments of ``update_<block>``, each with what ``take_step`` passes for it."""
    found = {"step": "step", "dt": "dt", "places": "places"}
    if block.draws:
        found["element_array"] = f"each['{block.name}_element']"
    for name, kind in signature(block, dialect):
        part = f"{block.name}_{name.removesuffix('_array')}"
        plain = name.removesuffix("_array")
        if kind == "input":
            found[name] = f"{part}_input"
        elif kind == "key":
            found[name] = f"each['{part}']"
        elif kind == "neuron" and plain in block.states:
            found[name] = part
        elif kind in ("neuron", "group"):
            found[name] = f"each['{part}']"
    return found


def results(block: NeuronBlock) -> list[str]:
    """What ``update_<block>`` gives back, as ``take_step`` names it."""
    return [*(f"{block.name}_{name}" for name in written(block)), f"{block.name}_fires"]


def print_update(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``update_<block>``: integrate, threshold, reset."""
    begin, _ = dialect.elements("i", "")
    method = f", by {block.integrator.name}" if block.integrator else ""
    values = [f"like({name}, {name}_array)" for name in written(block)]
    body = ["t = step * dt", "time = (step + 1) * dt", *begin, *compute(block, dialect)]
    head = f"def update_{block.name}({', '.join(arguments(block, dialect))}):"
    summary = f'"""Take {block.definition.name} from step to step + 1{method}."""'
    fires = "fires" if block.threshold else "None"
    back = f"({', '.join([*values, fires])})" if values else fires
    return ["", "", head, *indent([summary, *body, f"return {back}"], 1)]


def update_lines(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print the call, and what sees whole arrays."""
    call = f"update_{block.name}({', '.join(arguments(block, dialect).values())})"
    lines = [f"{', '.join(results(block))} = {call}"]
    if not block.whole_steps:
        return lines
    whole = [line for call in block.whole_steps for line in _whole(block, call)]
    return [
        *lines,
        f"for group, (first, last) in enumerate(places.groups_of['{block.name}']):",
        *indent(whole, 1),
    ]


def _whole(block: NeuronBlock, call: Call) -> Lines:
    names = {n: f"stretch({block.name}_{n}, first, last)" for n in block.states}
    names.update({n: f"stretch(constants['{block.name}_{n}'], first, last)" for n in block.arrays})
    names.update(
        {n: f"np.full(last - first, constants['{block.name}_{n}'][group])" for n in block.scalars}
    )
    names["t"] = "(step + 1) * dt"
    values = [f"whole_{target}" for target in call.targets]
    lines = [
        f"{', '.join(values)} = "
        f"{call.function}({', '.join(names.get(a, a) for a in call.arguments)})"
    ]
    for target, value in zip(call.targets, values, strict=True):
        if block.refractory and target in block.held:
            value = f"np.where({names['refractory_left']} > 0.0, {names[target]}, {value})"
        lines.append(f"{block.name}_{target} = put({block.name}_{target}, first, last, {value})")
    return lines
