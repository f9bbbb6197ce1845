"""Slopes that are read off the text of a function, beside the differences of its values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainkernel.integrators.slope_text import slope_text
from brainkernel.model.step_function import read_function

SCALE = 2.0


def conductance(V, g, E, I, C):
    leak = 0.1 * (E - V)
    total = leak - g * (V - 2.0 * E) + I
    return total / C


def gate(V, g, E, I, C):
    alpha = np.exp(-E / 40.0)
    beta, gamma = alpha * 2.0, 3.0
    return alpha * (1.0 - V) - beta * V + gamma


def chosen(V, g, E, I, C):
    return np.where(g < E, -V / C, SCALE * V + I)


def doubled(x):
    return 2.0 * x


def apart(V, g, E, I, C):
    return doubled(g) * (E + (-V)) - (+V)


def none(V, g, E, I, C):
    return g * E + I


READ = [conductance, gate, chosen, apart, none]


def curve(V, g, E, I, C):
    return V * V


def through_a_helper(V, g, E, I, C):
    return doubled(V)


def named_twice(V, g, E, I, C):
    k = g
    y = k * V
    k = 2.0
    return y + k


def renamed(V, g, E, I, C):
    V = g
    return V * E


def divided(V, g, E, I, C):
    return g / V


def by_condition(V, g, E, I, C):
    return np.where(V > 0.0, g, E)


UNREAD = [curve, through_a_helper, named_twice, renamed, divided, by_condition]


def slope_of(function, argument="V"):
    source = read_function(function, "Test")
    found = slope_text(source, argument, "slope")
    if found is None:
        return None
    helpers = {name: helper.call for name, helper in source.helpers}
    scope = {"np": np, **dict(source.constants), **helpers}
    exec(found.text, scope)
    return scope["slope"]


@pytest.mark.parametrize("function", READ)
@given(st.lists(st.integers(-64, 64).map(lambda k: k / 8), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_slope_is_the_difference_of_a_straight_line(function, values):
    g, E, I, C = values[0], values[1], values[2], 0.5 + abs(values[3])
    expected = (function(3.0, g, E, I, C) - function(-5.0, g, E, I, C)) / 8.0
    assert slope_of(function)(1.0, g, E, I, C) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("function", UNREAD)
def test_what_is_not_read_is_left_to_differences(function):
    assert slope_of(function) is None


def test_a_slope_names_only_what_it_needs():
    source = read_function(conductance, "Test")
    lines = slope_text(source, "V", "slope").text.split("\n")
    assert lines[2:] == ["    return (-0.1 - g) / C"]


EXPRESSIONS = st.recursive(
    st.sampled_from(["V", "g", "E", "0.5", "-V"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
    max_leaves=8,
)


@given(EXPRESSIONS)
@settings(max_examples=150, deadline=None)
def test_whatever_is_read_is_right(tmp_path_factory, expression):
    """Of random sums, products and quotients, a slope is read rightly or not at all."""
    path = tmp_path_factory.mktemp("drawn") / "drawn.py"
    path.write_text(f"def drawn(V, g, E):\n    return {expression}\n", encoding="utf-8")
    scope = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    slope = slope_of(scope["drawn"])
    if slope is None:
        return
    try:
        one, other = (scope["drawn"](V, 0.75, -1.25) for V in (4.0, -4.0))
        found = slope(2.0, 0.75, -1.25)
    except ZeroDivisionError:
        return
    assert found == pytest.approx((one - other) / 8.0, rel=1e-9, abs=1e-9)
