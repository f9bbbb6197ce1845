"""Short-term depression and facilitation."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_synapses.exponential import Exponential


class ShortTermPlasticity(bk.Synapse, abstract=True):
    """Short-term depression and facilitation for any synapse whose spikes add a weight to g.

    Name it before the synapse: ``class DepressingAMPA(ShortTermPlasticity, AMPA)``. Equations,
    parameters and states are those of `TsodyksMarkram`.
    """

    U = bk.parameter(0.5, unit="dimensionless", per="synapse", at_least=0.0, at_most=1.0)
    tau_rec = bk.parameter(800.0, unit="ms", per="synapse", above=0.0)
    tau_facil = bk.parameter(0.0, unit="ms", per="synapse", at_least=0.0)
    u = bk.state(0.0, per="synapse", doc="utilisation, just after the last spike")
    x = bk.state(1.0, per="synapse", doc="recovered resources, just after the last spike")
    t_last = bk.state(0.0, unit="ms", per="synapse", doc="when the last spike arrived")

    @bk.on_pre("g", "u", "x", "t_last")
    def receive(g, weight, u, x, t_last, t, U, tau_rec, tau_facil):
        u = u * np.exp((t_last - t) / np.maximum(tau_facil, 1e-9))
        u = u + U * (1.0 - u)
        x = 1.0 - (1.0 - x) * np.exp((t_last - t) / tau_rec)
        return g + weight * u * x, u, x - u * x, t


class TsodyksMarkram(ShortTermPlasticity, Exponential):
    r"""Exponential current whose jumps depress and facilitate with the spikes before.

    .. math::

        \frac{dx}{dt} = \frac{1 - x}{\tau_{rec}}, \qquad \frac{du}{dt} = -\frac{u}{\tau_{facil}},
        \qquad \frac{dg}{dt} = -\frac{g}{\tau}, \qquad I = g

    and at each spike, in this order,

    .. math:: u \leftarrow u + U (1 - u), \qquad g \leftarrow g + \text{weight}\; u x, \qquad
              x \leftarrow x - u x

    Parameters
    ----------
    U : dimensionless for each synapse, default 0.5
        Utilisation: the part of the resources that the first spike uses.
    tau_rec : ms for each synapse, default 800
        Time constant of recovery from depression.
    tau_facil : ms for each synapse, default 0
        Time constant of facilitation; zero where there is none.
    tau : ms, default 5
        Time constant of the current.
    weight : pA for each synapse, default 1
        The jump if all resources were used at once; negative where it inhibits.

    Notes
    -----
    States: g (pA), one for each target and first 0; u, first 0, x, first 1, and t_last (ms), one
    for each synapse, so delays and parameters may differ from synapse to synapse. Between spikes
    the solution is exact: u, x and t_last change with spikes alone, and hold the values just after
    the last one.

    Resources that a spike uses recover from then on. Tsodyks et al. (2000) let them pass through an
    active state of some milliseconds first, which makes no difference where tau is much shorter
    than tau_rec. The default time constants are theirs for synapses between excitatory neurons.

    For conductances mix `ShortTermPlasticity`, of the same file, into them, and name it first::

        class DepressingAMPA(ShortTermPlasticity, AMPA):
            "AMPA synapses with short-term plasticity."

    References
    ----------
    Tsodyks M, Uziel A, Markram H (2000) Synchrony generation in recurrent networks with
    frequency-dependent synapses. J Neurosci 20:RC50.

    Markram H, Wang Y, Tsodyks M (1998) Differential signaling via the same axon of neocortical
    pyramidal neurons. Proc Natl Acad Sci USA 95:5323-5328.
    """
