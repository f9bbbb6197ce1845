"""Cells with the membrane of the squid axon."""

from __future__ import annotations

import brainkernel as bk
from brainkernel_cells.compartments import Compartments
from brainkernel_cells.leak import Leak
from brainkernel_cells.spikes import Spikes
from brainkernel_cells.squid_channels import SquidPotassium, SquidSodium


class SquidAxon(SquidSodium, SquidPotassium, Leak, Spikes, Compartments):
    r"""Cells of many compartments with the channels of the squid axon, with rest at -65 mV.

    .. math::

        C_m \frac{dV}{dt} &= g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + g_L (E_L - V)
            + \frac{I}{A} + \frac{1}{A} \sum_j g_j (V_j - V) \\
        \frac{dx}{dt} &= 3^{(T - 6.3) / 10} (\alpha_x(V) (1 - x) - \beta_x(V) x)
            \quad \text{for } x = m, h, n

    A compartment fires where V turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    shape : Morphology or sequence of Morphology
        The shape of all cells, or that of each.
    cells : int
        How many there are of one shape.
    C_m : uF/cm**2, default 1
        Capacitance of the membrane.
    R_i : ohm*cm, default 35.4
        Axial resistivity.
    celsius : dimensionless, default 6.3
        Temperature in degrees Celsius.
    g_Na : mS/cm**2, default 120
        Greatest sodium conductance.
    E_Na : mV, default 50
        Sodium reversal potential.
    g_K : mS/cm**2, default 36
        Greatest potassium conductance.
    E_K : mV, default -77
        Potassium reversal potential.
    g_L : mS/cm**2, default 0.3
        Leak conductance.
    E_L : mV, default -54.387
        Leak reversal potential.
    V_th : mV, default 0
        Where a spike is counted.
    area : um**2, required
        Membrane of a compartment, from the shape.
    joint : um, required
        Cross-section over length of the way to the parent, from the shape.
    to_parent : dimensionless, required
        How many compartments before it the parent stands, from the shape.

    Notes
    -----
    States: V (mV), first -65, and the gates m, h, n, first at rest. Inputs: I (pA), what flows into
    a compartment; I_m (uA/cm**2), what flows through an area of its membrane.

    References
    ----------
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    """

    R_i = bk.parameter(35.4, unit="ohm*cm", above=0.0, doc="axial resistivity")
    g_L = bk.parameter(0.3, unit="mS/cm**2", at_least=0.0, doc="leak conductance")
    E_L = bk.parameter(-54.387, unit="mV", doc="leak reversal potential")
