"""Models whose steps look at the network from every place where a step may stand.

What is seen is one number, `V + 16 d + 256 t`: V moves in the integration and the reset, d when a
spike is delivered, and t is the time.
"""

from __future__ import annotations

import brainkernel as bk


class Looking(bk.Neuron):
    """Each neuron looks at itself; V reaches 0.375 at 0.375 ms, and falls to -1."""

    V = bk.state(0.0)
    d = bk.state(0.0)
    before_inputs = bk.state(-1.0)
    after_inputs = bk.state(-1.0)
    before_integrate = bk.state(-1.0)
    after_integrate = bk.state(-1.0)
    before_threshold = bk.state(-1.0)
    after_threshold = bk.state(-1.0)
    before_reset = bk.state(-1.0)
    after_reset = bk.state(-1.0)
    before_deliver = bk.state(-1.0)
    after_deliver = bk.state(-1.0)
    before_record = bk.state(-1.0)
    after_record = bk.state(-1.0)

    @bk.derivative
    def dV(V):
        return 1.0 + 0.0 * V

    @bk.threshold
    def fires(V):
        return V - 0.375

    @bk.reset("V")
    def fall():
        return -1.0

    @bk.step("before_inputs", before="inputs")
    def look_before_inputs(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_inputs", after="inputs")
    def look_after_inputs(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_integrate", before="integrate")
    def look_before_integrate(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_integrate", after="integrate")
    def look_after_integrate(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_threshold", before="threshold")
    def look_before_threshold(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_threshold", after="threshold")
    def look_after_threshold(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_reset", before="reset")
    def look_before_reset(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_reset", after="reset")
    def look_after_reset(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_deliver", before="deliver")
    def look_before_deliver(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_deliver", after="deliver")
    def look_after_deliver(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_record", before="record")
    def look_before_record(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_record", after="record")
    def look_after_record(V, d, t):
        return V + 16.0 * d + 256.0 * t


class LookingWhole(bk.Neuron):
    """Whole groups look."""

    V = bk.state(0.0)
    d = bk.state(0.0)
    before_inputs = bk.state(-1.0)
    after_inputs = bk.state(-1.0)
    before_integrate = bk.state(-1.0)
    after_reset = bk.state(-1.0)
    before_deliver = bk.state(-1.0)
    after_deliver = bk.state(-1.0)
    before_record = bk.state(-1.0)
    after_record = bk.state(-1.0)

    @bk.derivative
    def dV(V):
        return 1.0 + 0.0 * V

    @bk.threshold
    def fires(V):
        return V - 0.375

    @bk.reset("V")
    def fall():
        return -1.0

    @bk.step("before_inputs", on="group", before="inputs")
    def look_before_inputs(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_inputs", on="group", after="inputs")
    def look_after_inputs(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_integrate", on="group", before="integrate")
    def look_before_integrate(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_reset", on="group", after="reset")
    def look_after_reset(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_deliver", on="group", before="deliver")
    def look_before_deliver(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_deliver", on="group", after="deliver")
    def look_after_deliver(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("before_record", on="group", before="record")
    def look_before_record(V, d, t):
        return V + 16.0 * d + 256.0 * t

    @bk.step("after_record", on="group", after="record")
    def look_after_record(V, d, t):
        return V + 16.0 * d + 256.0 * t


class Watching(bk.Synapse):
    """Synapses look at their targets or sources; each spike adds one to d."""

    before_inputs = bk.state(-1.0, per="synapse")
    after_inputs = bk.state(-1.0, per="synapse")
    before_integrate = bk.state(-1.0, per="synapse")
    after_reset = bk.state(-1.0, per="synapse")
    before_deliver = bk.state(-1.0, per="synapse")
    after_deliver = bk.state(-1.0, per="synapse")
    before_record = bk.state(-1.0, per="synapse")
    after_record = bk.state(-1.0, per="synapse")
    target_before_inputs = bk.state(-1.0, per="post")
    target_after_inputs = bk.state(-1.0, per="post")
    target_before_integrate = bk.state(-1.0, per="post")
    target_after_integrate = bk.state(-1.0, per="post")
    target_before_threshold = bk.state(-1.0, per="post")
    target_after_threshold = bk.state(-1.0, per="post")
    target_before_reset = bk.state(-1.0, per="post")
    target_after_reset = bk.state(-1.0, per="post")
    target_before_deliver = bk.state(-1.0, per="post")
    target_after_deliver = bk.state(-1.0, per="post")
    target_before_record = bk.state(-1.0, per="post")
    target_after_record = bk.state(-1.0, per="post")
    source_before_integrate = bk.state(-1.0, per="pre")
    source_after_reset = bk.state(-1.0, per="pre")
    all_after_inputs = bk.state(-1.0, per="synapse")
    all_before_record = bk.state(-1.0, per="synapse")

    @bk.on_pre("d_post")
    def count(d_post):
        return d_post + 1.0

    @bk.step("before_inputs", before="inputs")
    def look_before_inputs(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("after_inputs", after="inputs")
    def look_after_inputs(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("before_integrate", before="integrate")
    def look_before_integrate(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("after_reset", after="reset")
    def look_after_reset(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("before_deliver", before="deliver")
    def look_before_deliver(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("after_deliver", after="deliver")
    def look_after_deliver(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("before_record", before="record")
    def look_before_record(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("after_record", after="record")
    def look_after_record(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_inputs", before="inputs")
    def look_target_before_inputs(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_inputs", after="inputs")
    def look_target_after_inputs(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_integrate", before="integrate")
    def look_target_before_integrate(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_integrate", after="integrate")
    def look_target_after_integrate(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_threshold", before="threshold")
    def look_target_before_threshold(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_threshold", after="threshold")
    def look_target_after_threshold(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_reset", before="reset")
    def look_target_before_reset(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_reset", after="reset")
    def look_target_after_reset(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_deliver", before="deliver")
    def look_target_before_deliver(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_deliver", after="deliver")
    def look_target_after_deliver(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_before_record", before="record")
    def look_target_before_record(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("target_after_record", after="record")
    def look_target_after_record(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("source_before_integrate", before="integrate")
    def look_source_before_integrate(V_pre, d_pre, t):
        return V_pre + 16.0 * d_pre + 256.0 * t

    @bk.step("source_after_reset", after="reset")
    def look_source_after_reset(V_pre, d_pre, t):
        return V_pre + 16.0 * d_pre + 256.0 * t

    @bk.step("all_after_inputs", on="group", after="inputs")
    def look_all_after_inputs(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t

    @bk.step("all_before_record", on="group", before="record")
    def look_all_before_record(V_post, d_post, t):
        return V_post + 16.0 * d_post + 256.0 * t
