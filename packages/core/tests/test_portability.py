"""Functions that cannot run on every backend are refused, with line and portable spelling."""

from __future__ import annotations

import linecache
import math

import numpy as np
import pytest

import brainkernel as bk
from brainkernel import errors


def of(function, on="element"):
    """A model with one step function."""
    step = bk.step("x", on=on)(function)
    return type(
        "Cell",
        (bk.Neuron,),
        {"__module__": __name__, "x": bk.state(0.0), "y": bk.state(1.0), "step_x": step},
    )


def if_statement(x):
    if x > 0:
        return x
    return -x


def if_expression(x):
    return x if x > 0 else -x


def boolean(x, y):
    return x * (x > 0 and y > 0)


def negation(x):
    return 1.0 * (not x)


def from_math(x):
    return math.exp(x)


def numpy_random(x):
    return x + np.random.rand()


def chained(x, y):
    return 1.0 * (0 < x < y)


def index(x):
    return x[0]


def smallest(x, y):
    return min(x, y)


def largest(x, y):
    return max(x, y)


def keyword(x):
    return np.clip(x, a_min=0.0, a_max=1.0)


def attribute(x):
    return x.real


def method(x):
    return x.clip(0.0, 1.0)


def for_loop(x):
    for _ in range(3):
        x = x / 2
    return x


def while_loop(x):
    while x > 1:
        x = x / 2
    return x


def conversion(x):
    return float(x)


def unknown_numpy(x):
    return np.cumsum(x)


def a_lambda(x):
    return (lambda z: z)(x)


def a_list(x):
    return [x]


def statement(x):
    np.exp(x)
    return x


def printing(x):
    print(x)
    return x


def identity(x):
    return 1.0 * (x is None)


def nothing(x):
    x = x + 1


REFUSED = [
    (if_statement, "if x > 0:", "np.where(condition, value, other)"),
    (if_expression, "x if x > 0 else -x", "np.where(condition, a, b)"),
    (boolean, "x > 0 and y > 0", "np.logical_and(a, b)"),
    (negation, "(not x)", "np.logical_not(a)"),
    (from_math, "math.exp(x)", "np.exp"),
    (numpy_random, "np.random.rand()", "bk.normal()"),
    (chained, "0 < x < y", "(a < b) & (b < c)"),
    (index, "return x[0]", "on='group'"),
    (smallest, "min(x, y)", "np.minimum(a, b)"),
    (largest, "max(x, y)", "np.maximum(a, b)"),
    (keyword, "a_min=0.0", "by position"),
    (attribute, "x.real", "the numbers it names"),
    (method, "x.clip", "the numbers it names"),
    (for_loop, "for _ in range(3):", "straight-line"),
    (while_loop, "while x > 1:", "straight-line"),
    (conversion, "float(x)", "np.float64(x)"),
    (unknown_numpy, "np.cumsum(x)", "portable subset"),
    (a_lambda, "lambda z: z", "a plain function"),
    (a_list, "return [x]", "numbers"),
    (statement, "np.exp(x)", "without effect"),
    (printing, "print(x)", "a monitor"),
    (identity, "x is None", "compare numbers"),
    (nothing, "def nothing(x):", "return the new value"),
]


@pytest.mark.parametrize(
    ("function", "line", "spelling"), REFUSED, ids=lambda case: getattr(case, "__name__", "")
)
def test_a_construct_that_is_not_portable(function, line, spelling):
    with pytest.raises(errors.PortabilityError) as caught:
        of(function)
    said = str(caught.value)
    assert said.startswith(f"Cell.{function.__name__} is not portable")
    assert spelling in said
    where, text = said.splitlines()[-2:]
    file, number = where.strip().rsplit(":", 1)
    assert file == __file__
    with open(__file__, encoding="utf-8") as source:
        assert source.read().splitlines()[int(number) - 1].strip() == text.strip()
    assert line in text


def helper(x):
    return x if x > 0 else 0.0


def with_helper(x):
    return helper(x)


def test_helpers_are_read_too():
    with pytest.raises(errors.PortabilityError, match=r"Cell\.helper is not portable"):
        of(with_helper)


def normalise(x, y):
    total = np.cumsum(x)[-1]
    return [value / total for value in x] if total > 0 else y


def test_whole_arrays_may_use_all_of_numpy():
    of(normalise, on="group")
    for function in (numpy_random, from_math):
        with pytest.raises(errors.PortabilityError):
            of(function, on="group")


TABLE = np.arange(3.0)


def captured_array(x):
    return x + TABLE


def other_module(x):
    return pytest.approx(x)


def default(x, y=1.0):
    return x + y


def many(*x):
    return x


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (captured_array, "TABLE, a ndarray"),
        (default, "no defaults"),
        (many, r"no \*args"),
        (other_module, "pytest"),
    ],
)
def test_what_a_step_function_may_not_hold(function, said):
    for on in ("element", "group"):
        with pytest.raises(errors.ModelError, match=said):
            of(function, on)


def test_a_lambda_is_no_step_function():
    with pytest.raises(errors.ModelError, match="def"):
        of(lambda x: x)


def test_a_function_without_source_is_refused():
    scope = {}
    exec("def typed(x):\n    return x", scope)
    with pytest.raises(errors.ModelError, match="no source text"):
        of(scope["typed"])


def test_other_text_under_the_name_of_a_function_is_not_taken_for_it(monkeypatch):
    """Python calls the text of `python -c` `<string>`, like every other text without a file."""
    scope = {}
    exec("def typed(x):\n    return x", scope)
    lines = ["def other(x):\n", "    return 2.0 * x\n"]
    monkeypatch.setitem(linecache.cache, "<string>", (len("".join(lines)), None, lines, "<string>"))
    with pytest.raises(errors.ModelError, match="no source text"):
        of(scope["typed"])


YES = True


def sum_of_comparisons(x, y):
    return (x > 0) + (y > 1)


def through_a_name(x, y):
    above = x > 0
    both = above
    return both + (y > 1)


def difference(x, y):
    return np.isfinite(x) - np.less(x, y)


def minus(x):
    return 2.0 * -(x > 0)


def to_the_power(x, y):
    return (x > 0) ** (y > 0)


def added_in_place(x, y):
    count = x > 0
    count += y > 0
    return 1.0 * count


def in_a_tuple(x, y):
    a, b = x > 0, y > 0
    return a + b


def by_name_of_numpy(x, y):
    return 1.0 * np.add(x > 0, y > 0)


def inverted_product(x, y):
    inside = (x > 0) * (y > 0)
    return 1.0 * ~inside


def with_a_captured_truth(x):
    return YES + (x > 0)


def is_above(x):
    return x > 0


def total(a, b):
    return 1.0 * (a + b)


def of_helpers(x, y):
    return is_above(x) + is_above(y)


def inside_a_helper(x, y):
    return total(x > 0, y > 0)


TRUTHS = [
    (sum_of_comparisons, "(x > 0) + (y > 1)", "`+`"),
    (through_a_name, "both + (y > 1)", "`+`"),
    (difference, "np.isfinite(x) - np.less(x, y)", "`-`"),
    (minus, "-(x > 0)", "`-`"),
    (to_the_power, "(x > 0) ** (y > 0)", "`**`"),
    (added_in_place, "count += y > 0", "`+`"),
    (in_a_tuple, "return a + b", "`+`"),
    (by_name_of_numpy, "np.add", "np.add"),
    (inverted_product, "~inside", "`~`"),
    (with_a_captured_truth, "YES + (x > 0)", "`+`"),
    (of_helpers, "is_above(x) + is_above(y)", "`+`"),
    (inside_a_helper, "total(x > 0, y > 0)", r"in total(...), `+`"),
]


@pytest.mark.parametrize(
    ("function", "line", "sign"), TRUTHS, ids=lambda case: getattr(case, "__name__", "")
)
def test_truth_values_are_no_numbers(function, line, sign):
    """NumPy adds them as `or`, compiled code as 0 and 1."""
    with pytest.raises(errors.PortabilityError) as caught:
        of(function)
    said = str(caught.value)
    assert f"{sign} of truth values" in said
    assert "np.where(a > b, 1.0, 0.0)" in said
    where, text = said.splitlines()[-2:]
    file, number = where.strip().rsplit(":", 1)
    with open(file, encoding="utf-8") as source:
        assert source.read().splitlines()[int(number) - 1].strip() == text.strip()
    assert line in text


def numbers_of_truths(x, y):
    above = x > 0
    inside = above * (y > 0) & ~(x > 3)
    above = 1.0 * above
    return (
        above
        + (y > 0)
        - 2.0 * (x > 1)
        + total(above, y > 0)
        + np.where(inside, 5.0, 0.0)
        + ((x > 0) + 1)
    )


def test_truth_values_beside_numbers_are_the_same_everywhere(backend):
    cells = of(numbers_of_truths)(2, x=[2.0, -1.0])
    net = bk.Network(cells, dt=0.125)
    net.run(0.125, backend=backend)
    assert cells.x.tolist() == [1 + 1 - 2 + 2 + 5 + 2, 0 + 1 - 0 + 1 + 0 + 1]


def test_a_threshold_that_says_true_or_false_is_refused():
    with pytest.raises(
        errors.ModelError, match=r"fires .*returns True or False.*V - V_th instead of V >= V_th"
    ):

        class Wrong(bk.Neuron):
            """Would fire at every step: False is zero, and zero fires."""

            V = bk.state(0.0)

            @bk.threshold
            def fires(V):
                above = V >= 1.0
                return above
