"""A network as a pure function, which JAX's own transformations take as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from brainkernel.backend import Member, Network, read_value, timed_values, whole_steps
from brainkernel.errors import BackendError, DurationError
from brainkernel_jax.differentiable.arguments import pairs_of, steps_between, truth
from brainkernel_jax.differentiable.monitors import Monitors
from brainkernel_jax.differentiable.network_function import (
    NetworkFunction,
    Tree,
    inputs_by_name,
    merged,
)
from brainkernel_jax.differentiable.time_loop import scan
from brainkernel_jax.layout.parameter_addresses import chosen_parameters
from brainkernel_jax.surrogates import surrogate as spikes_with


def function(
    network: Network,
    duration: Any,
    *,
    surrogate: str | Callable[[Any], Any] = "none",
    width: float = 1.0,
    parameters: Iterable[tuple[Member, str]] | None = None,
    through_reset: bool = True,
    checkpoint: bool | int = False,
    dtype: str = "float64",
) -> Function:
    """Make a pure function of a network.

    From parameters, inputs and a state to the next state and records.

    What it gives is ordinary pytrees, and so `jax.jit`, `jax.grad`, `jax.vmap`, `jax.checkpoint`
    and Optax take it as it is. The network itself stays as it is.

    Parameters
    ----------
    network : Network
        Its monitors say what is recorded.
    duration : number or quantity
        In ms; whole steps.
    surrogate : str or function
        The derivative of a spike, a name of `brainkernel_jax.surrogates` or a function; ``"none"``
        is the true one, which is zero.
    width : float
        What the distance from threshold is divided by, in its unit; above zero.
    parameters : list of (member, name), optional
        Which parameters the function takes; all that it can where none are given.
    through_reset : bool
        Whether the derivative of a spike goes through the reset that it brings, too. Over many
        steps that can grow without bound.
    checkpoint : bool or int
        Keep only some states for the derivative, and compute the others again: memory grows as the
        square root of the number of steps. A number, from 1 on, says how many steps lie between two
        states that are kept.
    dtype : "float64" or "float32"
        In which everything is computed.

    Raises
    ------
    BackendError
        Where ``float64`` is asked for and JAX has it switched off, or a parameter is not there or
        cannot be told from another one.
    DurationError
        Where the duration is no whole number of steps.
    UnknownNameError
        For a surrogate that there is not.
    ValueShapeError
        For a width that is no finite number above zero, and for options that are not what they
        should be.
    """
    if not isinstance(network, Network):
        raise BackendError(f"the first argument is {network!r}: give a Network")
    spikes = spikes_with(surrogate, width)
    interval = steps_between(checkpoint)
    reset = truth(through_reset, "through_reset")
    pairs = pairs_of(network, parameters)
    return Function(network, duration, spikes, pairs, reset, interval, dtype)


class Function:
    """What `function` makes: call it with parameters, inputs and a state; each may be left out.

    Attributes
    ----------
    parameters : dict of dict
        By member and name, the network's values: one number, or one for each neuron or synapse.
    inputs : dict of dict
        By group and input, zero; give one number, one for each neuron, or a row (steps, neurons)
        for each step. A group with one input may be given its value itself: ``{"lif": 400.0}``.
    state : dict
        The network's present state: by member and name, and under ``"in flight"`` what is on its
        way.
    keys : dict
        The keys of the network's random numbers.
    steps : int
        How many steps it takes.
    """

    def __init__(
        self,
        network: Network,
        duration: Any,
        surrogate: Callable[[Any], Any],
        parameters: Iterable[tuple[Member, str]] | None,
        through_reset: bool,
        checkpoint: bool | int,
        dtype: str,
    ) -> None:
        self.steps = int(whole_steps(duration, network.dt, "the duration", DurationError, least=1))
        check_dtype(dtype)
        if network.operations:
            raise BackendError(
                "a pure function cannot call the network's operations between steps: make it "
                "without them"
            )
        self._checkpoint = checkpoint
        self._network = NetworkFunction(network, surrogate, jnp.dtype(dtype), through_reset)
        self._addresses = chosen_parameters(network, parameters)
        self._monitors = Monitors(network)
        values = {key: read_value(network, *key) for key in self._addresses}
        self.parameters: Tree = self._network.numbers(_tree(values))
        inputs: Tree = {}
        for group in network.groups:
            zeros = dict.fromkeys(group.definition.names("input"), 0.0)
            inputs[str(group.name)] = {**zeros, **timed_values(network, group, self.steps)}
        self.inputs: Tree = self._network.numbers(inputs)
        self.state: Tree = self._network.present()
        self.keys: Tree = self._network.keys

    def keys_of(self, seed: int) -> Tree:
        """The keys of all random numbers under another seed, for calls with ``keys=``.

        Several may be stacked.
        """
        return self._network.keys_of(seed)

    def __call__(
        self,
        parameters: Tree | None = None,
        inputs: Tree | None = None,
        state: Tree | None = None,
        keys: Tree | None = None,
    ) -> tuple[Tree, Tree]:
        """Go forward by `steps`.

        Parameters
        ----------
        parameters, inputs, state, keys : dict, optional
            As the attributes of these names; what is left out is as there.

        Returns
        -------
        state, records : dict
            The state at the end; by monitor and variable what was recorded, with time first.

        Raises
        ------
        InputError
            For a name that there is not, or a shape that does not fit.
        """
        constants = self._network.constants(
            self._addresses, merged(self.parameters, parameters or {}, "parameter")
        )
        named = inputs_by_name(self._network.network, inputs or {})
        fixed, spans, rows = self._network.rows(merged(self.inputs, named, "input"), self.steps)
        step = self._network.step_of(constants, self.keys if keys is None else keys, fixed, spans)

        def one_step(carried: Any, row: Any) -> Any:
            carried, recorded = step(carried, row)
            return carried, self._monitors.sample(*recorded)

        begin = self._network.packed(state or {})
        carried, samples = scan(one_step, begin, rows, self.steps, self._checkpoint)
        _, first = begin
        records = self._monitors.records(samples, first, self.steps)
        return self._network.unpacked(*carried), records


def _tree(values: Mapping[tuple[Member, str], Any]) -> Tree:
    tree: Tree = {}
    for (member, name), value in values.items():
        tree.setdefault(str(member.name), {})[name] = value
    return tree


def check_dtype(dtype: str) -> None:
    """Refuse what JAX would turn into something else without a word.

    Raises
    ------
    BackendError
        For 64 bits that are switched off, or no dtype at all.
    """
    if dtype not in ("float64", "float32"):
        raise BackendError(f'dtype = {dtype!r}: give "float64" or "float32"')
    if dtype == "float64" and not jax.config.jax_enable_x64:  # type: ignore[attr-defined]
        raise BackendError(
            "float64 is switched off in JAX, which would compute in float32 without a word: call "
            'jax.config.update("jax_enable_x64", True) before, or ask for dtype="float32"'
        )
