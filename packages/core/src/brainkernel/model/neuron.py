"""Neuron groups and their slices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.base.given_values import given_value, numbers_of
from brainkernel.base.selections import select
from brainkernel.errors import (
    InputError,
    ModelError,
    NetworkError,
    NotBuiltError,
    SelectionError,
    ValueShapeError,
)
from brainkernel.model.bounds import check_bounds, named_limits
from brainkernel.model.definition import Model, ModelDefinition, is_method, suggestion
from brainkernel.model.derived_quantities import base_names, own_quantities
from brainkernel.model.network_protocol import Membership, Owner
from brainkernel.model.stimuli import TimedArray
from brainkernel.model.timed import follows_time, with_timed_values
from brainkernel.model.unit_check import check_current_units
from brainkernel.model.variants import optional_parameters

if TYPE_CHECKING:
    from brainkernel.base.given_values import Resolved
    from brainkernel.model.declarations import Declaration
    from brainkernel.model.stimuli import Impulses

MOST = 2**32  # neurons of a group
BY_KEYWORD: Any = object()
"""In place of the number of neurons: it is not given first."""
GRID, INTERPOLATED = "grid", "interpolated"
"""Where the spikes of a group may be."""
OF_SLICES = ("size", "group", "label")
"""What a slice means by names that its model does not declare."""
SETTABLE = ("parameter", "state", "timed")
"""Kinds of data that a user gives values."""


class Member(Model, abstract=True):
    """What groups and projections share.

    A name, given values, and the network that took them last.
    """

    def __init__(self, method: Any, name: str | None, values: dict[str, object]) -> None:
        if not hasattr(type(self), "definition"):
            raise ModelError(
                f"{type(self).__name__} is no model yet: subclass it, and declare data and "
                "functions"
            )
        if name is not None and (
            not isinstance(name, str) or not name.isidentifier() or name.startswith("_")
        ):
            raise ModelError(
                f"{type(self).__name__}(name={name!r}): a name is a Python identifier, as lif_1"
            )
        if method is not None and not is_method(method):
            raise ModelError(
                f"{type(self).__name__}(method={method!r}): give the name of a method, as 'rk4', "
                "or a method, as brainkernel.integrators.dormand_prince(rtol=1e-8)"
            )
        optional = optional_parameters(type(self).definition.declarations)
        values = {n: v for n, v in values.items() if n not in optional or v is not None}
        definition = self._definition_with(values)
        self.__dict__.update(
            name=name, method=method, definition=definition, _membership=Membership()
        )
        self.__dict__["_given"] = checked = self._check(values)
        self._check_together(checked)

    def _definition_with(self, values: Mapping[str, object]) -> ModelDefinition:
        """The model of an object that is given these values."""
        return type(self).definition.with_values(values)

    name: str | None
    method: Any
    _given: dict[str, object]
    _membership: Membership

    @property
    def network(self) -> Owner | None:
        """The network that took it last; None where none did, or where that one is gone."""
        return self._membership.network

    def _use_definition(self, definition: ModelDefinition) -> None:
        """Be of another model, one with further steps, until a network takes the object anew.

        Raises
        ------
        ModelError
            Where the model does not fit; the object then stays as it was.
        """
        own = self.definition
        self.__dict__["definition"] = definition
        try:
            self._check_definition()
        except Exception:
            self.__dict__["definition"] = own
            raise
        if self._membership.own_definition is None:
            self._membership.own_definition = own

    def _check_definition(self) -> None:
        """Refuse a model that does not fit what the object is connected with."""

    def _check(self, values: dict[str, object]) -> dict[str, object]:
        for name in values:
            self._check_name(name)
        optional = self._optional()
        missing = []
        for name, declaration in self._settable().items():
            needed = declaration.kind == "parameter" and declaration.default is None
            if needed and name not in values and name not in optional:
                missing.append(name)
        if missing:
            raise ModelError(
                f"{type(self).__name__} needs values for {', '.join(missing)}: {missing[0]}=..."
            )
        return {name: self._in_unit(name, value) for name, value in values.items()}

    def _settable(self) -> dict[str, Declaration]:
        declarations = self.definition.declarations
        # what a synapse reads of a third end is a state that nobody gives a value to
        return {n: d for n, d in declarations.items() if d.kind in SETTABLE and not d.source}

    def _check_name(self, name: str) -> None:
        settable = self._settable()
        in_model = name in type(self).definition.declarations
        if in_model and name not in self.definition.declarations:
            raise self._made_without(name)
        if name in self.definition.names("derived"):
            read = base_names([name], own_quantities(self.definition.derived))
            raise ModelError(
                f"{type(self).__name__}.{name} is derived from {', '.join(read) or 'nothing'}: "
                "give values to what it follows from"
            )
        if name not in settable:
            raise ModelError(
                f"{type(self).__name__} has no parameter or state {name!r}; "
                f"{suggestion(name, settable)}"
            )

    def _made_without(self, name: str) -> ModelError:
        """Say what a part of the model needs that this group does not have."""
        optional = optional_parameters(type(self).definition.declarations)
        needed = [name for name in optional if name not in self.definition.declarations]
        return ModelError(
            f"{self._label()} was made without {' and '.join(needed)}, so it has no {name}: make "
            f"it as {type(self).__name__}(..., {needed[0]}=...)"
        )

    def _in_unit(self, name: str, value: object) -> object:
        declaration = self.definition.declarations[name]
        label = f"{self._label()}.{name}"
        if declaration.kind == "timed" and isinstance(value, TimedArray):
            numbers = value.in_unit(declaration.unit, label)
            check_bounds(self._label(), name, declaration, numbers, {})
            return value
        if isinstance(value, TimedArray):
            raise ValueShapeError(
                f"{label} cannot follow time, which only parameters of neurons can: give numbers; "
                "a function of a synapse that is computed for each target may read such a "
                "parameter by its name with _post"
            )
        plain = given_value(value, declaration.unit, label, finite=declaration.finite)
        count = np.asarray(plain).size if declaration.per == "group" else 1
        if count != 1:
            raise ValueShapeError(
                f"{label} is a state of which the whole group has one, but {count} values were "
                "given: give one number"
            )
        if not callable(plain):
            check_bounds(self._label(), name, declaration, plain, {})
        return plain

    def _check_together(self, values: Mapping[str, object]) -> None:
        """Hold values to bounds that name others, as far as both are plain numbers already."""
        declarations = self.definition.declarations
        for name, limit in named_limits(declarations):
            value = self._plain(name, values)
            limit_value = self._plain(limit, values)
            if value is not None and limit_value is not None:
                bounds = {limit: limit_value}
                check_bounds(self._label(), name, declarations[name], value, bounds)

    def _plain(self, name: str, values: Mapping[str, object]) -> object:
        """What a name begins with, or None where that is not known yet."""
        value = values.get(name, self.definition.declarations[name].default)
        if isinstance(value, str):
            return self._plain(value, values)
        is_absent = name not in values and name in self._optional()
        is_later = callable(value) or isinstance(value, TimedArray)
        return None if is_later or is_absent else value

    def _optional(self) -> tuple[str, ...]:
        """Parameters without a default that may still be left out."""
        return ()

    def check_values(self, values: Mapping[str, Resolved], dt: float) -> None:
        """Refuse values that do not fit each other or the step `dt` (ms), before anything runs.

        Models may override it.

        Raises
        ------
        ValueShapeError
            With the group's name and what to do next.
        """

    def _given_or_default(self, name: str) -> object:
        """What the user gave for a name, or the model's default.

        A number, or for a state the name of a parameter.
        """
        return self._given.get(name, self.definition.declarations[name].default)

    def _get_value(self, name: str) -> Any:
        """The present value of a parameter or state.

        None for a parameter that the group was made without.
        """
        if name not in self.definition.declarations:
            return None
        network = self.network
        if network is not None:
            return network.read(self, name)
        declaration = self.definition.declarations[name]
        if declaration.kind not in SETTABLE:
            raise NotBuiltError(
                f"{type(self).__name__}.{name} is an {declaration.kind}: it has no value of its own"
                if declaration.kind != "derived"
                else f"{type(self).__name__}.{name} is derived from other values: it has one in a "
                "network"
            )
        if declaration.kind == "state" and self._membership.ever:
            raise self._network_is_gone(name)
        value = self._given_or_default(name)
        return self._given_or_default(value) if isinstance(value, str) else value

    def _set_value(self, name: str, value: object) -> None:
        """Give a parameter or state a new value, now and (before the first run) for the start."""
        self._check_name(name)
        network = self.network
        if follows_time(value):
            self._follow_time(name, value)
        checked = self._in_unit(name, value)
        if network is not None:
            network.write(self, name, checked)
        else:
            self._check_together({**self._given, name: checked})
            self._given[name] = checked

    def _follow_time(self, name: str, value: object) -> None:
        """Be of the model in which a parameter follows time, or refuse where it cannot."""
        if self.definition.declarations[name].kind != "parameter":
            return
        if self.network is not None:
            raise NetworkError(
                f"{self._label()}.{name} is a number in this network, so it cannot follow time "
                f"now: make the group with {name}=..., of a TimedArray or function of t"
            )
        self.__dict__["definition"] = with_timed_values(self.definition, {name: value})

    def _network_is_gone(self, name: str) -> NotBuiltError:
        return NotBuiltError(
            f"{self._label()}.{name}: its network is gone, and what the network held with it, "
            "since no variable keeps "
            "it: write net = bk.Network(...) and keep net as long as you read values, or make a "
            "new network"
        )

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.__dict__ and not hasattr(type(self), name):
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}; "
                f"{suggestion(name, self.definition.declarations)}"
            )
        if self.network is not None and name not in self.definition.declarations:
            raise NetworkError(
                f"{self._label()}.{name} is fixed in a network: give it where you make the object"
            )
        if name in self.definition.names("derived"):
            self._check_name(name)
        super().__setattr__(name, value)

    def _label(self) -> str:
        """The name, or the class's name where there is none yet."""
        return self.__dict__.get("name") or type(self).__name__

    def label(self) -> str:
        """The name, or the class's name where there is none yet."""
        return self._label()


class Neuron(Member, abstract=True):
    """A group of neurons of one model; subclass it to write a model.

    Parameters
    ----------
    size : int or tuple of int
        How many neurons, or the shape in which they are arranged.
    method : str or Integrator, optional
        The integration method, by its name or itself; chosen by what the equations are where none
        is given.
    name : str, optional
        The name in datasets and for the random source; given by the network where there is none.
    positions : array (n, 1..3), optional
        Where the neurons are; kept as coordinates in datasets.
    spikes : str, optional
        ``"grid"``: a spike is at the end of the step in which it is found. ``"interpolated"``: the
        moment at which the threshold is reached is located within the step, and the reset is done
        there. A model that declares ``spikes`` means its own by it.
    **values
        Parameters and first states: a number, an array (which is copied), a pint quantity, or a
        function that names some of ``rng``, ``dt``, ``n`` and ``positions``. A parameter may
        follow time: a `TimedArray`, or a function that names ``t`` or ``t_run``.

    Raises
    ------
    ModelError
        A name that the model does not have.
    UnitError
        A quantity whose unit does not fit.
    ValueShapeError
        What is no number, not finite, or outside its declared bounds.
    """

    model_kind = "neuron"

    def __init__(
        self,
        size: int | tuple[int, ...] = BY_KEYWORD,
        /,
        *,
        method: Any = None,
        name: str | None = None,
        positions: ArrayLike | None = None,
        spikes: Any = GRID,
        **values: Any,
    ) -> None:
        if size is BY_KEYWORD:
            size = self._size_by_keyword(values)
        spikes = self._place_of_spikes(spikes, values)
        super().__init__(method, name, values)
        shape = size if isinstance(size, tuple) else (size,)
        if not shape or not all(_is_positive_integer(length) for length in shape):
            raise ValueShapeError(
                f"{self._label()}: size {size!r} must be a positive number or a shape of them"
            )
        count = math.prod(shape)
        if count >= MOST:
            raise ValueShapeError(
                f"{self._label()}: size {size!r}: neurons are numbered in 32 bits, so a group has "
                f"fewer than {MOST}"
            )
        self.__dict__.update(
            shape=tuple(map(int, shape)),
            positions=_positions(positions, count, self._label()),
            _interpolates=spikes == INTERPOLATED,
            _projections=WeakSet(),
            _own_impulses={},
        )
        self._check_definition()

    def _size_by_keyword(self, values: dict[str, Any]) -> int | tuple[int, ...]:
        """Take the number of neurons out of what is given by keyword, unless a model declares it.

        Then ``size=`` is what the model means by it, and the number of neurons comes first.
        """
        definition = getattr(type(self), "definition", None)
        declared = definition is not None and "size" in definition.declarations
        if declared or "size" not in values:
            raise TypeError(f"{type(self).__name__}(...): say first how many neurons there are")
        size: int | tuple[int, ...] = values.pop("size")
        return size

    def _place_of_spikes(self, spikes: Any, values: dict[str, Any]) -> Any:
        """Tell where spikes are; what a model declares by this name is a value of its own."""
        definition = getattr(type(self), "definition", None)
        if definition is not None and "spikes" in definition.declarations:
            if spikes is not GRID:
                values["spikes"] = spikes
            return GRID
        if not isinstance(spikes, str) or spikes not in (GRID, INTERPOLATED):
            raise ModelError(
                f"{type(self).__name__}(spikes={spikes!r}): spikes are at the end of their step, "
                f"{GRID!r}, or located within it, {INTERPOLATED!r}"
            )
        return spikes

    def _definition_with(self, values: Mapping[str, object]) -> ModelDefinition:
        return with_timed_values(super()._definition_with(values), values)

    shape: tuple[int, ...]
    positions: NDArray[np.float64] | None
    _interpolates: bool
    _own_impulses: dict[str, Impulses]  # by input
    # those that begin or end here, to notice one that is left out of the network
    _projections: WeakSet[Any]

    @property
    def _size(self) -> int:
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """How many neurons there are, as ``len(group)``; a model may mean something else by it."""
        return self._size

    @property
    def ids(self) -> NDArray[np.int64]:
        """The neurons' numbers."""
        return np.arange(self._size)

    @property
    def _group(self) -> Neuron:
        return self

    @property
    def group(self) -> Neuron:
        """The group itself, as a slice has one; a model may mean something else by it."""
        return self

    def _check_definition(self) -> None:
        """Refuse currents of the model's own whose units do not fit its inputs."""
        check_current_units(self.definition, self._label())

    def own_inputs(self) -> dict[str, Impulses]:
        """Inputs that the group brings along, by input name; spike generators do."""
        return dict(self._own_impulses)

    def own_coordinates(self) -> dict[str, tuple[NDArray[Any], dict[str, str]]]:
        """Give what datasets know of each neuron besides its number and position.

        By name an array and its attributes; groups of cells with places in them give some.
        """
        return {}

    def set_impulses(self, name: str, impulses: Impulses) -> None:
        """Replace what is added to an input of the group in single steps, between runs too.

        Parameters
        ----------
        name : str
            The input.
        impulses : Impulses
            In place of all that were given before, which have acted up to now.

        Raises
        ------
        InputError
            For an input or a neuron that there is not, or times that are over for the network.
        TimeGridError
            For times off the network's grid.
        """
        names = self.definition.names("input")
        if name not in names:
            raise InputError(f"{self._label()} has no input {name!r}; {suggestion(name, names)}")
        if self.network is not None:
            self.network.check_impulses(self, impulses)
        self.__dict__["_own_impulses"] = {**self._own_impulses, name: impulses}

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, key: Any) -> Slice:
        return Slice(self, select(key, self.shape, self._label()))

    def __repr__(self) -> str:
        # the group may be half made
        shape = ", ".join(map(str, self.__dict__.get("shape", ())))
        name = self.__dict__.get("name") or ""
        return f"<{type(self).__name__} {name}({shape})>".replace(" (", "(")


class Slice:
    """A part of a group, to be connected, driven, recorded, read or written: ``cells[:100]``.

    Parameters
    ----------
    group : Neuron
        The group.
    ids : int64 array
        The numbers of its neurons.

    Raises
    ------
    SelectionError
        Where a neuron is named more than once.
    """

    def __init__(self, group: Neuron, ids: NDArray[np.int64]) -> None:
        numbers, counts = np.unique(ids, return_counts=True)
        if numbers.size < ids.size:
            raise SelectionError(
                f"a slice of {group._label()} names neuron {numbers[counts > 1][0]} more than once"
            )
        self.__dict__.update(_group=group, ids=ids)

    _group: Neuron
    ids: NDArray[np.int64]

    @property
    def _size(self) -> int:
        return int(self.ids.size)

    def __len__(self) -> int:
        return self._size

    def _label(self) -> str:
        """The group's name."""
        return f"{self._group._label()}[...]"

    def __getitem__(self, key: Any) -> Slice:
        return Slice(self._group, self.ids[select(key, (self._size,), self._label())])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        declarations = self._group.definition.declarations
        if name not in declarations:
            if name in OF_SLICES:
                return getattr(self, f"_{name}")
            raise AttributeError(
                f"{self._label()} has no {name!r}; {suggestion(name, declarations)}"
            )
        value = self._group._get_value(name)
        if declarations[name].kind == "timed":
            return value
        return value[self.ids] if isinstance(value, np.ndarray) and value.ndim else value

    def __setattr__(self, name: str, value: object) -> None:
        group = self._group
        declarations = group.definition.declarations
        if name not in declarations:
            raise AttributeError(
                f"{self._label()} has no {name!r}; {suggestion(name, declarations)}"
            )
        label = f"{self._label()}.{name}"
        if declarations[name].kind == "timed":
            raise NetworkError(
                f"{label} follows time, so there are no single values to set: set that of the "
                "group, whose TimedArray or function may give one value for each neuron"
            )
        old = group._get_value(name)
        if callable(old):
            raise NetworkError(
                f"{label} is given by a function: add the group to a network before a slice is set"
            )
        flat = np.asarray(old, dtype=np.float64).reshape(-1)
        of_group = np.array(np.broadcast_to(flat, (group._size,)))
        declaration = declarations[name]
        values = numbers_of(value, declaration.unit, label, finite=declaration.finite)
        if values.shape not in ((), (self._size,)):
            raise ValueShapeError(
                f"{label}: {values.shape} values for {self._size} neurons; give one or {self._size}"
            )
        of_group[self.ids] = values
        group._set_value(name, of_group)

    def __repr__(self) -> str:
        return f"<{self._size} of {self._group!r}>"


End = Neuron | Slice


def _is_positive_integer(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        return False
    return bool(number >= 1)


def _positions(positions: ArrayLike | None, size: int, label: str) -> NDArray[np.float64] | None:
    if positions is None:
        return None
    array = numbers_of(positions, "", f"{label}: positions")
    if array.ndim != 2 or array.shape[0] != size or not 1 <= array.shape[1] <= 3:
        raise ValueShapeError(
            f"{label}: positions have shape {array.shape}; they must be ({size}, 1 to 3)"
        )
    return array
