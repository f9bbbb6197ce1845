"""Turns integers, slices and masks that select neurons or synapses into numbers, or refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import BrainKernelError, SelectionError

Numbers = NDArray[np.int64]


def select(
    key: Any, shape: tuple[int, ...], what: str, error: type[BrainKernelError] = SelectionError
) -> Numbers:
    """Turn a selection into numbers of elements.

    Parameters
    ----------
    key : int, sequence of int, slice, boolean mask, or tuple of these
        Integers count from zero, negative ones from the end. A mask has one truth for each element,
        or the shape of all. A tuple has one entry for each axis, as NumPy reads it.
    shape : tuple of int
        How the elements are arranged.
    what : str
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
    keys = _by_axis(key, shape, what, error)
    if len(shape) == 1 and len(keys) == 1:
        found = _along(keys[0], shape[0], what, error)
        return _some(np.atleast_1d(found).reshape(-1), key, what, error)
    if len(keys) == 1 and isinstance(keys[0], np.ndarray) and keys[0].dtype == np.bool_:
        return _some(np.flatnonzero(_whole_mask(keys[0], shape, what, error)), key, what, error)
    checked = tuple(
        each if isinstance(each, slice) else _along(each, size, f"axis {axis} of {what}", error)
        for axis, (each, size) in enumerate(zip(keys, shape, strict=False))
        if _is_within(each, size, f"axis {axis} of {what}", error)
    )
    try:
        found = np.arange(int(np.prod(shape))).reshape(shape)[checked]
    except IndexError as cause:
        raise error(f"{what}: the selections of its axes do not fit each other: {cause}") from cause
    return _some(np.asarray(found).reshape(-1), key, what, error)


def check_selection(key: Any, what: str, error: type[BrainKernelError] = SelectionError) -> Any:
    """Read a selection among elements not counted yet: a slice, or a copy of an array."""
    if isinstance(key, slice):
        _check_bounds_of_slice(key, what, error)
        return key
    array = _array(key, what, error)
    return array if array.dtype == np.bool_ else np.atleast_1d(array)


def _by_axis(
    key: Any, shape: tuple[int, ...], what: str, error: type[BrainKernelError]
) -> tuple[Any, ...]:
    keys = key if isinstance(key, tuple) else (key,)
    whole = [position for position, each in enumerate(keys) if each is Ellipsis]
    if len(whole) > 1:
        raise error(f"{what}: a selection has one ... at most")
    if whole:
        left = len(shape) - (len(keys) - 1)
        keys = (*keys[: whole[0]], *[slice(None)] * max(left, 0), *keys[whole[0] + 1 :])
    if len(keys) > len(shape):
        raise error(
            f"{what} has {len(shape)} axes, shape {shape}, and is given {len(keys)} selections: "
            f"{key!r}; "
            "give a list, [[0, 2]], to select some along one axis"
        )
    return tuple(each if isinstance(each, slice) else _array(each, what, error) for each in keys)


def _array(key: Any, what: str, error: type[BrainKernelError]) -> NDArray[Any]:
    advice = "give whole numbers, a slice, or a mask of True and False for each"
    try:
        array = np.array(key)
    except ValueError as cause:
        raise error(f"{what}: {key!r} selects nothing: {advice}") from cause
    empty = array.size == 0 and array.dtype.kind == "f"  # as np.array([]) is
    if array.dtype.kind not in "iub" and not empty:
        raise error(f"{what}: {key!r} selects nothing: {advice}")
    if array.dtype == np.bool_ and array.ndim == 0:
        raise error(f"{what}: {key!r} is no selection: {advice}")
    if array.dtype != np.bool_ and has_truths(key):
        raise error(f"{what}: {key!r} mixes numbers with True and False: {advice}")
    return array.astype(np.int64) if array.dtype != np.bool_ else array


def has_truths(value: object) -> bool:
    """Whether a selection is or holds a truth value, which NumPy would take for 0 or 1.

    In a list with numbers, NumPy turns True into 1.
    """
    if isinstance(value, (list, tuple)):
        return any(has_truths(each) for each in value)
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_


def _along(key: Any, size: int, what: str, error: type[BrainKernelError]) -> Any:
    """Numbers along one axis."""
    if isinstance(key, slice):
        _check_slice(key, size, what, error)
        return np.arange(*key.indices(size))
    if key.dtype == np.bool_:
        return np.flatnonzero(_whole_mask(key, (size,), what, error))
    outside = key[(key < -size) | (key >= size)]
    if outside.size:
        raise error(
            f"{what}: {outside.flat[0]} is not among its {size} elements, which are 0 to {size - 1}"
        )
    return np.where(key < 0, key + size, key)


def _is_within(key: Any, size: int, what: str, error: type[BrainKernelError]) -> bool:
    if isinstance(key, slice):
        _check_slice(key, size, what, error)
    return True


def _whole_mask(
    mask: NDArray[np.bool_], shape: tuple[int, ...], what: str, error: type[BrainKernelError]
) -> NDArray[np.bool_]:
    if mask.shape not in (shape, (int(np.prod(shape)),)):
        raise error(
            f"{what}: a mask of shape {mask.shape} for {shape}: give one True or False for each"
        )
    return mask


def _check_bounds_of_slice(key: slice, what: str, error: type[BrainKernelError]) -> None:
    for each in (key.start, key.stop, key.step):
        whole = isinstance(each, (int, np.integer)) and not isinstance(each, bool)
        if each is not None and not whole:
            raise error(f"{what}: a slice is made of whole numbers, not {each!r}")
    if key.step == 0:
        raise error(f"{what}: a slice has a step other than 0")


def _check_slice(key: slice, size: int, what: str, error: type[BrainKernelError]) -> None:
    _check_bounds_of_slice(key, what, error)
    backwards = key.step is not None and key.step < 0
    lowest = (
        -size - 1 if backwards else -size
    )  # a slice that runs backwards names 0 by stopping before it
    for each in (key.start, key.stop):
        if each is not None and not lowest <= each <= size:
            shown = ":".join("" if part is None else str(part) for part in (key.start, key.stop))
            raise error(
                f"{what}: the slice [{shown}] goes beyond its {size} elements: end it at {size} or "
                "leave it open"
            )


def _some(found: Any, key: Any, what: str, error: type[BrainKernelError]) -> Numbers:
    if found.size == 0:
        raise error(f"{what}: the selection {key!r} is empty: it has to name one element at least")
    return np.asarray(found, dtype=np.int64)
