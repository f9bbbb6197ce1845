"""Each spike moves the target's membrane potential."""

from __future__ import annotations

import brainkernel as bk


class VoltageJump(bk.Synapse):
    r"""Delta synapse: each spike that arrives moves the target's membrane potential by the weight.

    .. math:: V_{post} \leftarrow V_{post} + \text{weight}

    Parameters
    ----------
    weight : mV for each synapse, default 1
        The jump; negative where it inhibits.

    Notes
    -----
    The target needs a state V. While the target holds V after a spike, what arrives is lost. A jump
    over the threshold makes a spike at the end of the next step, if V is still above it then.

    References
    ----------
    Brunel N (2000) Dynamics of sparsely connected networks of excitatory and inhibitory spiking
    neurons. J Comput Neurosci 8:183-208.
    """

    weight = bk.parameter(1.0, unit="mV", per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight
