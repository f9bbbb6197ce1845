"""A model.

The data and step functions of a Neuron or Synapse class, read once when the class is made.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import Signature
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from brainkernel.base.given_values import one_number
from brainkernel.base.units import check_unit
from brainkernel.errors import ModelError, TimeGridError, ValueShapeError
from brainkernel.model.analysis import Analysis, analyse
from brainkernel.model.bounds import check_bounds
from brainkernel.model.declarations import Declaration, Marked, with_target
from brainkernel.model.derived_quantities import (
    base_names,
    in_order,
    own_quantities,
    with_derived,
)
from brainkernel.model.end_values import with_end_values
from brainkernel.model.event_kinds import check_events, events_of
from brainkernel.model.groupwide import GROUP, check_groupwide, is_over_group, over_group
from brainkernel.model.lazy_states import check_lazy
from brainkernel.model.levels import end_of
from brainkernel.model.parts import (
    OwnedFunction,
    Part,
    collect,
    in_acting_order,
    is_derived,
    without_replaced,
)
from brainkernel.model.past_of_states import check_past, with_units_of_states
from brainkernel.model.signatures import described, signature_of
from brainkernel.model.step_function import StepFunction, read_function, returned_values
from brainkernel.model.tree import check_tree
from brainkernel.model.variants import choices, optional_parameters, parts_with

TIME_NAMES = frozenset({"t", "dt"})
WITH_STEPS = "_with_steps"
"""The end of the printed name of a model that was given steps by a network."""
INHERITED = ""
"""Where a class names no integration method: that of the class it inherits from."""


@dataclass(frozen=True, eq=False)
class ModelDefinition:
    """All that a model class says, as plain data.

    Attributes
    ----------
    name : str
        The class's name.
    kind : str
        ``neuron`` or ``synapse``.
    declarations : dict
        Name to Declaration, in the order in which they are written.
    functions : tuple of StepFunction
        In the order in which they are written.
    method : str, Integrator or None
        The integration method that the class names, for where none is asked for; None: what follows
        from the equations.
    printed_name : str
        What the printed program calls it: the class's name, with those of the optional parameters
        that it has.
    analysis : Analysis
        What follows for lowering.
    derived : tuple of StepFunction
        The derived quantities, each after those that it reads.
    variants : mapping
        For every choice of optional parameters, the model that a group has which is given these. A
        class's own definition has all of them.
    timed : dict
        By the parameters that follow time, the models of groups in which they do, as far as there
        are any.
    driven : dict
        The same by the drives onto a group.
    joined : dict
        Of a synapse: by the models of its third ends, the models of projections that have them.
    views : dict
        Of a synapse: what its synapses are as neurons, for projections that begin or end there.
    receiving : dict
        The same by an input to which spikes add.
    arrived : mapping
        Of inputs to which spikes add, the states that keep what has arrived.
    """

    name: str
    kind: str
    doc: str
    module: str
    declarations: dict[str, Declaration]
    functions: tuple[StepFunction, ...]
    method: Any
    printed_name: str
    analysis: Analysis
    derived: tuple[StepFunction, ...] = ()
    variants: Mapping[frozenset[str], ModelDefinition] = field(default_factory=dict, repr=False)
    timed: dict[frozenset[str], ModelDefinition] = field(default_factory=dict, repr=False)
    driven: dict[tuple[str, str, bool], ModelDefinition] = field(default_factory=dict, repr=False)
    joined: dict[tuple[ModelDefinition, ...], ModelDefinition] = field(
        default_factory=dict, repr=False
    )
    views: dict[str, ModelDefinition] = field(default_factory=dict, repr=False)
    receiving: dict[str, ModelDefinition] = field(default_factory=dict, repr=False)
    arrived: Mapping[str, str] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> ModelDefinition:
        """Give itself: copies of a group are of the same model."""
        return self

    def with_values(self, names: Iterable[str]) -> ModelDefinition:
        """The model of a group that is given values of some names."""
        optional = optional_parameters(self.declarations)
        return self.variants[frozenset(optional).intersection(names)] if optional else self

    def varied(
        self,
        printed_name: str,
        *,
        declarations: dict[str, Declaration] | None = None,
        functions: tuple[StepFunction, ...] | None = None,
    ) -> ModelDefinition:
        """Give the model with other declarations or functions, printed under another name.

        Raises
        ------
        ModelError
            Where these do not go together.
        """
        varied = replace(
            self,
            printed_name=printed_name,
            declarations=self.declarations if declarations is None else declarations,
            functions=self.functions if functions is None else functions,
            # dictionaries of its own: what is derived from one model is derived from no other
            timed={},
            driven={},
            joined={},
            views={},
            receiving={},
        )
        return varied.analysed()

    def with_arrived(self, name: str, state: str) -> ModelDefinition:
        """Give the model in which a state keeps what spikes add to an input."""
        return replace(self, arrived={**self.arrived, name: state})

    def analysed(self) -> ModelDefinition:
        """Give the model with what follows for lowering from what it says.

        Raises
        ------
        ModelError
            Where its functions do not go together.
        """
        check_groupwide(self)
        analysis = analyse(self.name, self.kind, self.declarations, self.functions, self.derived)
        return replace(self, analysis=analysis)

    def of_kind(self, *kinds: str) -> Iterator[StepFunction]:
        """The step functions of some kinds; of those at events, those at the spike."""
        return (f for f in self.functions if f.kind in kinds and not f.event)

    def at_event(self, event: str, *kinds: str) -> tuple[StepFunction, ...]:
        """The functions of some kinds at an event of a kind of its own."""
        return tuple(f for f in self.functions if f.event == event and f.kind in kinds)

    @property
    def events(self) -> tuple[str, ...]:
        """The kinds of events besides the spike, in the order in which they are written."""
        return events_of(self.functions)

    def names(self, *kinds: str) -> tuple[str, ...]:
        """Names of the declarations of some kinds."""
        return tuple(
            name for name, declaration in self.declarations.items() if declaration.kind in kinds
        )

    @property
    def end_states(self) -> tuple[str, ...]:
        """The states that hold what a projection reads of third ends."""
        states = self.names("state")
        return tuple(name for name in states if self.declarations[name].source)

    @property
    def refractory(self) -> Declaration | None:
        """The refractory declaration, if there is one."""
        for declaration in self.declarations.values():
            if declaration.kind == "refractory":
                return declaration
        return None

    @property
    def threshold(self) -> StepFunction | None:
        """The threshold function, if there is one."""
        return next(self.of_kind("threshold"), None)


class Model:
    """Base of Neuron and Synapse: turns a class body into a ModelDefinition.

    ``class AdEx(bk.Neuron, method="rk4")`` names the integration method for groups that are given
    none. Classes that inherit from it keep that, or name their own; ``method=None`` leaves the
    choice to the equations again.
    """

    definition: ClassVar[ModelDefinition]
    __signature__: ClassVar[Signature]
    model_kind: ClassVar[str] = ""

    def __init_subclass__(
        cls,
        abstract: bool = False,
        method: Any = INHERITED,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        kinds = {vars(base).get("model_kind") for base in cls.__mro__} - {None, ""}
        if len(kinds) > 1:
            raise ModelError(
                f"{cls.__name__} inherits from a neuron and a synapse: a model is one of them"
            )
        if not abstract:
            cls.definition = define(cls, method)
            cls.__signature__ = signature_of(cls, cls.definition.declarations)
            cls.__doc__ = described(vars(cls).get("__doc__"), cls.definition.declarations)


def define(cls: type[Model], method: Any = INHERITED) -> ModelDefinition:
    """Read a model class, which may name its integration method.

    Raises
    ------
    ModelError
        Where names contradict each other or say what does not exist.
    """
    parts = collect(cls)
    declarations = {}
    for part in parts:
        if isinstance(part.value, Declaration) and not is_over_group(part.value):
            declarations[part.name] = part.value
    _check_undecorated(cls, declarations)
    functions = _functions(cls, parts, declarations)
    method = _method(cls, method, functions)
    variants = {}
    for chosen in choices(declarations):
        left, left_functions = parts_with(chosen, declarations, functions)
        variants[chosen] = _variant(cls, chosen, left, left_functions, method)
    complete = variants[frozenset(optional_parameters(declarations))]
    if len(variants) == 1:
        return complete
    # dictionaries of its own: what is derived from a class is derived from no variant of it
    return replace(
        complete, variants=variants, timed={}, driven={}, joined={}, views={}, receiving={}
    )


def _functions(
    cls: type[Model],
    parts: Sequence[Part],
    declarations: dict[str, Declaration],
) -> tuple[StepFunction, ...]:
    """Read the functions of a class, in the order in which they act."""
    states = tuple(name for name, d in declarations.items() if d.kind == "state")
    derived = {p.name for p in parts if is_derived(p.value) or is_over_group(p.value)}
    names = frozenset(declarations) | derived
    owned = []
    for number, part in enumerate(parts):
        if isinstance(part.value, Marked):
            function = _read(part.value, states, cls.__name__, names)
        elif isinstance(part.value, Declaration) and is_over_group(part.value):
            function = over_group(part.name, part.value)
        else:
            continue
        owned.append(OwnedFunction(function, part.owner, part.origin, number))
    left = without_replaced(owned)
    # what a function reads through derived quantities orders it as well
    quantities = in_order([one.function for one in left if is_derived(one.function)], cls.__name__)
    return in_acting_order(cls.__name__, left, own_quantities(quantities))


def _variant(
    cls: type[Model],
    chosen: frozenset[str],
    declarations: dict[str, Declaration],
    functions: tuple[StepFunction, ...],
    method: Any,
) -> ModelDefinition:
    """Check and analyse a model with some of its optional parameters."""
    derived = in_order([f for f in functions if f.kind == "derived"], cls.__name__)
    declarations = with_end_values(declarations, functions)
    functions = tuple(f for f in functions if f.kind != "derived")
    declarations = with_units_of_states(declarations)
    if derived:
        declarations = with_derived(declarations, derived, cls.model_kind == "synapse")
    definition = ModelDefinition(
        name=cls.__name__,
        kind=cls.model_kind,
        doc=(cls.__doc__ or "").strip(),
        module=cls.__module__,
        declarations=declarations,
        functions=functions,
        method=method,
        printed_name="_with_".join([cls.__name__, *sorted(chosen)]),
        analysis=Analysis((), {}),
        derived=derived,
    )
    _check_declarations(definition)
    for function in (*derived, *functions):
        if not function.over_group:
            _check_function(definition, function)
    _check_counts(definition)
    check_tree(definition)
    return definition.analysed()


def with_step(definition: ModelDefinition, mark: Marked, turn: int) -> ModelDefinition:
    """Give the model that does one step more, as if its class had it.

    Parameters
    ----------
    definition : ModelDefinition
        The model of a group or projection.
    mark : Marked
        What `step` makes of a function.
    turn : int
        The number of the step among those that were given to the network, from 1 on.

    Raises
    ------
    ModelError, PortabilityError
        As for a function of the class.
    """
    names = frozenset(definition.declarations)
    function = _read(mark, definition.names("state"), definition.name, names)
    declarations = with_end_values(definition.declarations, [function])
    definition = replace(definition, declarations=declarations)
    name = function.name
    if name in {*definition.declarations, *(other.name for other in definition.functions)}:
        raise ModelError(
            f"{definition.name} has a {name} already, so a step ({function.source.where()}) needs "
            "another name"
        )
    _check_function(definition, function)
    with_it = definition.varied(
        f"{definition.printed_name.removesuffix(WITH_STEPS)}{WITH_STEPS}",
        functions=(*definition.functions, replace(function, turn=turn)),
    )
    check_lazy(with_it)
    return with_it


def is_method(method: object) -> bool:
    """Whether this names an integration method, or is one: it prints lines."""
    return isinstance(method, str) or callable(getattr(method, "lines", None))


def _method(cls: type[Model], method: Any, functions: Iterable[StepFunction]) -> Any:
    if method is None:
        return None
    if not is_method(method):
        raise ModelError(
            f"class {cls.__name__}(method={method!r}): give the name of an integration method, as "
            "'rk4'"
        )
    if method == INHERITED:
        inherited = (
            vars(base)["definition"].method
            for base in cls.__mro__[1:]
            if "definition" in vars(base)
        )
        return next(inherited, None)
    if not any(function.kind == "derivative" for function in functions):
        raise ModelError(
            f"class {cls.__name__}(method={method!r}): it has no derivative to integrate; leave "
            "method out"
        )
    return method


def suggestion(name: str, names: Iterable[str]) -> str:
    """``did you mean X?``, or the list of what there is."""
    names = sorted(names)
    close = [candidate for candidate in names if candidate.lower() == name.lower()]
    if not close:
        close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"there is: {', '.join(names) or 'nothing'}"


def _check_undecorated(cls: type[Model], declarations: dict[str, Declaration]) -> None:
    """Refuse a plain function whose arguments all name data.

    Without its decorator it would do nothing.
    """
    for name, value in vars(cls).items():
        if not isinstance(value, FunctionType) or name.startswith("_"):
            continue
        arguments = value.__code__.co_varnames[: value.__code__.co_argcount]
        names_data = [
            argument in declarations or argument in TIME_NAMES or bool(end_of(argument)[1])
            for argument in arguments
        ]
        if arguments and all(names_data):
            raise ModelError(
                f"{cls.__name__}.{name} names data but has no decorator, so it would do nothing: "
                "write @bk.derivative, @bk.threshold, @bk.reset(...), ... above it"
            )


def _read(mark: Marked, states: tuple[str, ...], owner: str, names: frozenset[str]) -> StepFunction:
    mark = with_target(mark, states, owner)
    every = (
        None if mark.every is None else _interval(mark.every, f"{owner}.{mark.function.__name__}")
    )
    source = read_function(mark.function, owner, mark.whole, names)
    function = StepFunction(
        mark.kind,
        mark.targets,
        source,
        whole=mark.whole,
        crossing=mark.crossing,
        unit=mark.unit,
        every=every,
        place=mark.place,
        event=mark.event,
        lazy=mark.lazy,
    )
    targets = max(1, len(mark.targets))
    label = f"{owner}.{source.name} ({source.where()})"
    for count in returned_values(source):
        if count == targets:
            continue
        if mark.kind == "derived":
            raise ModelError(
                f"{label} returns {count} values, but a derived quantity is one: write a function "
                "for each"
            )
        if count != 1:
            raise ModelError(f"{label} returns {count} values for {targets} targets")
        raise ModelError(f"{label} must return {targets} values: {', '.join(mark.targets)}")
    return function


def _interval(every: object, what: str) -> float:
    """Give the interval of a step as a number of ms."""
    interval = one_number(every, "ms", f"the interval of {what}", error=TimeGridError)
    if not interval > 0:
        raise TimeGridError(f"the interval of {what} is {every!r}: it must be above 0 ms")
    return interval


def _check_declarations(definition: ModelDefinition) -> None:
    for name, declaration in definition.declarations.items():
        label = f"{definition.name}.{name}"
        check_unit(declaration.unit)
        reason = why_kept(name, definition.kind)
        if reason:
            raise ModelError(f"{label}: this name is kept, since {reason}; choose another")
        of_group = declaration.per == GROUP and declaration.kind in ("state", "derived")
        if definition.kind == "neuron" and declaration.per is not None and not of_group:
            raise ModelError(
                f"{label}: per= is for synapses; a neuron's value is always one for each neuron or "
                "one for all. A state of which the whole group has one is per='group'"
            )
        if definition.kind == "synapse" and declaration.kind == "state" and declaration.per is None:
            raise ModelError(f"{label}: say how many there are: per='synapse', 'pre' or 'post'")
        if definition.kind == "synapse" and declaration.source == "event":
            raise ModelError(
                f"{label}: events are drawn for neurons, sixteen at a time; in a synapse declare "
                "bk.bernoulli of the "
                "probability in a step, rate * dt * 1e-3 with the rate in Hz and dt in ms"
            )
        if definition.kind == "neuron" and declaration.kind == "end":
            raise ModelError(
                f"{label}: bk.end() is for synapses; a neuron reads others through a synapse"
            )
        if definition.kind == "synapse" and declaration.kind == "refractory":
            raise ModelError(f"{label}: a synapse has no refractory; declare it in the neuron")
        _check_references(definition, name, declaration)
        _check_bounds(definition, name, declaration)


OF_MEMBERS = frozenset("name method definition network model_kind check_values".split())
"""What every group and projection means by a name."""

OF_GROUPS = frozenset("shape ids positions own_inputs own_coordinates set_impulses".split())
"""What every group means by a name besides; ``size`` and ``label`` are free, see `Neuron`."""

OF_PROJECTIONS = frozenset("pre post connect delay dendritic_delay sources targets delays".split())
"""What every projection means by a name besides."""

KERNEL_NAMES = frozenset("np t dt element range slice int min dict enumerate".split())
"""What step functions and programs already mean by a name: time, and functions of Python."""


PROGRAM_NAMES = {
    "neuron": frozenset("refractory_steps refractory_left was_above".split()),
    "synapse": frozenset("in_slice synapse_number synapse_place".split()),
}
"""What the printed program counts and remembers beside the data of a model."""


def why_kept(name: str, kind: str) -> str:
    """Say why no model of a kind may declare a name, or nothing where it may."""
    attributes = OF_MEMBERS | (OF_GROUPS if kind == "neuron" else OF_PROJECTIONS)
    if name.startswith("_"):
        return "the printed program's own names begin with an underscore"
    if name in PROGRAM_NAMES[kind]:
        return f"the printed program keeps data of its own as {name}"
    if name in KERNEL_NAMES:
        return f"{name} means something else in every function and program"
    if name in attributes:
        what = "group" if kind == "neuron" else "projection"
        return f"every {what} has a {name} already"
    return ""


def _check_references(definition: ModelDefinition, name: str, declaration: Declaration) -> None:
    parameters, states = definition.names("parameter"), definition.names("state")
    label = f"{definition.name}.{name}"
    if declaration.kind == "refractory":
        if declaration.source not in parameters:
            raise ModelError(
                f"{label}: no parameter {declaration.source!r}; "
                f"{suggestion(declaration.source, parameters)}"
            )
        for held in declaration.holds:
            if held not in states:
                raise ModelError(
                    f"{label} holds {held!r}, which is no state; {suggestion(held, states)}"
                )
    if isinstance(declaration.default, str):
        if definition.kind != "neuron" or declaration.kind != "state":
            raise ModelError(
                f"{label}: only a neuron's state may start from a parameter; give a number"
            )
        if declaration.default not in parameters:
            raise ModelError(
                f"{label}: no parameter {declaration.default!r}; "
                f"{suggestion(declaration.default, parameters)}"
            )
    if declaration.ceiling:
        _check_ceiling(definition, label, declaration.ceiling)
    if declaration.kind == "past":
        check_past(definition.name, definition.kind, declaration, states, parameters)
    if declaration.kind == "draw" and declaration.mean:
        _check_mean(definition, label, declaration)


def _check_mean(definition: ModelDefinition, label: str, draw: Declaration) -> None:
    mean, is_neuron = draw.mean, definition.kind == "neuron"
    others = ("input", "state") if is_neuron else ()
    names = definition.names("parameter", *others)
    if mean not in names:
        further = ", nor an input or state of this name" if is_neuron else ""
        raise ModelError(f"{label}: no parameter {mean!r}{further}; {suggestion(mean, names)}")
    per = definition.declarations[mean].per
    if draw.per in ("pre", "post") and per not in (None, draw.per):
        raise ModelError(
            f"{label} is one number per {draw.per!r}, but {mean} is per {per!r}: declare both "
            "per the same"
        )


def _check_ceiling(definition: ModelDefinition, label: str, ceiling: object) -> None:
    parameters = definition.names("parameter")
    if definition.kind != "neuron":
        raise ModelError(
            f"{label}: only a neuron's state may have a ceiling; write np.minimum where a synapse "
            "needs it"
        )
    if not isinstance(ceiling, str):
        raise ModelError(
            f"{label}: ceiling={ceiling!r} must be the name of a parameter, as ceiling='V_peak'"
        )
    if ceiling not in parameters:
        raise ModelError(
            f"{label}: its ceiling {ceiling!r} is no parameter; {suggestion(ceiling, parameters)}"
        )


def _check_bounds(definition: ModelDefinition, name: str, declaration: Declaration) -> None:
    """Refuse bounds that name no parameter to hold a value to, and a default outside them."""
    label, declarations = f"{definition.name}.{name}", definition.declarations
    defaults = {}
    for word, limit in declaration.bounds:
        if not isinstance(limit, str):
            continue
        if limit == name or limit not in definition.names("parameter"):
            parameters = list(definition.names("parameter"))
            if name in parameters:
                parameters.remove(name)
            raise ModelError(
                f"{label}: {word}={limit!r} names no other parameter; "
                f"{suggestion(limit, parameters)}"
            )
        if declarations[limit].per not in (None, declaration.per):
            raise ModelError(
                f"{label}: {word}={limit!r} has other elements, per={declarations[limit].per!r}"
            )
        defaults[limit] = declarations[limit].default
    default = declaration.default
    value = declarations[default].default if isinstance(default, str) else default
    try:
        if value is not None:
            check_bounds(definition.name, name, declaration, value, defaults)
    except ValueShapeError as cause:
        raise ModelError(f"the default of {cause}") from cause


def _check_function(definition: ModelDefinition, function: StepFunction) -> None:
    label = f"{definition.name}.{function.name} ({function.source.where()})"
    unreadable = definition.names("refractory", "end", "tree")
    readable = set(definition.declarations) - set(unreadable) | TIME_NAMES
    for name in function.arguments:
        end = end_of(name)[1]
        if name in readable or (end and definition.kind == "synapse"):
            continue
        if end:
            raise ModelError(f"{label} names {name}: only a synapse sees the two ends")
        raise ModelError(
            f"{label} names {name}, which {definition.name} does not have; "
            f"{suggestion(name, readable)}"
        )
    for name in function.targets:
        _check_target(definition, function, name, label)
    if function.kind == "threshold" and _gives_truth(function):
        raise ModelError(
            f"{label} returns True or False, but a neuron fires where its threshold is zero or "
            "more: return a number, "
            "as V - V_th instead of V >= V_th"
        )


def _gives_truth(function: StepFunction) -> bool:
    """Whether a function returns booleans, found by calling it.

    What it says of odd numbers does not matter here.
    """
    arguments = [np.full(1, 0.5) for _ in function.arguments]
    try:
        with np.errstate(all="ignore"):
            result = function.source.call(*arguments)
    except Exception:  # the user's function: whatever is wrong with it will be said where it runs
        return False
    return np.asarray(result).dtype == np.bool_


def _check_target(
    definition: ModelDefinition,
    function: StepFunction,
    name: str,
    label: str,
) -> None:
    end = end_of(name)[1]
    if function.kind == "derived":
        return
    if function.kind == "adds_to":
        if definition.kind == "neuron":
            _check_current(definition, function, label)
        return
    of_end = end and definition.kind == "synapse" and name not in definition.declarations
    if of_end and function.kind in ("on_pre", "on_post"):
        return
    states = definition.names("state")
    declared = definition.declarations.get(name)
    if declared is not None and declared.kind in ("end_value", "state") and declared.source:
        raise ModelError(
            f"{label} writes {name}, but a third end is only read: write to the group by a "
            "projection onto it"
        )
    if name in definition.names("derived"):
        derived = own_quantities(definition.derived)
        raise ModelError(
            f"{label} writes {name}, which is derived from "
            f"{', '.join(base_names([name], derived)) or 'nothing'}: write a state that it "
            "follows from"
        )
    if name not in states:
        raise ModelError(
            f"{label} writes {name}, which is no state of {definition.name}; "
            f"{suggestion(name, states)}"
        )


def _check_current(definition: ModelDefinition, function: StepFunction, label: str) -> None:
    """Refuse what a neuron would add to no input of its own, or what reads a sum not yet made.

    Also where it reads one through a derived quantity.
    """
    inputs = definition.names("input")
    target = function.targets[0]
    if target not in inputs:
        raise ModelError(
            f"{label} adds to {target}, which is no input of {definition.name}; "
            f"{suggestion(target, inputs)}"
        )
    read_inputs = _inputs_read(definition, function)
    if read_inputs:
        raise ModelError(
            f"{label} adds to {target} and names {', '.join(read_inputs)}: an input is a sum, "
            "which is complete when all that adds to it has been computed; write it into the "
            "derivative that names the input"
        )


def _inputs_read(definition: ModelDefinition, function: StepFunction) -> list[str]:
    """The inputs that a function names, and the derived quantities by which it follows others."""
    inputs, quantities = definition.names("input"), own_quantities(definition.derived)
    read = []
    for name in function.arguments:
        if not set(inputs).isdisjoint(base_names([name], quantities)):
            read.append(name)
    return read


def _check_noise_names(definition: ModelDefinition) -> None:
    """Refuse a name that the noise of a diffusion has already, in programs and random streams."""
    for function in definition.of_kind("diffusion"):
        state = function.targets[0]
        if f"xi_{state}" in definition.declarations:
            raise ModelError(
                f"{definition.name}.xi_{state}: this name is kept, since {function.name} makes "
                f"{state} diffuse, and the noise that it is multiplied with is xi_{state}; "
                "choose another"
            )


ONLY_FOR = {
    "threshold": "neuron",
    "reset": "neuron",
    "on_pre": "synapse",
    "on_post": "synapse",
}


def _check_counts(definition: ModelDefinition) -> None:
    for function in definition.functions:
        kind_of_model = ONLY_FOR.get(function.kind, definition.kind)
        if kind_of_model != definition.kind:
            raise ModelError(
                f"{definition.name}.{function.name}: @{function.kind} is for a {kind_of_model}"
            )
    if len(list(definition.of_kind("threshold"))) > 1:
        raise ModelError(
            f"{definition.name} has two thresholds: keep one, or make one that of another kind of "
            'event, @bk.threshold(event="...")'
        )
    check_events(definition)
    check_lazy(definition)
    if definition.threshold is None and (
        definition.refractory or list(definition.of_kind("reset"))
    ):
        raise ModelError(
            f"{definition.name} has a reset or a refractory period but no threshold: it would "
            "never fire"
        )
    for kind in ("derivative", "diffusion"):
        targets = [function.targets[0] for function in definition.of_kind(kind)]
        twice = {target for target in targets if targets.count(target) > 1}
        if twice:
            raise ModelError(
                f"{definition.name}: two {kind}s of {', '.join(sorted(twice))}; add them up in one"
            )
    _check_noise_names(definition)
    derivatives = {function.targets[0] for function in definition.of_kind("derivative")}
    for name, declaration in definition.declarations.items():
        if declaration.ceiling and name not in derivatives:
            raise ModelError(
                f"{definition.name}.{name} has a ceiling but no derivative: a ceiling limits what "
                "integrates"
            )
    for function in definition.of_kind("diffusion"):
        if function.targets[0] not in derivatives:
            raise ModelError(
                f"{definition.name}.{function.name}: {function.targets[0]} diffuses but has no "
                "derivative; "
                f"write d{function.targets[0]}, if only to return 0.0 * {function.targets[0]}"
            )
