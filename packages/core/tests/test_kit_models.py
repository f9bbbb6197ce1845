"""Models held to the kit: sound ones pass, and each fault is found by its own check."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from test_kit_mutants import Mutant

import brainkernel as bk
from brainkernel.execution.numpy_backend import NumpyBackend
from brainkernel.testing import ModelConformance
from brainkernel.testing import model as kit
from brainkernel.testing.models import Dice, Leaky


class Cell(bk.Neuron):
    """A leaky integrator of I with the time constant tau; V is its potential."""

    tau = bk.parameter(5.0, unit="ms")
    V = bk.state(0.0, unit="mV")
    I = bk.input(unit="mV/ms")

    @bk.derivative
    def dV(V, I, tau):
        return I - V / tau


class Depressing(bk.Synapse):
    """Each spike moves V of the target by w, which is then halved."""

    w = bk.state(1.0, unit="mV", per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, w):
        return V_post + w

    @bk.on_pre("w")
    def depress(w):
        return 0.5 * w


SOUND = [
    Cell,
    partial(Cell, tau=3.0, method="rk4"),
    Depressing,
    partial(Depressing, w=2.0, delay=0.0),
]


class TestSound(ModelConformance):
    """A neuron and a synapse, with and without parameters."""

    @pytest.fixture(params=SOUND, ids=["neuron", "partial neuron", "synapse", "partial synapse"])
    def model(self, request):
        return request.param


class TestOfTheKit(ModelConformance):
    """Models that the kit itself uses; they keep no numbers secret, but their pages are short."""

    unsupported = {"test_it_says_what_it_is": "its parameters are not described"}  # noqa: RUF012

    @pytest.fixture(params=[Leaky, Dice], ids=lambda found: found.__name__)
    def model(self, request):
        return request.param


class Secretive(bk.Neuron):
    """A leaky integrator of I; V is its potential."""

    tau = bk.parameter(5.0, unit="ms")
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I, tau):
        return I - V / tau


class Idle(bk.Neuron):
    """Keeps x, and does nothing with it."""

    x = bk.state(1.0)


class Numbered(bk.Neuron):
    """x is what all neurons before have received as I."""

    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I

    @bk.step("x", on="group")
    def add_up(x):
        return np.cumsum(x) / 100.0


class Exploding(bk.Neuron):
    """x grows so fast with I that 32 bits do not hold it."""

    x = bk.state(1.0)
    I = bk.input()

    @bk.step("x")
    def grow(x, I):
        return x * (2.0 + I)


class Halfhearted(bk.Neuron):
    """V follows I, as long as it stays above -8."""

    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return I - 0.2 * V + 0.0 * np.sqrt(V + 8.0)


FAULTS = {
    "a parameter that nobody explains": (Secretive, "test_it_says_what_it_is"),
    "a model that does nothing": (Idle, "test_it_does_something"),
    "neurons that know their numbers": (Numbered, "test_permuted_neurons_give_permuted_results"),
    "numbers too large for 32 bits": (Exploding, "test_its_states_may_be_kept_in_32_bits"),
    "a model that fails under negative inputs": (Halfhearted, "test_it_works_over_its_whole_range"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_model_is_caught(fault):
    model, check = FAULTS[fault]
    with pytest.raises((AssertionError, bk.errors.NonFiniteError)), np.errstate(all="ignore"):
        getattr(ModelConformance(), check)(model)


DIFFERENCES = {
    "an input is a little larger": (Cell, "I = _neurons.I[_i]", "I = _neurons.I[_i] * 1.000001"),
    "a delay is longer": (
        Depressing,
        "_slot = (_step + 1 - _table.delays[_delay])",
        "_slot = (_step - _table.delays[_delay])",
    ),
}


def test_a_backend_that_differs_far_from_the_usual_drive_is_caught(monkeypatch):
    mutant = Mutant("I = _neurons.I[_i]", "I = np.maximum(_neurons.I[_i], -2.0)")
    monkeypatch.setattr(kit, "backends", lambda: [mutant])
    ModelConformance().test_it_runs_alike_on_every_backend(Cell)
    with pytest.raises(AssertionError):
        ModelConformance().test_it_works_over_its_whole_range(Cell)
    assert mutant.found


def test_neurons_are_switched_on_one_after_another():
    trial = kit.bench(Cell, [1.0, 2.0, 4.0], 0.5, order=range(3)).in_phases(50.0)
    (rows,) = (stimulus.values for stimulus in trial.inputs.values())
    assert rows.shape == (100, 3)
    assert [int(np.flatnonzero(column)[0]) for column in rows.T] == [0, 17, 9]
    assert rows[-1].tolist() == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_backend_that_differs_is_caught(difference, monkeypatch):
    made, old, new = DIFFERENCES[difference]
    sound, mutant = Mutant(old, old), Mutant(old, new)
    check = ModelConformance().test_it_runs_alike_on_every_backend
    monkeypatch.setattr(kit, "backends", lambda: [sound])
    check(made)
    monkeypatch.setattr(kit, "backends", lambda: [sound, mutant])
    with pytest.raises(AssertionError):
        check(made)
    assert mutant.found


@pytest.mark.parametrize("check", ["test_its_runs_add_up", "test_it_can_be_reset_and_restored"])
def test_a_state_that_is_lost_between_runs_is_caught(check, monkeypatch):
    start = "    for _step in range(_first, _last):"
    forgetful = Mutant(start, f"    _network.neurons.Cell.neurons.V[:] = 0.0\n{start}")
    monkeypatch.setattr(
        NumpyBackend, "source", lambda backend, *arguments: forgetful.printed(*arguments)
    )
    with pytest.raises(AssertionError):
        getattr(ModelConformance(), check)(Cell)
    assert forgetful.found
