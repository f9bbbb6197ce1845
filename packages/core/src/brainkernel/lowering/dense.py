"""Which projections reach every target from every source, so that their tables are matrices."""

from __future__ import annotations

import numpy as np

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.synapse_ends import has_synapses
from brainkernel.model.neuron import End


def is_dense(connectivity: Connectivity) -> bool:
    """Whether every source of a stretch reaches every target of a stretch once, by one delay."""
    projection = connectivity.projection
    # with as many synapses as pairs, and none twice, no pair is missing
    pre, post = projection.pre, projection.post
    return (
        getattr(projection.connect, "each_pair_once", False)
        and not has_synapses(projection)
        and connectivity.identities is None  # synapses that come and go are counted anew
        and connectivity.size == pre._size * post._size
        and connectivity.size > 0
        and connectivity.drawn is None
        and len(connectivity.delays) == 1
        and not connectivity.ring
        and _is_stretch(pre)
        and _is_stretch(post)
    )


def _is_stretch(end: End) -> bool:
    """Whether the neurons of an end follow one another in their group."""
    ids = end.ids
    return bool(ids[-1] - ids[0] == ids.size - 1 and np.all(np.diff(ids) == 1))
