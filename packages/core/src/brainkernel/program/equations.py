"""The equations of one loop.

Which printed function gives the rate of which state, from which printed names.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brainkernel.model.derived_quantities import Quantity, composed_text, needed
from brainkernel.model.step_function import StepFunction, Text
from brainkernel.program.past import Past
from brainkernel.program.tree import Tree


@dataclass(frozen=True)
class Term:
    """A function of the user in its printed place.

    Attributes
    ----------
    target : str
        The printed name of the state or input that it speaks of.
    function : str
        The printed name of the function.
    arguments : tuple of str
        The printed names that it is called with.
    source : Text
        What the user wrote.
    """

    target: str
    function: str
    arguments: tuple[str, ...]
    source: Text

    def value(self, values: Mapping[str, Any]) -> Any:
        """Call the user's function itself, with values by printed name."""
        return self.source.call(*(values[name] for name in self.arguments))

    def call(self, names: Mapping[str, str]) -> str:
        """Print the call, with some names replaced by those of a stage."""
        return (
            f"{self.function}"
            f"({', '.join(names.get(argument, argument) for argument in self.arguments)})"
        )


@dataclass(frozen=True)
class OverGroup(Term):
    """A mean or sum over all neurons of a group in its printed place.

    Where the equations of one neuron are looked at, it is a number from outside.
    """

    def value(self, values: Mapping[str, Any]) -> Any:
        """A number of no meaning, which follows none of the values."""
        return np.float64(1.0)

    def call(self, names: Mapping[str, str]) -> str:
        """Print the call, with the group whose values they are."""
        argument = self.arguments[0]
        return f"{self.function}({names.get(argument, argument)}, _group)"


@dataclass(frozen=True)
class Equations:
    """One system: all derivatives of a group with the states of the synapses onto it.

    Attributes
    ----------
    owner : str
        The model, for messages.
    rates : tuple of Term
        One for each state that has a derivative.
    currents : tuple of Term
        What is added to inputs inside the derivative.
    diffusions : tuple of Term
        Noise amplitudes.
    held : tuple of str
        Printed names of the states that stay as they are while the printed flag ``_held`` is true.
    external : tuple of str
        Printed names of what is constant during a step: inputs, random numbers, states without a
        derivative.
    ceilings : tuple of pairs of str
        Printed names of states, each with that of the parameter that it never exceeds.
    derived : tuple of Term
        The derived quantities that functions may name, each after those that it reads.
    pasts : tuple of Past
        The names that stand for what a state was a delay ago.
    named : frozenset of str
        All printed names of the models, from which those that a method makes are kept apart.
    tree : Tree or None
        What joins the elements, if they are.
    """

    owner: str
    rates: tuple[Term, ...]
    currents: tuple[Term, ...] = ()
    diffusions: tuple[Term, ...] = ()
    held: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    ceilings: tuple[tuple[str, str], ...] = ()
    derived: tuple[Term, ...] = ()
    named: frozenset[str] = frozenset()
    pasts: tuple[Past, ...] = ()
    tree: Tree | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """Printed names of the states that are integrated."""
        return tuple(term.target for term in self.rates)

    @property
    def driven(self) -> tuple[str, ...]:
        """Printed names of the inputs that currents are added to."""
        return tuple(dict.fromkeys(term.target for term in self.currents))

    def rate_name(self, state: str, stage: int | str) -> str:
        """The printed name of a state's rate at a stage: ``_dV_stage1``."""
        return self._stage_name("d", state, stage)

    def amplitude_name(self, state: str, stage: int | str) -> str:
        """The printed name of a state's noise amplitude at a stage: ``_g_V_stage1``."""
        return self._stage_name("g_", state, stage)

    def slope_name(self, state: str, stage: int | str) -> str:
        """The printed name of the slope of a state's rate at a stage: ``_slope_V_stage1``."""
        return self._stage_name("slope_", state, stage)

    def _stage_name(self, prefix: str, state: str, stage: int | str) -> str:
        """Print a name that is not that of another value at the stage, as of a state ``dV``."""
        while f"{prefix}{state}" in self.named:
            prefix += "_"
        return f"_{prefix}{state}_stage{stage}"

    @property
    def terms(self) -> tuple[Term, ...]:
        """All functions but the derived quantities."""
        return (*self.rates, *self.currents, *self.diffusions)

    @property
    def read_derived(self) -> tuple[Term, ...]:
        """The derived quantities that its functions name, at once or through others."""
        return self._read(())

    def _read(self, given: Container[str]) -> tuple[Term, ...]:
        """The derived quantities that its functions name, without those that are given."""
        named: set[str] = set()
        for term in self.terms:
            named.update(term.arguments)
        return needed(named, (term for term in self.derived if term.target not in given))

    @property
    def over_group(self) -> tuple[OverGroup, ...]:
        """The means and sums over the group that its functions follow."""
        return tuple(term for term in self.read_derived if isinstance(term, OverGroup))

    def group_stage(self, stage: int | str, values: Mapping[str, str], time: str) -> list[str]:
        """Print the means and sums over the group at one stage, and what they follow from alone.

        What is printed for them has the names that `at` gives; handed on among the values of
        another stage, by `group_names`, they are those of this one there.
        """
        means = tuple(term.target for term in self.over_group)
        if not means:
            return []
        reader = replace(self.over_group[0], target="", arguments=means)
        return self.only(reader).inputs(stage, values, time)

    def group_names(self, stage: int | str) -> dict[str, str]:
        """The printed names of the means and sums over the group at one stage."""
        return {term.target: f"_{term.target}_stage{stage}" for term in self.over_group}

    @property
    def read_pasts(self) -> tuple[Past, ...]:
        """The pasts of states that its functions name, at once or through derived quantities."""
        named: set[str] = set()
        for term in (*self.terms, *self.read_derived):
            named.update(term.arguments)
        return tuple(past for past in self.pasts if past.name in named)

    def narrowed(self, narrow: bool) -> Equations:
        """Give the equations of states that are kept in 32 bits."""
        return replace(self, pasts=tuple(replace(past, narrow=narrow) for past in self.pasts))

    def at(self, stage: int | str, values: Mapping[str, str], time: str = "t") -> dict[str, str]:
        """Give the printed names of states, inputs, derived quantities and time at one stage.

        Parameters
        ----------
        stage : int or str
            Ends the names: ``dV_stage1``.
        values : mapping
            The printed value of each state at this stage; also of a mean over the group, where it
            is that of another stage.
        time : str
            The printed time of this stage.
        """
        of_stage = [*self.driven]
        of_stage += [term.target for term in self.derived if term.target not in values]
        of_stage += [past.name for past in self.pasts if past.moves_within_step(time)]
        return {
            **values,
            "t": time,
            **{name: f"_{name}_stage{stage}" for name in of_stage},
        }

    def inputs(self, stage: int | str, values: Mapping[str, str], time: str = "t") -> list[str]:
        """Print the inputs with all that is added to them at one stage, and what is derived."""
        read, following = self._read(values), self._following(self.driven)
        names = {**values, "t": time}
        lines = []
        for past in self.read_pasts:
            if past.moves_within_step(time):
                names[past.name] = f"_{past.name}_stage{stage}"
                lines.append(f"{names[past.name]} = {past.at(time)}")
        for term in read:
            if term not in following:
                lines.append(_derived_line(term, stage, names))
        for driven in self.driven:
            currents = [current for current in self.currents if current.target == driven]
            summands = [driven, *(current.call(names) for current in currents)]
            lines.append(f"_{driven}_stage{stage} = {' + '.join(summands)}")
        names |= {driven: f"_{driven}_stage{stage}" for driven in self.driven}
        for term in read:
            if term in following:
                lines.append(_derived_line(term, stage, names))
        return lines

    def _following(self, names: Iterable[str], through_group: bool = True) -> tuple[Term, ...]:
        """The derived quantities that follow from some names, at once or through others.

        What a neuron adds to the mean of its group is no part of a slope of its own.
        """
        reached = set(names)
        following = []
        for term in self.derived:
            if isinstance(term, OverGroup) and not through_group:
                continue
            if not reached.isdisjoint(term.arguments):
                reached.add(term.target)
                following.append(term)
        return tuple(following)

    def stage(self, stage: int | str, values: Mapping[str, str], time: str = "t") -> list[str]:
        """Print the inputs and the rates of all states at one stage."""
        names = self.at(stage, values, time)
        rates = []
        for term in self.rates:
            rates.append(f"{self.rate_name(term.target, stage)} = {term.call(names)}")
        return self.inputs(stage, values, time) + rates

    def kept(self, state: str, value: str) -> str:
        """Print a state's value at a later stage: the present one where the state is held."""
        limited = self.limited(state, value)
        return f"np.where(_held, {state}, {limited})" if state in self.held else limited

    def limited(self, state: str, value: str) -> str:
        """Print a state's value, which is at most its ceiling if it has one."""
        ceiling = dict(self.ceilings).get(state)
        return f"np.minimum({value}, {ceiling})" if ceiling else value

    def evaluate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Call the user's functions themselves: the rates for given values of all printed names."""
        following = self._following(self.driven)
        read = replace(self, diffusions=()).read_derived
        known = dict(values)
        for term in read:
            if term not in following:
                known[term.target] = term.value(known)
        with_currents = dict(known)
        for term in self.currents:
            with_currents[term.target] = with_currents[term.target] + term.value(known)
        for term in read:
            if term in following:
                with_currents[term.target] = term.value(with_currents)
        return {term.target: term.value(with_currents) for term in self.rates}

    def depends_on(self, term: Term, through_group: bool = True) -> set[str]:
        """Give the printed names that a function reads, through currents and derived ones too.

        Through means over the group too, or only what the neuron has itself.
        """
        names = set(term.arguments)
        between = self.derived
        if not through_group:
            between = tuple(one for one in between if not isinstance(one, OverGroup))
        for derived in needed(names, between):
            names.update(derived.arguments)
        for current in self.currents:
            if current.target in names:
                names.update(current.arguments)
        for derived in needed(names, between):
            names.update(derived.arguments)
        return names

    def only(self, term: Term) -> Equations:
        """One rate with the currents that it reads."""
        read = self.depends_on(term)
        currents = tuple(current for current in self.currents if current.target in read)
        return replace(self, rates=(term,), currents=currents, diffusions=())

    def through(self, term: Term, name: str) -> Term:
        """Give the function that reads a name itself, and not through derived quantities.

        So that its slope by this name is all there is. Where no derived quantity stands between
        the two it is the function itself.
        """
        following = self._following([name], through_group=False)
        between = needed(term.arguments, following)
        if not between:
            return term
        spelled = _spelled(term, between)
        quantities = []
        for derived in between:
            arguments = tuple(spelled[argument] for argument in derived.arguments)
            owner = "" if _model_of(derived) == _model_of(term) else _model_of(derived)
            name = spelled[derived.target]
            quantities.append(Quantity(name, derived.source, arguments, owner))
        source = composed_text(term.source, tuple(quantities))
        printed = {user: printed_name for printed_name, user in spelled.items()}
        suffix = source.name.removeprefix(term.source.name)
        arguments = tuple(printed[argument] for argument in source.arguments)
        return Term(term.target, f"{term.function}{suffix}", arguments, source)


def plain_term(function: StepFunction) -> Term:
    """Give a function of a model by itself, under the names that its author wrote."""
    kind = OverGroup if function.over_group else Term
    return kind(function.targets[0], function.name, function.arguments, function.source)


def sources_of(terms: Iterable[Term]) -> list[tuple[str, Text]]:
    """List the users' functions of some terms with printed names; a mean over a group has none."""
    return [(term.function, term.source) for term in terms if not isinstance(term, OverGroup)]


def _model_of(term: Term) -> str:
    """The printed name of the model that a function belongs to."""
    prefix = term.function.removesuffix(f"_{term.source.name}")
    return prefix.rstrip("_").removesuffix("_derived")


def _derived_line(term: Term, stage: int | str, names: dict[str, str]) -> str:
    """Print a derived quantity at one stage, and note its name there."""
    value = term.call(names)
    names[term.target] = f"_{term.target}_stage{stage}"
    return f"{names[term.target]} = {value}"


def _spelled(term: Term, derived: tuple[Term, ...]) -> dict[str, str]:
    """Give the user's names for the printed ones of a function and of what it is derived from.

    A name of the function itself goes before one of what it is derived from.
    """
    spelled = dict(zip(term.arguments, term.source.arguments, strict=True))
    for further in derived:
        users = [*further.source.arguments, further.source.name]
        for printed, user in zip((*further.arguments, further.target), users, strict=True):
            if printed in spelled:
                continue
            while user in spelled.values():
                user += "_of_target"
            spelled[printed] = user
    return spelled
