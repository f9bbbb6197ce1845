"""What a backend is told for some steps, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.program.address import Address
from brainkernel.program.partition import Partition

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class InputDrive:
    """External input to some neurons of a block.

    Attributes
    ----------
    address : Address
        The input that it is added to, and the neurons.
    values : array
        Rows of values, one after another: each has one for each neuron, or one for all.
    rows : array (steps,)
        For each step of the job the first value of its row, or -1 where it is off.
    wide : bool
        Whether a row has a value for each neuron.
    steady : bool
        Whether it has one row, the same for every step of every job of a run.
    """

    address: Address
    values: Floats
    rows: Ints
    wide: bool
    steady: bool = False


@dataclass(frozen=True)
class ImpulseDrive:
    """Impulses to an input of a block of neurons, sorted by step, then neuron.

    Attributes
    ----------
    address : Address
        The input that they are added to, and for each impulse its neuron.
    steps : array
        For each impulse the step in which it is added.
    values : array
        What is added.
    """

    address: Address
    steps: Ints
    values: Floats


@dataclass(frozen=True)
class Probe:
    """What a state monitor samples.

    Attributes
    ----------
    address : Address
        The state of a block of neurons or synapses, and which of its elements.
    every : int
        It is sampled at the multiples of so many steps.
    fired : bool
        Whether it is no state, but whether these neurons of the block fired.
    """

    address: Address
    every: int
    fired: bool = False


@dataclass
class Job:
    """One stretch of steps.

    Attributes
    ----------
    steps : int
        How many.
    dt : float
        The step in ms.
    constants, synaptic, keys : arrays
        The program's flat arrays.
    tables : dict of str to array
        Its connectivity.
    partition : Partition
        How it is shared out among threads.
    drives : list of InputDrive
        External input, with rows for these steps.
    impulses : tuple of ImpulseDrive
        What groups bring along, one for each input of a block that has any; the same tuple in all
        stretches of a run, unless impulses are given anew.
    tracked : array
        For each group: 0 spikes are not listed, 1 listed for delivery, 2 recorded too.
    watches : list of Probe
        What to sample.
    driven : bool
        Whether anything adds to inputs; where nothing does, they stay zero.
    """

    steps: int
    dt: float
    constants: Floats
    synaptic: Floats
    keys: NDArray[np.uint32]
    tables: dict[str, NDArray[Any]]
    partition: Partition
    drives: list[InputDrive]
    impulses: tuple[ImpulseDrive, ...]
    tracked: Ints
    watches: list[Probe]
    driven: bool = True


@dataclass
class Records:
    """What was recorded in one stretch.

    Attributes
    ----------
    steps : int
        How many steps were taken.
    event_steps, event_neurons : arrays
        Recorded spikes: the grid point and the global neuron number, by time, then neuron.
    counts : array (steps, groups)
        How many neurons of each group fired.
    samples : list of arrays (samples, elements)
        One for each watch.
    job : Job, optional
        The stretch that they are of, filled in by the kernel.
    """

    steps: int
    event_steps: Ints
    event_neurons: NDArray[np.int32]
    counts: NDArray[np.int32]
    samples: list[Floats] = field(default_factory=list)
    job: Job | None = None
