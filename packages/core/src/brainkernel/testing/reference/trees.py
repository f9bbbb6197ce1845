"""Groups whose elements a tree of conductances joins, with the whole matrix of the coupling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.reference.methods import (
    Vector,
    exponential_euler,
    growth,
    jacobian,
)

PART = 1.0 - np.sqrt(0.5)


def tree_of(definition: Any) -> Any:
    """Find what a model says of its tree; None where it says nothing."""
    trees = [d for d in definition.declarations.values() if d.kind == "tree"]
    return trees[0] if trees else None


def integrate_together(group: Any, systems: Sequence[Any]) -> None:
    """Take the states of all elements to the end of the step.

    Gates go half a step, with them the coupled state goes a whole one, and at the mean of its
    values at both ends gates go a whole step.
    """
    tree, t, dt = tree_of(group.definition), group.clock.t, group.clock.dt
    middle = t + 0.5 * dt
    places = [list(system.terms).index((None, tree.state)) for system in systems]
    present = [system.values() for system in systems]
    halfway, rates, slopes = [], [], []
    for system, x, place in zip(systems, present, places, strict=True):
        moved = exponential_euler(system, x, t, 0.5 * dt, np.zeros_like(x))
        at_middle = system.moved(x, moved)
        # the coupled state is solved for from where it is
        at_middle[place] = x[place]
        halfway.append(at_middle)
        rates.append(system.rates(at_middle, middle)[place])
        slopes.append(jacobian(system, at_middle, middle)[place, place])
    potentials = np.array([x[place] for x, place in zip(present, places, strict=True)])
    coupling = _coupling(group, tree)
    matrix = np.diag(slopes) + coupling
    new = _tr_bdf2(matrix, potentials, np.array(rates) + coupling @ potentials, dt)
    for number, system in enumerate(systems):
        place, at_middle = places[number], halfway[number]
        at_middle[place] = 0.5 * (potentials[number] + new[number])
        end = _relaxed(system, present[number], at_middle, place, middle, dt)
        end[place] = new[number]
        system.put(end)


def _relaxed(
    system: Any,
    x: Vector,
    at_middle: Vector,
    coupled: int,
    middle: float,
    dt: float,
) -> Vector:
    """Let all states but the coupled one relax for a whole step, each along its own slope."""
    end = x.copy()
    for k in range(x.size):
        if k != coupled:
            place = at_middle.copy()
            place[k] = x[k]
            slope = jacobian(system, place, middle)[k, k]
            end[k] = x[k] + growth(slope, dt) * system.rates(place, middle)[k]
    moved: Vector = system.moved(x, end)
    return moved


def _coupling(group: Any, tree: Any) -> NDArray[np.float64]:
    """Give the matrix of what neighbours add to the rates of the coupled state."""
    conductance = _values(group, tree.conductance)
    capacitance = _values(group, tree.capacitance)
    matrix = np.zeros((group.size, group.size))
    for element in range(group.size):
        parent = element - int(group.values[tree.to_parent][element])
        if parent == element:
            continue
        for end, other in ((element, parent), (parent, element)):
            rate = conductance[element] / capacitance[end]
            matrix[end, other] += rate
            matrix[end, end] -= rate
    return matrix


def _values(group: Any, name: str) -> NDArray[np.float64]:
    values = []
    for element in range(group.size):
        known = {timed: group.inputs[timed][element] for timed in group.timed}
        values.append(group._read(name, element, known))
    return np.array(values)


def _tr_bdf2(
    matrix: NDArray[np.float64],
    x: Vector,
    rate: Vector,
    dt: float,
) -> NDArray[np.float64]:
    """Give x after a step of dx/dt = rate + matrix (x - x0), by the two stages of the method.

    The trapezoidal rule takes the part gamma = 2 a of the step, and the formula of backward
    differences of order two the rest (Bank et al. 1985).
    """
    gamma = 2.0 * PART
    one = np.eye(x.size)
    first = np.linalg.solve(one - 0.5 * gamma * dt * matrix, gamma * dt * rate)
    weight, rest = 1.0 / (gamma * (2.0 - gamma)), (1.0 - gamma) / (2.0 - gamma)
    right = weight * first + rest * dt * rate
    return x + np.linalg.solve(one - rest * dt * matrix, right)
