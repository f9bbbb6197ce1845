"""The equations of one loop.

Which printed function gives the rate of which state, from which printed names.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from brainkernel.model.step_function import Text


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

    def call(self, names: Mapping[str, str]) -> str:
        """Print the call, with some names replaced by those of a stage."""
        return (
            f"{self.function}"
            f"({', '.join(names.get(argument, argument) for argument in self.arguments)})"
        )


def apart(wish: str, taken: Container[str]) -> str:
    """Give a printed name that is none of some others: the wish, with an underscore where it is."""
    name = wish
    while name in taken:
        name += "_"
    return name


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
    named : frozenset of str
        All printed names of the models, from which those that a method makes are kept apart.
    """

    owner: str
    rates: tuple[Term, ...]
    currents: tuple[Term, ...] = ()
    diffusions: tuple[Term, ...] = ()
    held: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    ceilings: tuple[tuple[str, str], ...] = ()
    named: frozenset[str] = frozenset()

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
        return self._derived_name("d", state, stage)

    def amplitude_name(self, state: str, stage: int | str) -> str:
        """The printed name of a state's noise amplitude at a stage: ``_g_V_stage1``."""
        return self._derived_name("g_", state, stage)

    def slope_name(self, state: str, stage: int | str) -> str:
        """The printed name of the slope of a state's rate at a stage: ``_slope_V_stage1``."""
        return self._derived_name("slope_", state, stage)

    def _derived_name(self, prefix: str, state: str, stage: int | str) -> str:
        """Print a name that is not that of another state or input at the stage, as of ``dV``."""
        while f"{prefix}{state}" in self.named:
            prefix += "_"
        return f"_{prefix}{state}_stage{stage}"

    def at(self, stage: int | str, values: Mapping[str, str], time: str = "t") -> dict[str, str]:
        """Give the printed names of states, inputs and time at one stage of a method.

        Parameters
        ----------
        stage : int or str
            Ends the names: ``dV_stage1``.
        values : mapping
            The printed value of each state at this stage.
        time : str
            The printed time of this stage.
        """
        return {
            **values,
            "t": time,
            **{driven: f"_{driven}_stage{stage}" for driven in self.driven},
        }

    def inputs(self, stage: int | str, values: Mapping[str, str], time: str = "t") -> list[str]:
        """Print the inputs with all that is added to them at one stage."""
        names = {**values, "t": time}
        lines = []
        for driven in self.driven:
            currents = [current for current in self.currents if current.target == driven]
            summands = [driven, *(current.call(names) for current in currents)]
            lines.append(f"_{driven}_stage{stage} = {' + '.join(summands)}")
        return lines

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
        with_currents = dict(values)
        for term in self.currents:
            arguments = [values[name] for name in term.arguments]
            current = term.source.call(*arguments)
            with_currents[term.target] = with_currents[term.target] + current
        rates = {}
        for term in self.rates:
            arguments = [with_currents[name] for name in term.arguments]
            rates[term.target] = term.source.call(*arguments)
        return rates

    def depends_on(self, term: Term) -> set[str]:
        """Give the printed names that a function reads, through the currents too."""
        names = set(term.arguments)
        for current in self.currents:
            if current.target in names:
                names |= set(current.arguments)
        return names
