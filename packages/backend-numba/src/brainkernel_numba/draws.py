"""Counts and events, drawn by loops of their own.

Printed Numba programs import them.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numba

from brainkernel_numba.compile_options import ONCE
from brainkernel_numba.namespace import np
from brainkernel_numba.random_numbers import (
    random_bits,
    random_poisson,
    random_shared_uniform,
    random_uniform,
)

__all__ = [
    "draw_bernoulli",
    "draw_events",
    "draw_poisson",
    "draw_poisson_each",
    "draw_varying_events",
    "draw_varying_poisson",
    "fill_levels",
]


@numba.njit(**ONCE)
def least_count(mean):
    """From where on counts of a mean are told by levels."""
    return max(int(mean) - 5, 0)


@numba.njit(**ONCE)
def fill_levels(levels, means, most):
    """Fill fourteen values of the cumulated probability of each mean, and what is above.

    They begin with that below the least count of the mean.

    The upper 28 bits are the value, in units of 2**-28; the lower four tell which count it belongs
    to. Then there is room for 32 counts.
    """
    for group in range(means.size):
        mean, first = means[group], least_count(means[group])
        term = np.exp(-mean)
        cumulated = 0.0
        for k in range(first + 14):
            if k >= first:
                value = int(min(268435456.0 * cumulated, 268435455.0))
                levels[group, k - first] = np.uint32(16 * value + k - first)
            cumulated = cumulated + term if k < most[group] else 2.0
            term = term * mean / (k + 1.0)
        levels[group, 14] = np.uint32(0xFFFFFFFE)


@numba.njit(**ONCE)
def count_by(word, base, levels):
    """Return the count that the upper 28 bits of a uniform number decide, or else 2**32 - 1."""
    high = np.uint32(word & np.uint32(0xFFFFFFF0))
    level = levels[0]
    level = np.where(high > levels[0], levels[1], level)
    level = np.where(high > levels[1], levels[2], level)
    level = np.where(high > levels[2], levels[3], level)
    level = np.where(high > levels[3], levels[4], level)
    level = np.where(high > levels[4], levels[5], level)
    level = np.where(high > levels[5], levels[6], level)
    level = np.where(high > levels[6], levels[7], level)
    level = np.where(high > levels[7], levels[8], level)
    level = np.where(high > levels[8], levels[9], level)
    level = np.where(high > levels[9], levels[10], level)
    level = np.where(high > levels[10], levels[11], level)
    level = np.where(high > levels[11], levels[12], level)
    level = np.where(high > levels[12], levels[13], level)
    level = np.where(high > levels[13], levels[14], level)
    number = np.uint32(level & np.uint32(15))
    unsure = (np.uint32(level ^ high) < np.uint32(16)) | (
        np.uint32(number - np.uint32(1)) >= np.uint32(13)
    )
    return np.where(unsure, np.uint32(0xFFFFFFFF), np.uint32(base + number))


@numba.njit(**ONCE)
def count_block(key_0, key_1, first, now, base, levels, counts):
    """Draw counts for 32 neurons, two of which share 64 bits; return whether any is undecided."""
    left = np.uint32(0)
    for i in range(16):
        x0, x1 = random_bits(key_0, key_1, np.uint32(first + np.uint32(i)), now)
        one, other = count_by(x0, base, levels), count_by(x1, base, levels)
        counts[i] = one
        counts[i + 16] = other
        left = np.uint32(
            left
            | np.uint32(one == np.uint32(0xFFFFFFFF))
            | np.uint32(other == np.uint32(0xFFFFFFFF))
        )
    return left


@numba.njit(**ONCE)
def draw_poisson(key_0, key_1, first_element, step, mean, most, c, drawn):
    """Draw Poisson counts of one mean: how many cumulated probabilities a uniform number reaches.

    Its upper 28 bits decide nearly always, by the levels c of this mean; where they do not, the
    number itself does.
    """
    now = np.uint32(step)
    base = np.uint32(least_count(mean) - 1)
    levels = (
        c[0],
        c[1],
        c[2],
        c[3],
        c[4],
        c[5],
        c[6],
        c[7],
        c[8],
        c[9],
        c[10],
        c[11],
        c[12],
        c[13],
        c[14],
    )
    for block in range(first_element // 32, (first_element + drawn.size + 31) // 32):
        begin = 32 * block - first_element
        whole = begin >= 0 and begin + 32 <= drawn.size
        counts = drawn[begin : begin + 32] if whole else c[16:]
        if count_block(key_0, key_1, np.uint32(16 * block), now, base, levels, counts) > 0:
            for i in range(32):
                if counts[i] == np.uint32(0xFFFFFFFF):
                    u = random_shared_uniform(key_0, key_1, np.uint32(32 * block + i), now)
                    counts[i] = np.uint32(random_poisson(mean, u, most))
        if not whole:
            for i in range(max(-begin, 0), min(drawn.size - begin, 32)):
                drawn[begin + i] = counts[i]


@numba.njit(**ONCE)
def draw_poisson_each(key_0, key_1, first_element, step, mean, most, drawn):
    """Draw Poisson counts, each of its own mean."""
    now = np.uint32(step)
    for i in range(drawn.size):
        u = random_shared_uniform(key_0, key_1, np.uint32(first_element + i), now)
        drawn[i] = np.uint32(random_poisson(mean[i], u, most))


@numba.njit(**ONCE)
def count_by_inversion(mean, u):
    """Return a Poisson count: how many values of its cumulated probability are <= u in [0, 1).

    Far above the mean, where what would be added is below 2**-54, a number of 53 bits can lie
    beyond no more of them.
    """
    term = np.exp(-mean)
    cumulated = 0.0
    rising = mean if mean <= 500.0 else 0.0  # a wrong mean, which is found after the step, ends too
    k = 0.0
    while True:
        cumulated = cumulated + term
        if not (cumulated <= u and (k < rising or term >= 2.0**-54)):
            return k
        term = term * mean / (k + 1.0)
        k = k + 1.0


@numba.njit(**ONCE)
def draw_varying_poisson(key_0, key_1, first_element, step, mean, drawn):
    """Draw Poisson counts of means that change from step to step."""
    now = np.uint32(step)
    for i in range(drawn.size):
        u = random_shared_uniform(key_0, key_1, np.uint32(first_element + i), now)
        drawn[i] = np.uint32(count_by_inversion(np.float64(mean[i]), u))


@numba.njit(**ONCE)
def walk_run(key_0, key_1, element, step, dt, rates, begin, drawn):
    """Draw the events in `drawn` of sixteen neurons from `element` on, the first at `begin`."""
    now = np.uint32(step)
    count = 0
    silent = 1.0
    u = random_uniform(key_0, key_1, np.uint32(element), now)
    for place in range(begin, min(begin + 16, drawn.size)):
        rate = rates[element + place - begin if rates.size > 1 else 0]
        silent = silent * (1.0 - rate * dt * 1e-3)
        if place >= 0:
            drawn[place] = np.uint32(silent <= u)
        if silent <= u:
            count += 1
            silent = 1.0
            u = random_uniform(key_0, key_1, np.uint32(element + count), now)


@numba.njit(**ONCE)
def draw_events(key_0, key_1, first_element, step, dt, rates, most, drawn):
    """Draw ones for events of these rates, else zeros.

    A number says how far the next event is among sixteen neurons. In most cases there is none in
    all sixteen, which the upper 27 bits of their first number nearly always decide.
    """
    level = np.uint32(max(134217728.0 * (1.0 - most) ** 16 - 1.0, 0.0))
    now = np.uint32(step)
    first_run = first_element // 16
    runs = (first_element + drawn.size + 15) // 16 - first_run if drawn.size > 0 else 0
    for run in range(runs):
        high, _low = random_bits(key_0, key_1, np.uint32(16 * (first_run + run)), now)
        drawn[run] = np.uint32(np.uint32(high >> np.uint32(5)) >= level)
    listed = 0
    for run in range(runs):
        some = int(drawn[run])
        drawn[listed] = np.uint32(run)
        listed += some
    drawn[listed:] = np.uint32(0)
    # from the last run on: its neurons lie behind what is still listed
    for turn in range(listed):
        run = int(drawn[listed - 1 - turn])
        drawn[listed - 1 - turn] = np.uint32(0)
        element = 16 * (first_run + run)
        walk_run(key_0, key_1, element, step, dt, rates, element - first_element, drawn)


@numba.njit(**ONCE)
def draw_varying_events(key_0, key_1, first_element, step, dt, rates, drawn):
    """Draw events of rates that change from step to step: those of all neurons of the group."""
    first = first_element - first_element % 16
    most = 0.0  # of the neurons beside this thread's own too, with which it shares sixteens
    for element in range(first, min(first_element + drawn.size + 15, rates.size)):
        most = max(most, rates[element] * dt * 1e-3)
    draw_events(key_0, key_1, first_element, step, dt, rates, min(most, 1.0), drawn)


@numba.njit(**ONCE)
def draw_bernoulli(key_0, key_1, first_element, step, probability, drawn):
    """Draw ones with one probability, else zeros: whether a uniform number lies below it.

    Its upper 27 bits tell nearly always; where they do not, the number itself does.
    """
    now = np.uint32(step)
    level = np.uint32(134217728.0 * probability)
    unsure = np.uint32(0)
    for i in range(drawn.size):
        high, _low = random_bits(key_0, key_1, np.uint32(first_element + i), now)
        high = np.uint32(high >> np.uint32(5))
        drawn[i] = np.uint32(high < level)
        unsure = np.uint32(unsure | np.uint32(high == level))
    if unsure:
        for i in range(drawn.size):
            u = random_uniform(key_0, key_1, np.uint32(first_element + i), now)
            drawn[i] = np.uint32(u < probability)
