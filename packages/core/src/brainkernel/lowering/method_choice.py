"""Which method integrates equations for which none is named."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from brainkernel.errors import IntegratorError
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Integrator
from brainkernel.program.linearity import is_linear, is_linear_in_itself

EXPONENTIAL = "exponential_midpoint"
TREE = "tr_bdf2"


def default_method(equations: Equations, parameters: Iterable[str]) -> str:
    """Name the method that follows from the equations alone.

    Linear equations with constant coefficients are integrated exactly. Where each equation is
    linear in its own state, as in channel gates and membranes with conductances, each state relaxes
    exactly along its own linear part; all others are left to the classical Runge-Kutta method. With
    additive noise the choice is the same, with Euler-Maruyama in place of the last; noise that
    depends on a state is left to Milstein's method (Ito).

    Parameters
    ----------
    equations : Equations
        The system.
    parameters : iterable of str
        The printed names of its parameters.
    """
    if equations.tree:
        return TREE
    if equations.diffusions:
        varying = set(equations.states) | set(equations.driven)
        if any(varying & equations.depends_on(term) for term in equations.diffusions):
            # noise that follows a mean over the group has no slope by single neurons
            means = {term.target for term in equations.over_group}
            follow = any(means & equations.depends_on(term) for term in equations.diffusions)
            return "euler_maruyama" if follow else "milstein_ito"
        return EXPONENTIAL if relaxes(equations) else "euler_maruyama"
    # any values do: only which names meet in a product matters
    trial = {
        name: np.float64(1.0 + 0.1 * number) for number, name in enumerate(parameters, start=1)
    }
    # what follows the past of a state changes during a step, whether it is linear or not
    if not equations.read_pasts and is_linear(equations, {**trial, "dt": 0.1}):
        return "exact"
    return EXPONENTIAL if relaxes(equations) else "rk4"


def check_method_of_tree(equations: Equations, integrator: Integrator) -> None:
    """Refuse a method that takes element by element where a tree joins them, and the reverse.

    Raises
    ------
    IntegratorError
        With a method that fits.
    """
    solves = getattr(integrator, "solves_trees", False)
    if equations.tree and not solves:
        raise IntegratorError(
            f"{equations.owner}: a tree joins its elements along {equations.tree.state}, so that "
            f"all are solved for together, which method {integrator.name!r} does not do; use "
            f"{TREE}, or leave method out"
        )
    followed = [*(t.target for t in equations.over_group), *(p.name for p in equations.read_pasts)]
    if equations.tree and followed:
        raise IntegratorError(
            f"{equations.owner}: a tree joins its elements along {equations.tree.state}, and its "
            f"equations follow {followed[0]}, which methods for trees do not know: let a step "
            "write it to a state"
        )
    if solves and not equations.tree:
        raise IntegratorError(
            f"{equations.owner}: method {integrator.name!r} is for elements that a tree joins; "
            "use trapezoidal"
        )


def default_among_synapses(equations: Equations, parameters: Iterable[str]) -> str:
    """The default method for states of single synapses and sources.

    Numbers that are computed before the run have no place among them, so the method ``exact`` is
    none of theirs. The exponential methods are exact for what just decays.
    """
    name = default_method(equations, parameters)
    if name != "exact":
        return name
    return EXPONENTIAL if relaxes(equations) else "rk4"


def relaxes(equations: Equations) -> bool:
    """Whether each rate is linear in its own state and follows it.

    A mere sum that no other rate reads need not follow itself. A state whose rate does not follow
    it has no linear part to relax along: in an oscillator, as of an angle and its velocity, a
    method of higher order serves better.
    """
    read_late = {past.state for past in equations.read_pasts}
    reads = {}
    for term in equations.rates:
        # what a neuron adds to the mean of its group is nothing that it relaxes along
        reads[term.target] = equations.depends_on(term, through_group=False)
    for term in equations.rates:
        state = term.target
        is_read = any(state in names for reader, names in reads.items() if reader != state)
        is_read = is_read or state in read_late
        if not is_linear_in_itself(equations, term) or (is_read and state not in reads[state]):
            return False
    return True
