"""brainkernel: a neural simulator as a microkernel and plugins."""

from __future__ import annotations

from brainkernel import connect, errors
from brainkernel.clock import on_grid
from brainkernel.declarations import (
    adds_to,
    bernoulli,
    derivative,
    diffusion,
    event,
    input,
    normal,
    on_post,
    on_pre,
    parameter,
    poisson,
    refractory,
    reset,
    state,
    step,
    threshold,
    uniform,
)
from brainkernel.group import Neuron, Slice
from brainkernel.monitors import RateMonitor, SpikeMonitor, StateMonitor
from brainkernel.network import Network
from brainkernel.projection import Synapse
from brainkernel.random import Random
from brainkernel.stimuli import Impulses, TimedArray, window

__all__ = [
    "Impulses",
    "Network",
    "Neuron",
    "Random",
    "RateMonitor",
    "Slice",
    "SpikeMonitor",
    "StateMonitor",
    "Synapse",
    "TimedArray",
    "adds_to",
    "bernoulli",
    "connect",
    "derivative",
    "diffusion",
    "errors",
    "event",
    "input",
    "normal",
    "on_grid",
    "on_post",
    "on_pre",
    "parameter",
    "poisson",
    "refractory",
    "reset",
    "state",
    "step",
    "threshold",
    "uniform",
    "window",
]


def __dir__() -> list[str]:
    return sorted(__all__)
