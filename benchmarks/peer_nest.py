"""The same cases in NEST; see `contestant` for arguments and answer."""

from __future__ import annotations

import os
from argparse import Namespace

os.environ["PYNEST_QUIET"] = "1"  # or its banner comes first

import nest
from contestant import Watch, answer, arguments, rates
from nest_networks import MAKERS


def main(options: Namespace) -> None:
    """Build, run, answer; there is nothing to compile."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(
        resolution=0.1,
        local_num_threads=options.threads,
        rng_seed=options.seed + 1,
        print_time=False,
    )
    watch = Watch()
    with watch("build"):
        populations = MAKERS[options.case](options)
        recorders = {
            name: recorder(neurons, options.warmup) for name, neurons in populations.items()
        }
        nest.Prepare()
    nest.Run(options.warmup)
    with watch("run"):
        nest.Run(options.ms)
    nest.Cleanup()
    spikes = {name: int(found.n_events) for name, found in recorders.items()}
    sizes = {name: len(neurons) for name, neurons in populations.items()}
    synapses = nest.num_connections - sum(sizes.values())  # without those to the recorders
    answer(
        "NEST", nest.__version__, options, watch.seconds, rates(spikes, sizes, options.ms), synapses
    )


def recorder(neurons: nest.NodeCollection, start: float) -> nest.NodeCollection:
    """Record the spikes after the warm-up, in memory as the other simulators do."""
    found = nest.Create("spike_recorder", {"start": start})
    nest.Connect(neurons, found)
    return found


if __name__ == "__main__":
    main(arguments())
