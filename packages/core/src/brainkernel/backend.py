"""What the author of a backend imports: all that a backend needs of the core, and nothing else.

A backend turns a `Program`, a network as plain data, into something that runs.

1. A plugin offers it: ``BackendSpec("fast", "my_package.backend:FastBackend", capabilities=...)``
   of `brainkernel.plugin`. Its ``api`` is the `API` that it was written for; a number that this
   core does not speak is refused. What the spec declares the core believes, and
   `brainkernel.testing.BackendConformance` runs something for each word.
2. The class is a `Backend`: ``source(program)`` prints the text, and ``compile(program, path)``
   gives an `Executable`. What it has besides, as its spec declares, is `BackendOptions`.
3. ``Executable.run(state, job)`` takes a `State` forward in place by at most ``job.steps`` steps,
   in the order of events that the timing contract gives, which `schedule_of` lists, and returns
   `Records`. What a job records and what drives it is named by an `Address`: a block, an array of
   it and an index. Where that lies in a flat array, ``program.parts[address.part].first`` tells.

Equal programs give equal texts. The user's functions are printed word for word. Random numbers are
pure functions of keys, element and step (`random`), so that every backend draws the same ones.

There are two ways to write one. A backend that runs loops derives a `Dialect` for what it writes in
its own way, prints with `print_program`, and runs with `PrintedExecutable`, which is handed named
arrays (`network_data`). A backend whose arrays are never written to prints functions of its own
from the parts of printing below, and reads a network with `lowered` and `state_address`.

Everything not named here may change without notice; what is named here changes with `API`.

>>> from brainkernel.backend import API, Program
"""

from __future__ import annotations

from brainkernel import random
from brainkernel.base.clock import whole_steps
from brainkernel.base.notices import compiling
from brainkernel.codegen import Dialect, network_data, print_program, runtime_arrays
from brainkernel.codegen.dialect import Drawn, Lines, indent, rule_of
from brainkernel.codegen.intervals import due, time_of
from brainkernel.codegen.lazy_states import present_readings, print_present
from brainkernel.codegen.module import lines_of_methods
from brainkernel.codegen.named_arrays import (
    loop_constants,
    neuron_structures,
    synapse_structures,
)
from brainkernel.codegen.neuron_update import compute, interpolated_spikes, wide, written
from brainkernel.codegen.past_values import summary_of_remember
from brainkernel.codegen.placed_steps import assign_alone, names_of_steps
from brainkernel.codegen.placed_steps import summary as summary_of_step
from brainkernel.codegen.source_file import (
    cache_folder,
    import_program,
    spare_folder,
    write_program,
    write_whole,
)
from brainkernel.codegen.spike_delivery import (
    drawn,
    draws_of,
    happenings,
    is_serial,
    is_serial_departure,
    one_for_all,
    print_edges,
    summary_of,
    summary_of_event,
)
from brainkernel.execution.executable import PrintedExecutable
from brainkernel.integrators.exact import Algebra
from brainkernel.lowering.derived_constants import edited
from brainkernel.model.analysis import adds
from brainkernel.model.definition import suggestion
from brainkernel.model.event_kinds import was_above
from brainkernel.model.neuron import End, Member, Neuron
from brainkernel.model.stimuli import TimedArray, Window
from brainkernel.model.synapse import Synapse
from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import API_VERSION as API
from brainkernel.program.address import Address
from brainkernel.program.contracts import Backend, BackendOptions, Executable
from brainkernel.program.explanation import Explanation, LoopReport, Task
from brainkernel.program.job import ImpulseDrive, InputDrive, Job, Probe, Records
from brainkernel.program.partition import HEAD, Partition
from brainkernel.program.past import past_name, slopes_array, slopes_name
from brainkernel.program.program import (
    HIDDEN,
    STORES,
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Binding,
    Call,
    Draw,
    Event,
    Loop,
    NeuronBlock,
    Program,
    SynapseBlock,
    SynapseEvent,
    SynapseTable,
    input_name,
)
from brainkernel.program.schedule import schedule_of
from brainkernel.program.state import State
from brainkernel.program.tree import SOLVER as TREE_SOLVER
from brainkernel.program.trial import Amount, Trial, Workload
from brainkernel.recording.monitor import Look, Monitor
from brainkernel.recording.selection import chosen, elements
from brainkernel.simulation.lowered_network import (
    LoweredNetwork,
    first_neuron,
    keys_under,
    lowered,
    parameter_addresses,
    state_address,
    timed_values,
)
from brainkernel.simulation.network import Network
from brainkernel.simulation.values import read_value

__all__ = [  # noqa: RUF022 - by purpose
    # the contract
    "API",
    "Backend",
    "BackendOptions",
    "Executable",
    # what runs: the program, where it is, what to do, what came of it
    "Program",
    "State",
    "Job",
    "InputDrive",
    "ImpulseDrive",
    "Probe",
    "Records",
    # what a program is made of
    "NeuronBlock",
    "SynapseBlock",
    "SynapseEvent",
    "SynapseTable",
    "Event",
    "Loop",
    "Call",
    "Draw",
    "Binding",
    "STORES",
    "SYNAPSE_NUMBER",
    "SYNAPSE_PLACE",
    # how it is shared out among threads
    "Partition",
    "HEAD",
    # printing
    "Dialect",
    "Drawn",
    "Lines",
    "indent",
    "neuron_structures",
    "print_edges",
    "network_data",
    "print_program",
    "synapse_structures",
    "rule_of",
    "runtime_arrays",
    # parts of printing, for backends that print functions of their own
    "HIDDEN",
    "TREE_SOLVER",
    "adds",
    "assign_alone",
    "compute",
    "drawn",
    "draws_of",
    "due",
    "happenings",
    "input_name",
    "lines_of_methods",
    "interpolated_spikes",
    "is_serial",
    "is_serial_departure",
    "loop_constants",
    "names_of_steps",
    "one_for_all",
    "past_name",
    "present_readings",
    "print_present",
    "slopes_array",
    "slopes_name",
    "summary_of_remember",
    "schedule_of",
    "summary_of",
    "summary_of_event",
    "summary_of_step",
    "time_of",
    "was_above",
    "wide",
    "written",
    # printed text as files, and running it
    "PrintedExecutable",
    "cache_folder",
    "compiling",
    "import_program",
    "spare_folder",
    "write_program",
    "write_whole",
    # random numbers: the functions that programs draw with, and the loops that draw connectivity
    "random",
    # saying where the time goes
    "Amount",
    "Explanation",
    "LoopReport",
    "Task",
    "Trial",
    "Workload",
    # a network as arrays: for backends that make a function of it
    "Network",
    "LoweredNetwork",
    "Address",
    "first_neuron",
    "keys_under",
    "lowered",
    "parameter_addresses",
    "read_value",
    "state_address",
    "timed_values",
    "Algebra",
    "edited",
    # what users give
    "End",
    "Look",
    "Member",
    "Neuron",
    "Synapse",
    "Monitor",
    "TimedArray",
    "Window",
    "chosen",
    "elements",
    "whole_steps",
    # other plugins by name, and advice in messages
    "default_host",
    "suggestion",
]
