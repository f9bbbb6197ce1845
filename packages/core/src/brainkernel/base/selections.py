"""Turns integers, slices and masks that select neurons or synapses into numbers, or refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import BrainKernelError, SelectionError

Numbers = NDArray[np.int64]


def select(
    key: Any, shape: tuple[int, ...], label: str, error: type[BrainKernelError] = SelectionError
) -> Numbers:
    """Turn a selection into numbers of elements.

    Parameters
    ----------
    key : int, sequence of int, slice, boolean mask, or tuple of these
        Integers count from zero, negative ones from the end. A mask has one truth for each element,
        or the shape of all. A tuple has one entry for each axis, as NumPy reads it.
    shape : tuple of int
        How the elements are arranged.
    label : str
        What they are elements of, for messages.
    error : type
        The exception to raise.

    Returns
    -------
    array of int64
        In the order of the selection.

    Raises
    ------
    SelectionError, or `error`
        Booleans that are no mask, masks of another length, fractions, numbers or slices that go
        beyond, and selections of nothing.
    """
    keys = _by_axis(key, shape, label, error)
    if len(keys) == 1:
        (only,) = keys
        if len(shape) == 1:
            numbers = _along(only, shape[0], label, error)
            return _not_empty(np.atleast_1d(numbers), key, label, error)
        is_mask = isinstance(only, np.ndarray) and only.dtype == np.bool_
        if is_mask and not (isinstance(key, tuple) and only.ndim == 1):
            mask = _whole_mask(only, shape, label, error)
            return _not_empty(np.flatnonzero(mask), key, label, error)
    checked = []
    for axis, (selection, size) in enumerate(zip(keys, shape, strict=False)):
        axis_label = f"axis {axis} of {label}"
        if isinstance(selection, slice):
            _check_slice(selection, size, axis_label, error)
            checked.append(selection)
        else:
            checked.append(_along(selection, size, axis_label, error))
    every = np.arange(int(np.prod(shape))).reshape(shape)
    try:
        numbers = every[tuple(checked)]
    except IndexError as cause:
        raise error(
            f"{label}: the selections of its axes do not fit each other: {cause}"
        ) from cause
    return _not_empty(np.asarray(numbers), key, label, error)


def check_selection(key: Any, label: str, error: type[BrainKernelError] = SelectionError) -> Any:
    """Read a selection among elements not counted yet: a slice, or a copy of an array."""
    if isinstance(key, slice):
        _check_bounds_of_slice(key, label, error)
        return key
    array = _array(key, label, error)
    return array if array.dtype == np.bool_ else np.atleast_1d(array)


def _by_axis(
    key: Any, shape: tuple[int, ...], label: str, error: type[BrainKernelError]
) -> tuple[Any, ...]:
    keys = list(key) if isinstance(key, tuple) else [key]
    ellipses = [position for position, selection in enumerate(keys) if selection is Ellipsis]
    if len(ellipses) > 1:
        raise error(f"{label}: a selection has one ... at most")
    if ellipses:
        (position,) = ellipses
        left = len(shape) - (len(keys) - 1)
        keys[position : position + 1] = [slice(None)] * max(left, 0)
    if len(keys) > len(shape):
        raise error(
            f"{label} has {len(shape)} axes, shape {shape}, and is given {len(keys)} selections: "
            f"{key!r}; "
            "give a list, [[0, 2]], to select some along one axis"
        )
    selections = []
    for selection in keys:
        if not isinstance(selection, slice):
            selection = _array(selection, label, error)
        selections.append(selection)
    return tuple(selections)


def _array(key: Any, label: str, error: type[BrainKernelError]) -> NDArray[Any]:
    advice = "give whole numbers, a slice, or a mask of True and False for each"
    try:
        array = np.array(key)
    except ValueError as cause:
        raise error(f"{label}: {key!r} selects nothing: {advice}") from cause
    empty = array.size == 0 and array.dtype.kind == "f"  # as np.array([]) is
    if array.dtype.kind not in "iub" and not empty:
        raise error(f"{label}: {key!r} selects nothing: {advice}")
    if array.dtype == np.bool_ and array.ndim == 0:
        raise error(f"{label}: {key!r} is no selection: {advice}")
    if array.dtype != np.bool_ and has_truths(key):
        raise error(f"{label}: {key!r} mixes numbers with True and False: {advice}")
    return array.astype(np.int64) if array.dtype != np.bool_ else array


def has_truths(value: object) -> bool:
    """Whether a selection is or holds a truth value, which NumPy would take for 0 or 1.

    In a list with numbers, NumPy turns True into 1.
    """
    if isinstance(value, (list, tuple)):
        return any(has_truths(item) for item in value)
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_


def _along(key: Any, size: int, label: str, error: type[BrainKernelError]) -> Any:
    """Numbers along one axis."""
    if isinstance(key, slice):
        _check_slice(key, size, label, error)
        return np.arange(*key.indices(size))
    if key.dtype == np.bool_:
        return np.flatnonzero(_whole_mask(key, (size,), label, error))
    is_outside = (key < -size) | (key >= size)
    outside = key[is_outside]
    if outside.size:
        raise error(
            f"{label}: {outside.flat[0]} is not among its {size} elements, which are 0 to "
            f"{size - 1}"
        )
    return np.where(key < 0, key + size, key)


def _whole_mask(
    mask: NDArray[np.bool_], shape: tuple[int, ...], label: str, error: type[BrainKernelError]
) -> NDArray[np.bool_]:
    elements = int(np.prod(shape))
    if mask.shape not in (shape, (elements,)):
        raise error(
            f"{label}: a mask of shape {mask.shape} for {shape}: give one True or False for each"
        )
    return mask


def _check_bounds_of_slice(key: slice, label: str, error: type[BrainKernelError]) -> None:
    for bound in (key.start, key.stop, key.step):
        is_integer = isinstance(bound, (int, np.integer)) and not isinstance(bound, bool)
        if bound is not None and not is_integer:
            raise error(f"{label}: a slice is made of whole numbers, not {bound!r}")
    if key.step == 0:
        raise error(f"{label}: a slice has a step other than 0")


def _check_slice(key: slice, size: int, label: str, error: type[BrainKernelError]) -> None:
    _check_bounds_of_slice(key, label, error)
    backwards = key.step is not None and key.step < 0
    # a slice that runs backwards names 0 by stopping before it
    lowest = -size - 1 if backwards else -size
    for bound in (key.start, key.stop):
        if bound is not None and not lowest <= bound <= size:
            start = "" if key.start is None else str(key.start)
            stop = "" if key.stop is None else str(key.stop)
            raise error(
                f"{label}: the slice [{start}:{stop}] goes beyond its {size} elements: end it at "
                f"{size} or leave it open"
            )


def _not_empty(numbers: Any, key: Any, label: str, error: type[BrainKernelError]) -> Numbers:
    if numbers.size == 0:
        raise error(f"{label}: the selection {key!r} is empty: it has to name one element at least")
    return np.asarray(numbers, dtype=np.int64).reshape(-1)
