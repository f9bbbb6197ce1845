"""Derivatives of cells under JAX go through the solver along the tree."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_cells import Morphology, PassiveCell


def test_slopes_of_a_run_by_parameters_of_the_cell():
    jax = pytest.importorskip("jax")
    bj = pytest.importorskip("brainkernel_jax")
    shape = Morphology()
    soma = shape.add_ball("soma", diameter=20.0)
    trunk = shape.add("dend", length=200.0, diameter=2.0, pieces=4, parent=soma)
    shape.add("tuft", length=100.0, diameter=1.0, pieces=2, parent=trunk, at=0.5)
    cells = PassiveCell(shape, cells=2, R_i=100.0, g_L={"soma": 0.1, None: 0.2}, name="cells")
    net = bk.Network(cells, dt=0.05, trace=bk.StateMonitor(cells, "V"))
    with jax.enable_x64(True):
        function = bj.function(net, 2.0)
        drive = np.zeros(14)
        drive[[0, 7]] = 300.0

        def mean(parameters):
            _, records = function(parameters, {"cells": {"I": drive}})
            return jax.numpy.mean(records["trace"]["V"])

        slopes = jax.jit(jax.grad(mean))(function.parameters)["cells"]
        value = jax.jit(mean)
        for name, step in {"R_i": 1e-3, "joint": 1e-6, "C_m": 1e-5, "g_L": 1e-5}.items():
            around = []
            for sign in (1.0, -1.0):
                own = dict(function.parameters["cells"])
                own[name] = own[name] + sign * step
                around.append(float(value({"cells": own})))
            expected = (around[0] - around[1]) / (2.0 * step)
            assert expected != 0.0
            assert np.sum(slopes[name]) == pytest.approx(expected, rel=1e-5), name
