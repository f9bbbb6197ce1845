"""What is kept of the last steps, for synapses and neurons that read the past of a state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from brainkernel.errors import DelayError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import own_quantities, quantities_of
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Neuron
from brainkernel.model.past import delayed, read_of_sources
from brainkernel.model.step_function import StepFunction
from brainkernel.program.program import Binding, NeuronBlock, past_name


@dataclass(frozen=True)
class History:
    """The states and derived quantities of a block that are kept, and for how many steps."""

    names: tuple[str, ...] = ()
    rows: int = 0


def history_of(groups: Iterable[Neuron], connectivities: Iterable[Connectivity]) -> History:
    """Find what projections read of the past of some groups of one model."""
    groups = list(groups)
    definition = groups[0].definition
    named: set[str] = set()
    longest = 0
    for connectivity in connectivities:
        source = connectivity.projection.pre._group
        if any(source is group for group in groups) and (read := names_behind(connectivity)):
            named |= read
            longest = max(longest, *connectivity.delays)
    if not named:
        return History()
    names = tuple(n for n in definition.names("state", "derived") if n in named)
    return History(names, longest + 1)


def names_behind(connectivity: Connectivity) -> set[str]:
    """Name what a projection reads of its sources as it was a delay ago.

    States, and derived quantities that are kept for what synapses add to inputs.

    Raises
    ------
    DelayError
        Where one value for each source would follow several pasts of it.
    """
    if not any(connectivity.delays):
        return set()
    projection = connectivity.projection
    definition = projection.definition
    source, target = projection.pre._group.definition, projection.post._group.definition
    analysis, declared = definition.analysis, definition.declarations
    own = own_quantities(definition.derived)
    every = quantities_of(definition, source, target)
    by_level = {"couplings": read_of_sources(analysis.couplings, own, declared)}
    for level, functions in analysis.loops.items():
        by_level[level] = read_of_sources(delayed(functions), every, declared)
    kept = source.names("state", "derived")
    by_level = {level: read.intersection(kept) for level, read in by_level.items()}
    _check_one_delay(connectivity, by_level["pre"])
    return set().union(*by_level.values())


def _check_one_delay(connectivity: Connectivity, of_sources: set[str]) -> None:
    if of_sources and len(connectivity.delays) > 1:
        name = sorted(of_sources)[0]
        raise DelayError(
            f"{connectivity.projection.name}: {connectivity.projection.definition.name} has one "
            f"value for each source that follows {name}_pre, so its synapses need one delay for "
            "all: make it per='synapse' to have several"
        )


def behind(
    bindings: Sequence[Binding], block: NeuronBlock, definition: ModelDefinition
) -> tuple[Binding, ...]:
    """Choose the bindings of sources whose past is kept, and say where it lies."""
    chosen = []
    for binding in bindings:
        stem, end = end_of(binding.name)
        of_source = end == "pre" and binding.name not in definition.declarations
        if of_source and stem in block.history:
            chosen.append(replace(binding, past=f"{block.name}_{past_name(stem)}"))
    return tuple(chosen)


def without_past(
    bindings: Iterable[Binding], past: Iterable[Binding], events: Iterable[StepFunction]
) -> tuple[Binding, ...]:
    """Leave out what is read of the past alone, and at no spike."""
    unread = {binding.name for binding in past}
    for function in events:
        unread -= {*function.arguments, *function.targets}
    return tuple(binding for binding in bindings if binding.name not in unread)
