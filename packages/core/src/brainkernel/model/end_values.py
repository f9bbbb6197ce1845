"""What the functions of a synapse read of a third end: the names, as a class says them.

``factor = bk.end()`` declares an end, and ``H_factor`` is then what ``H`` of the group is that is
given as ``Rule(pre, post, factor=group)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, overload

from brainkernel.errors import ModelError, NetworkError
from brainkernel.model.declarations import PER, Declaration
from brainkernel.model.step_function import StepFunction


@dataclass(frozen=True, eq=False)
class EndDeclaration(Declaration):
    """A third end of a synapse, which a projection is given a group for."""

    @overload
    def __get__(self, instance: None, owner: type) -> Declaration: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Any: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """The group or slice that a projection was given."""
        return self if instance is None else instance._third_ends[self.name].neurons

    def __set__(self, instance: Any, value: object) -> None:
        raise NetworkError(
            f"{instance._label()}.{self.name} is fixed: give it where you make the projection"
        )


def end(per: str | None = None, doc: str = "") -> Any:
    """Declare a third end of a synapse: a group that its functions read besides the two ends.

    With ``factor = bk.end()`` a projection is made as ``Rule(pre, post, factor=group)``, and
    ``H_factor`` in a function is the state, parameter or derived quantity ``H`` of that group.

    Parameters
    ----------
    per : {None, "pre", "post", "synapse"}
        Which neuron of the group a synapse reads. None: the group or slice has one neuron, which
        all read. ``"pre"`` or ``"post"``: it is as large as that end, and what belongs to neuron i
        of the end reads its neuron i. ``"synapse"``: each synapse has its own, given as
        ``factor=(group, index)`` with an array of one index for each synapse, or a function as
        weights have.
    doc : str
        One line on what it is.

    Raises
    ------
    ModelError
        Where `per` is another word.
    """
    if per not in PER:
        raise ModelError(f"bk.end(per={per!r}): it is one of 'synapse', 'pre', 'post' or None")
    return EndDeclaration("end", per=per, doc=doc)


def split_name(name: str, ends: Iterable[str]) -> tuple[str, str]:
    """Split ``H_factor`` into (``H``, ``factor``); a name of no such end gives an empty end."""
    for third in sorted(ends, key=len, reverse=True):
        stem = name.removesuffix(f"_{third}")
        if stem and stem != name:
            return stem, third
    return name, ""


def with_end_values(
    declarations: Mapping[str, Declaration], functions: Iterable[StepFunction]
) -> dict[str, Declaration]:
    """Give the declarations of a synapse with what its functions read of third ends.

    Each is a value of its own, one for each of what the end says; a name that the synapse declares
    itself is its own.
    """
    declared = dict(declarations)
    ends = {name: d for name, d in declarations.items() if d.kind == "end"}
    derived: set[str] = set()
    named: list[str] = []
    for function in functions:
        named += [*function.arguments, *function.targets]
        if function.kind == "derived":
            derived.update(function.targets)
    for name in dict.fromkeys(named) if ends else ():
        _, third = split_name(name, ends)
        if third and name not in declared and name not in derived:
            per = ends[third].per
            declared[name] = Declaration("end_value", per=per, source=third, name=name)
    return declared
