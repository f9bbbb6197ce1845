"""What can be refused when a network is made, without drawing anything.

Times off the grid, methods that do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from brainkernel.base.calling import is_function
from brainkernel.base.clock import in_own_width, whole_steps
from brainkernel.errors import DelayError
from brainkernel.lowering.methods import equations_of
from brainkernel.lowering.neuron_blocks import choose, steps_between
from brainkernel.lowering.synapse_blocks import check_method_is_used, without_constants
from brainkernel.lowering.trees import tree_of_model
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse import Synapse
from brainkernel.program.equations import Equations, Term, plain_term
from brainkernel.program.integrator import Integrator, memory_of
from brainkernel.program.linearity import coefficients, trial_values


class Timed(Protocol):
    """Something that is looked at at an interval in ms, or at each step."""

    every: float | None


def check_times(names: Mapping[Member, str], monitors: Mapping[str, Timed], dt: float) -> None:
    """Refuse times that are no whole number of steps `dt` (ms).

    They are delays, refractory periods and intervals of monitors. What a function gives is checked
    when it has been called.

    Raises
    ------
    DelayError, TimeGridError, ValueShapeError, UnitError
        With the object's name and what to do.
    """
    for member, name in names.items():
        if isinstance(member, Synapse):
            _check_delay(member.delay, dt, f"the delay of {name}")
            _check_delay(member.dendritic_delay, dt, f"the dendritic delay of {name}")
        elif member.definition.refractory is not None:
            source = member.definition.refractory.source
            period = member._given_or_default(source)
            off_grid = isinstance(member, Neuron) and member._interpolates
            if period is not None and not is_function(period) and not off_grid:
                label = f"{name}.{source}, the refractory period,"
                whole_steps(period, dt, label, rounded=in_own_width(period))
        for function in member.definition.of_kind("step"):
            steps_between(function, dt)
    for name, monitor in monitors.items():
        if monitor.every is not None:
            whole_steps(monitor.every, dt, f"the interval of monitor {name}", least=1)


def _check_delay(delay: object, dt: float, label: str) -> None:
    if delay is not None and not is_function(delay):
        whole_steps(delay, dt, label, DelayError)


def check_methods(names: Mapping[Member, str], find: Callable[[str], Integrator]) -> None:
    """Refuse integration methods that nobody offers or that do not fit the equations.

    Raises
    ------
    UnknownNameError, IntegratorError
        With the model and what to do.
    """
    for member, name in names.items():
        definition = member.definition
        method = member.method or definition.method
        if method is None:
            continue
        integrator = {method: find(method)}
        if isinstance(member, Neuron):
            functions = [*definition.functions, *_kept_with(member, names)]
            equations = _equations(member, functions)
            choose(member.method, definition, equations, (), integrator)
            _check_linear(member)
        elif isinstance(member, Synapse):
            functions = _alone(member)
            is_used = any(function.kind == "derivative" for function in functions)
            check_method_is_used(name, method, is_used)
            choose(method, definition, _equations(member, functions), (), integrator)
            _check_constants(member, integrator[method])


def _check_constants(projection: Synapse, integrator: Integrator) -> None:
    """Refuse a method that needs what is known before the run, among synapses and sources."""
    for level, functions in projection.definition.analysis.loops.items():
        equations = _equations(projection, list(functions))
        beside = integrator.constants(equations) or memory_of(integrator, equations)
        if equations.rates and beside:
            without_constants(integrator, projection.definition, level)


def _check_linear(group: Neuron) -> None:
    """Refuse the exact method for equations that are not linear alone.

    Synapses cannot make them so.
    """
    equations = equations_of(group.definition)
    if group.method == "exact" and equations.rates:
        coefficients(equations, trial_values(equations))


def _kept_with(group: Neuron, names: Mapping[Member, str]) -> Iterator[StepFunction]:
    """The functions of synapses that are integrated with their target."""
    for projection in names:
        if isinstance(projection, Synapse) and projection.post._group is group:
            definition = projection.definition
            yield from definition.analysis.fused


def _alone(projection: Synapse) -> list[StepFunction]:
    """The functions of single synapses or sources, which are integrated by themselves."""
    definition = projection.definition
    loops = definition.analysis.loops.values()
    alone = []
    for function in definition.functions:
        if any(function in loop for loop in loops):
            alone.append(function)
    return alone


def _equations(member: Member, functions: list[StepFunction]) -> Equations:
    def terms(kind: str, of_kind: Iterable[StepFunction] = functions) -> tuple[Term, ...]:
        return tuple(plain_term(function) for function in of_kind if function.kind == kind)

    name, derived = member.definition.name, terms("derived", member.definition.derived)
    tree = tree_of_model(member.definition)
    return Equations(name, terms("derivative"), (), terms("diffusion"), derived=derived, tree=tree)
