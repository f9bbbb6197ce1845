"""Parts of a model: what a class takes from each of its bases, and in which order that acts.

Nothing depends on the order in which a class names its bases, unless Python itself settles it: a
class comes before those that it inherits from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from brainkernel.errors import ModelError
from brainkernel.model.analysis import adds
from brainkernel.model.declarations import Declaration, Marked
from brainkernel.model.derived_quantities import Quantities, base_names
from brainkernel.model.step_function import StepFunction

ORDERED = ("reset", "on_pre", "on_post", "step")
"""Kinds of functions of which several may write one state, one after the other."""


class Dropped:
    """What stands in a class in place of a None, by which it leaves out what it inherits."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} leaves out {self.name}")

    def __set__(self, instance: object, value: object) -> None:
        raise AttributeError(f"{type(instance).__name__} leaves out {self.name}")


@dataclass(frozen=True)
class Part:
    """A declaration or function, or that it is left out, with the class whose body says so."""

    name: str
    value: Declaration | Marked | Dropped
    owner: type
    origin: type

    @property
    def is_of_model(self) -> bool:
        """Whether its class is a model by itself, and no part that is made to be mixed in."""
        return "definition" in vars(self.owner)


def collect(cls: type) -> list[Part]:
    """List what a class declares and inherits, in the order in which it is written, bases first.

    Raises
    ------
    ModelError
        Where two bases mean different things by one name, or something else took the place of a
        declaration.
    """
    said: dict[str, list[Part]] = {}
    for base in reversed(cls.__mro__):
        for name, value in tuple(vars(base).items()):
            if value is None and name in said:
                value = Dropped(name)
                setattr(base, name, value)
            if isinstance(value, (Declaration, Marked, Dropped)):
                said.setdefault(name, []).append(Part(name, value, base, base))
            elif name in said:
                raise ModelError(
                    f"{cls.__name__}.{name} replaces a declaration by a {type(value).__name__}: "
                    f"declare it, or write {name} = None to leave it out"
                )
    parts = (_settled(cls, parts) for parts in said.values())
    return [part for part in parts if not isinstance(part.value, Dropped)]


def _settled(cls: type, parts: Sequence[Part]) -> Part:
    """Choose which of several parts of one name counts.

    A class replaces what it inherits; a part replaces what a model says that it is mixed into.
    """
    left = [part for part in parts if not _is_replaced(part, parts)]
    if any(part.is_of_model for part in left) and not all(part.is_of_model for part in left):
        left = [part for part in left if not part.is_of_model]
    first = left[-1]
    for other in left[:-1]:
        if not _means_the_same(first.value, other.value):
            both = f"{first.owner.__name__} and {other.owner.__name__}"
            raise ModelError(
                f"{cls.__name__}: {both} mean different things by {first.name}; rename one of "
                f"them, or say in {cls.__name__} itself what {first.name} is"
            )
    _check_derived(cls, first, parts)
    lineage = (part.owner for part in parts if issubclass(first.owner, part.owner))
    return replace(first, origin=next(lineage))


def _check_derived(cls: type, settled: Part, parts: Sequence[Part]) -> None:
    """Refuse a derived quantity in the place of declared data, unless that is left out before."""
    if not is_derived(settled.value):
        return
    # whoever leaves the data out first may give their name to something else
    left_out = [part.owner for part in parts if isinstance(part.value, Dropped)]
    for part in parts:
        is_left_out = any(inherits(owner, part.owner) for owner in left_out)
        if isinstance(part.value, Declaration) and not is_left_out:
            raise ModelError(
                f"{cls.__name__}.{settled.name} is inherited as a {part.value.kind} and cannot be "
                "a derived quantity too: give it another name"
            )


def is_derived(value: object) -> bool:
    """Whether a function is a derived quantity, as it was marked or read."""
    return isinstance(value, (Marked, StepFunction)) and value.kind == "derived"


def _is_replaced(part: Part, parts: Iterable[Part]) -> bool:
    return any(inherits(other.owner, part.owner) for other in parts)


def inherits(cls: type, base: type) -> bool:
    """Whether a class is another one's heir."""
    return cls is not base and issubclass(cls, base)


def _means_the_same(one: object, other: object) -> bool:
    if one is other:
        return True
    if isinstance(one, Marked) and isinstance(other, Marked):
        return _content(one) == _content(other)
    if isinstance(one, Declaration) and isinstance(other, Declaration):
        return _content(one) == _content(other)
    return isinstance(one, Dropped) and isinstance(other, Dropped)


def _content(value: Declaration | Marked) -> list[Any]:
    return [getattr(value, field.name) for field in fields(value) if field.name != "doc"]


@dataclass(frozen=True)
class OwnedFunction:
    """A step function with the class in whose body it stands.

    Attributes
    ----------
    function : StepFunction
        The function.
    owner : type
        The class in whose body it stands.
    origin : type
        The base in which a function of this name stood first, which gives it its place.
    number : int
        Its place in the order of writing, bases first.
    """

    function: StepFunction
    owner: type
    origin: type
    number: int


def without_replaced(owned: Sequence[OwnedFunction]) -> list[OwnedFunction]:
    """Leave out the derivatives, diffusions and thresholds that an heir has written anew.

    They are told by what they speak of, whatever their names are.
    """
    left = []
    for one in owned:
        replaced = any(
            inherits(other.owner, one.owner) and _speaks_of_same(one.function, other.function)
            for other in owned
        )
        if not replaced:
            left.append(one)
    return left


def _speaks_of_same(one: StepFunction, other: StepFunction) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "threshold":
        return one.event == other.event
    return one.kind in ("derivative", "diffusion") and one.targets == other.targets


def in_acting_order(
    model: str,
    owned: Sequence[OwnedFunction],
    quantities: Quantities,
) -> tuple[StepFunction, ...]:
    """Order functions so that the order of the bases makes no difference.

    Of two functions of one occasion in bases that do not inherit from each other, the one that
    only reads a state stands before the one that writes it: it sees the value that is there when
    the occasion comes.

    Parameters
    ----------
    model : str
        The model's name, for messages.
    owned : sequence of OwnedFunction
        The functions.
    quantities : mapping
        The derived quantities of the model, through which a function reads states too.

    Raises
    ------
    ModelError
        Where two such functions write one state, or each reads what the other one writes.
    """
    waiting = list(owned)
    order = _Order(model, quantities)
    ordered: list[StepFunction] = []
    while waiting:
        free = [one for one in waiting if not order.has_to_wait(one, waiting)]
        if not free:
            named = ", ".join(map(_named, waiting))
            raise ModelError(
                f"{model}: the order of {named} is not determined, since each reads what another "
                "one writes: let one of their classes inherit from the other"
            )
        waiting.remove(free[0])
        ordered.append(free[0].function)
    return tuple(ordered)


class _Order:
    """Tells which of two functions of a model must run before the other."""

    def __init__(self, model: str, quantities: Quantities) -> None:
        self._model, self._quantities = model, quantities

    def has_to_wait(self, one: OwnedFunction, waiting: Sequence[OwnedFunction]) -> bool:
        """Whether another function that waits must run before."""
        return any(self._stands_before(other, one) for other in waiting if other is not one)

    def _stands_before(self, one: OwnedFunction, other: OwnedFunction) -> bool:
        kind = one.function.kind
        if kind not in ORDERED or _occasion(one.function) != _occasion(other.function):
            return False
        if issubclass(one.origin, other.origin) or issubclass(other.origin, one.origin):
            return one.number < other.number
        before, after = self._only_read(one, other), self._only_read(other, one)
        both = set(one.function.targets) & set(other.function.targets)
        apart = {name for name in both if not self._sum_up(name, one, other)}
        if apart or (before and after):
            undetermined = ", ".join(sorted(apart or before | after))
            raise ModelError(
                f"{self._model}: {_named(one)} and {_named(other)} are both @{kind}, and what "
                f"becomes of {undetermined} depends on which of them runs first; neither class "
                "inherits from the other, so that is not determined: let one of them do so, or "
                f"write both as one function in {self._model}"
            )
        return bool(before)

    def _only_read(self, reader: OwnedFunction, writer: OwnedFunction) -> set[str]:
        """What one function reads, and does not write, that another one writes."""
        written = set(writer.function.targets) - set(reader.function.targets)
        return written.intersection(base_names(reader.function.arguments, self._quantities))

    def _sum_up(self, name: str, *both: OwnedFunction) -> bool:
        """Whether both only add to a value, so that their order makes no difference."""
        return all(self._adds(one.function, name) for one in both)

    def _adds(self, function: StepFunction, name: str) -> bool:
        # a sum whose summand is derived from the value itself depends on the order
        derived = [argument for argument in function.arguments if argument in self._quantities]
        return adds(function, name) and name not in base_names(derived, self._quantities)


def _occasion(function: StepFunction) -> tuple[str, Any, str]:
    """When a function runs: at what, in which place, and at which kind of event."""
    return function.kind, function.place, function.event


def _named(owned: OwnedFunction) -> str:
    return f"{owned.origin.__name__}.{owned.function.name}"
