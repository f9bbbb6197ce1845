"""Other events than the spike, in the loop over neurons: thresholds, flags and resets."""

from __future__ import annotations

from typing import Protocol

from brainkernel.codegen.dialect import Dialect, Lines
from brainkernel.program.program import Call, NeuronBlock, NeuronEvent


class Derived(Protocol):
    """Prints derived quantities where calls name them."""

    def before(self, arguments: tuple[str, ...]) -> Lines:
        """Print what a call of these arguments needs and what is not printed yet."""

    def changed(self, names: tuple[str, ...]) -> None:
        """Note that values have changed."""


def print_event_levels(block: NeuronBlock, dialect: Dialect, derived: Derived) -> Lines:
    """Print which neurons have which event, all found on the states before any reset."""
    lines: Lines = []
    for event in block.events:
        flags = _flags(event)
        level = f"_level_{event.name}"
        lines += derived.before(event.threshold.arguments)
        lines += [f"{level} = {_call(event.threshold)}", f"{flags} = {dialect.fires(level)}"]
        if event.crossing:
            condition = f"(_{event.was_above} == 0.0)"
            lines.append(f"{flags} = {dialect.fires_if(condition, flags)}")
    return lines


def print_event_resets(block: NeuronBlock, dialect: Dialect, derived: Derived) -> Lines:
    """Print the resets after each kind of event, when those after spikes are done.

    What a refractory period holds from this time on, or still, keeps its value.
    """
    lines: Lines = []
    for event in block.events:
        for call in event.resets:
            lines += derived.before(call.arguments)
            new = [f"_reset_{target}" for target in call.targets]
            lines.append(f"{', '.join(new)} = {_call(call)}")
            for target, value in zip(call.targets, new, strict=True):
                # held means held, whichever function would write it
                if target in block.held:
                    value = f"np.where(_refractory_left > 0.0, {target}, {value})"
                chosen = dialect.where_fires(value, target, _flags(event))
                lines.append(f"{target} = {chosen}")
            derived.changed(call.targets)
    return lines


def print_levels_after(block: NeuronBlock, derived: Derived) -> Lines:
    """Print where levels that must be crossed are above zero when all resets are done."""
    lines: Lines = []
    for event in block.events:
        # a reset may have moved what any of the levels follows
        if event.crossing:
            lines += derived.before(event.threshold.arguments)
            level = _call(event.threshold)
            lines.append(f"_{event.was_above} = np.where({level} >= 0.0, 1.0, 0.0)")
    return lines


def print_event_flags(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print how it is kept which neurons have which event."""
    return [f"{dialect.firing(event.fired)} = {_flags(event)}" for event in block.events]


def _flags(event: NeuronEvent) -> str:
    return f"_fires_{event.name}"


def _call(call: Call) -> str:
    arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
    return f"{call.function}({arguments})"
