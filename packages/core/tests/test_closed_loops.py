"""Many short runs with values that change in between: what does not change is not done again."""

from __future__ import annotations

import pytest
from toy_models import DT, Current, Gate, Noisy

import brainkernel as bk
from brainkernel.execution.backend_choice import find_backend


def network():
    cells, gate = Noisy(3, V_th=1e9, name="cells"), Gate(2, name="gate")
    syn = Current(gate, cells, connect=bk.connect.all_to_all(), name="syn")
    return bk.Network(gate, cells, syn, dt=DT, v=bk.StateMonitor(cells, "V"))


def test_a_parameter_that_changed_is_in_the_text_though_all_else_is_not_printed_anew(backend):
    chosen = find_backend(backend)
    printed = []

    class Counting(type(chosen)):
        def source(self, program, constants=None):
            printed.append(constants)
            return super().source(program, constants)

    net, counting = network(), Counting()
    texts = set()
    for tau in (3.0, 4.0, 5.0):
        net.projections[0].tau = tau
        net.run(DT, backend=counting)
        texts.add(net.source())
        assert net.source() == chosen.source(net.build.program, net.build.printed_constants())
    assert len(texts) == 3
    assert sum(constants is not None for constants in printed) == 1


def test_a_parameter_of_another_shape_prints_all_anew():
    net = network()
    before = net.source()
    net.groups[1].V_th = [1.0, 2.0, 3.0]
    assert (
        net.source()
        == find_backend("numpy").source(net.build.program, net.build.printed_constants())
        != before
    )


@pytest.mark.parametrize("runs", [10, 400])
def test_runs_do_not_become_slower_with_their_number(runs):
    """Pieces of records are few, whatever the number of runs, and runs share what they remember."""
    net = network()
    for _ in range(runs):
        net.run(DT)
    assert len(net._recorder._store._pieces["v"]["V"]) <= 10
    logs = net._recorder._logs
    assert len(logs) == runs
    for part in ("before", "after", "first_states", "text"):
        assert len({id(getattr(log, part)) for log in logs}) == 1
    assert len(net._programs.executables) == 1
    assert net.v.sizes["time"] == runs
