"""What the core itself offers, by the same hooks as every other plugin."""

from __future__ import annotations

from brainkernel.plugin import (
    BackendSpec,
    ConnectorSpec,
    IntegratorKind,
    IntegratorSpec,
    MonitorSpec,
    RecorderSpec,
    hookimpl,
)


@hookimpl
def brainkernel_backends() -> tuple[BackendSpec, ...]:
    return (
        BackendSpec(
            "numpy",
            "brainkernel.execution.numpy_backend:NumpyBackend",
            description="The reference: plain NumPy, one step after the other.",
            capabilities=(
                "delays",
                "edge_functions",
                "edited_source",
                "event_functions",
                "float32",
                "group_sums",
                "lazy_states",
                "noise",
                "operations",
                "other_events",
                "third_ends",
                "trees",
                "whole_functions",
            ),
        ),
    )


@hookimpl
def brainkernel_integrators() -> tuple[IntegratorSpec, ...]:
    return (
        _integrator("euler", "Euler's method, order 1."),
        _integrator("midpoint", "Explicit midpoint rule, order 2."),
        _integrator(
            "heun",
            "Heun's method: for an SDE the predictor-corrector of Stratonovich.",
            kind="both",
        ),
        _integrator("rk2", "Runge-Kutta method of order 2."),
        _integrator("rk3", "Runge-Kutta method of order 3."),
        _integrator("rk4", "The classical Runge-Kutta method, order 4."),
        _integrator(
            "bogacki_shampine", "Bogacki-Shampine 3(2), with steps of its own within each step."
        ),
        _integrator(
            "dormand_prince", "Dormand-Prince 5(4), with steps of its own within each step."
        ),
        _integrator("ab2", "Adams-Bashforth, order 2: one evaluation a step."),
        _integrator("ab3", "Adams-Bashforth, order 3: one evaluation a step."),
        _integrator(
            "exponential_euler", "Exponential Euler, order 1; with noise Ito's.", kind="both"
        ),
        _integrator(
            "exponential_midpoint",
            "Exponential midpoint rule, order 2; with noise Ito's.",
            kind="both",
        ),
        _integrator("backward_euler", "Backward Euler, implicit, order 1: for stiff equations."),
        _integrator("trapezoidal", "Trapezoidal rule, implicit, order 2: for stiff equations."),
        _integrator("tr_bdf2", "TR-BDF2 along trees of conductances, order 2."),
        _integrator("exact", "The exact solution of linear equations."),
        _integrator("euler_maruyama", "Euler-Maruyama, Ito.", kind="sde"),
        _integrator("sra1", "Rößler's SRA1, strong order 1.5, for additive noise.", kind="sde"),
        _integrator("milstein_ito", "Milstein's method, Ito.", kind="sde"),
        _integrator("milstein_stratonovich", "Milstein's method, Stratonovich.", kind="sde"),
    )


@hookimpl
def brainkernel_connectors() -> tuple[ConnectorSpec, ...]:
    return (
        _connector("all_to_all", "Every source to every target."),
        _connector("one_to_one", "Source i to target i."),
        _connector("fixed_prob", "Each pair with the same probability."),
        _connector("fixed_in_degree", "The same number of sources for each target."),
        _connector("fixed_out_degree", "The same number of targets for each source."),
        _connector("fixed_total", "A fixed number of synapses between random pairs."),
        _connector("from_ij", "Explicit lists of sources and targets."),
        _connector("from_matrix", "A synapse for each nonzero entry of a matrix."),
        _connector("from_sparse", "A synapse for each stored entry of a sparse matrix."),
        _connector("where", "Where a condition on the two neurons holds."),
        _connector("prob", "With a probability that follows the two neurons."),
    )


@hookimpl
def brainkernel_monitors() -> tuple[MonitorSpec, ...]:
    return (
        MonitorSpec(
            "StateMonitor",
            "brainkernel.recording.state_monitor:StateMonitor",
            description="Values of variables at regular times.",
        ),
        MonitorSpec(
            "SpikeMonitor",
            "brainkernel.recording.spike_monitor:SpikeMonitor",
            description="Who fires when, and values of those who fire.",
        ),
        MonitorSpec(
            "RateMonitor",
            "brainkernel.recording.rate_monitor:RateMonitor",
            description="The mean firing rate in bins.",
        ),
    )


@hookimpl
def brainkernel_recorders() -> tuple[RecorderSpec, ...]:
    return (
        RecorderSpec(
            "memory",
            "brainkernel.recording.memory_store:MemoryStore",
            description="In memory, unless a run names a place.",
        ),
        RecorderSpec(
            "zarr",
            "brainkernel.recording.zarr_store:ZarrStore",
            description="A Zarr store, written during the run.",
        ),
    )


def _integrator(name: str, description: str, kind: IntegratorKind = "ode") -> IntegratorSpec:
    return IntegratorSpec(
        name, f"brainkernel.integrators:{name}", kind=kind, description=description
    )


def _connector(name: str, description: str) -> ConnectorSpec:
    return ConnectorSpec(name, f"brainkernel.connect:{name}", description=description)
