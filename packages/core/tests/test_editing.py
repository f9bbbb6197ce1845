"""The printed program: read, saved, edited, run, and walked by a debugger."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import numpy as np
import pytest
from toy_models import DT, Current, Gate, Ramp, assert_same

import brainkernel as bk


# fmt: off
class Drifting(bk.Neuron):
    """Comments and odd layout, which must come through."""

    speed = bk.parameter(1.0)
    x = bk.state(0.0)

    @bk.derivative
    def dx(speed):
        # the first comment
        fast = (speed
                * 1.0)   # the second one

        return fast
# fmt: on


def network(**options):
    cells, gate, other = (
        Drifting(3, method="euler", name="cells"),
        Gate(2, name="gate"),
        Ramp(4, name="other"),
    )
    syn = Current(gate, other, connect=bk.connect.fixed_prob(0.5), name="syn")
    monitors = {"x": bk.StateMonitor(cells, "x"), "v": bk.StateMonitor(other, "V")}
    return bk.Network(cells, gate, other, syn, dt=DT, **monitors, **options)


def run(net, **options):
    net.run(4 * DT, inputs={net.groups[1]: 1.0}, **options)
    return net


def edited(tmp_path, backend, *changes):
    path = network().save_source(tmp_path / "edited.py", backend)
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the program"
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_the_text_is_python_and_deterministic(backend):
    text = network().source(backend)
    tree = ast.parse(text)
    assert "run" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert network().source(backend) == text
    net = network()
    if backend == "numpy":
        run(net)
    assert net.source(backend) == text  # also after a run


def test_it_holds_the_users_functions_word_for_word(backend):
    text = network().source(backend)
    for model in (Drifting, Ramp, Current, Gate):
        for function in model.definition.functions:
            source = textwrap.dedent(inspect.getsource(function.source.call))
            body = source[source.index("def ") :].rstrip("\n")
            assert f"\n{body}\n" in text


def test_the_saved_text_runs_as_the_network_does(backend, tmp_path):
    path = network().save_source(tmp_path / "program.py", backend)
    again = run(network(), backend=backend, source=path)
    assert_same(again.v, run(network(), backend=backend).v)
    assert again.x.attrs["edited_program"] == str(path)


def test_one_changed_constant_changes_the_result(backend, tmp_path):
    path = edited(tmp_path, backend, ("'Drifting_speed': [1.0]", "'Drifting_speed': [5.0]"))
    net = run(network(), backend=backend, source=path)
    assert net.x.x.values[:, 0].tolist() == [5 * DT, 10 * DT, 15 * DT, 20 * DT]
    assert_same(net.v, run(network(), backend=backend).v)


def test_a_changed_function_changes_the_result(backend, tmp_path):
    path = edited(tmp_path, backend, ("* 1.0)   # the second one", "* 3.0 + 1.0)"))
    net = run(network(), backend=backend, source=path)
    assert net.x.x.values[:, 0].tolist() == [4 * DT, 8 * DT, 12 * DT, 16 * DT]
    path.write_text(path.read_text().replace("* 3.0 + 1.0)", "* 7.0)"))
    run(net, backend=backend, source=path)  # the same path with a new text
    assert net.x.x.values[-1, 0] == 16 * DT + 28 * DT


def test_without_the_edited_text_the_network_is_as_before(tmp_path):
    path = edited(tmp_path, "numpy", ("'Drifting_speed': [1.0]", "'Drifting_speed': [5.0]"))
    net = run(network(), source=path)
    before = net.x.attrs["program"]
    assert net.groups[0].speed == 1.0
    run(net)
    assert np.diff(net.x.x.values[:, 0]).tolist() == [5 * DT] * 3 + [DT] * 4
    assert net.x.attrs["program"] == f"{before}, {run(network()).x.attrs['program']}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("        return fast", "        return fast)"), "syntax error in line"),
        (("\ndef run(", "\ndef walk("), "defines no run"),
        (("'Drifting_speed': [1.0]", "'Drifting_speed': [1.0, 2.0]"), "Drifting_speed"),
        (("'Drifting_speed': [1.0]", "'Drifting_speed': 1.0"), "Drifting_speed"),
        (("'Drifting_speed': [1.0]", "'Drifting_speed': ['fast']"), "Drifting_speed"),
        (("'Drifting_speed'", "'Drifting_spede'"), "Drifting_spede"),
        (("import numpy as np", "import numpty as np"), "numpty"),
        (("\nconstants = {", "\nconstants = 3\nother = {"), "constants"),
    ],
)
def test_an_edited_text_that_cannot_run_is_refused(change, said, tmp_path):
    old, new = change
    old = old.strip() if old.startswith("    ") else old
    path = edited(tmp_path, "numpy", (old, new.strip() if new.startswith("    ") else new))
    net = network()
    with pytest.raises(bk.errors.ProgramError, match=said) as caught:
        run(net, source=path)
    assert "edited.py" in str(caught.value)
    assert net.step == 0
    run(net)


def test_a_text_that_is_not_there(tmp_path):
    with pytest.raises(bk.errors.ProgramError, match=r"nowhere\.py cannot be read"):
        run(network(), source=tmp_path / "nowhere.py")


def test_the_text_of_another_network_is_refused(tmp_path):
    path = bk.Network(Drifting(1), Drifting(2, speed=[1.0, 2.0]), dt=DT).save_source(
        tmp_path / "other.py"
    )
    net = network()
    with pytest.raises(
        bk.errors.ProgramError, match=r"other\.py was saved from a network of other models"
    ):
        run(net, source=path)
    assert net.step == 0


LOOP = "\n    for _step in range(_first, _last):"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LOOP, f"\n    return _first{LOOP}"),
        (LOOP, f"\n    return _first - 1{LOOP}"),
        ("return _last", "return _last + 1"),
    ],
)
def test_a_run_that_does_not_move_forward_is_refused(old, new, tmp_path):
    path = edited(tmp_path, "numpy", (old, new))
    net = network()
    with pytest.raises(bk.errors.ProgramError, match=r"edited\.py: run\(\) does not move forward"):
        run(net, source=path)
    assert net.step == 0


def test_an_exception_in_an_edited_text_shows_file_and_line(tmp_path):
    path = edited(tmp_path, "numpy", ("# the first comment", "speed = [1.0, 2.0][int(speed) + 8]"))
    net = network()
    with pytest.raises(IndexError) as caught:
        run(net, source=path)
    last = traceback.extract_tb(caught.tb)[-1]
    assert last.filename == str(path)
    assert path.read_text().splitlines()[last.lineno - 1].strip() == last.line
    assert last.line.startswith("speed = [1.0, 2.0]")
    assert net.step == 0


TRACE = """
import sys
import brainkernel as bk
sys.path[:0] = [{tests!r}]
from test_editing import network, run

stops = []

def trace(frame, event, argument):
    if frame.f_code.co_filename == {path!r}:
        speed = float(frame.f_locals.get("speed", 0.0))
        stops.append((frame.f_code.co_name, frame.f_lineno, speed))
        return trace

net = network()
net.build
sys.settrace(trace)
try:
    run(net, backend={backend!r}, source={path!r})
finally:
    sys.settrace(None)
print(sorted({{line for name, line, speed in stops if name == "dx" and speed == 1.0}}))
print("run" in {{name for name, line, speed in stops}})
"""


def test_a_debugger_stops_in_the_file(backend, tmp_path):
    """The interpreter's own hook stops as a breakpoint does, with the compiler off."""
    path = network().save_source(tmp_path / "program.py", backend)
    script = TRACE.format(tests=str(Path(__file__).parent), path=str(path), backend=backend)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "JAX_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    lines, ran = done.stdout.splitlines()
    text = path.read_text().splitlines()
    assert "return fast" in {text[number - 1].strip() for number in ast.literal_eval(lines)}
    assert ran == "True"


def test_numba_without_its_compiler_gives_the_same_numbers(tmp_path):
    pytest.importorskip("brainkernel_numba")
    script = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "from test_editing import network, run\n"
        "one, two = run(network(), backend='numpy'), run(network(), backend='numba')\n"
        "assert (one.v.V.values == two.v.V.values).all() and (one.x.x.values == "
        "two.x.x.values).all()\n"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)


@pytest.mark.parametrize("edit", ["parameter", "function"])
def test_what_follows_from_an_edited_value_follows(backend, tmp_path, edit):
    class Decay(bk.Neuron):
        """Linear, so that it is integrated exactly by a propagator that follows from tau."""

        tau = bk.parameter(8.0)
        V = bk.state(1.0)

        @bk.derivative
        def dV(V, tau):
            return -V / tau

    group = Decay(1, name="decay")
    network = bk.Network(group, v=bk.StateMonitor(group, "V"))
    text = network.source(backend)
    old, new = {
        "parameter": ("'Decay_tau': [8.0]", "'Decay_tau': [2.0]"),
        "function": ("-V / tau", "-4.0 * V / tau"),
    }[edit]
    assert old in text
    path = tmp_path / "edited.py"
    path.write_text(text.replace(old, new))
    network.run(1.0, backend=backend, source=path)
    assert network.v.V.values[-1, 0] == pytest.approx(np.exp(-0.5), rel=1e-12)
