"""What a model's author writes in the class body: data by declaration, functions by decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isinf
from numbers import Real
from typing import Any, overload

from brainkernel.base.units import check_unit
from brainkernel.errors import ModelError
from brainkernel.model.bounds import Bounds, bounds_of
from brainkernel.model.slots import Place, place_of

PER = (None, "synapse", "pre", "post", "group")


@dataclass(frozen=True, eq=False)
class Declaration:
    """One named piece of data of a model.

    Attributes
    ----------
    kind : str
        ``parameter``, ``state``, ``input``, ``refractory``, ``draw``, ``derived``, ``past``,
        ``tree`` or ``end``; ``timed`` for a parameter that follows time in a group; ``groupwide``
        for a mean or sum over one, which a model holds as ``derived``; ``end_value`` for what a
        synapse reads of a third end.
    default : number, str or None
        The value where none is given; the parameter that a state starts from; None: one must be
        given.
    unit : str
        As pint reads it; empty for a pure number.
    per : str or None
        In a synapse: one value for each ``"synapse"``, ``"pre"`` or ``"post"`` neuron, or one for
        all (None). In a neuron: ``"group"`` where the whole group has one.
    holds : tuple of str
        For a refractory period: the states that stay at their reset value.
    source : str
        For a refractory period, the parameter that holds it; for a draw, the distribution; for
        what is read of a third end, the end.
    mean : str
        For a Poisson or Bernoulli draw or an event, the parameter, input or state it follows; for
        a mean or sum over a group, what is added up.
    ceiling : str
        For a state, the parameter that it never exceeds while it is integrated.
    bounds : tuple of (str, number or str)
        What values that are given must keep to: ``("above", 0.0)``, ``("below", "V_th")``.
    optional : bool
        For a parameter: whether a group may be made without it, and without all that names it.
    """

    kind: str
    default: float | str | None = None
    unit: str = ""
    per: str | None = None
    doc: str = ""
    holds: tuple[str, ...] = ()
    source: str = ""
    mean: str = ""
    name: str = ""
    ceiling: str = ""
    bounds: Bounds = ()
    optional: bool = False

    @property
    def finite(self) -> bool:
        """Whether infinity is refused.

        For parameters, unless the author's default is infinite itself.
        """
        return self.kind == "parameter" and not (
            isinstance(self.default, Real) and isinf(self.default)
        )

    @overload
    def __get__(self, instance: None, owner: type) -> Declaration: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Any: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else instance._get_value(self.name)

    def __set__(self, instance: Any, value: object) -> None:
        instance._set_value(self.name, value)

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)


@dataclass(frozen=True, eq=False)
class Marked:
    """A function of the class body with the kind that its decorator gave it."""

    kind: str
    function: Callable[..., Any]
    targets: tuple[str, ...] = ()
    whole: bool = False
    crossing: bool = False
    unit: str | None = None
    every: Any = None
    place: Place | None = None
    event: str = ""
    lazy: bool = False
    name: str = field(default="")

    def __get__(self, instance: Any, owner: type) -> Any:
        """The value of a derived quantity of a group; of any other function itself."""
        if instance is None or self.kind != "derived":
            return self
        return instance._get_value(self.name)

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)


def parameter(
    default: float | None = None,
    unit: str = "",
    per: str | None = None,
    doc: str = "",
    *,
    above: float | str | None = None,
    at_least: float | str | None = None,
    below: float | str | None = None,
    at_most: float | str | None = None,
    optional: bool = False,
) -> Any:
    """Declare a constant of the model.

    Parameters
    ----------
    default : number, optional
        Without one, each group must be given a value.
    unit : str
        As pint reads it, for example ``"mS/cm**2"``.
    per : {None, "synapse", "pre", "post"}
        In a synapse: how many values there may be. In a neuron a value may always be one number or
        one for each.
    doc : str
        One line on what it is.
    above, at_least, below, at_most : number or str, optional
        Bounds: in the parameter's unit, or the name of another parameter, as ``V_reset`` is
        ``below="V_th"``. All values are held to them, numbers, arrays and drawn ones, where they
        are given and when they are set later.
    optional : bool
        Whether a group may be made without it. Such a group lacks the parameter, every function
        that names it and every random number that follows it, and costs what the model without
        them costs: ``LIF(100)`` has no diffusion, ``LIF(100, noise=0.5)`` has one.

    Raises
    ------
    ModelError
        When the class is made: for a default outside the bounds, a bound that is no number or
        parameter, or an optional parameter with a default.
    """
    bounds = bounds_of(above=above, at_least=at_least, below=below, at_most=at_most)
    if optional and default is not None:
        raise ModelError(
            f"bk.parameter({default!r}, optional=True): an optional parameter has no default; "
            "leave one of them out"
        )
    return replace(_data("parameter", default, unit, per, doc, bounds), optional=bool(optional))


def state(
    default: float | str = 0.0,
    unit: str = "",
    per: str | None = None,
    doc: str = "",
    *,
    ceiling: str = "",
    above: float | str | None = None,
    at_least: float | str | None = None,
    below: float | str | None = None,
    at_most: float | str | None = None,
) -> Any:
    """Declare a value that changes, with its first value.

    Parameters
    ----------
    default : number or str
        The first value; in a neuron also the name of a parameter: ``V = bk.state("E_L")`` starts at
        rest.
    unit, doc
        As for a parameter.
    per : {"synapse", "pre", "post", "group"}
        In a synapse: how many there are. In a neuron ``"group"``: the whole group has one, which
        derivatives write that name nothing of single neurons, and steps of the whole group.
    ceiling : str
        In a neuron: the parameter that the state never exceeds while it is integrated, at no stage
        of a method and not at the end of the step: the peak of a spike that would run to infinity.
        What follows a spike, as an adaptation that V drives, then does not depend on how far V
        would have run within the step.
    above, at_least, below, at_most : number or str, optional
        Bounds of first values and of those that are set later, as for a parameter; where the
        equations lead is free.
    """
    bounds = bounds_of(above=above, at_least=at_least, below=below, at_most=at_most)
    return replace(_data("state", default, unit, per, doc, bounds), ceiling=ceiling)


def input(unit: str = "", doc: str = "") -> Any:  # the field's word, and DESIGN's
    """Declare what synapses and stimuli add up in; it is zero at the beginning of each step.

    Parameters
    ----------
    unit : str
        The unit, as ``"pA"``; none is dimensionless.
    doc : str
        One line on what it is.
    """
    return Declaration("input", unit=unit, doc=doc)


def refractory(period: str, holds: tuple[str, ...] | str = ()) -> Any:
    """Declare a time after each spike in which no other follows, and which states it holds.

    Parameters
    ----------
    period : str
        The name of the parameter that is this time, in ms.
    holds : str or tuple of str
        States that stay at their reset value up to and including T + period after a spike at T.

    Raises
    ------
    ModelError
        Where `holds` are no names.
    """
    if isinstance(holds, str):
        holds = (holds,)
    if not isinstance(holds, (list, tuple)) or not all(isinstance(name, str) for name in holds):
        raise ModelError(
            f"bk.refractory(holds={holds!r}): give the names of states, as 'V' or ('V', 'w')"
        )
    held, period = tuple(holds), _parameter_name("refractory", "period", period)
    return Declaration("refractory", source=period, holds=held)


def uniform(doc: str = "", per: str | None = None) -> Any:
    """Declare a uniform random number in [0, 1), a fresh one for each element and step.

    Parameters
    ----------
    doc : str
        One line on what it is.
    per : {"synapse", "pre", "post"}, optional
        In a synapse: one number for each synapse (where none is given), source or target.

    Notes
    -----
    All functions that name it in one step see the same number. Two numbers are two declarations.
    """
    return _draw("uniform", "", doc, per)


def normal(doc: str = "", per: str | None = None) -> Any:
    """Declare a standard normal random number, a fresh one for each element and step.

    Parameters
    ----------
    doc : str
        One line on what it is.
    per : {"synapse", "pre", "post"}, optional
        As for `uniform`.
    """
    return _draw("normal", "", doc, per)


def poisson(mean: str, doc: str = "", per: str | None = None) -> Any:
    """Declare a Poisson random number, a fresh one for each element and step.

    Parameters
    ----------
    mean : str
        The name of the parameter that is its mean; in a neuron also of an input or a state, whose
        value at the beginning of the step counts.
    doc : str
        One line on what it is.
    per : {"synapse", "pre", "post"}, optional
        As for `uniform`.
    """
    return _draw("poisson", _parameter_name("poisson", "mean", mean), doc, per)


def bernoulli(probability: str, doc: str = "", per: str | None = None) -> Any:
    """Declare a random number that is 0 or 1, a fresh one for each element and step.

    Parameters
    ----------
    probability : str
        The name of the parameter that is the probability of 1; in a neuron also of an input or a
        state, whose value at the beginning of the step counts.
    doc : str
        One line on what it is.
    per : {"synapse", "pre", "post"}, optional
        As for `uniform`.
    """
    return _draw("bernoulli", _parameter_name("bernoulli", "probability", probability), doc, per)


def event(rate: str, doc: str = "") -> Any:
    """Declare a random number that is 1 with probability rate * dt, and else 0.

    Each neuron and step is independent of all others. What is drawn says how far it is to the next
    event among sixteen neurons, so that rare events cost little.

    Parameters
    ----------
    rate : str
        The name of the parameter, input or state that is the rate, in Hz; of an input or a state
        the value at the beginning of the step counts.
    doc : str
        One line on what it is.
    """
    return Declaration("draw", source="event", mean=_parameter_name("event", "rate", rate), doc=doc)


def derivative(target: Callable[..., Any] | str | None = None, *, lazy: bool = False) -> Any:
    """Mark a function as the time derivative (per ms) of a state.

    Parameters
    ----------
    target : function or str
        A function named ``d<state>``, or the state: ``@derivative("V")``.
    lazy : bool
        In a synapse: the state is integrated when an event needs it, exactly and over all the time
        since it was written last, and costs nothing in between. For a rate that is linear in the
        state itself with constant parameters, of a state that only functions at events name.
    """
    if target is None:
        return lambda marked: Marked("derivative", marked, lazy=lazy)
    if isinstance(target, str):
        return lambda marked: Marked("derivative", marked, (target,), lazy=lazy)
    return Marked("derivative", target, lazy=lazy)


def derived(function: Callable[..., Any] | None = None, *, unit: str = "") -> Any:
    """Mark a function as a quantity that other functions read by its name.

    It has no memory: wherever it is named, it is what follows at that moment from what it names.
    ``@bk.derived def F(u): ...`` is ``F`` to the functions of its model, ``F_pre`` and ``F_post``
    to those of synapses, and a variable for monitors.

    Parameters
    ----------
    function : function, optional
        The function, where the decorator is written without brackets. It gives one value, and
        names data of its model: parameters, states, inputs, random numbers, time, other derived
        quantities; in a synapse also values of both ends.
    unit : str
        As pint reads it; without one the unit is found from those of the arguments, where it can
        be.
    """
    if function is not None:
        return Marked("derived", function, unit=unit)
    return lambda marked: Marked("derived", marked, unit=unit)


def diffusion(target: Callable[..., Any] | str) -> Any:
    """Mark a function as the noise amplitude g of ``dx = f dt + g dW`` (per ms**0.5).

    Parameters
    ----------
    target : function or str
        A function named ``..._<state>``, or the state: ``@diffusion("V")``.
    """
    return _named("diffusion", target)


def threshold(
    function: Callable[..., Any] | None = None,
    *,
    crossing: bool = False,
    event: str = "",
) -> Any:
    """Mark the function that makes a spike, or another event, where it is zero or more.

    Parameters
    ----------
    function : function, optional
        The function, where the decorator is written without brackets.
    crossing : bool
        Whether only a turn from below zero makes a spike.
    event : str
        Another kind of event, by a name of its own; without it the spike. A neuron may have several
        kinds, with a spike or without.
    """
    check_event(event)
    if function is not None:
        return Marked("threshold", function, crossing=crossing, event=event)
    return lambda marked: Marked("threshold", marked, crossing=crossing, event=event)


def reset(*targets: str, event: str = "") -> Any:
    """Mark a function that gives the named states their values after a spike.

    Parameters
    ----------
    *targets : str
        The states.
    event : str
        After events of this kind, in place of spikes.
    """
    check_event(event)
    return _writing("reset", targets, event=event)


def on_pre(*targets: str, event: str = "") -> Any:
    """Mark a function that runs for each synapse at which a spike arrives.

    It writes the named values. Where it names nothing but ``per="pre"`` values, `_pre` names and
    shared ones, it runs once for the spike.

    Parameters
    ----------
    *targets : str
        What it writes.
    event : str
        At events of this kind of the source, in place of spikes; they take the same delays.
    """
    check_event(event)
    return _writing("on_pre", targets, event=event)


def on_post(*targets: str, event: str = "") -> Any:
    """Mark a function that runs for each synapse onto a neuron that fires.

    It writes the named values. Where it names nothing but ``per="post"`` values, `_post` names and
    shared ones, it runs once for the spike. In one step, spikes that arrive are handled before the
    targets' own spikes.

    Parameters
    ----------
    *targets : str
        What it writes.
    event : str
        At events of this kind of the target, in place of spikes.
    """
    check_event(event)
    return _writing("on_post", targets, event=event)


def adds_to(target: str, unit: str | None = None) -> Any:
    """Mark a function whose value is added to a named input, inside the derivative.

    In a synapse this is an input of the target, in a neuron one of its own: so an ion channel is a
    class by itself, which neurons are made of.

    Parameters
    ----------
    target : str
        The input of the target group, or of the neuron itself.
    unit : str, optional
        The unit of what the function gives. Without it the unit is found from those of the
        arguments, where it can be: a projection onto an input in another unit is refused.

    Raises
    ------
    UnitError
        Where the unit cannot be read.

    Notes
    -----
    The input is the sum of what stimuli give, then of what the neuron adds itself, in the order of
    the names of the functions, then of what synapses add. In a neuron such a function names
    parameters, states, random numbers, time and derived quantities, and nothing that follows from
    an input.
    """
    if unit is not None:
        check_unit(unit)
    return _writing("adds_to", (target,), unit=unit)


def step(
    *targets: str,
    on: str = "element",
    every: Any = None,
    before: str | None = None,
    after: str | None = None,
) -> Any:
    """Mark a function that gives the named states new values at each step, or now and then.

    Parameters
    ----------
    *targets : str
        The states it writes.
    on : {"element", "group"}
        Whether it sees one element or the whole arrays of its group.
    every : number or quantity, optional
        It runs only where the time of the states that it sees is a multiple of this interval: in
        ms, whole steps of the network. Without it, at each step.
    before, after : str, optional
        The slot before or after which it runs: ``inputs``, ``integrate``, ``threshold``,
        ``reset``, ``deliver`` or ``record``. Without one, a function of elements runs when their
        states have been integrated, and one of a whole group after the reset.

    Raises
    ------
    ModelError
        Where `on` or a slot is another word, or a place is none for such a function.
    TimeGridError, UnitError
        When the class is made: where `every` is no time above zero. That it is a whole number of
        steps is checked by the network.
    """
    if on not in ("element", "group"):
        raise ModelError(f"@step(on={on!r}): on is 'element' or 'group'")
    place = place_of(before, after)
    return _writing("step", targets, whole=on == "group", every=every, place=place)


def check_event(event: object) -> None:
    """Refuse what cannot be the name of a kind of event in a program.

    Raises
    ------
    ModelError
        With what a name may be.
    """
    if event == "":
        return
    if not isinstance(event, str) or not event.isidentifier() or event.startswith("_"):
        raise ModelError(
            f"event={event!r}: the name of a kind of event is a word, as event='release'"
        )
    if event == "spike":
        raise ModelError("event='spike': the spike is the event without a name; leave event out")


def _data(
    kind: str,
    default: float | str | None,
    unit: str,
    per: str | None,
    doc: str,
    bounds: Bounds,
) -> Declaration:
    _check_per(per)
    if not isinstance(doc, str):
        raise ModelError(f"doc={doc!r}: it is a line of text")
    named = isinstance(default, str) and kind == "state"
    required = default is None and kind == "parameter"
    if not required and not named and not _is_number(default):
        raise ModelError(
            f"bk.{kind}({default!r}): a default is a number, in the unit; give units by unit='mV'"
        )
    return Declaration(kind, default=default, unit=unit, per=per, doc=doc, bounds=bounds)


def _draw(distribution: str, mean: str, doc: str, per: str | None) -> Declaration:
    _check_per(per)
    return Declaration("draw", source=distribution, mean=mean, doc=doc, per=per)


def _check_per(per: str | None) -> None:
    if per not in PER:
        raise ModelError(f"per={per!r}: it is one of 'synapse', 'pre', 'post', 'group' or None")


def _parameter_name(kind: str, argument: str, given: object) -> str:
    if not isinstance(given, str):
        raise ModelError(
            f"bk.{kind}({argument}={given!r}): give the name of a parameter, which holds the number"
        )
    return given


def _is_number(default: object) -> bool:
    return isinstance(default, Real) and not isinstance(default, bool) and default == default


def _named(kind: str, target: Callable[..., Any] | str) -> Any:
    if isinstance(target, str):
        return lambda function: Marked(kind, function, (target,))
    return Marked(kind, target)


def _writing(kind: str, targets: tuple[str, ...], **options: Any) -> Any:
    if not targets or not all(isinstance(target, str) for target in targets):
        raise ModelError(f'@{kind} needs the names of what it writes: @{kind}("V")')
    return lambda function: Marked(kind, function, targets, **options)


def with_target(marked: Marked, states: tuple[str, ...], owner: str) -> Marked:
    """Find the state of a derivative or diffusion from its name, unless its decorator says it."""
    if marked.kind == "derived":
        return replace(marked, targets=(marked.name or marked.function.__name__,))
    if marked.targets or marked.kind not in ("derivative", "diffusion"):
        return marked
    name = marked.name
    if marked.kind == "derivative":
        found = [name[1:]] if name.startswith("d") and name[1:] in states else []
        rule = "'d' and the state's name, as dV"
    else:
        found = sorted((s for s in states if name.endswith(f"_{s}")), key=len)[-1:]
        rule = "something, '_' and the state's name, as noise_V"
    if not found:
        raise ModelError(
            f"{owner}.{name} is a {marked.kind} of no state: its name must be {rule}, "
            f'or write @{marked.kind}("state"); states of {owner}: {", ".join(states) or "none"}'
        )
    return replace(marked, targets=tuple(found))
