"""The leaky integrate-and-fire neuron with a synaptic current of its own, and with background."""

from __future__ import annotations

import brainkernel as bk


class LIFExpCurrent(bk.Neuron):
    r"""Leaky integrate-and-fire neuron that keeps an exponential synaptic current itself.

    .. math:: \frac{dV}{dt} = \frac{E_L - V}{\tau} + \frac{I_{syn} + I_e + I}{C}, \qquad
              \frac{dI_{syn}}{dt} = -\frac{I_{syn}}{\tau_{syn}}

    At :math:`V \ge V_{th}` it fires, V is set to V_reset and stays there for t_ref, while I_syn
    goes on. The equations are linear, so both are integrated exactly, as one system. Synapses move
    I_syn (`CurrentJump`): excitation and inhibition share one time constant, and all projections
    onto a group share one state.

    Parameters
    ----------
    tau : ms, default 10
        Membrane time constant.
    tau_syn : ms, default 0.5
        Time constant of the synaptic current.
    C : pF, default 250
        Membrane capacitance.
    E_L : mV, default -65
        Resting potential.
    V_th : mV, default -50
        Threshold.
    V_reset : mV, default -65
        Potential after a spike.
    t_ref : ms, default 2
        Refractory period.
    I_e : pA, default 0
        Constant current.
    background : dimensionless, optional
        Mean number of Poisson spikes from outside in a step. From a rate in Hz, whatever the step:
        ``background=lambda dt: rate * dt * 1e-3``. All that reach a neuron in a step cost one
        random draw, however many sources there are behind them; a group that is made without a
        background draws nothing.
    background_weight : pA, default 87.8
        How far each background spike moves I_syn; only with a background.

    Notes
    -----
    States: V (mV), first E_L; I_syn (pA), first 0. Input: I (pA). The defaults are those of the
    cortical microcircuit of Potjans & Diesmann.

    References
    ----------
    Rotter S, Diesmann M (1999) Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biol Cybern 81:381-402.

    Potjans TC, Diesmann M (2014) The cell-type specific cortical microcircuit: relating structure
    and activity in a full-scale spiking network model. Cereb Cortex 24:785-806.
    """

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    tau_syn = bk.parameter(0.5, unit="ms", above=0.0)
    C = bk.parameter(250.0, unit="pF", above=0.0)
    E_L = bk.parameter(-65.0, unit="mV")
    V_th = bk.parameter(-50.0, unit="mV")
    V_reset = bk.parameter(-65.0, unit="mV", below="V_th")
    t_ref = bk.parameter(2.0, unit="ms", at_least=0.0)
    I_e = bk.parameter(0.0, unit="pA")
    background = bk.parameter(at_least=0.0, optional=True)
    background_weight = bk.parameter(87.8, unit="pA")
    arrivals = bk.poisson("background", doc="background spikes of this step")
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    I_syn = bk.state(0.0, unit="pA", doc="synaptic current")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I_syn, I_e, I, tau, C, E_L):
        return (E_L - V) / tau + (I_syn + I_e + I) / C

    @bk.derivative
    def dI_syn(I_syn, tau_syn):
        return -I_syn / tau_syn

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset

    @bk.step("I_syn")
    def receive(I_syn, arrivals, background_weight):
        return I_syn + background_weight * arrivals
