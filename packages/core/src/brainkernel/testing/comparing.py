"""Compares results bit for bit where arithmetic is exact, and to a declared tolerance elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray

    from brainkernel import Network

REFERENCE = "numpy"


def raster(dataset: xarray.Dataset) -> set[tuple[int, int]]:
    """Spikes as a set of (step, neuron)."""
    steps = np.rint(dataset.time.values / dataset.attrs["dt_ms"]).astype(int)
    return set(zip(steps.tolist(), dataset.neuron.values.tolist(), strict=True))


def assert_same(left: xarray.Dataset, right: xarray.Dataset) -> None:
    """Two datasets hold the same variables, bit for bit."""
    assert set(left.variables) == set(right.variables)
    for name in left.variables:
        np.testing.assert_array_equal(left[name].values, right[name].values, err_msg=str(name))


def assert_close(left: xarray.Dataset, right: xarray.Dataset, tolerance: float) -> None:
    """Assert that two datasets hold the same coordinates, and numbers that agree.

    The tolerance is relative to the largest number of each variable.
    """
    assert set(left.variables) == set(right.variables)
    for name in left.variables:
        values, expected = left[name].values, right[name].values
        shapes = f"shapes {values.shape} and {expected.shape}"
        assert values.shape == expected.shape, f"{name}: {shapes}"
        if expected.dtype.kind not in "biuf":  # labels, as of regions
            np.testing.assert_array_equal(values, expected, err_msg=str(name))
            continue
        atol = tolerance * float(np.max(np.abs(expected), initial=0.0))
        np.testing.assert_allclose(values, expected, rtol=0, atol=atol, err_msg=str(name))


def assert_same_records(left: Network, right: Network) -> None:
    """Two networks recorded the same, and ended in the same state."""
    for name in left.monitors:
        assert_same(getattr(left, name), getattr(right, name))
    np.testing.assert_array_equal(left.state.values, right.state.values)
    assert left.step == right.step
