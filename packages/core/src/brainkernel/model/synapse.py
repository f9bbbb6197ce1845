"""Projections: synapses of one model from one group or slice to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import numbers_of, own_copy
from brainkernel.errors import ConnectError, DelayError, ModelError, NotBuiltError
from brainkernel.model.arrived_inputs import check_adds
from brainkernel.model.connection_rule import Ends, Pairs
from brainkernel.model.definition import ModelDefinition, suggestion
from brainkernel.model.derived_quantities import (
    base_names,
    following_group,
    needed,
    own_quantities,
    unreadable_at_ends,
)
from brainkernel.model.event_kinds import check_source_has
from brainkernel.model.groupwide import group_states
from brainkernel.model.kept_by_synapse import with_delays
from brainkernel.model.levels import end_of
from brainkernel.model.network_protocol import Owner
from brainkernel.model.neuron import End, Member, Neuron, Slice
from brainkernel.model.sources_behind_delays import delayed, read_of_sources
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse_group import SynapseGroup
from brainkernel.model.third_ends import ThirdEnd, joined, take_third_ends
from brainkernel.model.unit_check import check_units
from brainkernel.random import Random


class Rule(Protocol):
    """A connection rule."""

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """The synapses, as indices into the two ends."""


def _group_states(definition: ModelDefinition) -> tuple[str, ...]:
    return group_states(definition.declarations)


def _following_group(definition: ModelDefinition) -> tuple[str, ...]:
    return following_group(definition.derived)


class Synapse(Member, abstract=True):
    """A projection from `pre` to `post`; subclass it to write a synapse model.

    Parameters
    ----------
    pre, post : Neuron, Slice or Synapse
        The two ends; of a projection its synapses, which are counted as it counts them.
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
        The groups of third ends (`brainkernel.end`).

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
        pre: End | Synapse,
        post: End | Synapse,
        *,
        connect: Rule | None = None,
        delay: object = None,
        dendritic_delay: object = None,
        method: Any = None,
        name: str | None = None,
        **values: object,
    ) -> None:
        self.__dict__.update(connect=connect)  # which may bring the weights
        self.__dict__["_third_ends"] = self._take_third_ends(values)
        super().__init__(method, name, values)
        pre, post = self._as_end(pre), self._as_end(post)
        for end, side in ((pre, "pre"), (post, "post")):
            if not isinstance(end, (Neuron, Slice)):
                raise ConnectError(
                    f"{self._label()}: {side} is a {type(end).__name__}; give a group, a slice "
                    "of one, or a projection"
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
        for third in self._third_ends.values():
            third.check_size(self._label(), pre, post)
        states = pre._group.definition.names("state", "derived")
        self.__dict__["definition"] = with_delays(
            self.definition, self.delay, states, self._label()
        )
        self._check_definition()
        self._check_synapses()
        for end in (pre, post):
            end._group._projections.add(self)

    def _take_third_ends(self, values: dict[str, Any]) -> dict[str, ThirdEnd]:
        """Take the groups of third ends out of what is given by keyword."""
        definition = getattr(type(self), "definition", None)
        return {} if definition is None else take_third_ends(self._label(), definition, values)

    def _definition_with(self, values: Mapping[str, object]) -> ModelDefinition:
        return joined(super()._definition_with(values), self._third_ends, self._label())

    @property
    def _synapses(self) -> SynapseGroup:
        """The synapses as neurons, where another projection begins or ends."""
        if "_as_neurons" not in self.__dict__:
            self.__dict__["_as_neurons"] = SynapseGroup(self)
        group: SynapseGroup = self.__dict__["_as_neurons"]
        return group

    def _as_end(self, end: End | Synapse) -> End:
        """The synapses of a projection, where that is given for an end."""
        if not isinstance(end, Synapse):
            return end
        if isinstance(end.pre, SynapseGroup) or isinstance(end.post, SynapseGroup):
            raise ConnectError(
                f"{self._label()}: {end._label()} begins or ends at synapses itself; only "
                "projections between neurons can be an end"
            )
        return end._synapses

    def _check_synapses(self) -> None:
        """Refuse what synapses at an end cannot do: fire, or be integrated with something."""
        definition, analysis = self.definition, self.definition.analysis
        if isinstance(self.post, SynapseGroup):
            functions = [*definition.of_kind("on_post"), *analysis.fused]
            for function in functions:
                raise ModelError(
                    f"{self._label()} ends at synapses of {self.post._label()}, which do not fire "
                    f"and are not integrated with what lives at them: {definition.name}."
                    f"{function.name} cannot run there; keep states per='synapse', or in "
                    f"{self.post.definition.name}"
                )
        if isinstance(self.pre, SynapseGroup) and self.delay is not None:
            raise DelayError(
                f"{self._label()} begins at synapses of {self.pre._label()}, which do not fire and "
                "whose past is not kept: leave delay out"
            )
        if isinstance(self.pre, SynapseGroup) and any(f.whole for f in analysis.loops["pre"]):
            raise ModelError(
                f"{self._label()}: no step sees all of {self.pre._label()} from another projection"
            )

    def _use_definition(self, definition: ModelDefinition) -> None:
        # a step may read of a third end what no function of the class reads
        super()._use_definition(joined(definition, self._third_ends, self._label()))

    pre: End
    post: End
    connect: Rule
    _third_ends: dict[str, ThirdEnd]
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

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The number of each synapse, which never changes.

        As long as none is added or removed, its place; new ones are given the numbers that follow.
        Datasets of monitors name synapses by it.
        """
        return self._wires("number")

    def add(
        self,
        pre: object,
        post: object,
        *,
        delay: object = None,
        **values: object,
    ) -> NDArray[np.int64]:
        """Add synapses, between two runs or in an operation; what is on its way stays so.

        Parameters
        ----------
        pre, post : int or array of int
            The ends of each, as `bk.connect.from_ij` takes them: places within the two ends.
        delay : number, array, quantity or function, optional
            Their delay; what the projection was given where none is said.
        **values
            Their parameters and states: one for all or one for each, in the order of `pre`, or a
            function, as where the projection was made. What is left out is what the projection was
            given, where that is a number or a function; states begin with it.

        Returns
        -------
        int64 array
            Their numbers (see `numbers`). In the order of `sources` and of values they come last.

        Raises
        ------
        NotBuiltError, NetworkError
            Where the projection is in no network.
        ConnectError
            For ends that there are not, and where synapses are not stored.
        DelayError, ModelError, ValueShapeError, UnitError
            As where the projection was made.

        Notes
        -----
        A synapse passes what arrives at it while it exists: so a new one passes spikes that its
        source has fired before, by no more than the longest delay that the network had so far.
        """
        delay = self._delay("delay", delay)
        for name in values:
            self._check_name(name)
        checked = {name: self._in_unit(name, value) for name, value in values.items()}
        return np.asarray(self._in_network("add").add_synapses(self, pre, post, delay, checked))

    def remove(self, synapses: object) -> None:
        """Remove synapses, between two runs or in an operation; they pass nothing any more.

        Parameters
        ----------
        synapses : int, sequence of int, slice or mask
            Which, as `sources` and `targets` count them. A mask has one truth for each of them.

        Raises
        ------
        NotBuiltError, NetworkError
            Where the projection is in no network.
        ConnectError
            Where the selection does not fit, and where synapses are not stored.
        """
        self._in_network("remove").remove_synapses(self, synapses)

    def _in_network(self, method: str) -> Owner:
        network = self.network
        if network is None and self._membership.ever:
            raise self._network_is_gone(method)
        if network is None:
            raise NotBuiltError(
                f"{self._label()} has no synapses before it is in a network: add it to "
                f"Network(...) before {method}(...)"
            )
        return network

    def __setattr__(self, name: str, value: object) -> None:
        network = self.network
        if name != "delay" or network is None or value is None:
            super().__setattr__(name, value)
            return
        delay = self._delay(name, value)
        network.set_delays(self, delay)
        self.__dict__["delay"] = delay

    def _wires(self, column: str) -> NDArray[Any]:
        network = self.network
        if network is not None:
            return np.asarray(network.connectivity(self, column))
        if self._membership.ever:
            raise self._network_is_gone(
                {
                    "pre": "sources",
                    "post": "targets",
                    "delay": "delays",
                    "number": "numbers",
                }[column]
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
                    definition = self._definition_at(end)
                    at_spikes = function.kind in ("on_pre", "on_post") and name in function.targets
                    if at_spikes and stem in definition.names("input"):
                        check_adds(label, function, name, definition.name)
                        continue
                    self._check_end(label, stem, end)
                    self._check_timed(label, function, stem, end)
            for name in function.targets:
                self._check_written(f"{self.definition.name}.{function.name}", name)
        self._check_adds()
        self._check_groupwide()
        self._check_held_sources()
        self._check_slices()
        events = [*self.definition.of_kind("on_pre")]
        self._check_delays()
        acting = [*events, *self.definition.of_kind("on_post", "adds_to", "step")]
        if not acting and not self.definition.events:
            raise ModelError(f"{self._label()} does nothing: give it on_pre, on_post or adds_to")
        self._check_events()
        group = self.pre._group
        if events and group.definition.threshold is None:
            raise ModelError(
                f"{self._label()} waits for spikes of {group._label()}, which has no threshold and "
                "never fires"
            )

    def _check_events(self) -> None:
        """Refuse functions at events that the neurons at their end do not have."""
        for function in self.definition.functions:
            if function.event:
                group = (self.pre if function.kind == "on_pre" else self.post)._group
                what = f"{self.definition.name}.{function.name} ({function.source.where()})"
                owner = f"{group._label()} ({group.definition.name})"
                check_source_has(what, owner, group.definition.events, function.event)

    def _definition_at(self, end: str) -> ModelDefinition:
        return (self.pre if end == "pre" else self.post)._group.definition

    def _check_held_sources(self) -> None:
        """Refuse what would be written to a state that the source's refractory period holds."""
        source = self.pre._group.definition
        if source.refractory is None:
            return
        held = {f"{state}_pre" for state in source.refractory.holds}
        held -= self.definition.declarations.keys()
        at_events = [f for f in self.definition.functions if f.kind in ("on_pre", "on_post")]
        for function in at_events:
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
        for arrival in analysis.arrivals:
            for function in arrival.once:
                self._check_reached(function, self.pre)
        for departure in analysis.departures:
            for function in departure.once:
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
            acting = [f for f in self.definition.functions if f.kind in kinds]
            if self.__dict__[name] is not None and not acting:
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
                "each step, which a synapse cannot read: at a spike it can add to it, "
                f'@bk.on_pre("{stem}_{end}") that returns {stem}_{end} + something; or keep a '
                f'state of the synapse and add it with @bk.adds_to("{stem}")'
            )
        if stem not in names:
            raise ModelError(
                f"{label} names {stem}_{end}, but {group!r} has no {stem}; "
                f"{suggestion(stem, names)}"
            )

    def _check_groupwide(self) -> None:
        """Refuse what follows all neurons of a group where they are not all known at one time."""
        definition = self.definition
        own = own_quantities(definition.derived)
        for function in definition.functions:
            label = f"{definition.name}.{function.name}"
            for name in function.targets:
                if name in self._of_groups(_group_states):
                    raise ModelError(
                        f"{label} writes {name}, of which the whole group has one: write it by "
                        '@bk.step(..., on="group") of the neurons, which may read a sum of what '
                        "spikes write to single neurons"
                    )
            standing = function.kind in ("on_pre", "on_post") or function.whole
            placed = function.place is not None and not function.place.in_update
            if not (standing or placed):
                continue
            following = self._of_groups(_following_group)
            for name in base_names(function.arguments, own):
                if name in following:
                    raise ModelError(
                        f"{label} names {name}, which follows from all neurons of a group while "
                        "they are integrated: let a step of the neurons write it to a state "
                        "per='group', and name that"
                    )

    def _of_groups(self, find: Callable[[ModelDefinition], tuple[str, ...]]) -> set[str]:
        """Names of both ends as the synapse's functions name them, without its own."""
        names: set[str] = set()
        for end, side in (("pre", self.pre), ("post", self.post)):
            names.update(f"{name}_{end}" for name in find(side._group.definition))
        return names - self.definition.declarations.keys()

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
