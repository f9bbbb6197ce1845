"""LLVM's word on each loop reaches the reader: vectorised with its width, or why not."""

from __future__ import annotations

import importlib.util
import re

import llvmlite.binding
import numba
import numpy as np
import pytest

import brainkernel as bk
from brainkernel.codegen.source_file import import_program
from brainkernel.errors import ProgramError
from brainkernel_neurons import LIF, LIFExpCurrent
from brainkernel_numba.remarks import LoopReport, loops, reports
from brainkernel_synapses import Exponential

FEATURES = llvmlite.binding.get_host_cpu_features()
WIDEST = 4 if FEATURES.get("avx2") else 2  # what any processor of the kind does with float64

HAND_MADE = """
import math
import numba

@numba.njit(error_model="numpy")
def update_good(x, y):
    for i in range(x.size):
        x[i] = x[i] + 0.1 * y[i]

@numba.njit(error_model="numpy")
def update_carried(x, y):
    for i in range(1, x.size):
        x[i] = 0.9 * x[i - 1] + y[i]

@numba.njit(error_model="numpy")
def update_call(x, y):
    for i in range(x.size):
        x[i] = math.lgamma(x[i]) + y[i]

@numba.njit(error_model="numpy")
def update_sum(x, y):
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total

@numba.njit(error_model="numpy")
def update_scatter(x, y, index):
    for i in range(index.size):
        x[index[i]] += y[i]

@numba.njit(error_model="numpy")
def update_search(x, y):
    i = 0
    while x[i] < y[i]:
        i += 1
    return i

@numba.njit(error_model="numpy")
def never_called(x):
    for i in range(x.size):
        x[i] = 2.0 * x[i]

@numba.njit(cache=True, error_model="numpy")
def run(x, y, index, steps):
    total = 0.0
    for step in range(steps):
        update_good(x, y)
        update_carried(x, y)
        update_call(x, y)
        update_scatter(x, y, index)
        total += update_sum(x, y) + update_search(x, y)
    return total
"""


def by_function(found):
    return {report.function: report for report in found}


@pytest.fixture(scope="module")
def hand_made(tmp_path_factory):
    path = (
        tmp_path_factory.mktemp("program") / "compact.py"
    )  # also the name of a file of this package
    path.write_text(HAND_MADE)
    types = tuple(map(numba.typeof, (np.ones(9), np.ones(9), np.ones(9, np.int32), 3)))
    return path, by_function(loops(path, [types]))


def test_a_plain_loop_is_vectorised_and_says_how_wide(hand_made):
    report = hand_made[1]["update_good"]
    assert report.vectorised
    assert report.width >= WIDEST
    assert report.interleaved >= 1
    assert report.reason == ""


@pytest.mark.parametrize(
    ("function", "reason", "line"),
    [
        ("update_carried", "memory: an iteration may need what an earlier one wrote", None),
        ("update_call", "a call that was not inlined", "lgamma"),
        ("update_sum", "a sum in another order would round otherwise", "total +="),
        ("update_scatter", "memory: an index is read from an array", "x[index[i]]"),
        ("update_search", "trip count: it is not known", "while"),
        ("never_called", "never compiled", None),
        ("run", "holds another", None),
    ],
)
def test_a_loop_that_is_not_vectorised_says_why_and_where(hand_made, function, reason, line):
    report = hand_made[1][function]
    assert (report.vectorised, report.width) == (False, 1)
    assert reason in report.reason
    if line is not None:
        (place,) = set(re.findall(rf"line (\d+): [^;]*{reason}", report.reason))
        assert line in HAND_MADE.splitlines()[int(place) - 1]


def test_each_loop_of_the_text_is_reported_once_at_its_line(hand_made):
    lines = [
        number
        for number, line in enumerate(HAND_MADE.splitlines(), 1)
        if re.match(r"\s+(for|while) ", line)
    ]
    assert sorted(report.line for report in hand_made[1].values()) == lines
    assert all(
        HAND_MADE.splitlines()[r.line - 1].strip() == r.text_of_line for r in hand_made[1].values()
    )


def test_a_report_leaves_the_program_and_its_folder_alone(hand_made):
    path = hand_made[0]
    assert list(path.parent.iterdir()) == [path]


def test_lines_change_no_code(hand_made):
    """The same program, compiled here without lines, has the packed instructions of the report."""
    spec = importlib.util.spec_from_file_location("without_lines", hand_made[0])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.update_good(np.ones(9), np.ones(9))
    module.update_carried(np.ones(9), np.ones(9))
    for name in ("update_good", "update_carried"):
        code = getattr(module, name).inspect_llvm(getattr(module, name).signatures[0])
        widths = {int(width) for width in re.findall(r"f(?:add|mul) <(\d+) x double>", code)}
        assert max(widths, default=1) == hand_made[1][name].width


def test_of_a_network_the_update_is_vectorised_and_the_delivery_says_why_it_is_not():
    lif = LIF(20, tau=10.0)
    synapse = Exponential(lif, lif, connect=bk.connect.all_to_all(), weight=1.0, delay=0.5)
    net = bk.Network(lif, synapse)
    net.run(1.0, backend="numba")
    found = loops(net.program_path)
    (update,) = [report for report in found if report.function == "update_LIF"]
    assert update.vectorised
    if FEATURES.get("avx2"):
        assert update.width >= 4
    deliveries = [report for report in found if report.function.startswith("deliver_")]
    assert deliveries
    assert not any(report.vectorised for report in deliveries)
    assert any("memory:" in report.reason for report in deliveries)


def test_a_program_that_draws_random_counts_is_reported_whole():
    net = bk.Network(LIFExpCurrent(20, background=0.8, background_weight=87.8))
    net.run(1.0, backend="numba")
    found = loops(net.program_path)
    assert {"draw_poisson", "run"} < {report.function for report in found}
    assert any(report.vectorised for report in found if report.function == "count_block")


def test_a_program_that_never_ran_is_refused(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(HAND_MADE)
    with pytest.raises(ProgramError, match="run the network first"):
        loops(path)


def test_what_has_run_here_needs_no_signatures(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(HAND_MADE.replace(" + update_search(x, y)", ""))
    import_program(path).run(np.ones(9), np.ones(9), np.arange(9, dtype=np.int32), 1)
    assert by_function(loops(path))["update_good"].vectorised


def test_a_program_that_does_not_compile_gives_the_compilers_words(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import numba\n@numba.njit\ndef run(x):\n    return x.no_such_thing\n")
    with pytest.raises(ProgramError, match="no_such_thing"):
        loops(path, [(numba.float64,)])


# --- matching, on words that no program of this processor draws out of LLVM -----------------------

TEXT = """\
def inner(x):
    return x

def f(x):
    y = x
    for i in range(9):
        x[i] = inner(i)
"""


def said(*lines):
    (report,) = reports(TEXT, "\n".join(f"remark: {line}" for line in lines))
    return report


def test_a_verdict_at_an_inlined_functions_line_belongs_to_the_loop_of_its_reasons():
    here = "program_under_report.py"
    report = said(
        f"{here}:7:1: loop not vectorized: something new", f"{here}:2:1: loop not vectorized"
    )
    assert report == LoopReport(
        "f", 6, "for i in range(9):", False, 1, 1, "line 7: unusual (LLVM: something new)"
    )


def test_interleaved_alone_is_not_vectorised():
    here = "program_under_report.py:6:1:"
    report = said(
        f"{here} the cost-model indicates that vectorization is not beneficial",
        f"{here} interleaved loop (interleaved count: 4)",
    )
    assert (report.vectorised, report.interleaved) == (False, 4)
    assert "would cost more than it saves" in report.reason


def test_scalable_widths_and_reasons_of_other_files():
    other = [
        "compact.py:6:1: loop not vectorized: control flow",
        "compact.py:6:1: loop not vectorized",
    ]
    widths = "vectorization width: vscale x 2, interleaved count: 3"
    vector = f"program_under_report.py:6:1: vectorized loop ({widths})"
    report = said(*other, vector)
    assert (report.vectorised, report.width, report.interleaved) == (True, 2, 3)
    assert "no loop here" in said(*other).reason
