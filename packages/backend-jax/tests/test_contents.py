"""Plain values that a compiled function has read: where they change, it is compiled anew."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel_jax.math as bm

pytestmark = pytest.mark.usefixtures("x64")
FACTOR = np.ones(2)


class Scaled(bm.Object):
    """Holds plain values of all kinds."""

    x = bm.variable(1.0)

    def __init__(self):
        self.w, self.p, self.l = np.ones(2), {"a": 1.0}, (1.0,)

    def total(self):
        return self.x * self.w[0] * self.p["a"] * self.l[0]


def test_attributes_that_are_changed_in_place_are_seen():
    scaled = Scaled()
    total = bm.jit(scaled.total)
    assert float(total()) == 1.0
    scaled.w[0] = 2.0
    assert float(total()) == 2.0
    scaled.p["a"] = 3.0
    assert float(total()) == 6.0
    scaled.l = (5.0,)
    assert float(total()) == 30.0


def test_free_and_global_values_are_seen():
    factor = 2.0
    scale = bm.jit(lambda x: x * factor * FACTOR[0])
    assert float(scale(1.0)) == 2.0
    factor = 3.0
    assert float(scale(1.0)) == 3.0
    FACTOR[0] = 7.0
    assert float(scale(1.0)) == 21.0
    FACTOR[0] = 1.0


def test_what_does_not_change_is_compiled_once():
    traces = []

    def scaled(x):
        traces.append(1)
        return x * FACTOR[0]

    scale = bm.jit(scaled)
    traced = [float(scale(1.0)) for _ in range(3)]
    assert traced == [1.0] * 3
    assert len(traces) == 1
