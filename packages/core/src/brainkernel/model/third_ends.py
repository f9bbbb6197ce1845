"""Third ends of projections: the groups that are given for them, and what follows for the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import own_copy
from brainkernel.errors import ConnectError, ModelError
from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition, suggestion
from brainkernel.model.derived_quantities import (
    needed,
    own_quantities,
    unreadable_at_ends,
    with_derived,
)
from brainkernel.model.end_values import split_name
from brainkernel.model.function_text import apart, generated_text
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.step_function import StepFunction

ADVICE = {
    None: "a group or slice of one neuron, which all synapses read, as {name}=group[:1]",
    "pre": "a group or slice as large as the sources",
    "post": "a group or slice as large as the targets",
    "synapse": "a group and an index for each synapse, {name}=(group, index)",
}


@dataclass(frozen=True, eq=False)
class ThirdEnd:
    """The group that a projection was given for a third end.

    Attributes
    ----------
    name : str
        That of the end in the class.
    per : str or None
        Which of its neurons a synapse reads.
    neurons : Neuron or Slice
        The group.
    index : array, function or None
        The neuron of each synapse; None where it follows.
    """

    name: str
    per: str | None
    neurons: End
    index: Any = None

    def check_size(self, label: str, pre: End, post: End) -> None:
        """Refuse a group that has not a neuron for each source or target, or more than one.

        Raises
        ------
        ConnectError
            With what to give.
        """
        sizes: dict[str | None, int] = {None: 1}
        for name, end in (("pre", pre), ("post", post)):
            # the number of synapses at an end is not known before they are drawn
            if end._size:
                sizes[name] = end._size
        if self.per in sizes and self.neurons._size != sizes[self.per]:
            raise ConnectError(
                f"{label}: {self.name} has {self.neurons._size} neurons, not {sizes[self.per]}: "
                f"give {ADVICE[self.per].format(name=self.name)}"
            )


def take_third_ends(
    label: str,
    definition: ModelDefinition,
    values: dict[str, Any],
) -> dict[str, ThirdEnd]:
    """Take what is given for third ends out of what is given by keyword.

    Raises
    ------
    ModelError
        Where one is missing.
    ConnectError
        For what is no group, or an index where none is asked for.
    """
    ends = {}
    for name in definition.names("end"):
        per = definition.declarations[name].per
        advice = f"give {ADVICE[per].format(name=name)}"
        if name not in values:
            raise ModelError(f"{label} needs a third end {name}: {advice}")
        given = values.pop(name)
        neurons, index = given, None
        if isinstance(given, tuple) and len(given) == 2:
            neurons, index = given
        if not isinstance(neurons, (Neuron, Slice)):
            raise ConnectError(f"{label}: {name} is a {type(neurons).__name__}; {advice}")
        if index is not None and per != "synapse":
            raise ConnectError(f"{label}: {name} takes no index; {advice}")
        kept = index if is_function(index) else own_copy(index)
        ends[name] = ThirdEnd(name, per, neurons, kept)
    return ends


def joined(
    definition: ModelDefinition,
    ends: Mapping[str, ThirdEnd],
    label: str,
) -> ModelDefinition:
    """Give the model of a projection whose third ends are of certain models.

    What it reads of them are states of its own, which are written anew wherever they are read; what
    they derive is derived from these.

    Raises
    ------
    ModelError
        For a name that a third end does not have.
    """
    if not definition.names("end_value"):
        return definition
    models = tuple(third.neurons._group.definition for third in ends.values())
    if models not in definition.joined:
        of_ends = {name: third.neurons._group for name, third in ends.items()}
        definition.joined[models] = _joined(definition, of_ends, label)
    return definition.joined[models]


def _joined(
    definition: ModelDefinition,
    groups: Mapping[str, Neuron],
    label: str,
) -> ModelDefinition:
    declarations = dict(definition.declarations)
    derived: list[StepFunction] = []
    for name in definition.names("end_value"):
        stem, third = split_name(name, groups)
        group, model = groups[third], groups[third].definition
        _check_readable(f"{label} names {name}, but {group!r}", stem, model)
        del declarations[name]
        read = [stem]
        for quantity in needed([stem], own_quantities(model.derived).values()):
            function = next(f for f in model.derived if f.targets[0] == quantity.target)
            derived.append(_at_end(function, third))
            read += quantity.arguments
        for base in read:
            if base in model.names("state", "parameter"):
                _read(declarations, base, definition.declarations[third], model, label)
    present = {function.targets[0] for function in definition.derived}
    distinct = {f.targets[0]: f for f in derived if f.targets[0] not in present}
    if distinct:
        # before the synapse's own, which may read them
        own = {n: d for n, d in declarations.items() if d.kind == "derived"}
        others = {n: d for n, d in declarations.items() if n not in own}
        declarations = {**with_derived(others, distinct.values(), in_synapse=True), **own}
    return replace(
        definition,
        declarations=declarations,
        derived=(*distinct.values(), *definition.derived),
        timed={},
        driven={},
        joined={},
        views={},
    ).analysed()


def _read(
    declarations: dict[str, Declaration],
    stem: str,
    third: Declaration,
    model: ModelDefinition,
    label: str,
) -> None:
    """Declare a state that holds what is read of a group, unless that has been done."""
    name = f"{stem}_{third.name}"
    declared = declarations.get(name)
    if declared is not None and not declared.source:
        raise ModelError(
            f"{label} reads what {model.name} derives from {stem}, but has a {name} of its own: "
            "rename it"
        )
    unit, doc = model.declarations[stem].unit, f"{stem} of {third.name}"
    declarations[name] = Declaration(
        "state", 0.0, unit, third.per, doc, source=third.name, name=name
    )


def _at_end(function: StepFunction, third: str) -> StepFunction:
    """Give a derived quantity of neurons under the names of a synapse that reads them."""
    arguments = tuple(n if n in ("t", "dt") else f"{n}_{third}" for n in function.arguments)
    name = f"{function.targets[0]}_{third}"
    inner = apart(function.name, {*arguments, name})
    lines = [
        f"def {name}({', '.join(arguments)}):",
        f'    """{function.targets[0]} of {third}."""',
        f"    return {inner}({', '.join(arguments)})",
    ]
    source = generated_text(
        name,
        arguments,
        "\n".join(lines),
        file=function.source.file,
        line=function.source.line,
        helpers=((inner, function.source),),
    )
    return replace(function, targets=(name,), source=source)


def _check_readable(label: str, stem: str, model: ModelDefinition) -> None:
    names = model.names("state", "parameter", "derived")
    inner = unreadable_at_ends(stem, model)
    if stem in model.names("derived") and inner:
        raise ModelError(
            f"{label} derives {stem} from {', '.join(inner)}: that exists only while the neurons "
            "are integrated, so no synapse can read it; let it name states, or let a step write it "
            "to a state"
        )
    if stem in model.names("input", "timed", "draw"):
        kind = {"timed": "parameter that follows time"}.get(model.declarations[stem].kind)
        raise ModelError(
            f"{label} has {stem} as {kind or model.declarations[stem].kind}, which exists only "
            f"within a step: keep a state of {model.name} that a step function sets to {stem}"
        )
    if stem not in names:
        raise ModelError(f"{label} has no {stem}; {suggestion(stem, names)}")
