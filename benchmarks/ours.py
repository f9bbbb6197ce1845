"""One case in brainkernel, on the Numba backend, or on JAX's (`ours_jax.py`); see `contestant`."""

from __future__ import annotations

import os
from argparse import Namespace
from importlib.metadata import version
from typing import Any

import networks
from brunel import brunel
from contestant import Watch, answer, arguments, rates
from microcircuit import microcircuit
from stdp import stdp

import brainkernel as bk

MAKERS = {
    "coba": networks.coba,
    "cuba": networks.cuba,
    "cobahh": networks.cobahh,
    "brunel": brunel,
    "stdp": stdp,
}


def make(options: Namespace) -> bk.Network:
    """Build the network of a case."""
    if options.case == "microcircuit":
        # whole, it is to fit into 4 GB: 32 bits for a weight, as 64 for a state
        weights = "float32" if options.scale >= 1 else "float64"
        net = microcircuit(options.scale, seed=options.seed, weights=weights)
    else:
        net = MAKERS[options.case](options.n, seed=options.seed)
    net.program()  # draws the connectivity
    return net


def how(threads: int) -> dict[str, Any]:
    """How a network is run."""
    return {"backend": "numba", **({"threads": threads} if threads > 1 else {})}


def main(options: Namespace, run: dict[str, Any], name: str = "brainkernel") -> None:
    """Build, compile, run, answer."""
    os.environ["BRAINKERNEL_BACKEND"] = "numba"  # whose loops draw large connectivity too
    watch = Watch()
    with watch("build"):
        net = make(options)
    with watch("compile"):
        net.run(net.dt, **run)
    net.run(options.warmup - net.dt, **run)
    with watch("run"):
        tree = net.run(options.ms, **run)
    monitors = [name for name in net.monitors if name.startswith("spikes")]
    groups = {name: group(net, name) for name in monitors}
    spikes = {groups[name].name: int(tree[name].time.size) for name in monitors}
    sizes = {found.name: found.size for found in groups.values()}
    synapses = sum(connectivity.size for connectivity in net.build.connectivities.values())
    answer(
        name,
        version("brainkernel"),
        options,
        watch.seconds,
        rates(spikes, sizes, options.ms),
        synapses,
    )


def group(net: bk.Network, monitor: str) -> bk.Neuron:
    """The group that a spike monitor of one of these networks watches."""
    wanted = monitor.removeprefix("spikes").removeprefix("_") or "neurons"
    return next(found for found in net.groups if found.name == wanted)


if __name__ == "__main__":
    given = arguments()
    main(given, how(given.threads))
