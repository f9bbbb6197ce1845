"""Means that follow inputs and states, where they left what random numbers can be drawn of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from brainkernel.errors import DrawError
from brainkernel.program.program import Draw, Program
from brainkernel.program.state import State

ADVICE = {
    "poisson": "add up several draws of smaller means, or use a normal of this mean and variance",
    "event": "use more neurons of lower rates, or a smaller dt",
    "bernoulli": "keep it within these bounds where it is computed",
}


class WrongMean(NamedTuple):
    """The mean of which the number of a neuron could not be drawn."""

    group: str
    draw: Draw
    neuron: int
    value: float


def first_wrong_mean(program: Program, state: State) -> WrongMean | None:
    """Find the first neuron of which some random number could not be drawn.

    A program keeps the first wrong mean of each neuron until it is looked at.
    """
    for block in program.blocks:
        for name, draw in block.wrong_means.items():
            values = program.cut(state.values, f"{block.name}_{name}")
            wrong = np.flatnonzero(values != 0.0)
            if wrong.size:
                number = int(wrong[0]) + block.first
                group = next(group for group in block.groups if number < group.last)
                return WrongMean(group.name, draw, number - group.first, float(values[wrong[0]]))
    return None


def draw_error(wrong: WrongMean, time: float, dt: float) -> DrawError:
    """Say which mean was wrong, where and when, and what to do.

    Parameters
    ----------
    wrong : WrongMean
        The mean.
    time, dt : float
        When the step began in which it was read, and the step, in ms.
    """
    draw, value, most, unit = wrong.draw, wrong.value, wrong.draw.largest, ""
    limits = f"from 0 to {most:g}"
    if draw.distribution == "event":
        value, most, unit = value / (dt * 1e-3), most / (dt * 1e-3), " Hz"
        limits = f"a rate from 0 to {most:g} Hz, at most one event in a step"
    return DrawError(
        f"{draw.mean} of {wrong.group}, element {wrong.neuron}, is {value:g}{unit} at {time:g} ms, "
        f"where the network now is, but {draw.name}, {_article(draw.distribution)}, needs "
        f"{limits}: {ADVICE[draw.distribution]}",
        owner=wrong.group,
        variable=draw.mean,
        element=wrong.neuron,
        value=value,
        time=time,
    )


def _article(distribution: str) -> str:
    names = {
        "poisson": "a Poisson number",
        "event": "an event",
        "bernoulli": "a number that is 0 or 1",
    }
    return names[distribution]
