"""What is kept of the last steps, for synapses and neurons that read the past of a state."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import whole_steps
from brainkernel.errors import DelayError, IntegratorError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.members import Members
from brainkernel.lowering.stored_values import now
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import own_quantities, quantities_of
from brainkernel.model.function_text import apart
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Neuron
from brainkernel.model.sources_behind_delays import (
    delayed,
    read_of_sources,
    waits_for_spikes,
)
from brainkernel.model.step_function import StepFunction
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Integrator, goes_on_grid
from brainkernel.program.past import Past, past_name, slopes_array
from brainkernel.program.program import Binding, NeuronBlock


def with_history(
    block: NeuronBlock,
    groups: Iterable[Neuron],
    members: Members,
    dt: float,
) -> NeuronBlock:
    """Give a block the ring buffers of what is read of its past.

    By synapses from it that have a delay, and by its own functions.
    """
    groups = list(groups)
    named: set[str] = set()
    longest = 0
    for connectivity in members.connectivities:
        source = connectivity.projection.pre._group
        if any(source is group for group in groups) and (read := names_behind(connectivity)):
            named |= read
            longest = max(longest, *connectivity.delays)
    for past in block.equations.pasts:
        named.add(past.state)
        for group in groups:
            # whether they are whole numbers of steps is checked where their constants are made
            delay = now(members.values[str(group.name)][past.delay])
            longest = max(longest, 1, round(float(np.max(delay)) / dt))
    if not named:
        return block
    # a network that is laid out again, for values of another form, has its past already
    rows = members.rows_of_past.setdefault(block.name, 1 << longest.bit_length())
    names = block.definition.names("state", "derived")
    return replace(block, history=tuple(n for n in names if n in named), rows=rows)


def check_past(equations: Equations, integrator: Integrator) -> None:
    """Refuse a method to which all but the states is constant during a step.

    Raises
    ------
    IntegratorError
        Where it would integrate what follows the past of a state.
    """
    if not equations.read_pasts:
        return
    if not goes_on_grid(integrator, equations):
        raise IntegratorError(
            f"{equations.owner} follows {equations.read_pasts[0].name}, the past of a state; "
            f"method {integrator.name!r} remembers steps or chooses parts of them, for which it "
            "is not kept: use 'rk4' or 'exponential_midpoint'"
        )
    if integrator.name == "exact":
        raise IntegratorError(
            f"{equations.owner} follows {equations.read_pasts[0].name}, the past of a state, which "
            "changes during a step; method 'exact' is for coefficients and inputs that do not: use "
            "'rk4' or 'exponential_midpoint'"
        )


def pasts_of(
    definition: ModelDefinition,
    moving: Container[str],
    noisy: Container[str],
) -> tuple[Past, ...]:
    """The names that stand for the past of a state of a group."""
    pasts = []
    for name in definition.names("past"):
        declaration = definition.declarations[name]
        state = declaration.source
        form = "linear" if state in noisy else "cubic" if state in moving else "held"
        steps = apart(f"{name}_steps", definition.declarations)
        pasts.append(Past(name, state, declaration.mean, steps, form))
    return tuple(pasts)


def slopes_read(equations: Equations, integrator: Integrator | None) -> tuple[str, ...]:
    """Find the states whose derivatives at the last steps a method reads, between two steps."""
    if integrator is None or not equations.read_pasts:
        return ()
    text = "\n".join(integrator.lines(equations))
    states = dict.fromkeys(past.state for past in equations.read_pasts)
    return tuple(state for state in states if f"{slopes_array(state)}," in text)


def check_delays(block: NeuronBlock, past: Past, delay: Any, dt: float) -> NDArray[np.int64]:
    """Give the delays of a block in steps, which its ring buffers must have room for.

    Raises
    ------
    DelayError
        Where one is no whole number of steps, or longer than the longest when the network was
        made.
    """
    label = f"{block.definition.name}.{past.delay}"
    steps = whole_steps(delay, dt, label, DelayError, least=1)
    longest = int(np.max(steps, initial=0))
    if longest >= block.rows:
        kept = (block.rows - 1) * dt
        raise DelayError(
            f"{label} is {longest * dt:g} ms, but the network keeps {kept:g} ms of the past of "
            f"{past.state}: make it with the longest delay that it will have"
        )
    return steps


def names_behind(connectivity: Connectivity) -> set[str]:
    """Name what a projection reads of its sources as it was a delay ago.

    States, and derived quantities that are kept for what synapses add to inputs. Nothing where its
    delay is that of spikes.
    """
    projection = connectivity.projection
    definition = projection.definition
    if not any(connectivity.delays) or waits_for_spikes(definition.functions):
        return set()
    source, target = projection.pre._group.definition, projection.post._group.definition
    analysis, declared = definition.analysis, definition.declarations
    own = own_quantities(definition.derived)
    every = quantities_of(definition, source, target)
    named = read_of_sources(analysis.couplings, own, declared)
    for functions in analysis.loops.values():
        named |= read_of_sources(delayed(functions), every, declared)
    return named.intersection(source.names("state", "derived"))


def behind(
    bindings: Sequence[Binding],
    block: NeuronBlock,
    definition: ModelDefinition,
) -> tuple[Binding, ...]:
    """Choose the bindings of sources whose past is kept, and say where it lies."""
    late = []
    for binding in bindings:
        stem, end = end_of(binding.name)
        of_source = end == "pre" and binding.name not in definition.declarations
        if of_source and stem in block.history:
            late.append(replace(binding, past=f"{block.name}_{past_name(stem)}"))
    return tuple(late)


def without_past(
    bindings: Iterable[Binding],
    past: Iterable[Binding],
    events: Iterable[StepFunction],
) -> tuple[Binding, ...]:
    """Leave out what is read of the past alone, and at no spike."""
    unread = {binding.name for binding in past}
    for function in events:
        unread -= {*function.arguments, *function.targets}
    return tuple(binding for binding in bindings if binding.name not in unread)
