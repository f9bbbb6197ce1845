"""An astrocyte turns the synapses of its domain from depressing to facilitating ones.

Calcium in an astrocyte sets gliotransmitter free, which binds to receptors of all synapses around
it and lowers their release. Below ``U_theta = Omega_d / (Omega_d + Omega_f)`` a synapse facilitates
(De Pittà et al. (2011) PLoS Comput Biol 7:e1002293). Equations and values after Stimberg, Goodman,
Brette & De Pittà (2019) in Computational Glioscience, Springer, chapter 18.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons import SpikeGenerator

MS = 1e-3  # of a second: rates are per ms
OMEGA_D, OMEGA_F = 2.0 * MS, 3.33 * MS
U_THETA = OMEGA_D / (OMEGA_D + OMEGA_F)


class Astrocyte(bk.Neuron):
    """Sets gliotransmitter free where its calcium rises above a threshold."""

    C_theta = bk.parameter(0.5, unit="uM", doc="threshold of calcium")
    Omega_A = bk.parameter(0.6 * MS, doc="rate of recycling (1/ms)")
    U_A = bk.parameter(0.6, doc="fraction that is set free")
    rho_G = bk.parameter(6.5e-4 * 200e3, unit="uM", doc="all of it, outside the cell")
    Omega_e = bk.parameter(60.0 * MS, doc="rate of clearance (1/ms)")
    x_A = bk.state(1.0, doc="fraction that is ready")
    G_A = bk.state(0.0, unit="uM", doc="gliotransmitter outside the cell")
    C = bk.input(unit="uM", doc="calcium")

    @bk.derivative
    def dx_A(x_A, Omega_A):
        return Omega_A * (1.0 - x_A)

    @bk.derivative
    def dG_A(G_A, Omega_e):
        return -Omega_e * G_A

    @bk.threshold(crossing=True)
    def releases(C, C_theta):
        return C - C_theta

    @bk.reset("x_A", "G_A")
    def release(x_A, G_A, U_A, rho_G):
        return x_A - U_A * x_A, G_A + rho_G * U_A * x_A


class GlialSynapse(bk.Synapse):
    """Tsodyks-Markram synapse whose release an astrocyte lowers."""

    Omega_d = bk.parameter(OMEGA_D, doc="rate of recovery (1/ms)")
    Omega_f = bk.parameter(OMEGA_F, doc="rate of facilitation (1/ms)")
    U_star = bk.parameter(0.6, doc="release without the astrocyte")
    alpha = bk.parameter(0.0, doc="release where all receptors are bound")
    O_G = bk.parameter(1.5 * MS, doc="rate of binding (1/(uM ms))")
    Omega_G = bk.parameter(0.5 / 60.0 * MS, doc="rate of unbinding (1/ms)")
    Gamma = bk.state(0.0, per="synapse", doc="bound receptors")
    u = bk.state(0.0, per="synapse", doc="resources in use")
    x = bk.state(1.0, per="synapse", doc="resources ready")
    r = bk.state(0.0, per="synapse", doc="what the last spike released")
    astrocyte = bk.end(per="synapse", doc="in whose domain the synapse lies")

    @bk.derivative
    def dGamma(Gamma, G_A_astrocyte, O_G, Omega_G):
        return O_G * G_A_astrocyte * (1.0 - Gamma) - Omega_G * Gamma

    @bk.derivative
    def du(u, Omega_f):
        return -Omega_f * u

    @bk.derivative
    def dx(x, Omega_d):
        return Omega_d * (1.0 - x)

    @bk.on_pre("u", "x", "r")
    def release(u, x, Gamma, U_star, alpha):
        U_0 = (1.0 - Gamma) * U_star + alpha * Gamma
        more = u + U_0 * (1.0 - u)
        return more, x - more * x, more * x


def run(spikes: np.ndarray, duration: float = 1500.0, dt: float = 0.1) -> bk.Network:
    """Let one neuron fire onto a synapse in each of two domains, of which one has calcium."""
    source = SpikeGenerator(1, neurons=np.zeros(spikes.size, int), times=spikes, name="source")
    target = SpikeGenerator(2, neurons=[], times=[], name="target")
    astrocytes = Astrocyte(2, name="astrocytes")
    synapses = GlialSynapse(
        source,
        target,
        connect=bk.connect.all_to_all(),
        astrocyte=(astrocytes, lambda post: post),
        method="rk4",
        name="synapses",
    )
    net = bk.Network(
        source,
        target,
        astrocytes,
        synapses,
        dt=dt,
        released=bk.StateMonitor(synapses, ["r", "Gamma"]),
    )
    calcium = bk.TimedArray(np.array([[0.0, 0.0], [1.0, 0.0]]), dt=200.0, after="hold")
    net.run(duration, inputs={astrocytes: calcium}, backend="numba")
    return net


def bound(time: float = 1300.0) -> float:
    """The receptors that are bound so long after a release, by quadrature of the linear equation.

    ``dGamma/dt = b - (a + b) Gamma`` with ``b = O_G G(t)`` and a constant ``a = Omega_G``.
    """
    at = np.linspace(0.0, time, 400_001)
    binding = 1.5 * MS * 6.5e-4 * 200e3 * 0.6 * np.exp(-60.0 * MS * at)
    rate = binding + 0.5 / 60.0 * MS
    passed = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(at))])
    weighted = binding * np.exp(passed - passed[-1])
    return float(np.sum(0.5 * (weighted[1:] + weighted[:-1]) * np.diff(at)))


def paired_pulses(net: bk.Network, first: float, second: float) -> np.ndarray:
    """By how much more the second of two spikes releases, at each synapse."""
    released = net.released.r
    early = released.sel(time=first + 1.0, method="nearest")
    late = released.sel(time=second + 1.0, method="nearest")
    return np.asarray(late / early)


def main() -> None:
    """Print what the astrocyte does."""
    net = run(np.array([1000.0, 1050.0]))
    Gamma = net.released.Gamma.values[-1]
    print(f"bound receptors {Gamma[0]:.4f} (quadrature {bound():.4f}), {Gamma[1]:.1f} beside it")
    ratios = paired_pulses(net, 1000.0, 1050.0)
    print(f"release is {0.6 * (1.0 - Gamma[0]):.3f} < U_theta = {U_THETA:.3f}, and 0.6 beside it")
    print(f"paired pulses {ratios[0]:.2f} (facilitate) and {ratios[1]:.2f} (depress)")


if __name__ == "__main__":
    main()
