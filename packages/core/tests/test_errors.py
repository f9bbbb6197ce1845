"""Mistakes are refused before anything runs, by their own class, with the object and the remedy."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Current, Gate, Jump, Kick, Ramp

import brainkernel as bk
from brainkernel import errors


def refused(error, *said):
    """Expect an error whose message says all that is given."""

    class Refused:
        def __enter__(self):
            self.caught = pytest.raises(error)
            self.info = self.caught.__enter__()

        def __exit__(self, *raised):
            self.caught.__exit__(*raised)
            for words in said:
                assert words in str(self.info.value), str(self.info.value)
            return True

    return Refused()


def model(base=bk.Neuron, **body):
    return type("Cell", (base,), {"__module__": __name__, "__doc__": "A cell.", **body})


def test_a_name_that_the_model_does_not_have():
    @bk.derivative
    def dV(V, tua):
        return -V / tua

    with refused(errors.ModelError, "Cell.dV", __file__, "tua", "did you mean tau"):
        model(V=bk.state(0.0), tau=bk.parameter(1.0), dV=dV)


def test_a_name_that_is_used_but_not_an_argument():
    @bk.derivative
    def dV(V):
        return -V / tau  # noqa: F821

    with refused(errors.ModelError, "Cell.dV", "add tau to the arguments"):
        model(V=bk.state(0.0), tau=bk.parameter(1.0), dV=dV)
    with refused(errors.ModelError, "Cell.dV", "unknown name tau"):
        model(V=bk.state(0.0), dV=dV)


def test_a_derivative_of_no_state():
    @bk.derivative
    def du(V):
        return -V

    with refused(
        errors.ModelError, "Cell.du", "no state", "'d' and the state's name", "states of Cell: V"
    ):
        model(V=bk.state(0.0), du=du)


def test_a_function_that_writes_no_state():
    @bk.step("U")
    def move(V):
        return V

    with refused(errors.ModelError, "Cell.move", "writes U", "no state of Cell", "there is: V"):
        model(V=bk.state(0.0), tau=bk.parameter(1.0), move=move)


def test_self_is_no_data():
    @bk.derivative
    def dV(self, V):
        return -V

    with refused(errors.ModelError, "names self", "write their names"):
        model(V=bk.state(0.0), dV=dV)


def test_a_reset_without_a_threshold_would_never_happen():
    @bk.reset("V")
    def back():
        return 0.0

    with refused(errors.ModelError, "Cell has a reset", "never fire"):
        model(V=bk.state(0.0), back=back)


def test_a_number_of_values_that_does_not_fit_the_targets():
    @bk.step("V", "U")
    def move(V, U):
        return V, U, V

    with refused(errors.ModelError, "Cell.move", "3 values for 2 targets"):
        model(V=bk.state(0.0), U=bk.state(0.0), move=move)


@pytest.mark.parametrize("name", ["_step", "was_above", "shape", "np", "t", "ids"])
def test_a_name_that_is_kept_for_the_kernel(name):
    with refused(errors.ModelError, f"Cell.{name}", "choose another"):
        model(**{name: bk.state(0.0)})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Ramp(3, V_thr=1.0), ("Ramp", "'V_thr'", "did you mean V_th")),
        (lambda: Ramp(0), ("Ramp", "size 0", "positive")),
        (lambda: Ramp(3, name="my cells"), ("my cells", "identifier")),
        (
            lambda: Jump(Counter(1), Counter(1), connect=bk.connect.one_to_one()),
            ("Counter", "no threshold"),
        ),
        (
            lambda: Jump(Gate(1), Ramp(1), connect=bk.connect.one_to_one()),
            ("Jump.receive", "x_post", "no x"),
        ),
        (
            lambda: Current(Gate(1), Counter(1), connect=bk.connect.one_to_one()),
            ("Current.current", "adds to I"),
        ),
        (lambda: Jump(Gate(1), Counter(1)), ("Jump", "connect=")),
        (lambda: Jump(Gate(1), "b", connect=bk.connect.one_to_one()), ("post is a str",)),
        (lambda: Ramp(3)[5:], ("Ramp", "beyond its 3 elements")),
        (lambda: Ramp(3)[1:1], ("Ramp", "is empty")),
        (lambda: Ramp(3)[[0, 2, 0]], ("slice of Ramp", "neuron 0 more than once")),
    ],
)
def test_members_that_cannot_be(make, said):
    with refused((errors.ModelError, errors.ValueShapeError, errors.ConnectError), *said):
        make()


def test_an_attribute_that_does_not_exist_is_not_made():
    ramp = Ramp(3)
    with refused(AttributeError, "'v_th'", "did you mean V_th"):
        ramp.v_th = 3.0
    with refused(AttributeError, "'v_th'", "did you mean V_th"):
        ramp[:1].v_th = 3.0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1.0, 2.0], "2"),
        (np.nan, "NaN"),
        ("big", "'big'"),
        (lambda size: 1.0, "names size"),
        (lambda a, b: 1.0, "a, b"),
    ],
)
def test_a_value_that_does_not_fit(value, said):
    with refused(errors.ValueShapeError, "cells.V_th", said):
        bk.Network(Ramp(3, V_th=value, name="cells")).run(1.0)


def test_a_value_that_does_not_fit_changes_nothing_in_a_built_network():
    ramp = Ramp(3, name="cells")
    net = bk.Network(ramp)
    net.run(1.0)
    for value in ([1.0, 2.0], np.nan, "big", lambda rng: rng.uniform()):
        for name in ("V_th", "V"):
            with refused(errors.ValueShapeError, f"cells.{name}"):
                setattr(ramp, name, value)
    assert ramp.V_th == 1.0
    assert ramp.V.tolist() == [0.0] * 3
    with refused(ValueError, "read-only"):
        ramp.V[0] = 1.0


def test_a_unit_that_does_not_fit():
    unit = pytest.importorskip("pint").UnitRegistry()
    with refused(errors.UnitError, "Ramp.V_th", "in mV", "second"):
        Ramp(1, V_th=3 * unit.s)
    ramp = Ramp(1, t_ref=2000 * unit.us, name="cells")
    assert ramp.t_ref == pytest.approx(2.0)
    with refused(errors.UnitError, "t_ref", "in ms"):
        ramp.t_ref = 3 * unit.mV
    with refused(errors.UnitError, "duration"):
        bk.Network(ramp).run(3 * unit.mV)
    net = bk.Network(Ramp(1))
    net.run(0.002 * unit.s)
    assert net.t == 2.0
    with refused(errors.UnitError, "delay of jump", "in ms"):
        Jump(Gate(1), Counter(1), connect=bk.connect.one_to_one(), delay=2 * unit.mV, name="jump")


@pytest.mark.parametrize(
    ("duration", "said"), [(-1.0, "goes forward"), (0.25, "0.2 or 0.3"), (np.nan, "not finite")]
)
def test_a_duration_that_cannot_be(duration, said):
    net = bk.Network(Ramp(1))
    with refused(errors.DurationError, "duration", said):
        net.run(duration)
    assert net.step == 0


@pytest.mark.parametrize("dt", [0.0, -0.1, np.inf])
def test_a_step_that_cannot_be(dt):
    with refused(errors.NetworkError, "dt", "positive"):
        bk.Network(Ramp(1), dt=dt)


def test_an_unknown_backend_says_what_there_is():
    net = bk.Network(Ramp(1))
    with refused(errors.UnknownNameError, "'brian'", "numpy"):
        net.run(1.0, backend="brian")
    with refused(errors.BackendError, "backend=3"):
        net.run(1.0, backend=3)
    with refused(errors.UnknownNameError, "'rk5'", "rk4"):
        bk.Network(Ramp(1, method="rk5")).run(1.0)
    assert net.step == 0


def test_methods_that_do_not_fit():
    with refused(errors.IntegratorError, "Ramp", "no diffusion", "use rk4"):
        bk.Network(Ramp(1, method="milstein_ito")).run(1.0)
    with refused(errors.IntegratorError, "Counter", "no derivative"):
        bk.Network(Counter(1, method="euler")).run(1.0)


def test_members_that_form_no_network():
    a, b, c = Gate(1, name="a"), Counter(1, name="b"), Counter(1, name="b")
    jump = Jump(a, b, connect=bk.connect.one_to_one(), name="jump")
    for objects, monitors, said in (
        ((a, jump), {}, ("jump", "not in the network", "Network(...)")),
        ((a,), {"m": bk.StateMonitor(b, "x")}, ("monitor m", "not in the network")),
        ((a, b, c), {}, ("called b", "of its own")),
        ((a, a), {}, ("a is given twice",)),
        ((a[:1],), {}, ("slice", "the group itself")),
        ((a, 3), {}, ("3 is no",)),
        ((), {}, ("needs a neuron group",)),
        ((a,), {"b": b}, ("only monitors",)),
    ):
        with refused(errors.NetworkError, *said):
            bk.Network(*objects, **monitors)
    bk.Network(a, b, jump).run(1.0)  # none of the attempts left a trace


def test_a_continuous_projection_that_reads_no_source_has_no_delay():
    class Gap(bk.Synapse):
        weight = bk.parameter(1.0, per="synapse")

        @bk.adds_to("I")
        def flow(V_post, weight):
            return weight * V_post

    with refused(errors.DelayError, "Gap", "leave delay out"):
        Gap(Ramp(1), Ramp(1), connect=bk.connect.one_to_one(), delay=1.0)


def test_connections_that_cannot_be_name_both_ends():
    kick = Kick(Gate(2, name="a"), Ramp(3, name="b"), connect=bk.connect.one_to_one(), name="kick")
    with refused(errors.ConnectError, "kick (a -> b)"):
        bk.Network(kick.pre, kick.post, kick, dt=DT).run(1.0)
