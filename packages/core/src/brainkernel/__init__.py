"""brainkernel: a neural simulator as a microkernel and plugins."""

from __future__ import annotations

from brainkernel import connect, errors
from brainkernel.base.clock import on_grid
from brainkernel.model.declarations import (
    adds_to,
    bernoulli,
    derivative,
    derived,
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
from brainkernel.model.end_values import end
from brainkernel.model.groupwide import mean, total
from brainkernel.model.neuron import Neuron, Slice
from brainkernel.model.past_of_states import past
from brainkernel.model.poisson_drive import PoissonDrive
from brainkernel.model.stimuli import Impulses, TimedArray, window
from brainkernel.model.synapse import Synapse
from brainkernel.model.tree import tree
from brainkernel.random import Random
from brainkernel.recording.rate_monitor import RateMonitor
from brainkernel.recording.spike_monitor import SpikeMonitor
from brainkernel.recording.state_monitor import StateMonitor
from brainkernel.simulation.network import Network

__all__ = [
    "Impulses",
    "Network",
    "Neuron",
    "PoissonDrive",
    "Random",
    "RateMonitor",
    "Slice",
    "SpikeMonitor",
    "StateMonitor",
    "Synapse",
    "TimedArray",
    "__version__",
    "adds_to",
    "bernoulli",
    "connect",
    "derivative",
    "derived",
    "diffusion",
    "end",
    "errors",
    "event",
    "input",
    "mean",
    "normal",
    "on_grid",
    "on_post",
    "on_pre",
    "parameter",
    "past",
    "poisson",
    "refractory",
    "reset",
    "state",
    "step",
    "threshold",
    "total",
    "tree",
    "uniform",
    "window",
]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Looked up where it is asked for: the search goes through all installed distributions.
    from importlib.metadata import version

    return version(__name__)


def __dir__() -> list[str]:
    return sorted(__all__)
