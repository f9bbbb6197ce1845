"""Projections: synapses of one model from one group or slice to another."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import numbers_of, own_copy
from brainkernel.errors import ConnectError, DelayError, ModelError, NotBuiltError
from brainkernel.model.connection_rule import Ends, Pairs
from brainkernel.model.definition import suggestion
from brainkernel.model.derived_quantities import needed, own_quantities, unreadable_at_ends
from brainkernel.model.kept_by_synapse import with_delays
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import End, Member, Neuron, Slice
from brainkernel.model.sources_behind_delays import delayed, read_of_sources
from brainkernel.model.step_function import StepFunction
from brainkernel.model.unit_check import check_units
from brainkernel.random import Random


class Rule(Protocol):
    """A connection rule."""

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """The synapses, as indices into the two ends."""


class Synapse(Member, abstract=True):
    """A projection from `pre` to `post`; subclass it to write a synapse model.

    Parameters
    ----------
    pre, post : Neuron or Slice
        The two ends.
    connect : rule
        Which neurons are connected: ``bk.connect.fixed_prob(0.1)``, ...
    delay : number, array, quantity or function, optional
        In ms, whole steps; one for all or one for each synapse; 0 where none is given. It is
        axonal: a spike of the source at T passes the synapse at T + delay. In a model without
        ``on_pre`` it is how long ago what a synapse reads of its source at each step was so.
    dendritic_delay : number or quantity, optional
        In ms, whole steps, one for all synapses; 0 where none is given. What a spike brings acts on
        the target this much after it has passed the synapse, and a spike of the target reaches the
        synapse this much after it is fired.
    method, name
        As for a neuron group.
    **values
        Parameters and first states. One for each synapse where the model says ``per="synapse"``.

    Raises
    ------
    ConnectError
        An end that is no group or slice, or `connect` that is no rule.
    ModelError
        A name that the model or one of its ends does not have.
    DelayError
        A delay where nothing waits for spikes, or more than one dendritic delay.
    UnitError
        What it gives is in another unit than the models at its ends declare.

    Notes
    -----
    The weight with which a spike is handed on is the one of the moment in which it passes the
    synapse. So a synapse that learns sees the target's spikes at t_post + dendritic_delay and the
    source's at t_pre + delay. Where nothing learns, only the sum of both delays matters. (Morrison
    A, Diesmann M, Gerstner W (2008) Phenomenological models of synaptic plasticity based on spike
    timing. Biol Cybern 98:459-478.)
    """

    model_kind = "synapse"

    def __init__(
        self,
        pre: End,
        post: End,
        *,
        connect: Rule | None = None,
        delay: object = None,
        dendritic_delay: object = None,
        method: str | None = None,
        name: str | None = None,
        **values: object,
    ) -> None:
        self.__dict__.update(connect=connect)  # which may bring the weights
        super().__init__(method, name, values)
        for end, side in ((pre, "pre"), (post, "post")):
            if not isinstance(end, (Neuron, Slice)):
                raise ConnectError(
                    f"{self._label()}: {side} is a {type(end).__name__}; give a group or a slice "
                    "of one"
                )
        if isinstance(connect, type):
            raise ConnectError(
                f"{self._label()}: connect={connect.__name__} is no rule yet; write "
                f"connect={connect.__name__}(...)"
            )
        if connect is None or not callable(getattr(connect, "pairs", None)):
            raise ConnectError(
                f"{self._label()} needs a rule: connect=bk.connect.fixed_prob(0.1), all_to_all(), "
                "from_ij(i, j) ..."
            )
        self.__dict__.update(
            pre=pre,
            post=post,
            delay=self._delay("delay", delay),
            dendritic_delay=self._delay("dendritic_delay", dendritic_delay),
        )
        states = pre._group.definition.names("state", "derived")
        self.__dict__["definition"] = with_delays(
            self.definition, self.delay, states, self._label()
        )
        self._check_definition()
        for end in (pre, post):
            end._group._projections.add(self)

    pre: End
    post: End
    connect: Rule
    delay: object
    dendritic_delay: object

    def _optional(self) -> tuple[str, ...]:
        """The weight, where the rule brings one for each synapse."""
        return ("weight",) if getattr(self.__dict__.get("connect"), "gives_weights", False) else ()

    def _delay(self, name: str, value: object) -> object:
        """A delay as it was given, checked and copied.

        It keeps its width, which says how it was rounded.
        """
        if value is None or is_function(value):
            return value
        label = f"the {name.replace('_', ' ')} of {self._label()}"
        times = numbers_of(value, "ms", label, error=DelayError)
        if np.any(times < 0):
            raise DelayError(f"{label} is {float(times.min())!r} ms: a delay is at least 0 ms")
        return own_copy(value)

    @property
    def sources(self) -> NDArray[np.int64]:
        """The source of each synapse, a neuron number in its group.

        Drawn when the network is made ready.
        """
        return self._wires("pre")

    @property
    def targets(self) -> NDArray[np.int64]:
        """The target of each synapse, a neuron number in its group.

        Drawn when the network is made ready.
        """
        return self._wires("post")

    @property
    def delays(self) -> NDArray[np.float64]:
        """The axonal delay of each synapse in ms."""
        return self._wires("delay")

    def _wires(self, column: str) -> NDArray[Any]:
        network = self.network
        if network is not None:
            return np.asarray(network.connectivity(self, column))
        if self._membership.ever:
            raise self._network_is_gone(
                {"pre": "sources", "post": "targets", "delay": "delays"}[column]
            )
        raise NotBuiltError(
            f"{self._label()} has no synapses before it is in a network: add it to Network(...)"
        )

    def _check_definition(self) -> None:
        """Refuse a model whose functions do not fit the two ends."""
        self._check_ends()
        check_units(self.definition, self._label(), self.pre._group, self.post._group)

    def _check_ends(self) -> None:
        for function in (*self.definition.derived, *self.definition.functions):
            for name in (*function.arguments, *function.targets):
                stem, end = end_of(name)
                if end and name not in self.definition.declarations:
                    label = f"{self.definition.name}.{function.name}"
                    self._check_end(label, stem, end)
                    self._check_timed(label, function, stem, end)
            for name in function.targets:
                self._check_written(f"{self.definition.name}.{function.name}", name)
        self._check_adds()
        self._check_held_sources()
        self._check_slices()
        events = [*self.definition.of_kind("on_pre")]
        self._check_delays()
        if not events and not list(self.definition.of_kind("on_post", "adds_to", "step")):
            raise ModelError(f"{self._label()} does nothing: give it on_pre, on_post or adds_to")
        group = self.pre._group
        if events and group.definition.threshold is None:
            raise ModelError(
                f"{self._label()} waits for spikes of {group._label()}, which has no threshold and "
                "never fires"
            )

    def _check_held_sources(self) -> None:
        """Refuse what would be written to a state that the source's refractory period holds."""
        source = self.pre._group.definition
        if source.refractory is None:
            return
        held = {f"{state}_pre" for state in source.refractory.holds}
        held -= self.definition.declarations.keys()
        for function in self.definition.of_kind("on_pre", "on_post"):
            for target in function.targets:
                if target in held:
                    raise ModelError(
                        f"{self.definition.name}.{function.name} writes {target}, which the "
                        f"refractory period of {source.name} holds for some time after each "
                        "spike; write another state"
                    )

    def _check_slices(self) -> None:
        """Refuse what would change, or see, neurons that the projection does not reach."""
        analysis = self.definition.analysis
        for function in analysis.arrival.once:
            self._check_reached(function, self.pre)
        for function in analysis.departure.once:
            self._check_reached(function, self.post)
        pre = self.pre
        if pre._size == pre._group._size and np.array_equal(pre.ids, np.arange(pre._size)):
            return
        for function in analysis.loops["pre"]:
            if function.whole:
                raise ModelError(
                    f"{self._label()}: {self.definition.name}.{function.name} sees the values of "
                    "all sources of a group, but the projection comes from a slice of "
                    f"{pre._group._label()}: connect the group, in its own order"
                )

    def _check_reached(self, function: StepFunction, side: End) -> None:
        for name in function.targets:
            if side._size < side._group._size and name not in self.definition.declarations:
                raise ModelError(
                    f"{self._label()}: {self.definition.name}.{function.name} writes {name} once a "
                    f"spike, of all of {side._group._label()}, but the projection has only a slice "
                    "of it: connect the group"
                )

    def _check_delays(self) -> None:
        events = {"delay": ("on_pre",), "dendritic_delay": ("on_pre", "on_post")}
        for name, kinds in events.items():
            if name == "delay" and self._reads_past():
                continue
            if self.__dict__[name] is not None and not list(self.definition.of_kind(*kinds)):
                reads = " and reads no state of its sources at each step" * (name == "delay")
                raise DelayError(
                    f"{self._label()} has no {' or '.join(kinds)} function{reads}, so no spike "
                    f"takes a delay: leave {name} out"
                )
        value: Any = getattr(self.dendritic_delay, "magnitude", self.dendritic_delay)
        if is_function(value) or np.ndim(value) > 0:
            raise DelayError(
                f"{self._label()}: dendritic_delay is one number for all synapses, since a target "
                "has one trace of its "
                "spikes for all of them; connect with a projection for each dendritic delay"
            )
        if self.dendritic_delay is not None and value > 0:
            self._check_sums()

    def _reads_past(self) -> bool:
        """Whether it reads of its sources, at each step, what may be that of some time ago."""
        definition, source = self.definition, self.pre._group.definition
        functions = [*definition.analysis.couplings]
        for of_level in definition.analysis.loops.values():
            functions += delayed(of_level)
        own = own_quantities(definition.derived)
        read = read_of_sources(functions, own, definition.declarations)
        return not read.isdisjoint(source.names("state", "derived"))

    def _check_sums(self) -> None:
        """Refuse a dendritic delay over which what a spike brings cannot be summed up."""
        analysis = self.definition.analysis
        for function in analysis.unsummable:
            target = next(name for name in function.targets if analysis.levels[name] == "post")
            raise ModelError(
                f"{self._label()} has a dendritic delay, over which what "
                f"{self.definition.name}.{function.name} ({function.source.where()}) brings is "
                f"summed up: let it return {target} + (something) that names no value of the "
                "target, write what reads such values in a function of its own, or leave "
                "dendritic_delay out"
            )

    def _check_end(self, label: str, stem: str, end: str) -> None:
        group = (self.pre if end == "pre" else self.post)._group
        definition = group.definition
        names = definition.names("state", "parameter", "timed", "derived")
        inner = unreadable_at_ends(stem, definition)
        if stem in definition.names("derived") and inner:
            raise ModelError(
                f"{label} names {stem}_{end}, which {definition.name} derives from "
                f"{', '.join(inner)}: that exists only while the neurons are integrated, so no "
                "synapse can read it; let it name states, or let a step write it to a state"
            )
        self._check_hidden(label, stem, end)
        if stem in definition.names("input"):
            raise ModelError(
                f"{label} names {stem}_{end}, but {stem} is an input of {definition.name}, a sum "
                "that is made anew in "
                "each step, which a synapse can neither read nor write at a spike: keep a state "
                "of the synapse, which "
                f'@bk.on_pre writes, and add it with @bk.adds_to("{stem}"), or write a '
                f"state of {definition.name}"
            )
        if stem not in names:
            raise ModelError(
                f"{label} names {stem}_{end}, but {group!r} has no {stem}; "
                f"{suggestion(stem, names)}"
            )

    def _check_hidden(self, label: str, stem: str, end: str) -> None:
        """Refuse to read what neurons derive from a value whose name the synapse has given away."""
        definition = (self.pre if end == "pre" else self.post)._group.definition
        for quantity in needed([stem], own_quantities(definition.derived).values()):
            for name in quantity.arguments:
                if f"{name}_{end}" in self.definition.declarations:
                    raise ModelError(
                        f"{label} names {stem}_{end}, which {definition.name} derives from {name}, "
                        f"but {self.definition.name} has a {name}_{end} of its own: rename it"
                    )

    def _check_written(self, label: str, name: str) -> None:
        """Refuse to write what the neurons at an end derive from other values."""
        if name in self.definition.declarations:
            return
        stem, end = end_of(name)
        definition = (self.pre if end == "pre" else self.post)._group.definition
        if end and stem in definition.names("derived"):
            raise ModelError(
                f"{label} writes {name}, which {definition.name} derives from other values: write "
                "a state that it follows from"
            )

    def _check_timed(self, label: str, function: StepFunction, stem: str, end: str) -> None:
        """Refuse to read what is set anew in each step, but inside the target's own loop."""
        definition = (self.pre if end == "pre" else self.post)._group.definition
        if stem in definition.names("timed") and not self.definition.analysis.is_fused(function):
            raise ModelError(
                f"{label} names {stem}_{end}, but {stem} of {definition.name} follows time here, "
                "which only functions see that are computed for each target (of per='post' and "
                f"shared values): keep a state of {definition.name} that a step function sets to "
                f"{stem}"
            )

    def _check_adds(self) -> None:
        for function in self.definition.of_kind("adds_to"):
            inputs = self.post._group.definition.names("input")
            if function.targets[0] not in inputs:
                raise ModelError(
                    f"{self.definition.name}.{function.name} adds to {function.targets[0]}, which "
                    "is no input of "
                    f"{self.post._group!r}; {suggestion(function.targets[0], inputs)}"
                )

    def __repr__(self) -> str:
        ends = [
            self.__dict__[end]._label() for end in ("pre", "post") if end in self.__dict__
        ]  # it may be half made
        return f"<{self._label()} {' -> '.join(ends)}>"
