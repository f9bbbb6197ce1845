"""Which groups can have their spikes located within the step, and by which method."""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.errors import IntegratorError, ModelError
from brainkernel.model.definition import ModelDefinition
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Integrator, memory_of
from brainkernel.program.program import Call


def check_interpolated(
    definition: ModelDefinition,
    equations: Equations,
    integrator: Integrator | None,
    steps: Iterable[Call],
) -> Integrator:
    """Refuse groups whose spikes cannot be within a step, and give the method for parts of it.

    Raises
    ------
    ModelError
        Where there is no threshold, no equation, or a step function that stands between them.
    IntegratorError
        With noise, or a method that takes no parts of a step.
    """
    begin = f"{definition.name}(spikes='interpolated')"
    if definition.threshold is None or integrator is None:
        missing = "threshold" if definition.threshold is None else "derivative"
        raise ModelError(f"{begin}: the model has no {missing}, so it has no spikes within a step")
    followed = [term.target for term in equations.over_group]
    followed += [past.name for past in equations.pasts]
    followed += ["a tree"] if equations.tree else []
    followed += [f"the event {event}" for event in definition.events]
    if followed:
        raise ModelError(
            f"{begin}: the model has {followed[0]}, which is known at the ends of steps alone: "
            "leave spikes= out"
        )
    if equations.diffusions:
        raise IntegratorError(
            f"{begin}: with noise, here {equations.diffusions[0].source.name}, nothing tells where "
            "the path of a state lies within a step: leave spikes= out"
        )
    for call in steps:
        if call.place is not None:
            raise ModelError(
                f"{begin}: the step {call.source.name} stands {call.place}, and with spikes within "
                'the step nothing lies between integration and reset: put it after="reset"'
            )
    within = _part_of(integrator, equations)
    if within is None:
        raise IntegratorError(
            f"{begin}: the method {integrator.name!r} takes whole steps alone: use 'exact', "
            "'exponential_midpoint' or 'rk4'"
        )
    return within


def _part_of(integrator: Integrator, equations: Equations) -> Integrator | None:
    """The method that takes a part of a step, whose length is known in the step alone."""
    within: Integrator | None = getattr(integrator, "part_of_step", None)
    if within is not None:
        return within
    if memory_of(integrator, equations):
        return None
    if integrator.constants(equations):
        return getattr(integrator, "without_constants", None)
    return integrator
