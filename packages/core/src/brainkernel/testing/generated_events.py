"""Generated events besides the spike, and generated lazy states."""

from __future__ import annotations

import random
import re

KINDS = ("half", "full")

# What gives the level of an event: arguments and result.
LEVELS = (("x", "x - 0.5"), ("V, V_th", "V - 0.5 * V_th"), ("y", "y - 0.75"), ("I, z", "I - z"))
# What a reset does: names that it writes, arguments, results.
RESETS = (
    ('"y"', "y", "y - 0.5"),
    ('"x", "V"', "x, V", "(x - 0.25, 0.5 * V)"),
    ('"z"', "z, x", "0.5 * z + 0.125 * x"),
)
# What happens at a synapse: the state that it needs, names that it writes, arguments, result.
ARRIVALS = (
    ("", '"x_post"', "x_post, weight", "x_post + 0.125 * weight"),
    ("w", '"w"', "w, z_post", "0.5 * w + 0.125 * z_post"),
    ("g", '"g"', "g, weight", "g + 0.5 * weight"),
    ("p", '"p"', "p", "p + 0.25"),
)
DEPARTURES = (
    ("", '"x_post"', "x_post, z_pre", "x_post - 0.125 * z_pre"),
    ("w", '"w"', "w, z_pre", "0.5 * w + 0.125 * z_pre"),
    ("q", '"q"', "q", "q + 0.25"),
)
AT_EVENTS = re.compile(r"\n    @bk\.on_(?:pre|post)\(.*\)\n    def \w+\(.*\):\n        return .*")


def is_eventful(seed: int) -> bool:
    """Whether the models of a number have events besides the spike: one in four."""
    return random.Random(f"{seed} events").random() < 0.25


def is_lazy(seed: int) -> bool:
    """Whether those of the synapses have lazy states where they can: one in three."""
    return random.Random(f"{seed} lazy").random() < 0.35


def events_of_neuron(dice: random.Random) -> str:
    """Write the thresholds and resets of two kinds of events."""
    text = ""
    for kind in KINDS:
        crossing = ", crossing=True" if dice.random() < 0.5 else ""
        arguments, result = dice.choice(LEVELS)
        text += _function(f'threshold(event="{kind}"{crossing})', f"is_{kind}", arguments, result)
        if dice.random() < 0.7:
            targets, arguments, result = dice.choice(RESETS)
            decorator = f'reset({targets}, event="{kind}")'
            text += _function(decorator, f"after_{kind}", arguments, result)
    return text


def events_of_synapse(dice: random.Random, states: list[str]) -> list[tuple[str, str, str, str]]:
    """Draw what happens at a synapse: decorator, name, arguments and result of each function."""
    functions = []
    for occasion, known in (("on_pre", ARRIVALS), ("on_post", DEPARTURES)):
        for kind in KINDS:
            need, targets, arguments, result = dice.choice(known)
            if dice.random() < 0.5 and (not need or need in states):
                decorator = f'{occasion}({targets}, event="{kind}")'
                functions.append((decorator, f"{occasion}_{kind}", arguments, result))
    return functions


def written(functions: list[tuple[str, str, str, str]]) -> str:
    """Write functions as part of a class."""
    return "".join(_function(*function) for function in functions)


def lazy_states(text: str, states: list[str]) -> list[str]:
    """List the states of a class that only functions at events name."""
    rest = AT_EVENTS.sub("", text)
    rest = re.sub(r"\n    \w+ = bk\..*", "", rest)
    lazy = []
    for state in states:
        # a step is given to a network for w
        if state != "w" and not re.search(rf"\b(?:{state}|d{state})\b", rest):
            lazy.append(state)
    return lazy


def rate_of(state: str) -> str:
    """Write the lazy rate of a state."""
    return _function("derivative(lazy=True)", f"d{state}", state, f"(0.25 - {state}) / 4.0")


def _function(decorator: str, name: str, arguments: str, result: str) -> str:
    lines = [
        "",
        f"    @bk.{decorator}",
        f"    def {name}({arguments}):",
        f"        return {result}",
    ]
    return "\n".join(["", *lines])
