"""Cells with a leak alone."""

from __future__ import annotations

from brainkernel_cells.compartments import Compartments
from brainkernel_cells.leak import Leak


class PassiveCell(Leak, Compartments):
    r"""Cells of many compartments whose membrane has a leak: cables and passive dendrites.

    .. math::

        C_m \frac{dV}{dt} = g_L (E_L - V) + \frac{I}{A} + \frac{1}{A} \sum_j g_j (V_j - V), \quad
        g = \frac{1}{R_i} \frac{\pi d^2}{4 l}

    Parameters
    ----------
    shape : Morphology or sequence of Morphology
        The shape of all cells, or that of each.
    cells : int
        How many there are of one shape.
    C_m : uF/cm**2, default 1
        Capacitance of the membrane.
    R_i : ohm*cm, default 100
        Axial resistivity.
    g_L : mS/cm**2, default 0.1
        Leak conductance.
    E_L : mV, default -65
        Leak reversal potential.
    area : um**2, required
        Membrane of a compartment, from the shape.
    joint : um, required
        Cross-section over length of the way to the parent, from the shape.
    to_parent : dimensionless, required
        How many compartments before it the parent stands, from the shape.

    Notes
    -----
    State: V (mV), first -65. Inputs: I (pA), what flows into a compartment; I_m (uA/cm**2), what
    flows through an area of its membrane.

    References
    ----------
    Rall W (1959) Branching dendritic trees and motoneuron membrane resistivity. Exp Neurol
    1:491-527.
    """
