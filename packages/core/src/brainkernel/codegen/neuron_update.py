"""One function for each block: a fused loop that takes its neurons from step to step + 1."""

from __future__ import annotations

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.program.program import Call, Draw, NeuronBlock


def signature(block: NeuronBlock, dialect: Dialect) -> list[tuple[str, str]]:
    """The arguments of a block's function, each with its kind.

    ``step``, ``neuron``, ``group``, ``input``, ``key``.
    """
    apart = {draw.name for draw in drawn_apart(block, dialect)}
    inline = [draw for draw in block.draws if draw.name not in apart]
    arguments = [("step", "step"), ("dt", "step"), ("size", "step"), ("fired_array", "fired")]
    arguments += [("first_element", "begin")] if _numbered(inline) else []
    arguments += [(f"{draw.name}_key", "key") for draw in inline]
    arguments += [(f"{name}_drawn", "drawn") for name in apart]
    arguments += [(f"{name}_array", "input") for name in block.inputs]
    arguments += [
        (f"{name}_array", "neuron") for name in (*block.states, *_used(block, block.arrays))
    ]
    return arguments + [(name, "group") for name in _used(block, block.scalars)]


def drawn_apart(block: NeuronBlock, dialect: Dialect) -> list[Draw]:
    """Draws that a loop of their own makes before the update.

    Counts, for which a few bits mostly suffice.
    """
    return [draw for draw in block.draws if block.counts(draw)] if dialect.loops else []


def _numbered(draws: list[Draw]) -> bool:
    """Whether some are drawn by each neuron's own number.

    Events are drawn for many neurons at once.
    """
    return any(draw.distribution != "event" for draw in draws)


def _used(block: NeuronBlock, names: tuple[str, ...]) -> list[str]:
    """The constants that the block's own loop reads."""
    equations = block.equations
    terms = (*equations.rates, *equations.currents, *equations.diffusions)
    calls = (*block.steps, *block.resets, *((block.threshold,) if block.threshold else ()))
    read = {argument for each in (*terms, *calls) for argument in each.arguments} | {
        "refractory_steps"
    }
    read |= {ceiling for _, ceiling in equations.ceilings}
    read |= {name for draw in block.draws for name in (draw.mean, f"{draw.name}_most")}
    read |= set(block.integrator.constants(equations)) if block.integrator else set()
    return [name for name in names if name in read]


def print_update(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``update_<block>``: integrate, threshold, reset."""
    begin, further = dialect.elements("i", "size")
    body = [f"{further}{line}" for line in (*compute(block, dialect), *_keep(block))]
    return [
        "",
        "",
        *dialect.decorators("update"),
        f"def update_{block.name}({', '.join(name for name, _ in signature(block, dialect))}):",
        f'    """Take one group of {block.definition.name} from step to step + 1{_method(block)}."""',
        *indent(["t = step * dt", "time = (step + 1) * dt", *begin, *body], 1),
    ]


def _method(block: NeuronBlock) -> str:
    return f", by {block.integrator.name}" if block.integrator else ""


def compute(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print what an update computes.

    From the arrays, at the places `i`, to the states' new values and `fires`.
    """
    return [
        *(f"{name} = {wide(f'{name}_array[i]', block.narrow)}" for name in block.states),
        *(f"{name} = {name}_array[i]" for name in (*_used(block, block.arrays), *block.inputs)),
        *_draws(block, dialect),
        *_integrate(block),
        *_total_inputs(block),
        *(line for call in block.steps for line in _assign(call, block)),
        *_threshold(block, dialect),
        *_reset(block, dialect),
    ]


def _keep(block: NeuronBlock) -> Lines:
    fires = "fires" if block.threshold else "False"
    return [*(f"{name}_array[i] = {name}" for name in written(block)), f"fired_array[i] = {fires}"]


def wide(place: str, narrow: bool) -> str:
    """What is read from a place: what is kept in 32 bits is computed with in 64."""
    return f"np.float64({place})" if narrow else place


def written(block: NeuronBlock) -> list[str]:
    """The states that an update changes."""
    targets = {target for call in (*block.steps, *block.resets) for target in call.targets}
    targets |= set(block.equations.states) | {"was_above", "refractory_left"}
    return [name for name in block.states if name in targets]


def _draws(block: NeuronBlock, dialect: Dialect) -> Lines:
    apart = drawn_apart(block, dialect)
    inline = [draw for draw in block.draws if draw not in apart]
    lines = (
        [f"element = {dialect.element_number('i', 'size')}", "now = np.uint32(step)"]
        if _numbered(inline)
        else []
    )
    return lines + [
        f"{d.name} = 1.0 * {d.name}_drawn[i]"
        if d in apart
        else f"{d.name} = {_draw(d, block, dialect)}"
        for d in block.draws
    ]


def _draw(draw: Draw, block: NeuronBlock, dialect: Dialect) -> str:
    key = f"{draw.name}_key[0], {draw.name}_key[1]"
    if draw.distribution == "event":
        return f"draw_events({key}, step, {draw.mean} * dt * 1e-3, {dialect.sizes(block.name)})"
    key = f"{key}, element, now"
    if draw.distribution in ("uniform", "normal"):
        return f"random_{draw.distribution}({key})"
    if draw.distribution == "bernoulli":
        return f"random_bernoulli({draw.mean}, random_uniform({key}))"
    return f"random_poisson({draw.mean}, random_shared_uniform({key}), {dialect.whole_number(f'{draw.name}_most')})"


def _integrate(block: NeuronBlock) -> Lines:
    if block.integrator is None:
        return ["held = refractory_left > 1.0"] if block.refractory else []
    equations = block.equations
    lines = ["held = refractory_left > 1.0"] if block.refractory else []
    lines += [f"{state} = {equations.limited(state, state)}" for state, _ in equations.ceilings]
    lines += block.integrator.lines(equations)
    return lines + [
        f"{state} = {equations.kept(state, f'{state}_next')}" for state in equations.states
    ]


def _assign(call: Call, block: NeuronBlock) -> Lines:
    """Print a call that gives its targets new values at once; what is held keeps its own."""
    arguments = ", ".join("time" if name == "t" else name for name in call.arguments)
    held = [target for target in call.targets if target in block.held]
    names = ", ".join(f"new_{target}" if target in held else target for target in call.targets)
    keep = [f"{target} = np.where(held, {target}, new_{target})" for target in held]
    return [f"{names} = {call.function}({arguments})", *keep]


def _total_inputs(block: NeuronBlock) -> Lines:
    """What is added to an input, for functions outside the derivative that name it."""
    calls = (*block.steps, *block.resets, *((block.threshold,) if block.threshold else ()))
    named = {argument for call in calls for argument in call.arguments}
    added = [term for term in block.equations.currents if term.target in named]
    return [f"{term.target} = {term.target} + {term.call({'t': 'time'})}" for term in added]


def _threshold(block: NeuronBlock, dialect: Dialect) -> Lines:
    if block.threshold is None:
        return []
    lines = [f"level = {_level(block.threshold)}", f"fires = {dialect.fires('level')}"]
    if block.crossing:
        lines.append(f"fires = {dialect.fires_if('(was_above == 0.0)')}")
    if block.refractory:
        lines.append(f"fires = {dialect.fires_if('np.logical_not(held)')}")
    return lines


def _level(threshold: Call) -> str:
    arguments = ", ".join("time" if name == "t" else name for name in threshold.arguments)
    return f"{threshold.function}({arguments})"


def _reset(block: NeuronBlock, dialect: Dialect) -> Lines:
    lines = []
    for call in block.resets:
        arguments = ", ".join("time" if name == "t" else name for name in call.arguments)
        lines.append(
            f"{', '.join(f'reset_{t}' for t in call.targets)} = {call.function}({arguments})"
        )
        lines += [
            f"{target} = {dialect.where_fires(f'reset_{target}', target)}"
            for target in call.targets
        ]
    if block.crossing and block.threshold is not None:
        level = _level(block.threshold) if block.resets else "level"
        lines.append(f"was_above = np.where({level} >= 0.0, 1.0, 0.0)")
    if block.refractory:
        left = "np.maximum(refractory_left - 1.0, 0.0)"
        lines.append(f"refractory_left = {dialect.where_fires('refractory_steps', left)}")
    return lines
