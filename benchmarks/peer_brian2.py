"""The same cases in Brian2's C++ standalone mode; see `contestant` for arguments and answer.

Written as fast as Brian2 allows: the microcircuit is one group and one `Synapses`, which compiles
much faster than 64, and its background is a `PoissonInput`, one draw for each neuron and step.
"""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from pathlib import Path

import brian2 as b2
from brian2_networks import MAKERS, Made
from contestant import Watch, answer, arguments, peak_megabytes, rates


def main(options: Namespace, folder: str) -> None:
    """Build, compile, run, answer."""
    b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b2.prefs.devices.cpp_standalone.openmp_threads = options.threads if options.threads > 1 else 0
    b2.defaultclock.dt = 0.1 * b2.ms
    b2.seed(options.seed)
    watch = Watch()
    with watch("build"):
        made = MAKERS[options.case](options)
        network = b2.Network(*made.members)
        network.run(options.warmup * b2.ms)
        network.run(options.ms * b2.ms)  # the time that is reported is that of the last run
    with watch("compile"):
        b2.device.build(directory=folder, compile=True, run=False)
    megabytes = execute(folder)
    run = float((Path(folder) / "results" / "last_run_info.txt").read_text().split()[0])
    seconds = {**watch.seconds, "run": run}
    count = sum(len(synapses) for synapses in made.synapses)
    answer(
        "Brian2 C++",
        b2.__version__,
        options,
        seconds,
        measured_rates(made, options),
        count,
        megabytes,
    )


def execute(folder: str) -> float:
    """Run the program and give back the most memory that it, and not the compiler, has held."""
    process = os.posix_spawn(str(Path(folder) / "main"), ["./main"], os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"the program ended with status {status}")
    b2.get_device().has_been_run = True  # `b2.device` passes reading on, not writing
    return max(usage.ru_maxrss / 1e3, peak_megabytes())


def measured_rates(made: Made, options: Namespace) -> dict[str, float]:
    """Mean rate of each population after the warm-up."""
    late = made.spikes.i[made.spikes.t > options.warmup * b2.ms]
    spikes = {
        name: int(((late >= first) & (late < last)).sum())
        for name, (first, last) in made.populations.items()
    }
    sizes = {name: last - first for name, (first, last) in made.populations.items()}
    return rates(spikes, sizes, options.ms)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        main(arguments(), place)
