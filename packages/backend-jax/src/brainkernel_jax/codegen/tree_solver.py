"""A step along trees of conductances, in JAX: loops over elements, with a derivative of their own.

The derivative of a solution is a solution with the same matrix, so that none of the steps of a loop
is kept for it.
"""

import jax.numpy as np
from jax import lax


def solve_tree(to_parent, conductance, inertia, to_ground, current, x):
    """Take the potentials x of elements that conductances join to their parents to the next step.

    Each element has a conductance to ground and a current, in which its capacitance and present
    potential are. The system is solved from the ends of branches to the roots and back, and once
    more with the same matrix for `inertia`, capacitance over time, times what has changed.
    """
    n = current.shape[0]
    numbers = np.arange(n)
    steps = np.broadcast_to(to_parent, (n,)).astype(numbers.dtype)
    # the parent of a root is one more element, behind the last, whose joints conduct nothing
    parent = np.where(steps > 0, numbers - steps, n)
    joint = np.where(steps > 0, conductance, 0.0)
    to_ground = np.broadcast_to(to_ground, (n,))
    fixed = lax.stop_gradient((joint, to_ground))
    share, inverse = factors_of_tree(parent, *fixed)

    def currents_at(potentials):
        flow = joint * (potentials - np.append(potentials, 0.0)[parent])
        into_parents = np.zeros(n + 1, flow.dtype).at[parent].add(flow)
        return to_ground * potentials + flow - into_parents[:n]

    def potentials_at(_, currents):
        return potentials_of_tree(parent, share, inverse, currents)

    def solve(currents):
        return lax.custom_linear_solve(currents_at, currents, potentials_at, symmetric=True)

    first = solve(current)
    second = solve(inertia * (first - x))
    # (1 - a) / a, where both solutions stand after the part a of the step
    return first + 2.414213562373095 * second


def factors_of_tree(parent, joint, to_ground):
    """The share of a current that goes on to the parent, and the inverse of what it meets."""
    n = joint.shape[0]

    def eliminate(number, grounds):
        i = n - 1 - number
        # seen from the parent, the joint and all that lies behind it are in series
        share = joint[i] / (grounds[i] + joint[i])
        return grounds.at[parent[i]].add(share * grounds[i])

    grounds = lax.fori_loop(0, n, eliminate, np.append(to_ground, 1.0))[:n]
    inverse = 1.0 / (grounds + joint)
    return joint * inverse, inverse


def potentials_of_tree(parent, share, inverse, currents):
    """Solve for currents, with the matrix of these factors."""
    n = share.shape[0]

    def gather(number, gathered):
        i = n - 1 - number
        return gathered.at[parent[i]].add(share[i] * gathered[i])

    def spread(i, potentials):
        return potentials.at[i].add(share[i] * potentials[parent[i]])

    gathered = lax.fori_loop(0, n, gather, np.append(currents, 0.0))[:n]
    return lax.fori_loop(0, n, spread, np.append(inverse * gathered, 0.0))[:n]
