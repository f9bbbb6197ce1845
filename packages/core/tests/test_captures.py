"""What step functions take from outside, and where models may be written."""

from __future__ import annotations

import linecache
import subprocess
import sys

import numpy as np
import pytest
from toy_models import DT

import brainkernel as bk

FACTOR = 2.0
PEAK = np.inf
LIMIT = np.float64(0.1)
YES = True


def scaled(x):
    return x * FACTOR


def twice(x):
    return scaled(scaled(x))


class Captures(bk.Neuron):
    """Names numbers and helpers of its module."""

    x = bk.state(1.0)

    @bk.step("x")
    def grow(x):
        return np.minimum(twice(x) + YES * LIMIT, PEAK)


def result(model, backend="numpy", steps=1):
    cells = model(1)
    net = bk.Network(cells, dt=DT)
    net.run(steps * DT, backend=backend)
    return float(cells.x[0])


def test_numbers_and_helpers_are_captured(backend):
    assert result(Captures, backend) == 4.1


def grown_by(amount):
    def helper(x):
        return x + amount

    class Local(bk.Neuron):
        """Closes over a number and a helper of its own."""

        x = bk.state(0.0)

        @bk.step("x")
        def grow(x):
            return helper(x) * amount

    return Local


def test_models_may_be_made_in_a_function(backend):
    """Two models with the same name and the same text, told apart by what they close over."""
    assert [result(grown_by(amount), backend) for amount in (2.0, 3.0)] == [4.0, 9.0]
    one, two = grown_by(2.0)(1, name="one"), grown_by(3.0)(1, name="two")
    net = bk.Network(one, two, dt=DT)
    net.run(DT, backend=backend)
    assert (one.x.tolist(), two.x.tolist()) == ([4.0], [9.0])


def in_a_cell(text, name, **scope):
    """Run text as a notebook runs a cell: without a file, known to linecache."""
    file = f"<cell {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope.update(bk=bk, np=np, __name__="__main__")
    exec(compile(text, file, "exec"), scope)
    return scope


CELL = """
def inner(x):
    return x + {amount}

def helper(x):
    return 2.0 * inner(x)

class Cell(bk.Neuron):
    x = bk.state(0.0)

    @bk.step("x")
    def grow(x):  # the comment stays
        return helper(x)
"""


def test_models_in_notebook_cells():
    model = in_a_cell(CELL.format(amount=1.5), 1)["Cell"]
    assert result(model) == 3.0
    assert "\ndef grow(x):  # the comment stays\n" in bk.Network(model(1)).source()


def test_helpers_of_one_name_in_two_models_are_told_apart(backend):
    """Also where only what they call in turn differs: both `helper` have the same text."""
    one = in_a_cell(CELL.format(amount=1.0), 2)["Cell"](1, name="one")
    two = in_a_cell(CELL.format(amount=5.0), 3)["Cell"](1, name="two")
    net = bk.Network(one, two, dt=DT)
    net.run(DT, backend=backend)
    assert (one.x.tolist(), two.x.tolist()) == ([2.0], [10.0])


def test_a_cell_that_is_run_again_gives_the_new_model():
    assert [result(in_a_cell(CELL.format(amount=a), 4)["Cell"]) for a in (1.0, 2.0)] == [2.0, 4.0]


def test_another_name_for_numpy():
    text = CELL.format(amount="numpy.exp(0.0)").replace("class", "import numpy\n\nclass")
    assert result(in_a_cell(text, 5)["Cell"]) == 2.0


DECAY = """
rate = 1.0

def decay(x):
    return -rate * x

class Decay(bk.Neuron):
    x = bk.state(1.0)

    @bk.derivative
    def dx(x):
        return decay(x)

    @bk.threshold(crossing=True)
    def fires(x):
        return rate - 1.0
"""


@pytest.mark.parametrize("method", ["exact", "rk4"])
def test_captures_are_taken_when_the_model_is_defined(method, backend):
    """Analysis and the printed program see the same numbers and helpers, even changed ones."""
    scope = in_a_cell(DECAY, 6)
    scope["rate"] = 100.0  # in the original function, and in its helper
    scope["Decay"].definition.functions[0].source.call(1.0)
    cells = scope["Decay"](1, method=method)
    net = bk.Network(cells, dt=DT, s=bk.SpikeMonitor(cells))
    net.run(DT, backend=backend)
    assert cells.x[0] == pytest.approx(np.exp(-DT), rel=1e-5)
    scope["decay"] = None
    assert scope["Decay"].definition.functions[0].source.call(2.0) == -2.0


def test_a_function_may_call_a_helper_of_its_own_name(backend):
    text = DECAY.replace("def dx(x)", "def decay(x)").replace(
        "@bk.derivative", "@bk.derivative('x')"
    )
    cells = in_a_cell(text, 7)["Decay"](1, method="euler")
    net = bk.Network(cells, dt=DT)
    net.run(DT, backend=backend)
    assert cells.x.tolist() == [1.0 - DT]


def test_an_error_in_analysis_shows_the_users_own_line():
    text = CELL.format(amount=1.5)
    function = in_a_cell(text, 8)["Cell"].definition.functions[0].source.call
    assert (function.__code__.co_filename, function.__code__.co_firstlineno) == ("<cell 8>", 12)
    assert text.splitlines()[11].strip().startswith("def grow")


LEFT = """
class Left(bk.Neuron):
    x = bk.state(1.0)

    @bk.step("x")
    def grow(x):
# a comment at the left edge
        y = (x  # another
  + 1.0)
    # and one at the class
        return 2.0 * y
"""


def test_a_comment_may_stand_left_of_its_function(backend):
    model = in_a_cell(LEFT, 9)["Left"]
    assert result(model, backend) == 4.0
    text = (
        "def grow(x):\n# a comment at the left edge\n    y = (x  # another\n  + 1.0)\n"
        "# and one at the class\n    return 2.0 * y"
    )
    assert model.definition.functions[0].text == text
    assert text in bk.Network(model(1)).source()


SCRIPT = """
import brainkernel as bk
import numpy as np

RATE = 0.25

def half(x):
    return x / 2

class Mine(bk.Neuron):
    x = bk.state(8.0)

    @bk.step("x")
    def shrink(x):
        return half(x) - RATE

if __name__ == "__main__":
    cells = Mine(2)
    net = bk.Network(cells, dt=0.5)
    net.run(1.0)
    print(cells.x.tolist())
"""


def test_models_in_a_script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout == "[1.625, 1.625]\n", done.stderr


def test_a_parameter_may_be_infinite(tmp_path):
    """Also in the text of a program, where infinity has no literal."""

    class Bounded(bk.Neuron):
        x = bk.state(1.0)
        most = bk.parameter(np.inf)

        @bk.step("x")
        def grow(x, most):
            return np.minimum(2.0 * x, most)

    cells = Bounded(1)
    net = bk.Network(cells, dt=DT)
    path = net.save_source(tmp_path / "bounded.py")
    net.run(DT, source=path)
    assert cells.x.tolist() == [2.0]


@pytest.mark.parametrize("size", [1, 5])
def test_groups_of_one_model_share_their_text(size):
    """The text grows with the number of models, not of groups and projections."""
    from toy_models import Counter, Gate, Jump

    def text(count):
        groups = [Gate(2) for _ in range(count)]
        target = Counter(3)
        return bk.Network(
            *groups, target, *(Jump(g, target, connect=bk.connect.all_to_all()) for g in groups)
        ).source()

    def lines(count):
        return [
            line
            for line in text(count).splitlines()
            if "[" not in line and not line.startswith("written_with")
        ]

    assert lines(size) == lines(1)
