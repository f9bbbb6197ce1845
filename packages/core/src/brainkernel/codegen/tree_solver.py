"""A step along trees of conductances, in a time that grows with the number of elements."""

import numpy as np


def solve_tree(to_parent, conductance, inertia, to_ground, current, x):
    """Take the potentials x of elements that conductances join to their parents to the next step.

    Each element has a conductance to ground and a current, in which its capacitance and present
    potential are: ``to_ground[i] y[i] + sum of conductance (y[i] - y[neighbour]) = current[i]``.
    This is solved from the ends of branches to the roots and back (Hines 1984), and once more with
    the same matrix for `inertia`, capacitance over time, times what has changed.
    """
    n = current.size
    steps = np.broadcast_to(to_parent, n).astype(np.int64).tolist()
    joints = np.broadcast_to(conductance, n).tolist()
    grounds = np.broadcast_to(to_ground, n).tolist()
    currents = current.tolist()
    inverse, share = [0.0] * n, [0.0] * n
    for i in range(n - 1, -1, -1):
        if steps[i] == 0:
            inverse[i] = 1.0 / grounds[i]
            continue
        inverse[i] = 1.0 / (grounds[i] + joints[i])
        share[i] = joints[i] * inverse[i]
        # seen from the parent, the joint and all that lies behind it are in series
        grounds[i - steps[i]] += share[i] * grounds[i]
        currents[i - steps[i]] += share[i] * currents[i]
    first = _to_ends(steps, inverse, share, currents)
    changes = (np.broadcast_to(inertia, n) * (np.array(first) - x)).tolist()
    for i in range(n - 1, -1, -1):
        if steps[i] > 0:
            changes[i - steps[i]] += share[i] * changes[i]
    second = _to_ends(steps, inverse, share, changes)
    # (1 - a) / a, where both solutions stand after the part a of the step
    return np.array(first) + 2.414213562373095 * np.array(second)


def _to_ends(steps, inverse, share, currents):
    """Go from the roots to the ends of branches: each element follows its parent."""
    solution = [0.0] * len(steps)
    for i in range(len(steps)):
        solution[i] = inverse[i] * currents[i]
        if steps[i] > 0:
            solution[i] += share[i] * solution[i - steps[i]]
    return solution
