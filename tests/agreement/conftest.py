"""The toy models of the core's tests, for several packages together, and how they agree."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "packages" / "core" / "tests"))


@pytest.fixture
def note(request):
    """Note how well two networks agree; the summary of the tests lists it."""

    def compare(backend, one, two):
        spikes, traces = True, 0.0
        for name in one.monitors:
            left, right = getattr(one, name), getattr(two, name)
            if "spike" in left.dims:
                same = left.sizes == right.sizes and bool(
                    (left.time.values == right.time.values).all()
                )
                spikes = spikes and same and bool((left.neuron.values == right.neuron.values).all())
            else:
                traces = max(
                    traces, *(difference(left[v].values, right[v].values) for v in left.data_vars)
                )
        request.node.user_properties.append(
            ("agreement", [request.node.originalname, backend, spikes, traces])
        )

    return compare


def difference(left, right):
    """The greatest difference, relative to the greatest value."""
    return float(
        np.max(np.abs(left - right), initial=0.0) / max(np.max(np.abs(left), initial=0.0), 1e-300)
    )


def pytest_terminal_summary(terminalreporter):
    """Print how well the backends agree with NumPy, the worst of all networks of a test."""
    reports = [
        report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])
    ]
    worst = {}
    for name, backend, spikes, traces in (
        row
        for report in reports
        for key, row in getattr(report, "user_properties", [])
        if key == "agreement"
    ):
        before = worst.get((name, backend), (True, 0.0))
        worst[name, backend] = before[0] and spikes, max(before[1], traces)
    if worst:
        terminalreporter.section("agreement with NumPy")
        terminalreporter.write_line(
            f"{'network':52}{'backend':9}{'spikes':11}greatest relative difference of traces"
        )
        for (name, backend), (spikes, traces) in sorted(worst.items()):
            same = "identical" if spikes else "differ"
            terminalreporter.write_line(
                f"{name.removeprefix('test_'):52}{backend:9}{same:11}{traces:.1e}"
            )
