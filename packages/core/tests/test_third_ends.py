"""Third ends of synapses: a group besides source and target that functions read."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT
from toy_third_ends import ENDS, Cell, Glia, inputs, network

import brainkernel as bk
from brainkernel.testing.beside import assert_follows_the_reference


@pytest.mark.parametrize("per", ENDS)
def test_every_kind_of_function_reads_what_the_contract_says(per):
    net = network(per)
    assert_follows_the_reference(net, 80 * DT, inputs(net))
    assert net.spikes.sizes["spike"] > 5


def recorded(net):
    return {f"{n}.{v}": net[n][v].values for n in ("of_synapses", "of_cells") for v in net[n]}


@pytest.mark.parametrize("per", ENDS)
def test_every_backend_reads_alike(backend, per):
    net, expected = network(per), network(per)
    net.run(40 * DT, inputs=inputs(net), backend=backend)
    net.run(40 * DT, inputs=inputs(net), backend=backend)
    expected.run(80 * DT, inputs=inputs(expected))
    of_numpy = recorded(expected)
    for name, values in recorded(net).items():
        np.testing.assert_allclose(values, of_numpy[name], rtol=1e-12, err_msg=name)
