"""Spiking neurons learn to read: the example, with fewer epochs than its own session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

for needed in ("brainkernel_jax", "optax", "sklearn"):
    pytest.importorskip(needed)

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))


def test_a_few_epochs_suffice_for_most_digits():
    from digits import train

    accuracy, _ = train(seed=0, epochs=8)
    assert accuracy > 0.93


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_from_every_seed_it_reads_97_of_100(seed):
    from digits import train

    accuracy, _ = train(seed, epochs=30)
    assert accuracy >= 0.97
