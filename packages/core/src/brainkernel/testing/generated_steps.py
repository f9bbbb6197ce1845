"""Generated steps before or after a slot, at the multiples of an interval."""

from __future__ import annotations

import random
from itertools import product

SLOTS = ("inputs", "integrate", "threshold", "reset", "deliver", "record")
PLACES = tuple(f'{side}="{slot}"' for slot, side in product(SLOTS, ("before", "after")))
BETWEEN = PLACES[3:7]
"""Where one loop takes neuron after neuron: whole groups and synapses see no neurons there."""
OUTSIDE = tuple(place for place in PLACES if place not in BETWEEN)
INTERVALS = (None, None, 0.25, 0.375, 0.5)

# What a step may do: names that it writes, arguments, result, places.
Step = tuple[str, str, str, tuple[str, ...]]
OF_NEURONS: dict[str, Step] = {
    "time": ('"z"', "z, t", "z + 0.5 * t", PLACES),
    "input": ('"z"', "z, I", "z + 0.125 * I", (*BETWEEN, "")),
    "potential": ('"V"', "V, k", "V - 0.125 * k", PLACES),
    "pair": ('"x", "y"', "x, y, V_th", "(x + 0.125 * V_th, y - 0.25)", PLACES),
    "level": ('"y"', "y, V", "y + 0.125 * V", PLACES),
    "group": ('"y", on="group"', "y, x, t", "y + 0.125 * np.max(x) + t", (*OUTSIDE, "")),
    "centre": ('"x", on="group"', "x", "x - np.min(x)", (*OUTSIDE, "")),
}
OF_SYNAPSES: dict[str, dict[str, Step]] = {
    "g": {
        "sum": ('"g"', "g, t", "np.minimum(g + 0.125 * t, 4.0)", PLACES),
        "see": ('"g"', "g, z_post", "g + 0.0625 * z_post", PLACES),
    },
    "q": {"sum": ('"q"', "q", "np.minimum(q + 0.125, 3.0)", PLACES)},
    "p": {
        "sum": ('"p"', "p, t", "p + 0.125 * t", PLACES),
        "see": ('"p"', "p, z_pre", "p + 0.125 * z_pre", OUTSIDE),
    },
    "w": {
        "sum": ('"w"', "w, t", "w + 0.125 * t", PLACES),
        "see": ('"w"', "w, V_pre, z_post", "w + 0.125 * (V_pre - z_post)", OUTSIDE),
        "all": ('"w", on="group"', "w, t", "w * 0.5 + 0.015625 * np.sum(w) + t", PLACES),
        "ends": ('"w", on="group"', "w, x_post", "w * 0.5 + 0.015625 * np.sum(x_post)", OUTSIDE),
    },
}
GIVEN = """\


def nudge(z, t):
    return z + 0.25 * t


def lower(V, k):
    return V - 0.0625 * k


def gather(y, V):
    return y + 0.25 * np.max(V)


def forget(w):
    return 0.5 * w


def share(w):
    return w * 0.5 + 0.015625 * np.sum(w)
"""
"""Functions that are given to a network as steps."""
GIVEN_TO_NEURONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nudge": ("'z'", PLACES),
    "lower": ("'V'", PLACES),
    "gather": ("'y', on='group'", (*OUTSIDE, "")),
}
GIVEN_TO_SYNAPSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "forget": ("'w'", (*PLACES, "")),
    "share": ("'w', on='group'", (*PLACES, "")),
}


def steps_of(dice: random.Random, known: dict[str, Step]) -> list[tuple[str, str, str]]:
    """Draw some steps: decorator, arguments and result of each."""
    steps = []
    for key in dice.sample(sorted(known), dice.choice([0, 0, 1, 1, 2]) % (len(known) + 1)):
        targets, arguments, result, places = known[key]
        decorator = f"step({targets}{options(dice.choice(INTERVALS), dice.choice(places))})"
        steps.append((decorator, arguments, result))
    return steps


def options(every: float | None, place: str) -> str:
    """Write the interval and the place of a step as further arguments."""
    interval = "" if every is None else f"every={every}"
    return "".join(f", {option}" for option in (interval, place) if option)
