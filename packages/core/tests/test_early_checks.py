"""What a run would refuse about times and methods is refused when the network is made."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Current, Gate, Jump, Kick, Noisy, Ramp

import brainkernel as bk
from brainkernel import errors

EVERYONE = bk.connect.all_to_all()


class Drifting(bk.Synapse):
    """A weight that drifts by itself."""

    weight = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, weight):
        return x_post + weight

    @bk.derivative
    def dweight(weight):
        return -weight


class NoisyCurrent(Current):
    """A current with noise of its own."""

    @bk.diffusion
    def noise_g(tau):
        return 0.0 * tau


def kick(**options):
    gate, ramp = Gate(1, name="gate"), Ramp(2, name="ramp")
    return gate, ramp, Kick(gate, ramp, connect=EVERYONE, **options)


@pytest.mark.parametrize(
    ("objects", "error", "said"),
    [
        (
            lambda: kick(delay=0.3),
            errors.DelayError,
            "the delay of Kick is 0.3 ms, which is no whole number of steps",
        ),
        (lambda: kick(delay=[DT, 0.3]), errors.DelayError, "the delay of Kick is 0.3 ms"),
        (
            lambda: kick(dendritic_delay=0.3),
            errors.DelayError,
            "the dendritic delay of Kick is 0.3 ms",
        ),
        (
            lambda: [Ramp(2, t_ref=0.3)],
            errors.TimeGridError,
            "Ramp.t_ref, the refractory period, is 0.3 ms",
        ),
        (
            lambda: [Ramp(2, t_ref=[DT, 0.3])],
            errors.TimeGridError,
            "Ramp.t_ref, the refractory period, is 0.3 ms",
        ),
        (lambda: [Ramp(2, method="eulr")], errors.UnknownNameError, "Did you mean 'euler'"),
        (lambda: [Ramp(2, method="milstein_ito")], errors.IntegratorError, "Ramp has no diffusion"),
        (lambda: [Noisy(2, method="rk4")], errors.IntegratorError, "Noisy has a diffusion"),
        (lambda: [Counter(2, method="euler")], errors.IntegratorError, "Counter has no derivative"),
        (
            lambda: kick(method="euler"),
            errors.IntegratorError,
            "Kick has method='euler', but what it keeps",
        ),
        (lambda: kick(method="eulr"), errors.UnknownNameError, "Did you mean 'euler'"),
    ],
)
def test_what_is_refused(objects, error, said):
    members = objects()
    with pytest.raises(error) as caught:
        bk.Network(*members, dt=DT)
    assert said in str(caught.value)
    assert all(
        member.network is None and member.name in (None, "gate", "ramp") for member in members
    )


@pytest.mark.parametrize(
    ("delay", "said"),
    [
        ([DT, -DT], "the delay of Kick is -0.125 ms: a delay is at least 0 ms"),
        ([DT, np.nan], "the delay of Kick is not finite, it has NaN in it (element 1)"),
        (np.inf, "the delay of Kick is not finite, it has infinity in it"),
    ],
)
def test_a_delay_that_fits_no_network_is_refused_when_it_is_given(delay, said):
    with pytest.raises(errors.DelayError) as caught:
        kick(delay=delay)
    assert said in str(caught.value)


@pytest.mark.parametrize("monitor", [bk.StateMonitor, bk.RateMonitor])
def test_the_intervals_of_monitors(monitor):
    ramp = Ramp(1)
    watch = monitor(ramp, *(["V"] if monitor is bk.StateMonitor else []), every=0.3)
    with pytest.raises(errors.TimeGridError, match=r"the interval of monitor seen is 0\.3 ms"):
        bk.Network(ramp, seen=watch, dt=DT)


def test_methods_that_fit_because_of_what_is_integrated_along():
    gate, ramp = Gate(1), Ramp(1, method="milstein_ito")
    bk.Network(gate, ramp, NoisyCurrent(gate, ramp, connect=EVERYONE), dt=DT)
    gate, ramp = Gate(1), Ramp(1, method="rk4")
    with pytest.raises(errors.IntegratorError, match="Ramp has a diffusion"):
        bk.Network(gate, ramp, NoisyCurrent(gate, ramp, connect=EVERYONE), dt=DT)
    gate, counter = Gate(1), Counter(1)
    net = bk.Network(
        gate, counter, Drifting(gate, counter, connect=EVERYONE, method="euler"), dt=DT
    )
    net.run(DT)
    with pytest.raises(errors.IntegratorError, match="no diffusion"):
        bk.Network(
            gate, counter, Drifting(gate, counter, connect=EVERYONE, method="milstein_ito"), dt=DT
        )


def test_nothing_is_drawn_when_a_network_is_made():
    class Rule:
        def pairs(self, ends, random):
            raise AssertionError("drawn")

    def never(rng):
        raise AssertionError("called")

    gate, counter = Gate(1), Counter(1)
    bk.Network(gate, counter, Jump(gate, counter, connect=Rule(), delay=never, weight=never))
