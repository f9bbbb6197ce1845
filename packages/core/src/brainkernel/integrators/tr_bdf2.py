"""TR-BDF2 for elements that a tree of conductances joins."""

from __future__ import annotations

from dataclasses import replace

from brainkernel.integrators.exact import exact
from brainkernel.integrators.exponential import (
    INCREMENT,
    MIDDLE,
    ExponentialMidpoint,
    halfway_lines,
    rate_at_middle,
    read_by_others,
    relaxed,
    slope_of,
    with_reach,
)
from brainkernel.model.derived_quantities import needed
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, Term
from brainkernel.program.tree import SOLVER, Tree

STEEPEST = "1.0 / dt"
"""No slope of a curve is taken as steeper, so that the potential moves to the side to which its
rate takes it."""
PART = 1.0 - 0.5**0.5
"""The part of a step after which both solutions stand, a in the docstring."""


class TRBDF2(ExponentialMidpoint):
    """The state along the tree by TR-BDF2, all others by the exponential midpoint method.

    Half a step takes gates to the middle of the step. With them there the potentials of all
    elements follow a linear system, which a whole step takes to its end: TR-BDF2 (Bank et al.
    1985), of order 2, which damps what is faster than a step. Of a linear system it is two
    solutions with one matrix, ``V + a dt (a k1 + (1 - a) k2) / a`` with ``(1 - a dt A) k1 = f`` and
    ``(1 - a dt A) k2 = k1``. Then gates relax for a whole step at the mean of the potentials at
    both ends. Where the rate of the potential is a curve, its slope at this step is taken.
    """

    stochastic = False
    solves_trees = True

    def lines(self, equations: Equations) -> list[str]:
        """Print the half step, the system along the tree, and the whole step."""
        tree, coupled = _coupled(equations)
        alone, relaxing = self.parts(equations)
        # the rate of the coupled state reads gates, which must be at the middle of the step before
        read = read_by_others(equations) - {tree.state}
        first = tuple(term for term in equations.rates if term.target in read)
        lines, halfway = halfway_lines(equations, first)
        lines += rate_at_middle(equations, coupled, halfway)
        slope_lines, slope = slope_of(equations, coupled, 2, halfway, MIDDLE, STEEPEST)
        rate = equations.rate_name(tree.state, 2)
        lines += [*slope_lines, *_system(equations, tree, rate, slope)]
        halfway[tree.state] = f"_{tree.state}_middle"
        lines.append(f"{halfway[tree.state]} = 0.5 * ({tree.state} + _{tree.state}_next)")
        lines += exact.lines(alone)
        for term in relaxing.rates:
            at_middle = {state: value for state, value in halfway.items() if state != term.target}
            lines += rate_at_middle(equations, term, at_middle)
            lines += relaxed(equations, term, 2, at_middle, MIDDLE)
        return with_reach(lines)

    def functions(self, equations: Equations) -> dict[str, Text]:
        """What slopes become, where a state besides that along the tree relaxes."""
        functions = super().functions(equations)
        if len(equations.rates) == 1:
            del functions[INCREMENT]
        return functions

    def parts(self, equations: Equations) -> tuple[Equations, Equations]:
        """The states that just decay by themselves, and all others but that along the tree."""
        tree, _ = _coupled(equations)
        alone, relaxing = super().parts(equations)
        without = []
        for part in (alone, relaxing):
            rates = tuple(term for term in part.rates if term.target != tree.state)
            without.append(replace(part, rates=rates))
        return without[0], without[1]


def _coupled(equations: Equations) -> tuple[Tree, Term]:
    """The tree, and the rate of the state that is coupled along it."""
    tree = equations.tree
    assert tree is not None
    return tree, next(term for term in equations.rates if term.target == tree.state)


def _system(equations: Equations, tree: Tree, rate: str, slope: str) -> list[str]:
    """Print the linear system of the potentials, times capacitances."""
    lines, names = [], {}
    for term in needed((tree.conductance, tree.capacitance), equations.derived):
        names[term.target] = f"_{term.target}_tree"
        lines.append(f"{names[term.target]} = {term.call(names)}")
    conductance = names.get(tree.conductance, tree.conductance)
    capacitance = names.get(tree.capacitance, tree.capacitance)
    state = tree.state
    inertia, to_ground = f"_{state}_inertia", f"_{state}_to_ground"
    current = f"_{state}_current"
    leak = f"{inertia} - {capacitance} * {slope}" if slope else inertia
    system = ", ".join((tree.to_parent, conductance, inertia, to_ground, current, state))
    return [
        *lines,
        f"{inertia} = {capacitance} / ({PART!r} * dt)",
        f"{to_ground} = {leak}",
        f"{current} = {to_ground} * {state} + {capacitance} * {rate}",
        f"_{state}_next = {SOLVER}({system})",
    ]


tr_bdf2 = TRBDF2("tr_bdf2")
