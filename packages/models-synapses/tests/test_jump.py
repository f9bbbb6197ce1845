"""Jump: a spike moves any state, or adds to any input, of any model."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import ConnectError, ModelError, UnitError
from brainkernel_synapses import Jump, VoltageJump

ALL = bk.connect.all_to_all()


class Keeps(bk.Neuron):
    """Keeps its conductances itself."""

    ge = bk.state(0.0, unit="nS")
    gi = bk.state(0.0, unit="nS")
    V = bk.state(0.0, unit="mV")
    I = bk.input(unit="mV/ms")

    @bk.derivative
    def dge(ge):
        return -ge / 5.0

    @bk.derivative
    def dV(I):
        return I


def test_each_state_and_input_is_moved(backend_of, source):
    sources, cells = source(2, at=[1.0, 1.5]), Keeps(2, name="cells")
    one = bk.connect.one_to_one()
    onto_ge = Jump(sources, cells, onto="ge", connect=one, weight=[0.5, 1.0])
    jumps = [
        onto_ge,
        Jump(sources, cells, onto="gi", connect=one, weight=2.0),
        Jump(sources, cells, onto="I", connect=one, weight=[3.0, 4.0]),
        Jump(sources, cells, onto="V", connect=one, weight=10.0, delay=0.5),
    ]
    net = bk.Network(sources, cells, *jumps, dt=0.1, trace=bk.StateMonitor(cells, "V"))
    net.run(2.0, backend=backend_of)
    assert cells.gi.tolist() == [2.0, 2.0]
    np.testing.assert_allclose(cells.ge, [0.5 * np.exp(-0.2), np.exp(-0.1)], rtol=1e-12)
    V = net.trace.V.values
    np.testing.assert_allclose(V[[9, 10, 13, 14], 0], [0.0, 0.3, 0.3, 10.3], atol=1e-12)
    np.testing.assert_allclose(V[[14, 15, 18], 1], [0.0, 0.4, 0.4], atol=1e-12)
    assert all(isinstance(jump, Jump) for jump in jumps)
    assert repr(onto_ge).startswith("<Jump")


@pytest.fixture(params=["numpy", "numba", "jax"])
def backend_of(request):
    if request.param != "numpy":
        pytest.importorskip(f"brainkernel_{request.param}")
    return request.param


def test_it_moves_v_as_a_voltage_jump_does(source):
    traces = []
    for model, options in ((Jump, {"onto": "V"}), (VoltageJump, {})):
        sources, cells = source(3, at=[1.0, 2.0, 2.5], name="sources"), Keeps(2, name="cells")
        jump = model(sources, cells, connect=ALL, weight=0.7, delay=0.3, **options)
        net = bk.Network(sources, cells, jump, dt=0.1, trace=bk.StateMonitor(cells, "V"))
        net.run(5.0)
        traces.append(net.trace.V.values)
    assert np.array_equal(*traces)


def test_projections_onto_one_state_share_a_model(source):
    sources, cells, others = source(1), Keeps(2), Keeps(3)
    one, other = (Jump(sources, post, onto="ge", connect=ALL) for post in (cells, others[:2]))
    assert type(one) is type(other)
    assert one.definition.declarations["weight"].unit == "nS"
    net = bk.Network(sources, cells, others, one, other)
    assert len({block.definition for block in net.program().synapse_blocks}) == 1


def test_what_is_no_state_or_input_is_refused_with_what_there_is(source):
    sources, cells = source(1), Keeps(2, name="cells")
    with pytest.raises(ModelError, match="cells has no such state or input; there is: I, V, ge"):
        Jump(sources, cells, onto="gx", connect=ALL)
    with pytest.raises(ModelError, match="did you mean weight"):
        Jump(sources, cells, onto="ge", connect=ALL, weigh=1.0)
    with pytest.raises(ConnectError, match="post is a int"):
        Jump(sources, 3, onto="ge", connect=ALL)


def test_a_weight_in_another_unit_is_refused(source):
    pint = pytest.importorskip("pint")
    with pytest.raises(UnitError):
        Jump(source(1), Keeps(1), onto="ge", connect=ALL, weight=pint.Quantity(1.0, "mV"))
