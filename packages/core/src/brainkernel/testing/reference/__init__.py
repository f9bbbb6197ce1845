"""An independent reference: a small, slow interpreter of the contracts, to hold every backend to.

It takes a network and steps it by plain loops over neurons, synapses and a list of pending spikes,
calling the step functions of the classes themselves. It shares nothing with what lays a network
out, prints and runs it, so a mistake made there once, for all backends, is found by comparison with
it.

The files: `given` (values, connectivity, stimuli), `draws` (random numbers), `methods`
(integration), `neurons` and `synapses` (what happens in a step), `interpreter` (the step itself,
and what monitors see).
"""

from __future__ import annotations

from brainkernel.testing.reference.interpreter import Reference

__all__ = ["Reference"]
