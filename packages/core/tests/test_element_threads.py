"""The thread that owns an element is the one whose share of the partition holds it."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.execution.element_threads import threads_of
from brainkernel.execution.inputs import input_address
from brainkernel.lowering.addresses import state_address
from brainkernel.program.address import as_slice


class Cell(bk.Neuron):
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, I):
        return I - x

    @bk.threshold
    def fires(x):
        return x - 1.0


class Learning(bk.Synapse):
    w = bk.state(0.5, per="synapse")
    r = bk.state(0.0, per="pre")
    o = bk.state(0.0, per="post")

    @bk.on_pre("o", "r")
    def push(o, r, w):
        return o + w, r + 1.0

    @bk.on_post("w")
    def learn(w):
        return w + 1.0

    @bk.adds_to("I")
    def current(o):
        return o


def drawn_network(rng):
    """Groups of one model and of another, and projections onto whole groups and slices."""
    sizes = rng.integers(5, 60, 3)
    groups = [Cell(int(size), name=f"cells_{k}") for k, size in enumerate(sizes)]
    pairs = [(0, 1), (2, 1), (1, 0), (2, 2)]
    projections = [
        Learning(
            groups[pre][1:],
            groups[post][2:],
            connect=bk.connect.fixed_prob(0.4),
            delay=float(rng.choice([0.1, 0.3, 0.7])),
            name=f"wires_{number}",
        )
        for number, (pre, post) in enumerate(pairs)
    ]
    return bk.Network(*groups, *projections, dt=0.1, seed=int(rng.integers(1000)))


@pytest.fixture(params=range(8))
def shared_out(request):
    """A network, and a partition of it whose shares follow from random rates."""
    rng = np.random.default_rng(request.param)
    net = drawn_network(rng)
    threads = int(rng.integers(1, 9))
    rates = rng.exponential(0.1, len(net.build.program.groups))
    return net, net.build._share_out(threads, rates)


def threads_of_neurons(net, partition, end):
    """Look the threads of an end's neurons up in the partition, one by one."""
    entry = net.build.group_of(end.group)[1]
    partition = partition.groups[:, entry.number]
    numbers = entry.first + end.ids
    inside = (partition[:, 0] <= numbers[:, None]) & (numbers[:, None] < partition[:, 1])
    assert np.all(inside.sum(axis=1) == 1)
    return np.argmax(inside, axis=1)


def found(net, partition, address):
    return threads_of(net.build.program, partition, address).tolist()


def test_neurons_and_their_inputs_belong_to_who_has_their_piece(shared_out):
    net, partition = shared_out
    for group in net.groups:
        wanted = threads_of_neurons(net, partition, group).tolist()
        assert found(net, partition, state_address(net.build, group, "x")) == wanted
        assert found(net, partition, input_address(net.build.program, group, "I")) == wanted


def test_values_of_projections_belong_to_who_has_their_source_or_target(shared_out):
    net, partition = shared_out
    for projection in net.projections:
        connectivity = net.build.connectivities[str(projection.name)]
        of_sources = threads_of_neurons(net, partition, projection.pre)
        of_targets = threads_of_neurons(net, partition, projection.post)
        whole = threads_of_neurons(net, partition, projection.post.group)
        targets = connectivity.by_user(np.asarray(connectivity.post, np.int64))
        for name, wanted in (("r", of_sources), ("o", of_targets), ("w", whole[targets])):
            address = state_address(net.build, projection, name)
            assert found(net, partition, address) == wanted.tolist(), name


def test_a_choice_of_elements_has_the_threads_of_its_elements(shared_out):
    net, partition = shared_out
    rng = np.random.default_rng(partition.threads)
    for projection in net.projections:
        address = state_address(net.build, projection, "w")
        chosen = rng.permutation(address.size)[: address.size // 2]
        wanted = np.array(found(net, partition, address))[chosen]
        assert found(net, partition, address.of(chosen)) == wanted.tolist()


@pytest.mark.parametrize(
    ("elements", "index"),
    [([], slice(0, 0)), ([4], slice(4, 5)), ([2, 3, 4], slice(2, 5)), ([3, 2], None)],
)
def test_elements_that_follow_one_another_are_a_slice(elements, index):
    array = np.array(elements, np.int64)
    assert as_slice(array) == index if index is not None else as_slice(array) is array
