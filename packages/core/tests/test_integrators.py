"""Which method is chosen, which is refused, and what a method finds out about equations."""

from __future__ import annotations

import sys
from math import factorial

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, MissingDependencyError, UnknownNameError
from brainkernel.integrators import euler, exact, exponential_euler, heun, midpoint, rk2, rk3, rk4
from brainkernel.integrators.exact import NUMPY, gain_of
from brainkernel.integrators.symbolic import derivative_text
from brainkernel.model.step_function import read_function
from brainkernel.program.equations import Equations, Term

# -- which method ----------------------------------------------------------------------------------


class Linear(bk.Neuron):
    tau = bk.parameter(10.0)
    a = bk.parameter(0.5)
    V = bk.state(1.0)
    w = bk.state(0.0)
    step_made = bk.state(2.0)
    I = bk.input()
    xi = bk.normal()

    @bk.derivative
    def dV(V, w, I, step_made, xi, tau, dt):
        return (2.0 - V) / tau - w + I * 3.0 + np.exp(step_made) + xi / np.sqrt(dt)

    @bk.derivative
    def dw(w, V, a, tau):
        return +a * V - (-w) * (1.0 - np.exp(-a)) / (tau * 2.0)


class ExtraAdditive(Linear):
    @bk.diffusion
    def noise_V(a):
        return a


class ExtraTimed(Linear):
    @bk.diffusion
    def noise_V(a, t, step_made):
        return a * np.sin(t) * step_made


class ExtraMultiplicative(Linear):
    @bk.diffusion
    def noise_V(a, w):
        return a * w


class ExtraThroughInput(Linear):
    @bk.diffusion
    def noise_V(I):
        return I


class Leak(bk.Neuron):
    k = bk.parameter(1.0)
    V = bk.state(0.5)
    other = bk.state(0.5)
    I = bk.input()

    @bk.derivative
    def dV(V, k):
        return -k * V


class Square(Leak):
    @bk.derivative
    def dV(V, k):
        return -k * V * V


class Sine(Leak):
    @bk.derivative
    def dV(V):
        return np.sin(V)


class Inverse(Leak):
    @bk.derivative
    def dV(V, k):
        return k / V


class Guarded(Leak):
    @bk.derivative
    def dV(V, k):
        return np.where(V > 0.0, -k * V, 0.0)


class Rectified(Leak):
    @bk.derivative
    def dV(V, k):
        return -np.maximum(V, 0.0) * k


class Switched(Leak):
    """Linear, but only in a way that nobody reads."""

    @bk.derivative
    def dV(V, k):
        return np.where(k > 0.0, -k * V, V)


class VaryingCoefficient(Leak):
    @bk.derivative
    def dV(V, other):
        return -other * V


class InputAsCoefficient(Leak):
    @bk.derivative
    def dV(V, I):
        return I * V


class TimeDependent(Leak):
    @bk.derivative
    def dV(V, k, t):
        return -k * V + np.sin(t)


class Current(bk.Synapse):
    """Linear: it leaves the target linear."""

    s = bk.state(1.0, per="post")

    @bk.derivative
    def ds(s):
        return -s

    @bk.adds_to("I")
    def current(s):
        return s


class ConductanceBased(Current):
    """A product of two states."""

    @bk.adds_to("I")
    def current(s, V_post):
        return s * (1.0 - V_post)


class NoDerivative(bk.Neuron):
    V = bk.state(0.0)

    @bk.step("V")
    def update(V):
        return V + 1.0


NONLINEAR = (
    Square,
    Sine,
    Inverse,
    Guarded,
    Rectified,
    Switched,
    VaryingCoefficient,
    InputAsCoefficient,
    TimeDependent,
)


RELAXING = (VaryingCoefficient, InputAsCoefficient, TimeDependent)
"""Linear in V, with a coefficient that varies."""


class NoisySquare(Square):
    @bk.diffusion
    def noise_V(k):
        return k


class Pendulum(bk.Neuron):
    """Linear in its own state, each of them; but the angle's rate does not follow the angle."""

    V = bk.state(0.1)
    velocity = bk.state(0.0)

    @bk.derivative
    def dV(velocity):
        return velocity

    @bk.derivative
    def dvelocity(V):
        return -np.sin(V)


class Counting(VaryingCoefficient):
    """What nobody reads may add up without a linear part of its own."""

    total = bk.state(0.0)

    @bk.derivative
    def dtotal(V):
        return V * V


def network(model, synapse=None, method=None):
    group = model(2, name="group", method=method)
    incoming = [synapse(group, group, connect=bk.connect.one_to_one())] if synapse else []
    return bk.Network(group, *incoming, m=bk.StateMonitor(group, "V"))


@pytest.mark.parametrize(
    ("model", "synapse", "method"),
    [
        (Linear, None, "exact"),
        (Linear, Current, "exact"),
        (Linear, ConductanceBased, "exponential_midpoint"),
        *((model, None, "rk4") for model in NONLINEAR if model not in RELAXING),
        *((model, None, "exponential_midpoint") for model in RELAXING),
        (Pendulum, None, "rk4"),
        (Counting, None, "exponential_midpoint"),
        (ExtraAdditive, None, "exponential_midpoint"),
        (ExtraTimed, None, "exponential_midpoint"),
        (NoisySquare, None, "euler_maruyama"),
        (ExtraMultiplicative, None, "milstein_ito"),
        (ExtraThroughInput, None, "exponential_midpoint"),
        (ExtraThroughInput, Current, "milstein_ito"),
        (NoDerivative, None, "none"),
    ],
)
def test_the_default_is_recorded_with_the_data(model, synapse, method):
    net = network(model, synapse)
    assert net.run(0.2)["m"].attrs["integrators"] == f"{model.__name__}: {method}"


@pytest.mark.parametrize("method", ["euler", "exponential_euler", "heun"])
def test_the_method_that_is_asked_for_is_used_and_recorded(method):
    assert network(Linear, method=method).run(0.2)["m"].attrs["integrators"] == f"Linear: {method}"


@pytest.mark.parametrize("model", NONLINEAR)
def test_exact_refuses_what_it_cannot_integrate(model):
    with pytest.raises(
        IntegratorError, match=rf"{model.__name__}: method 'exact' needs .*linear.*use .*'rk4'"
    ):
        network(model, method="exact")


def test_exact_refuses_a_product_through_a_synapse():
    with pytest.raises(IntegratorError, match="Linear: method 'exact'"):
        network(Linear, ConductanceBased, "exact").run(0.1)


@pytest.mark.parametrize("method", ["euler", "midpoint", "rk2", "rk3", "rk4", "exact"])
def test_deterministic_methods_refuse_noise(method):
    with pytest.raises(
        IntegratorError, match=f"ExtraAdditive has a diffusion.*'{method}'.*euler_maruyama"
    ):
        network(ExtraAdditive, method=method).run(0.1)


@pytest.mark.parametrize("method", ["euler_maruyama", "milstein_ito", "milstein_stratonovich"])
def test_stochastic_methods_refuse_equations_without_noise(method):
    with pytest.raises(IntegratorError, match=f"Linear has no diffusion.*'{method}'.*rk4"):
        network(Linear, method=method).run(0.1)


def test_a_method_without_a_derivative_is_refused():
    with pytest.raises(
        IntegratorError, match=r"NoDerivative has no derivative.*'rk4'.*leave it out"
    ):
        network(NoDerivative, method="rk4").run(0.1)


def test_an_unknown_method_is_refused_with_a_suggestion():
    with pytest.raises(UnknownNameError, match=r"'rk5'.*mean 'rk4'"):
        network(Linear, method="rk5").run(0.1)


# -- what exponential Euler learns from SymPy ------------------------------------------------------

A, B, ON = 0.1, 40.0, True


def x_over_expm1(x):
    small = np.abs(x) < 1e-6
    return np.where(small, 1.0 - x / 2.0, x / np.expm1(np.where(small, 1.0, x)))


def gate(x, V):
    alpha = x_over_expm1(-A * (V + B))
    return alpha * (1.0 - x) - 4.0 * np.exp(-(V + 65.0) / 18) * x


def boltzmann(x, V):
    return (1.0 / (1.0 + np.exp(-(V + B) / 10.0)) - x) / np.where(
        ON, 1.0 + np.cosh((V + B) / 20.0), V
    )


def nested(x, y):
    return np.where(x > y, np.where(y < 0.5, x * x, np.exp(x)), -np.sqrt(np.abs(x)) / 3)


def conditions(x, y):
    inside = np.logical_and(x > 0.2, x <= 2.0) | np.logical_not(y >= x)
    return np.where(inside & (y != 3.0), x * y, np.where((y == 0.25) | (x < -9.0), -x * x, x))


def flags(x, y):
    return np.where(np.logical_xor(x < 1.0, np.greater(y, 1.0)), np.sin(x), np.cos(x)) * np.where(
        y == 1.5, 2.0, -1.0
    )


def synapse_blocks(x, y):
    return (
        np.maximum(x, y * y) + 3.0 * np.minimum(x, y) - np.clip(x * y, 0.1, 0.9) + np.abs(x - 0.5)
    )


def jumps(x, y):
    steps = np.sign(x) + np.floor(x) - np.ceil(y * x) + np.rint(x) + np.trunc(x)
    return steps * x + np.heaviside(x - 0.3, 0.5) * x * y


def powers(x, y):
    return (
        x**3 + np.power(np.abs(x), y) - np.square(x) * np.reciprocal(2.0 + x * x) + np.hypot(x, y)
    )


def logarithms(x, y):
    z = 1.0 + x * x
    return (
        np.log(z)
        + np.log2(z) * np.log10(z)
        + np.log1p(z)
        - np.exp2(-x)
        + np.arctan2(x, y)
        + np.pi * np.e * x
    )


def hyperbolic(x, y):
    inverse = np.arctan(x) - np.arcsin(x / 4.0) * np.arccos(x / 4.0)
    return np.tanh(x) * np.sinh(y * x) + np.cosh(x) + inverse * np.tan(x / 4.0)


def names_of_python(part_0, E, I, S, N, pi):
    """Names that mean something to SymPy, or to the method itself."""
    return (
        np.exp(E * part_0) * np.exp(E * part_0 + I)
        + S * N / (pi + np.exp(E * part_0))
        + part_0 * part_0
    )


MODERATE = np.array([-0.6, 0.25, 0.4, 1.5])
SLOPES = [
    *((function, np.array([-62.3, -40.0, 11.0])) for function in (gate, boltzmann)),
    *((function, MODERATE) for function in (nested, conditions, flags, synapse_blocks, jumps)),
    *((function, MODERATE) for function in (powers, logarithms, hyperbolic)),
    (names_of_python, 0.7, 0.3, 1.1, -0.6, 2.0),
]


def slope_of(function):
    """The derivative by the first argument that is printed for a function."""
    pytest.importorskip("sympy")
    source = read_function(function, "test")
    scope = {"np": np}
    exec(
        derivative_text(Term("x", "rate", source.arguments, source), source.arguments[0], "slope"),
        scope,
    )
    return scope["slope"]


@pytest.mark.parametrize("case", SLOPES, ids=lambda case: case[0].__name__)
def test_the_slope_is_the_derivative(case):
    function, *others = case
    x = np.array([-1.7, -0.4, 0.31, 0.7, 1.3, 2.2])[:, None]
    numerical = (function(x + 1e-6, *others) - function(x - 1e-6, *others)) / 2e-6
    found = slope_of(function)(x, *others) * np.ones(numerical.shape)
    np.testing.assert_allclose(found, numerical, rtol=1e-7, atol=1e-7)
    assert np.std(found) > 0.01


def test_a_kink_has_the_mean_of_both_slopes():
    """That of maximum(x, 4) is 0, of 3 minimum(x, 2) between 3 and 0, of clip 0 and of abs 1."""
    assert slope_of(synapse_blocks)(2.0, 2.0) == pytest.approx(1.5 + 1.0)


class Unreadable(Leak):
    @bk.derivative
    def dV(V):
        return -np.nan_to_num(V)


def test_what_sympy_cannot_read_is_refused_with_its_place():
    pytest.importorskip("sympy")
    with pytest.raises(
        IntegratorError, match=r"'exponential_euler'.*_dV by V.*test_integrators.py:\d+.*'rk4'"
    ):
        network(Unreadable, method="exponential_euler").run(0.1)


def test_without_sympy_the_install_line_is_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "brainkernel\[symbolic\]"'):
        network(Square, method="exponential_euler").run(0.1)
    network(Square, method="rk4").run(0.1)


# -- states that are held --------------------------------------------------------------------------


def dV(V, w):
    return -V - 5.0 * w


def dw(V, w):
    return V - w


def one_step(method, **values):
    """What a method prints for dV and dw where V may be held, run on numbers."""
    terms = tuple(
        Term(f.__name__[1:], f.__name__, ("V", "w"), read_function(f, "test")) for f in (dV, dw)
    )
    equations = Equations("test", terms, held=("V",))
    dt = 0.5
    values["_held"] = values.pop("held")
    constants = method.values(equations, {"unused": 1.0}, dt)
    assert set(constants) == set(method.constants(equations))
    scope = {"np": np, "dt": dt, "t": 0.0, **values, **constants}
    functions = {term.function: term.source for term in terms} | method.functions(equations)
    for name, text in functions.items():
        exec(text.text, scope)
        scope[name] = scope[text.name]
    exec("\n".join(method.lines(equations)), scope)
    return scope["_V_next"], scope["_w_next"]


@pytest.mark.parametrize(
    ("method", "order"),
    [
        (euler, 1),
        (midpoint, 2),
        (heun, 2),
        (rk2, 2),
        (rk3, 3),
        (rk4, 4),
        (exact, None),
        (exponential_euler, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_others_see_a_held_state_stand_still(method, order):
    """While V is held w relaxes towards it, by the method's own approximation of an exponential."""
    if method is exponential_euler:
        pytest.importorskip("sympy")
    V, w = np.array([2.0, 2.0]), np.array([-1.0, -1.0])
    _, w_next = one_step(method, V=V, w=w, held=np.array([True, False]))
    factor = (
        np.exp(-0.5) if order is None else sum((-0.5) ** k / factorial(k) for k in range(order + 1))
    )
    assert w_next[0] == pytest.approx(2.0 + (-1.0 - 2.0) * factor, rel=1e-14)
    assert w_next[1] == one_step(method, V=2.0, w=-1.0, held=False)[1]


SYSTEMS = {
    "a current onto a potential": [[-1 / 20, 1 / 200], [0, -2.0]],
    "equal time constants": [[-0.2, 1.0], [0.0, -0.2]],
    "nothing moves": [[0.0, 0.0], [0.0, 0.0]],
    "fast and slow": [[-500.0, 3.0], [0.0, -1e-3]],
    "an oscillation": [[0.0, 3.0], [-3.0, 0.0]],
    "growth": [[2.0, 1.0], [0.5, 1.0]],
    "all with all": np.sin(np.arange(16.0)).reshape(4, 4) * 3.0,
}


@pytest.mark.parametrize("dt", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_propagators_are_exact(system, dt):
    """The integral of exp(A s) is a corner of the exponential of [[A, 1], [0, 0]].

    It is the upper right one (Van Loan 1978).
    """
    mpmath = pytest.importorskip("mpmath")
    system = np.array(system)
    size = len(system)
    with mpmath.workdps(60):
        wide = mpmath.zeros(2 * size)
        wide[:size, :size], wide[:size, size:] = mpmath.matrix(system.tolist()), mpmath.eye(size)
        expected = np.array(mpmath.expm(wide * dt)[:size, size:].tolist(), float)
    found = gain_of(system[None], dt, NUMPY)[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-15 * np.abs(expected).max())
    both = gain_of(np.stack([system, np.diag(np.full(size, -1e3))]), dt, NUMPY)
    np.testing.assert_array_equal(both[0], found)  # no neuron depends on another one's matrix


def test_exact_is_exact_for_the_free_state():
    """Eigenvalues -1 +- i sqrt(5)."""
    V_next, w_next = one_step(exact, V=2.0, w=-1.0, held=False)
    c, s, root = (
        np.exp(-0.5) * np.cos(np.sqrt(5) / 2),
        np.exp(-0.5) * np.sin(np.sqrt(5) / 2),
        np.sqrt(5),
    )
    assert (V_next, w_next) == pytest.approx((2.0 * c + root * s, -c + 2.0 / root * s), rel=1e-14)
