"""The past of a state: of sources behind a delay, and of a neuron itself."""

from __future__ import annotations

from math import factorial, floor

import numpy as np
import pytest
from toy_past import Gap, Graded, Late, Looks, MackeyGlass, Oscillator, Pull

import brainkernel as bk
from brainkernel.testing.beside import SideBySide, assert_follows_the_reference

DT = 0.125
EVERYONE = bk.connect.all_to_all()
DELAYS = np.random.default_rng(1).integers(0, 9, 9) * DT


def pulling(delay=DELAYS, method="euler", **options):
    cells = Oscillator(3, theta=[0.0, 1.0, 2.5], omega=[0.1, 0.2, 0.3], method=method, name="cells")
    pull = Pull(cells, cells, connect=EVERYONE, delay=delay, method=method, name="pull")
    return bk.Network(cells, pull, dt=DT, m=bk.StateMonitor(cells, "theta"), **options)


def by_hand(delay, steps):
    """Euler's method, one synapse after the other."""
    back = np.rint(np.broadcast_to(delay, 9) / DT).astype(int).tolist()
    theta, s = [np.array([0.0, 1.0, 2.5])], np.zeros(9)
    for step in range(steps):
        total, moved = np.zeros(3), s.copy()
        for synapse, ago in enumerate(back):
            source, target = divmod(synapse, 3)
            seen, own = theta[max(step - ago, 0)][source], theta[step][target]
            total[target] += 0.125 * (np.sin(seen - own) + s[synapse] + 0.5 * np.sin(seen))
            moved[synapse] += DT * (np.sin(seen) - s[synapse])
        theta.append(theta[-1] + DT * (np.array([0.1, 0.2, 0.3]) + total))
        s = moved
    return np.array(theta[1:])


@pytest.mark.parametrize("delay", [0.0, 6 * DT, DELAYS])
def test_synapses_see_their_sources_as_they_were_a_delay_ago(backend, delay):
    net = pulling(delay)
    net.run(4.0, backend=backend)
    np.testing.assert_allclose(net.m.theta.values, by_hand(delay, 32), rtol=0, atol=1e-12)


def test_what_is_on_its_way_is_part_of_the_state(backend):
    whole, parts = pulling(), pulling()
    whole.run(4.0, backend=backend)
    parts.run(1.5, backend=backend)
    parts.run(2.5, backend=backend)
    np.testing.assert_array_equal(parts.m.theta.values, whole.m.theta.values)
    parts.reset()
    parts.run(4.0, backend=backend)
    np.testing.assert_array_equal(parts.m.theta.values, whole.m.theta.values)


def test_delays_may_follow_from_what_the_ends_are():
    cells = Oscillator(4, positions=np.arange(4.0)[:, None], theta=[0.0, 1.0, 2.0, 3.0])
    pull = Pull(cells, cells, connect=EVERYONE, delay=lambda distance: 0.5 * distance, name="pull")
    net = bk.Network(cells, pull, dt=DT, m=bk.StateMonitor(cells, "theta"))
    assert_follows_the_reference(net, 3.0)
    assert pull.delays.max() == 1.5


def test_a_delay_of_zero_is_what_no_delay_is():
    without, with_zero = pulling(None), pulling(0.0)
    assert without.source() == with_zero.source()
    without.run(2.0)
    with_zero.run(2.0)
    np.testing.assert_array_equal(without.m.theta.values, with_zero.m.theta.values)


def test_before_time_zero_there_is_what_was_set_at_time_zero():
    net = pulling()
    both = SideBySide(net)
    both.set(net["cells"], "theta", [2.0, 0.5, 1.0])
    both.run(1.0)
    both.set(net["cells"], "theta", [0.25, 0.5, 0.75])  # the past stays as it was
    both.run(1.0)
    both.check()


@pytest.mark.parametrize("delay", [3 * DT, [0.0, DT, 2 * DT, 3 * DT, 4 * DT, 5 * DT]])
def test_what_is_kept_for_each_source_follows_its_past(backend, delay):
    cells = Oscillator(3, theta=[0.0, 1.0, 2.5], method="euler", name="cells")
    rule = bk.connect.from_ij([0, 0, 1, 1, 2, 2], [0, 1, 1, 2, 2, 0])
    graded = Graded(cells, cells, connect=rule, delay=delay, method="euler", name="graded")
    net = bk.Network(cells, graded, dt=DT, m=bk.StateMonitor(graded, "s"))
    assert_follows_the_reference(net, 2.0, backend=backend)
    assert np.size(graded.s) == (6 if np.ndim(delay) else 3)


def looking(method, sigma=None):
    values = {} if sigma is None else {"sigma": sigma}
    cells = Looks(3, tau=[DT, 4 * DT, 10 * DT], method=method, name="cells", **values)
    gap = Gap(cells, cells, connect=EVERYONE, delay=DELAYS, name="gap")
    monitors = {"m": bk.StateMonitor(cells, ["x", "y", "z"]), "s": bk.SpikeMonitor(cells)}
    return bk.Network(cells, gap, dt=DT, **monitors)


METHODS = ["rk2", "rk3", "rk4", "exponential_midpoint", "heun", "trapezoidal", None]


@pytest.mark.parametrize("method", METHODS)
def test_neurons_see_their_own_past_at_every_stage(method):
    net = looking(method)
    assert_follows_the_reference(net, 6.0, tolerance=1e-11)
    assert net.s.sizes["spike"] > 3


@pytest.mark.parametrize("method", ["euler_maruyama", "heun", "exponential_midpoint"])
def test_what_diffuses_has_a_past_too(method):
    assert_follows_the_reference(looking(method, 0.1), 6.0, tolerance=1e-11)


def test_neurons_see_their_own_past_on_every_backend(backend):
    assert_follows_the_reference(looking("rk4"), 6.0, backend=backend, tolerance=1e-11)


def late(t):
    """The solution of x' = -x(t - 1) with x = 1 before, interval by interval."""
    terms = [(-1) ** k * (t - (k - 1)) ** k / factorial(k) for k in range(floor(t) + 2)]
    return sum(terms)


ORDERS = {"euler": 1, "heun": 2, "midpoint": 2, "exponential_midpoint": 2, "rk4": 4, None: 4}


@pytest.mark.parametrize("method", ORDERS)
def test_a_method_keeps_its_order_where_equations_look_back(method):
    errors = []
    for dt in (0.125, 0.0625):
        cells = Late(1, method=method)
        net = bk.Network(cells, dt=dt)
        net.run(4.5)
        errors.append(abs(cells.x[0] - late(4.5)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(ORDERS[method], abs=0.25)
    assert errors[1] < 10.0 * 0.0625 ** ORDERS[method]


def test_delays_of_one_step_keep_the_order_too():
    errors = []
    for dt in (0.125, 0.0625):
        cells = Late(1, tau=dt, a=dt / dt, method="rk4")
        fine = Late(1, tau=dt, method="rk4")
        net, finer = bk.Network(cells, dt=dt), bk.Network(fine, dt=dt / 32)
        net.run(2.0)
        finer.run(2.0)
        errors.append(abs(cells.x[0] - fine.x[0]))
    assert errors[1] < 1e-6 and errors[0] / errors[1] > 8.0


def test_mackey_and_glass_against_the_method_of_steps(backend):
    integrate = pytest.importorskip("scipy.integrate")
    tau, pieces = 2.0, [lambda t: np.full_like(t, 0.5)]
    begin = 0.5
    for number in range(6):
        past = pieces[-1]

        def rate(t, x, past=past):
            seen = past(t - tau)
            return 2.0 * seen / (1.0 + seen**9.65) - x

        interval = (number * tau, (number + 1) * tau)
        options = {"method": "DOP853", "rtol": 1e-12, "atol": 1e-12, "dense_output": True}
        solved = integrate.solve_ivp(rate, interval, [begin], **options)
        pieces.append(lambda t, solved=solved: solved.sol(t)[0])
        begin = solved.y[0, -1]
    cells = MackeyGlass(1, method="rk4")
    net = bk.Network(cells, dt=0.02, m=bk.StateMonitor(cells, "x", every=0.5))
    net.run(12.0, backend=backend)
    times = net.m.time.values
    expected = [pieces[1 + min(int(t / tau - 1e-9), 5)](np.array(t)) for t in times]
    np.testing.assert_allclose(net.m.x.values[:, 0], expected, rtol=0, atol=2e-7)


def test_oscillations_begin_at_half_pi():
    """Of x' = -a x(t - 1): below they die out, above they grow, and at pi / 2 they stay."""
    cells = Late(3, a=[1.5, 0.5 * np.pi, 1.64], method="rk4")
    net = bk.Network(cells, dt=0.05, m=bk.StateMonitor(cells, "x"))
    net.run(200.0)
    x = np.abs(net.m.x.values)
    growth = x[-200:].max(axis=0) / x[1800:2000].max(axis=0)
    assert growth[0] < 0.1 and growth[2] > 10.0
    assert growth[1] == pytest.approx(1.0, abs=2e-3)


def test_each_neuron_has_a_delay_of_its_own_that_may_be_set(backend):
    cells = Late(3, tau=[1.0, 0.5, 0.25], method="rk4", name="cells")
    both = SideBySide(bk.Network(cells, dt=DT, m=bk.StateMonitor(cells, "x")), backend)
    both.run(1.0)
    both.set(cells, "tau", [0.25, 1.0, 0.5])
    both.run(1.0)
    both.check()


def test_a_number_in_place_of_an_array_leaves_the_past_as_it_is():
    cells = Late(2, tau=[1.0, 0.5], method="rk4", name="cells")
    both = SideBySide(bk.Network(cells, dt=DT, m=bk.StateMonitor(cells, "x")))
    both.run(2.0)
    both.set(cells, "tau", 0.25)
    both.run(1.0)
    both.set(cells, "tau", [0.5, 1.0])
    both.run(1.0)
    both.check()


def test_batches_and_stored_states_have_a_past_of_their_own():
    net = pulling()
    net.run(1.0)
    stored = net.store()
    net.run(1.0)
    expected = net["cells"].theta
    net.restore(stored)
    net.run(1.0)
    np.testing.assert_array_equal(net["cells"].theta, expected)
    net = pulling()
    tree = net.run(2.0, batch={(net["cells"], "omega"): [0.125, 0.5]})
    for number, omega in enumerate([0.125, 0.5]):
        alone = pulling()
        alone["cells"].omega = omega
        alone.run(2.0)
        found = tree["m"].theta.sel(batch=number).values
        np.testing.assert_array_equal(found, alone.m.theta.values)


def test_states_in_32_bits_have_such_a_past():
    wide, narrow = looking("rk4"), looking("rk4")
    narrow = bk.Network(*map(narrow.__getitem__, ("cells", "gap")), dt=DT, dtype="float32")
    wide.run(0.5)
    narrow.run(0.5)
    np.testing.assert_allclose(wide["cells"].x, narrow["cells"].x, rtol=1e-5)


def test_a_program_tells_of_the_past():
    net = pulling()
    net.run(0.5)
    assert "remember Oscillator" in repr(net.schedule())
    assert "def remember_Oscillator(" in net.source()


# -- what is refused -------------------------------------------------------------------------------


class Idle(bk.Synapse):
    """Adds the same at any time."""

    @bk.adds_to("pull")
    def more(theta_post):
        return 0.0 * theta_post + 1.0


def test_a_delay_that_nothing_takes_is_refused():
    cells = Oscillator(2)
    with pytest.raises(bk.errors.DelayError, match="reads no state of its sources at each step"):
        Idle(cells, cells, connect=EVERYONE, delay=1.0)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"tau": 0.0}, bk.errors.DelayError, "at least 0.125 ms"),
        ({"tau": 0.3}, bk.errors.DelayError, "no whole number of steps"),
        ({"method": "exact"}, bk.errors.IntegratorError, "x_tau, the past of a state"),
    ],
)
def test_pasts_that_cannot_be(values, error, message):
    with pytest.raises(error, match=message):
        bk.Network(Late(2, **values), dt=DT).run(1.0)


def test_a_delay_does_not_follow_time():
    with pytest.raises(bk.errors.ModelError, match=r"Late\.tau cannot follow time"):
        Late(2, tau=lambda t: 1.0 + t)


def test_no_more_is_looked_back_than_is_kept():
    cells = Late(2, name="cells")
    net = bk.Network(cells, dt=DT)
    net.run(1.0)
    with pytest.raises(bk.errors.DelayError, match=r"Late\.tau is 20 ms, but the network keeps"):
        cells.tau = 20.0
    assert cells.tau == 1.0


@pytest.mark.parametrize(
    ("state", "delay", "message"),
    [("y", "tau", "no state 'y'"), ("x", "T", "no parameter 'T'"), ("x", 1.0, "give a name")],
)
def test_a_past_is_of_a_state_behind_a_parameter(state, delay, message):
    with pytest.raises(bk.errors.ModelError, match=message):

        class Wrong(bk.Neuron):
            tau = bk.parameter(1.0)
            x = bk.state(0.0)
            x_tau = bk.past(state, delay=delay)

            @bk.derivative
            def dx(x_tau):
                return -x_tau


def test_the_past_is_not_recorded():
    cells = Late(2)
    with pytest.raises(bk.errors.MonitorError, match="the past of x is what x was: record x"):
        bk.Network(cells, m=bk.StateMonitor(cells, "x_tau"))
    net = pulling()
    with pytest.raises(bk.errors.MonitorError, match="as they were a delay ago"):
        net.add(added=bk.StateMonitor(net["pull"], "attraction"))
        net.run(1.0)
