"""Who computes what.

Each thread has a run of neurons of every block, and the synapses onto them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HEAD = (
    *("source_group", "source_group_end", "source", "source_first", "source_last"),
    *("target_group", "target_group_end", "target", "target_first", "target_last"),
    *(
        "pre_number",
        "post_number",
        "own_pre",
        "row",
        "parts",
        "first_base",
        "delay",
        "delay_end",
        "column",
    ),
    "dendritic",
)
"""The columns of the table of heads. Groups and neurons are global numbers, except `*_first` and
`*_last`, which are places within a block, and `*_number`, a group's number within its block; the
rest says where a head's stretch of some flat array begins."""


@dataclass(frozen=True)
class Partition:
    """How a program is shared out among some threads.

    Attributes
    ----------
    groups : array (threads, groups, 2)
        First and last neuron of each group's piece, as global numbers.
    spans : array (threads, blocks, 2)
        The same for blocks.
    heads : array (heads, columns)
        One line for each table of synapses, with the columns `HEAD`.
    synapse_blocks : array (synapse_blocks, 2)
        First and last head of each edge.
    shares : array (heads, threads + 1)
        Which parts of a row belong to each thread.
    rows, bases : array
        For each part of each row its first synapse; for each part of a table what its targets are
        counted from.
    """

    groups: Ints
    spans: Ints
    heads: Ints
    synapse_blocks: Ints
    shares: Ints
    rows: Ints
    bases: NDArray[np.uint32]

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return int(self.groups.shape[0])
