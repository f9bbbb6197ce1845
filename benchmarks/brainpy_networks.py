"""The networks of the cases, in BrainPy 2.

Each maker gives back a network whose update returns the spikes.

The microcircuit is missing, since its synapses have a delay each; so is the plastic network.
"""

from __future__ import annotations

from argparse import Namespace

import brainpy as bp
import brainpy.math as bm
import numpy as np

MEMBRANE = {"V_rest": -60.0, "V_th": -50.0, "V_reset": -60.0, "tau": 20.0, "tau_ref": 5.0}


class TraubMiles(bp.dyn.NeuDyn):
    """The neurons of COBAHH, by exponential Euler; they fire where V crosses -20 mV."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.V = bm.Variable(-60.0 + 10.0 * bm.random.rand(size))
        self.m, self.h, self.n = (bm.Variable(bm.zeros(size)) for _ in range(3))
        self.spike = bm.Variable(bm.zeros(size, dtype=bool))
        self.integral = bp.odeint(bp.JointEq(self.dV, self.dm, self.dh, self.dn), method="exp_auto")

    def dm(self, m, t, V):
        alpha = 0.32 * 4.0 / bm.exprel((-50.0 - V) / 4.0)
        return alpha * (1.0 - m) - 0.28 * 5.0 / bm.exprel((V + 23.0) / 5.0) * m

    def dh(self, h, t, V):
        return (
            0.128 * bm.exp((-46.0 - V) / 18.0) * (1.0 - h)
            - 4.0 / (1.0 + bm.exp((-23.0 - V) / 5.0)) * h
        )

    def dn(self, n, t, V):
        alpha = 0.032 * 5.0 / bm.exprel((-48.0 - V) / 5.0)
        return alpha * (1.0 - n) - 0.5 * bm.exp((-53.0 - V) / 40.0) * n

    def dV(self, V, t, m, h, n):
        current = self.sum_current_inputs(V)
        sodium, potassium = 20000.0 * m**3 * h * (V - 50.0), 6000.0 * n**4 * (V + 90.0)
        return (current - 10.0 * (V + 60.0) - sodium - potassium) / 200.0

    def update(self, x=None):
        V, m, h, n = self.integral(
            self.V.value, self.m.value, self.h.value, self.n.value, bp.share["t"], 0.1
        )
        self.spike.value = bm.logical_and(V > -20.0, self.V.value <= -20.0)
        self.V.value, self.m.value, self.h.value, self.n.value = V, m, h, n
        return self.spike.value


class Brette(bp.DynSysGroup):
    """COBA, CUBA and COBAHH; conductances relative to the leak, but in nS for COBAHH."""

    def __init__(self, options: Namespace) -> None:
        super().__init__()
        n, case = options.n, options.case
        self.last, random = round(0.8 * n), np.random.default_rng(options.seed)
        rest = {"V_rest": -49.0} if case == "cuba" else {}
        first = bp.init.Normal(-65.0, 5.0) if case == "coba" else bp.init.Uniform(-60.0, -50.0)
        self.N = TraubMiles(n) if case == "cobahh" else bp.dyn.LifRef(
            n, **{**MEMBRANE, **rest}, method="exp_auto", V_initializer=first
        )  # fmt: skip
        weights = {"coba": (0.6, 6.7), "cuba": (1.62, -9.0), "cobahh": (6.0, 67.0)}[case]
        starts = {"coba": ((2.0, 0.7), (8.0, 4.0)), "cobahh": ((40.0, 15.0), (200.0, 120.0))}.get(
            case
        )
        self.delay = bp.VarDelay(self.N.spike, entries={"now": None})
        for k, (name, sources, tau, E) in enumerate(
            (("E", self.last, 5.0, 0.0), ("I", n - self.last, 10.0, -80.0))
        ):
            pairs = bernoulli(sources, n, min(1.0, 80 / n), random)
            comm = bp.dnn.EventCSRLinear(bp.conn.CSRConn(*pairs)(sources, n), weights[k])
            out = bp.dyn.CUBA.desc() if case == "cuba" else bp.dyn.COBA.desc(E=E)
            syn = bp.dyn.Expon.desc(n, tau=tau)
            setattr(
                self, name, bp.dyn.HalfProjAlignPostMg(comm=comm, syn=syn, out=out, post=self.N)
            )
            if starts is not None:
                getattr(self, name).refs["syn"].g.value = bm.asarray(
                    np.maximum(random.normal(*starts[k], n), 0.0)
                )

    def update(self):
        spikes = self.delay.at("now")
        self.E(spikes[: self.last])
        self.I(spikes[self.last :])
        self.delay(self.N())
        return self.N.spike.value


class Brunel(bp.DynSysGroup):
    """Fixed in-degrees; what comes from outside is one draw for each neuron and step."""

    def __init__(self, options: Namespace) -> None:
        super().__init__()
        n, random = options.n, np.random.default_rng(options.seed)
        self.last = round(0.8 * n)
        degrees = round(0.1 * self.last), round(0.1 * (n - self.last))
        self.weight = 0.1 * 1000 / degrees[0]
        self.outside = 2 * 20.0 / (self.weight * 20.0) * 0.1
        names = {"V_rest": 0.0, "V_th": 20.0, "V_reset": 10.0, "tau": 20.0, "tau_ref": 2.0}
        self.N = bp.dyn.LifRef(n, **names, method="exp_auto", V_initializer=bp.init.Constant(0.0))
        self.delay = bp.VarDelay(self.N.spike, entries={"late": 1.5})
        pairs = [
            fixed_in_degree(size, n, k, random)
            for size, k in zip((self.last, n - self.last), degrees, strict=True)
        ]
        self.E = bp.dnn.EventCSRLinear(bp.conn.CSRConn(*pairs[0])(self.last, n), self.weight)
        self.I = bp.dnn.EventCSRLinear(
            bp.conn.CSRConn(*pairs[1])(n - self.last, n), -5.0 * self.weight
        )

    def update(self):
        spikes, N = self.delay.at("late"), self.N
        jumps = self.E(spikes[: self.last]) + self.I(spikes[self.last :])
        jumps += self.weight * bm.random.poisson(self.outside, N.num)
        held = bp.share["t"] - N.t_last_spike.value <= 2.0
        N.V.value = bm.where(held, N.V.value, N.V.value + jumps)
        self.delay(N())
        return N.spike.value


def bernoulli(
    sources: int, targets: int, p: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw each pair with one probability: targets, and where those of each source start."""
    counts = random.binomial(targets, p, sources)
    rows = [np.sort(random.choice(targets, count, replace=False)) for count in counts]
    return np.concatenate(rows).astype(np.int32), np.concatenate([[0], np.cumsum(counts)]).astype(
        np.int32
    )


def fixed_in_degree(
    sources: int, targets: int, k: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw k sources for each target."""
    source = random.integers(0, sources, targets * k)
    order = np.argsort(source, kind="stable")
    target = np.repeat(np.arange(targets, dtype=np.int32), k)[order]
    return target, np.concatenate([[0], np.cumsum(np.bincount(source, minlength=sources))]).astype(
        np.int32
    )


MAKERS = {"coba": Brette, "cuba": Brette, "cobahh": Brette, "brunel": Brunel}
