"""What is refused when a surrogate or a pure function is made, and what to give instead."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import Ramp

import brainkernel as bk
import brainkernel_jax as bj
from brainkernel.errors import (
    BackendError,
    BrainKernelError,
    NetworkError,
    UnknownNameError,
    ValueShapeError,
)

pytestmark = pytest.mark.usefixtures("x64")

NO_WIDTHS = [0, 0.0, -1.0, np.nan, np.inf, -np.inf, "1", True, None, 1j, np.ones(2), [1.0]]


@pytest.fixture(scope="module")
def net():
    return bk.Network(Ramp(2, name="cells"))


@pytest.mark.parametrize("width", NO_WIDTHS, ids=repr)
def test_a_width_is_a_finite_number_above_zero(net, width):
    for call in (
        lambda: bj.surrogate("gaussian", width),
        lambda: bj.function(net, 1.0, width=width),
    ):
        with pytest.raises(ValueShapeError, match=r"width = .*give"):
            call()


@pytest.mark.parametrize("width", [2, 0.5, np.float32(0.5), np.int64(3)], ids=repr)
def test_any_kind_of_number_will_do(width):
    assert bj.surrogate("gaussian", width)(0.0) == 1.0


OPTIONS = [
    ({"slope": 0.0}, "slope of the surrogate sigmoid = 0.0: give a number above zero"),
    ({"slope": np.nan}, "slope of the surrogate sigmoid = nan: give one finite number"),
    ({"slope": "steep"}, "slope of the surrogate sigmoid = 'steep': give one finite number"),
    ({"slop": 2.0}, r"the surrogate sigmoid has no option 'slop'; did you mean slope\?"),
]


@pytest.mark.parametrize(("options", "words"), OPTIONS)
def test_options_are_those_of_the_surrogate(options, words):
    with pytest.raises(ValueShapeError, match=words):
        bj.surrogate("sigmoid", **options)


CALLS = [
    ({"surrogate": "sigmoyd"}, UnknownNameError, "sigmoid"),
    ({"surrogate": 3}, ValueShapeError, "surrogate = 3: give the name of one"),
    ({"surrogate": None}, ValueShapeError, "surrogate = None: give the name of one"),
    ({"through_reset": "no"}, ValueShapeError, "through_reset = 'no': give True or False"),
    ({"checkpoint": -1}, ValueShapeError, "checkpoint = -1: give"),
    ({"checkpoint": 0}, ValueShapeError, "checkpoint = 0: give"),
    ({"checkpoint": 2.5}, ValueShapeError, "checkpoint = 2.5: give"),
    ({"checkpoint": "yes"}, ValueShapeError, "checkpoint = 'yes': give"),
    ({"dtype": "float16"}, BackendError, 'give "float64" or "float32"'),
    ({"parameters": "tau"}, BackendError, "parameters = 'tau': give pairs"),
    ({"parameters": 5}, BackendError, "parameters = 5: give pairs"),
    ({"parameters": ["tau"]}, BackendError, "parameters has 'tau': give pairs"),
    (
        {"parameters": [("cells", "V_th")]},
        BackendError,
        r"parameters has \('cells', 'V_th'\): give pairs",
    ),
    ({"parameters": [(Ramp(2), "V_th")]}, BackendError, "of this network"),
]


@pytest.mark.parametrize(("options", "error", "words"), CALLS, ids=lambda case: str(case)[:40])
def test_bad_options_of_a_pure_function_are_refused(net, options, error, words):
    with pytest.raises(error, match=words):
        bj.function(net, 1.0, **options)


def test_what_is_no_network_and_a_seed_that_is_none_are_refused(net):
    with pytest.raises(BackendError, match="give a Network"):
        bj.function("net", 1.0)
    with pytest.raises(NetworkError, match="seed = -1"):
        bj.function(net, 1.0).keys_of(-1)
    assert issubclass(ValueShapeError, BrainKernelError)


def test_parameters_by_pair_are_those_that_the_function_takes(net):
    (cells,) = net.groups
    assert list(bj.function(net, 1.0, parameters=[(cells, "V_th")]).parameters) == ["cells"]


def test_a_function_of_a_network_is_a_function(net):
    assert isinstance(bj.function(net, 1.0), bj.Function)
