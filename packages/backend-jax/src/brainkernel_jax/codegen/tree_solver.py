"""A step along trees of conductances, in JAX: all trees at once, each element after another.

The derivative of a solution is a solution with the same matrix, so that none of the steps of a loop
is kept for it.
"""

import jax.numpy as np
from jax import lax


def solve_tree(trees, to_parent, conductance, inertia, to_ground, current, x):
    """Take the potentials x of elements that conductances join to their parents to the next step.

    Each element has a conductance to ground and a current, in which its capacitance and present
    potential are. The system is solved from the ends of branches to the roots and back, and once
    more with the same matrix for `inertia`, capacitance over time, times what has changed.
    `trees` are how many trees there are, and how many elements the longest has.
    """
    n = current.shape[0]
    steps = np.broadcast_to(to_parent, (n,)).astype(np.int32)
    rows, parent = rows_of_trees(trees, steps)
    joint = np.where(steps > 0, conductance, 0.0)
    to_ground = np.broadcast_to(to_ground, (n,))
    share, inverse = factors_of_tree(
        rows,
        parent,
        lax.stop_gradient(joint),
        lax.stop_gradient(to_ground),
    )
    parent_of = parent[:n]

    def currents_at(potentials):
        at_parents = np.append(potentials, 0.0)[parent_of]
        flow = joint * (potentials - at_parents)
        nothing = np.zeros(n + 1, flow.dtype)
        into_parents = nothing.at[parent_of].add(flow)
        return to_ground * potentials + flow - into_parents[:n]

    def potentials_at(_, currents):
        return potentials_of_tree(
            rows,
            parent,
            share,
            inverse,
            currents,
        )

    def solve(currents):
        # the derivative solves the same system again, in place of going back through both loops
        return lax.custom_linear_solve(
            currents_at,
            currents,
            potentials_at,
            symmetric=True,
        )

    first = solve(current)
    change = first - x
    second = solve(inertia * change)
    # (1 - a) / a, where both solutions stand after the part a of the step
    return first + 2.414213562373095 * second


def rows_of_trees(trees, steps):
    """The first elements of all trees, the second ones, and so on; and the parent of each element.

    What is missing is one more element, behind the last, whose joints conduct nothing.
    """
    count, longest = trees
    n = steps.shape[0]
    roots = np.flatnonzero(steps == 0, size=count)
    ends = np.append(roots[1:], n)
    places = np.arange(longest)[:, None]
    elements = roots + places
    rows = np.where(elements < ends, elements, n)
    parents = np.arange(n) - steps
    parent = np.where(steps > 0, parents, n)
    return rows, np.append(parent, n)


def factors_of_tree(rows, parent, joint, to_ground):
    """The share of a current that goes on to the parent, and the inverse of what it meets."""
    joints = np.append(joint, 0.0)
    last = rows.shape[0] - 1

    def eliminate(number, grounds):
        row = rows[last - number]
        ground = grounds[row]
        # seen from the parent, the joint and all that lies behind it are in series
        share = joints[row] / (ground + joints[row])
        return grounds.at[parent[row]].add(share * ground)

    alone = np.append(to_ground, 1.0)
    grounds = lax.fori_loop(0, last + 1, eliminate, alone)
    inverse = 1.0 / (grounds + joints)
    return joints * inverse, inverse


def potentials_of_tree(rows, parent, share, inverse, currents):
    """Solve for currents, with the matrix of these factors."""
    last = rows.shape[0] - 1

    def gather(number, gathered):
        row = rows[last - number]
        passed_on = share[row] * gathered[row]
        return gathered.at[parent[row]].add(passed_on)

    def spread(number, potentials):
        row = rows[number]
        from_parent = share[row] * potentials[parent[row]]
        return potentials.at[row].add(from_parent)

    own = np.append(currents, 0.0)
    gathered = lax.fori_loop(0, last + 1, gather, own)
    potentials = lax.fori_loop(0, last + 1, spread, inverse * gathered)
    return potentials[:-1]
