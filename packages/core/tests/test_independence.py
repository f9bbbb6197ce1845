"""What must not matter: the order of neurons, of members, and who else is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Current, Gate, Jump, Kick, Leaky, Noisy, Ramp, assert_same

import brainkernel as bk

SIZE = 30


def matrix(rng, divisor=16):
    return np.where(
        rng.random((SIZE, SIZE)) < 0.2, rng.integers(-4, 12, (SIZE, SIZE)) / divisor, 0.0
    )


def recurrent(order, seed):
    """A network in which neuron k of the original has the place order[k]."""
    rng = np.random.default_rng(seed)
    weights, delays = matrix(rng), rng.integers(0, 6, (SIZE, SIZE)) * DT
    periods, drive = rng.integers(0, 4, SIZE) * DT, rng.integers(0, 12, SIZE) / 4
    pre, post = np.nonzero(weights)
    ramp = Ramp(SIZE, t_ref=_moved(periods, order), name="ramp")
    kick = Kick(
        *(ramp, ramp),
        connect=bk.connect.from_ij(order[pre], order[post]),
        weight=weights[pre, post],
        delay=delays[pre, post],
    )
    net = bk.Network(ramp, kick, dt=DT, v=bk.StateMonitor(ramp, "V"), s=bk.SpikeMonitor(ramp))
    net.run(60 * DT, inputs={ramp: _moved(drive, order)})
    return net


def _moved(values, order):
    moved = np.empty_like(values)
    moved[order] = values
    return moved


@given(st.permutations(range(SIZE)), st.integers(0, 100))
@settings(deadline=None, max_examples=15)
def test_permuted_neurons_give_permuted_results(order, seed):
    order = np.array(order)
    plain, permuted = recurrent(np.arange(SIZE), seed), recurrent(order, seed)
    np.testing.assert_array_equal(permuted.v.V.values[:, order], plain.v.V.values)
    assert permuted.s.sizes == plain.s.sizes


def members(names="abcd"):
    """Two noisy groups with mutual projections, and two groups of other models."""
    found = {
        "a": Noisy(20, t_ref=2 * DT, name="a"),
        "b": Noisy(10, sigma=0.75, name="b"),
        "c": Leaky(7, name="c"),
        "d": Gate(5, name="d"),
    }
    return {name: found[name] for name in names}


def connectivity(m):
    return {
        "ab": Current(m["a"], m["b"], connect=bk.connect.fixed_prob(0.3), delay=3 * DT, name="ab"),
        "bc": Current(m["b"], m["c"], connect=bk.connect.fixed_prob(0.5), delay=DT, name="bc"),
    }


def recorded(net, backend="numpy"):
    net.run(
        60 * DT, inputs={group: 0.25 for group in net.groups if group.name == "c"}, backend=backend
    )
    return net


def watching(m):
    return {
        "v": bk.StateMonitor(m["b"], "V"),
        "w": bk.StateMonitor(m["c"], "V"),
        "s": bk.SpikeMonitor(m["a"]),
    }


@pytest.fixture(scope="module")
def plain(backend):
    m = members("abc")
    net = recorded(
        bk.Network(*m.values(), *connectivity(m).values(), dt=DT, **watching(m)), backend
    )
    assert net.s.sizes["spike"] > 10
    return net


def compare(net, plain):
    for name in ("v", "w", "s"):
        assert_same(getattr(net, name), getattr(plain, name))


@given(st.permutations(range(5)))
@settings(deadline=None, max_examples=15)
def test_the_order_of_named_members_changes_nothing(plain, backend, order):
    if backend != "numpy":
        order = (4, 1, 3, 2, 0)  # each order is another text to compile
    m = members("abc")
    objects = [*m.values(), *connectivity(m).values()]
    compare(
        recorded(bk.Network(*(objects[k] for k in order), dt=DT, **watching(m)), backend), plain
    )


def test_several_projections_onto_one_group_add_up_in_an_order_of_their_own():
    """0.1 + 0.2 + 0.3 depends on the order of summation; the order of the members must not."""

    def total(order):
        gate, target = Gate(1, name="gate"), Leaky(1, name="target", V_th=1e9)
        few = [
            Current(
                gate,
                target,
                connect=bk.connect.all_to_all(),
                weight=0.1 * k,
                tau=3.0 + k,
                name=f"p{k}",
            )
            for k in (1, 2, 3)
        ]
        kicks = [
            Kick(gate, target, connect=bk.connect.all_to_all(), weight=0.1 * k, name=f"k{k}")
            for k in (1, 2, 3)
        ]
        chosen = [few[k] for k in order] + [kicks[k] for k in order]
        net = bk.Network(gate, target, *chosen, dt=0.1, v=bk.StateMonitor(target, "V"))
        net.run(5.0, inputs={gate: 1.0})
        return net.v.V.values

    first = total([0, 1, 2])
    for order in ([2, 1, 0], [1, 2, 0]):
        np.testing.assert_array_equal(total(order), first)


def test_a_further_monitor_changes_nothing(plain, backend):
    m = members("abc")
    w = connectivity(m)
    more = {
        "x": bk.StateMonitor(m["a"], ["V", "spike"], every=3 * DT),
        "y": bk.SpikeMonitor(m["b"][2:5]),
        "z": bk.RateMonitor(m["c"]),
        "g": bk.StateMonitor(w["bc"], "g"),
    }
    compare(
        recorded(bk.Network(*m.values(), *w.values(), dt=DT, **watching(m), **more), backend), plain
    )


def test_no_monitor_changes_nothing(plain, backend):
    m = members("abc")
    net = recorded(bk.Network(*m.values(), *connectivity(m).values(), dt=DT), backend)
    np.testing.assert_array_equal(m["b"].V, plain.v.V.values[-1])
    np.testing.assert_array_equal(net.groups[2].V, plain.w.V.values[-1])


def test_unrelated_members_change_nothing(plain, backend):
    m = members("dabc")
    other = Counter(3, name="other")
    extra = Jump(m["d"], other, connect=bk.connect.fixed_prob(0.5), delay=9 * DT, name="extra")
    more = Noisy(50, name="before")
    again = Current(more, more, connect=bk.connect.fixed_prob(0.1), name="again")
    objects = [more, m["d"], extra, other, again, m["a"], m["b"], m["c"], *connectivity(m).values()]
    compare(recorded(bk.Network(*objects, dt=DT, **watching(m)), backend), plain)


def test_noise_depends_on_the_name_alone():
    alone, among = Noisy(10, name="n"), Noisy(10, name="n")
    one = bk.Network(alone, dt=DT)
    two = bk.Network(Noisy(99, name="m"), among, Counter(3), dt=DT)
    for net in (one, two):
        net.run(20 * DT)
    np.testing.assert_array_equal(alone.V, among.V)
    other = Noisy(10, name="m")
    net = bk.Network(other, dt=DT)
    net.run(20 * DT)
    assert np.all(other.V != alone.V)


def test_the_noise_of_a_neuron_does_not_depend_on_the_size_of_its_group():
    small, large = Noisy(10, name="n", V_th=1e9), Noisy(1000, name="n", V_th=1e9)
    nets = [bk.Network(group, dt=DT) for group in (small, large)]
    for net in nets:
        net.run(20 * DT)
    np.testing.assert_array_equal(small.V, large.V[:10])
