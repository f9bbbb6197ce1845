"""Generated third ends: functions that read a neuron of a third group in place of a parameter."""

from __future__ import annotations

import random

from brainkernel.testing.generated_derived import renamed

DECLARED = '"""A generated model."""\n\n    third = bk.end()'


def read_third_end(text: str) -> str:
    """Give a class of synapses that reads z of a third end where it has read its own c."""
    declared = text.replace('"""A generated model."""', DECLARED, 1)
    return renamed(declared, {"c": "z_third"})


def has_third_end(seed: int) -> bool:
    """Whether the synapses of a number have a third end: those of every third one have."""
    return random.Random(f"{seed} third end").random() < 1.0 / 3.0
