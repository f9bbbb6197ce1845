"""A step along trees of conductances, for loops of Numba; the arithmetic is NumPy's."""

import numba

from brainkernel_numba.compile_options import ONCE


@numba.njit(**ONCE)
def solve_tree(to_parent, conductance, inertia, to_ground, current, x):
    """Take the potentials x of elements that conductances join to their parents to the next step.

    What is handed over is scratch: it is written to. The potentials are given back in `x`.
    """
    n = current.size
    # the conductance to the parent gives way to its share, that to ground to the inverse of both
    for i in range(n - 1, -1, -1):
        if to_parent[i] == 0:
            conductance[i] = 0.0
            to_ground[i] = 1.0 / to_ground[i]
            continue
        parent = i - to_parent[i]
        inverse = 1.0 / (to_ground[i] + conductance[i])
        share = conductance[i] * inverse
        # seen from the parent, the joint and all that lies behind it are in series
        to_ground[parent] += share * to_ground[i]
        current[parent] += share * current[i]
        conductance[i] = share
        to_ground[i] = inverse
    for i in range(n):
        solution = to_ground[i] * current[i]
        if to_parent[i] > 0:
            solution += conductance[i] * current[i - to_parent[i]]
        current[i] = solution
        inertia[i] *= solution - x[i]
    for i in range(n - 1, -1, -1):
        if to_parent[i] > 0:
            inertia[i - to_parent[i]] += conductance[i] * inertia[i]
    for i in range(n):
        solution = to_ground[i] * inertia[i]
        if to_parent[i] > 0:
            solution += conductance[i] * inertia[i - to_parent[i]]
        inertia[i] = solution
        # (1 - a) / a, where both solutions stand after the part a of the step
        x[i] = current[i] + 2.414213562373095 * solution
    return x
