"""Whatever selects neurons becomes the numbers that NumPy would give, or is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toy_models import DT, Ramp

import brainkernel as bk
from brainkernel.base.selections import select
from brainkernel.errors import MonitorError, SelectionError

SHAPES = st.one_of(st.tuples(st.integers(1, 7)), st.tuples(st.integers(1, 4), st.integers(1, 4)))


def along(size):
    """Selections along an axis of so many elements, right ones and wrong ones."""
    numbers = st.integers(-size - 2, size + 1)
    return st.one_of(
        numbers,
        st.lists(numbers, max_size=4),
        st.lists(st.booleans(), min_size=max(0, size - 1), max_size=size + 1),
        st.builds(
            slice,
            st.none() | numbers,
            st.none() | numbers,
            st.none() | st.sampled_from([-2, -1, 1, 2]),
        ),
    )


@st.composite
def selections(draw):
    shape = draw(SHAPES)
    keys = tuple(draw(along(size)) for size in shape[: draw(st.integers(1, len(shape)))])
    return shape, keys[0] if len(keys) == 1 and draw(st.booleans()) else keys


@settings(max_examples=400, deadline=None)
@example(((1, 2), ([False, True],)))  # a tuple has one entry for each axis, as NumPy reads it
@example(((1, 2), [False, True]))  # and a mask alone one truth for each element
@given(selections())
def test_a_selection_is_numpys_or_is_refused(case):
    shape, key = case
    everything = np.arange(int(np.prod(shape))).reshape(shape)
    keys = key if isinstance(key, tuple) else (key,)
    try:
        found = select(key, shape, "cells")
    except SelectionError:
        return
    indices = tuple(np.array(index) if isinstance(index, list) else index for index in keys)
    mask_of_all = not isinstance(key, tuple) and np.asarray(indices[0]).dtype == np.bool_
    wanted = everything.reshape(-1)[indices] if mask_of_all else everything[indices]
    np.testing.assert_array_equal(found, np.reshape(wanted, -1))
    assert found.size > 0


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 9), st.data())
def test_a_slice_within_its_bounds_is_never_refused(size, data):
    inside = st.none() | st.integers(-size, size)
    key = slice(data.draw(inside), data.draw(inside), data.draw(st.sampled_from([None, 1, 2, 3])))
    wanted = np.arange(size)[key]
    if wanted.size:
        np.testing.assert_array_equal(select(key, (size,), "cells"), wanted)
    else:
        with pytest.raises(SelectionError, match="empty"):
            select(key, (size,), "cells")


def test_what_selects_means_the_same_everywhere():
    mask = np.array([True, False, False, True, True])
    for key in (mask, mask.tolist(), [0, 3, 4], np.array([0, 3, 4], np.uint8)):
        cells = Ramp(5, name="cells")
        assert cells[key].ids.tolist() == [0, 3, 4]
        net = bk.Network(cells, m=bk.StateMonitor(cells, "V", neurons=key), dt=DT)
        net.run(DT)
        assert net.m.neuron.values.tolist() == [0, 3, 4]


def test_a_selection_of_a_slice_counts_within_it():
    cells = Ramp(8, name="cells")
    half = cells[::2]
    assert half[[True, False, True, False]].ids.tolist() == [0, 4]
    assert half[-1].ids.tolist() == [6]
    net = bk.Network(cells, m=bk.StateMonitor(half, "V", neurons=slice(1, 3)), dt=DT)
    net.run(DT)
    assert net.m.neuron.values.tolist() == [2, 4]


def test_a_mask_has_the_shape_of_its_group():
    cells = Ramp((2, 3), name="cells")
    mask = np.array([[True, False, False], [False, True, True]])
    assert cells[mask].ids.tolist() == [0, 4, 5]
    assert cells[1].ids.tolist() == [3, 4, 5]
    assert cells[:, -1].ids.tolist() == [2, 5]
    assert cells[..., 0].ids.tolist() == [0, 3]
    net = bk.Network(cells, m=bk.StateMonitor(cells, "V", neurons=mask), dt=DT)
    net.run(DT)
    assert net.m.neuron.values.tolist() == [0, 4, 5]


def test_a_group_can_still_be_iterated():
    assert [each.ids.tolist() for each in Ramp(3)] == [[0], [1], [2]]


def test_true_is_no_neuron():
    cells = Ramp(3, name="cells")
    for neurons in (True, np.True_, False):
        with pytest.raises(MonitorError, match=r"cells: .* is no selection"):
            bk.StateMonitor(cells, "V", neurons=neurons)
