"""Structure that changes: synapses are added and removed, and are given other delays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.base.given_values import Resolved, resolve
from brainkernel.base.selections import select
from brainkernel.errors import ConnectError, DelayError, ValueShapeError
from brainkernel.lowering.changed_network import carried_state, changed_network
from brainkernel.lowering.changed_synapses import Change, NewSynapses, changed_synapses
from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.histories import names_behind
from brainkernel.lowering.resolve import FunctionNames, resolve_for, with_random
from brainkernel.lowering.stored_connectivity import StoredConnectivity
from brainkernel.model.kept_by_synapse import follows_delays
from brainkernel.model.neuron import End
from brainkernel.model.synapse import Synapse
from brainkernel.program.state import State
from brainkernel.random import Random
from brainkernel.simulation.pending import sum_anew

Ints = NDArray[np.int64]
MOST = 1 << 32  # numbers of synapses: random numbers are counted by them in 32 bits


class ChangingNetwork(Protocol):
    """A network whose synapses change."""

    @property
    def build(self) -> Build:
        """The network made ready."""

    @property
    def state(self) -> State:
        """The present state."""

    def put_build(self, build: Build, state: State | None = None) -> None:
        """Go on with other synapses."""

    def check_rewiring(self, member: Synapse) -> None:
        """Refuse further synapses where monitors could not record them."""

    def follow_synapses(self) -> None:
        """Have monitors record the synapses that there are now."""


def add_synapses(
    network: ChangingNetwork,
    projection: Synapse,
    pre: Any,
    post: Any,
    delay: object,
    values: Mapping[str, object],
) -> Ints:
    """Give a projection further synapses, and return their numbers.

    Raises
    ------
    ConnectError, DelayError, ValueShapeError
        With the projection's name; nothing has changed then.
    """
    build = network.build
    before = _changeable(build, projection, "add")
    sources, targets = _ends(projection, pre, post)
    first = before.numbered or before.size
    if first + sources.size > MOST:
        raise ConnectError(
            f"{projection._label()}: synapses are numbered in 32 bits, so {MOST} of them are added "
            "in all at most"
        )
    if not sources.size:
        return np.zeros(0, np.int64)
    given = _Given(build, before, sources, targets, first)
    new = NewSynapses(sources, targets, given.steps(delay), given.values(values))
    _check_past(network, before, new.steps)
    present = before.steps(slice(0, before.size))
    _check_one_delay(before, np.concatenate([present, new.steps]))
    kept = np.ones(before.size, np.bool_)
    _change(network, changed_synapses(before, kept, new))
    return first + np.arange(sources.size)


def remove_synapses(network: ChangingNetwork, projection: Synapse, selection: Any) -> None:
    """Take synapses from a projection.

    Raises
    ------
    ConnectError
        Where the selection does not fit; nothing has changed then.
    """
    before = _changeable(network.build, projection, "remove")
    removed = _selected(before, selection)
    if np.any(removed):
        _change(network, changed_synapses(before, before.stored(~removed)))


def set_delays(network: ChangingNetwork, projection: Synapse, delay: object) -> None:
    """Give all synapses of a projection delays anew.

    Raises
    ------
    DelayError
        Where a spike is or may be on its way through a synapse whose delay changes.
    """
    build = network.build
    before = _stored(build, projection, "delay = ...")
    sources = before.by_user(before.pre.astype(np.int64))
    targets = before.by_user(before.post.astype(np.int64))
    given = _Given(build, before, sources, targets, 0)
    steps = before.stored(given.steps(0.0 if delay is None else delay))
    old = before.steps(slice(0, before.size))
    _check_past(network, before, steps)
    _check_one_delay(before, steps)
    _check_silent(network, before, old, steps)
    kept = np.ones(before.size, np.bool_)
    if not np.array_equal(old, steps):
        _change(network, changed_synapses(before, kept, steps=steps))


def _change(network: ChangingNetwork, change: Change) -> None:
    """Lay the network out anew, and carry its state over."""
    if change.new.size:
        network.check_rewiring(change.after.projection)
    build, state = network.build, network.state
    changed = changed_network(build, change)
    carried = carried_state(build, changed, state, change, change.new.values)
    # what is summed up on its way came from the synapses that there were
    sum_anew(changed, carried, change.after.projection)
    network.put_build(changed, carried)
    network.follow_synapses()


def _stored(build: Build, projection: Synapse, action: str) -> StoredConnectivity:
    connectivity = build.connectivities[str(projection.name)]
    if not isinstance(connectivity, StoredConnectivity):
        raise ConnectError(
            f"{projection._label()}.{action}: this projection is procedural, so no synapse of it "
            "is stored that could change; store them (procedural=False)"
        )
    return connectivity


def _changeable(build: Build, projection: Synapse, action: str) -> StoredConnectivity:
    """Give the synapses of a projection, unless others count them or something is for each."""
    connectivity = _stored(build, projection, action)
    label = f"{projection._label()}.{action}"
    synapse_block, _ = build.projection_of(projection)
    of_synapses = {block.name for block in build.program.blocks if block.of_synapses}
    if synapse_block.name in of_synapses:
        raise ConnectError(
            f"{label}: other projections begin or end at its synapses, or at those of a projection "
            f"of {synapse_block.definition.name} that shares a table with it, or they have inputs; "
            "so its synapses are counted elsewhere too and stay as they are"
        )
    for name in connectivity.elements:
        if projection.definition.declarations[name].per == "synapse":
            raise ConnectError(
                f"{label}: each of its synapses has a {name} of its own, which is given when the "
                "projection is made; so its synapses stay as they are"
            )
    return connectivity


def _check_past(network: ChangingNetwork, before: StoredConnectivity, steps: Ints) -> None:
    """Refuse a delay by which more of the past of sources would be read than is kept."""
    reads = names_behind(before)
    if reads and np.max(steps, initial=0) > max(before.delays):
        raise DelayError(
            f"{before.projection._label()}: it reads {', '.join(sorted(reads))} of its sources as "
            f"it was, and the network keeps {max(before.delays) * network.build.dt:g} ms of that: "
            "make the projection with the longest delay that it will have"
        )


def _check_one_delay(before: StoredConnectivity, steps: Ints) -> None:
    """Refuse several delays where the projection was made for one."""
    projection = before.projection
    states = projection.pre._group.definition.names("state", "derived")
    if np.unique(steps).size > 1 and follows_delays(projection.definition, states):
        raise DelayError(
            f"{projection._label()}: something of {projection.definition.name} runs once a spike, "
            "or once for each source, so its synapses need one delay for all; make the projection "
            "with several delays, or what is written per='synapse'"
        )


def _ends(projection: Synapse, pre: Any, post: Any) -> tuple[Ints, Ints]:
    """The two ends of new synapses, as neuron numbers of the groups."""
    sources = _neurons(projection, "pre", pre)
    targets = _neurons(projection, "post", post)
    try:
        sources, targets = np.broadcast_arrays(sources, targets)
    except ValueError as cause:
        raise ConnectError(
            f"{projection._label()}.add: {sources.size} sources and {targets.size} targets; each "
            "synapse has one of both"
        ) from cause
    return sources.reshape(-1).copy(), targets.reshape(-1).copy()


def _neurons(projection: Synapse, side: str, places: Any) -> Ints:
    end: End = getattr(projection, side)
    array = np.asarray(places)
    label = f"{projection._label()}.add: {side}"
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise ConnectError(f"{label} is {places!r}: give whole numbers, one for each synapse")
    outside = array[(array < 0) | (array >= end._size)]
    if outside.size:
        raise ConnectError(
            f"{label}: {outside.flat[0]} is not among the {end._size} neurons of "
            f"{end._label()}, which are 0 to {end._size - 1}"
        )
    return np.asarray(end.ids[np.atleast_1d(array)])


def _selected(connectivity: StoredConnectivity, selection: Any) -> NDArray[np.bool_]:
    """Which synapses are selected, as the user counts them; also none."""
    label = f"{connectivity.projection._label()}.remove"
    selected = np.zeros(connectivity.size, np.bool_)
    mask = np.asarray(selection) if not isinstance(selection, slice) else None
    if mask is not None and mask.size == 0:
        return selected
    if mask is not None and mask.dtype == np.bool_ and mask.shape == selected.shape:
        return mask.copy()
    selected[select(selection, (connectivity.size,), label, ConnectError)] = True
    return selected


class _Given:
    """What a user gives to new synapses, or gave to the projection: functions and numbers.

    Parameters
    ----------
    build : Build
        The network.
    connectivity : StoredConnectivity
        The projection's synapses.
    sources, targets : arrays
        The ends of the synapses, in the order in which they are given.
    first : int
        The first of their numbers, which tells their random numbers from those of others.
    """

    def __init__(
        self,
        build: Build,
        connectivity: StoredConnectivity,
        sources: Ints,
        targets: Ints,
        first: int,
    ) -> None:
        self.projection = connectivity.projection
        self.present = connectivity.values
        self.build, self.size, self.first = build, sources.size, first
        # functions may name the ends of these synapses, as if there were no others
        order = np.argsort(sources, kind="stable")
        counts = np.bincount(sources, minlength=connectivity.rows.size - 1)
        alone = StoredConnectivity(
            projection=self.projection,
            rows=np.concatenate([[0], np.cumsum(counts)]),
            number=order,
            targets=targets[order],
        )
        self._names = FunctionNames(alone, build.dt, build.members.values).of("synapse")

    def _context(self, name: str) -> Mapping[str, object]:
        stream = f"{self.projection._label()}.{name}"
        # numbers never come again, so neither do random numbers
        if self.first:
            stream = f"{stream}.{self.first}"
        rng = Random(self.build.seed, stream, self.size, self.build.tables.kernels)
        return with_random(rng, self._names)

    def steps(self, delay: object) -> Ints:
        """The delay of each synapse in steps."""
        label = f"the delay of {self.projection._label()}"
        if delay is None:
            delay = self.projection.delay
        if delay is self.projection.delay and _is_array(delay):
            raise DelayError(
                f"{label} is given as one for each synapse: say delay=... for the new ones too"
            )
        lengths = 0.0 if delay is None else delay
        if is_function(delay):
            lengths = call_by_name(delay, label, self._context("delay"), DelayError)
        resolved = resolve(lengths, "ms", label, self.size, {})
        steps = whole_steps(resolved, self.build.dt, label, DelayError, rounded=lengths)
        return np.array(np.broadcast_to(np.asarray(steps, np.int64), (self.size,)))

    def values(self, given: Mapping[str, object]) -> dict[str, Resolved]:
        """The parameters and first states of single synapses."""
        values: dict[str, Resolved] = {}
        declarations = self.projection.definition.declarations
        for name in given:
            if declarations[name].per != "synapse":
                raise ValueShapeError(
                    f"{self.projection._label()}.add({name}=...): {name} is no value of single "
                    f"synapses: set {name} of the projection"
                )
        for name in self.projection.definition.names("parameter", "state"):
            if declarations[name].per == "synapse":
                values[name] = self._value(name, given.get(name))
        return values

    def _value(self, name: str, given: object) -> Resolved:
        value = given
        if value is None:
            value = self._default(name)
        return resolve_for(self.projection, name, value, self.size, self._context(name))

    def _default(self, name: str) -> object:
        """What the projection was given, or has for all of its synapses."""
        projection = self.projection
        declaration = projection.definition.declarations[name]
        present = self.present[name]
        if declaration.kind == "parameter" and isinstance(present, float):
            return present
        by_rule = name in projection._optional()
        value: Any = None if by_rule else projection._given_or_default(name)
        if isinstance(value, str):  # a first state that follows a parameter
            return self._default(value)
        if value is None or _is_array(value):
            raise ValueShapeError(
                f"{projection._label()}.{name} is given as one for each synapse: say {name}=... "
                "for the new ones too"
            )
        return value


def _is_array(value: Any) -> bool:
    magnitude = getattr(value, "magnitude", value)
    return not callable(magnitude) and np.ndim(magnitude) > 0


def _check_silent(
    network: ChangingNetwork,
    before: StoredConnectivity,
    old: Ints,
    new: Ints,
) -> None:
    """Refuse other delays where a spike may be on its way by one delay, and past by the other."""
    build, state = network.build, network.state
    synapse_block, entry = build.projection_of(before.projection)
    others = [event.event for event in synapse_block.at_events if event.end == "pre"]
    if others and state.step:
        raise DelayError(
            f"{before.projection._label()}.delay: the event {others[0]} of its sources may be on "
            "its way: set delays before the first run"
        )
    longest = np.where(old == new, 0, np.maximum(old, new))
    waits = np.zeros(before.rows.size - 1, np.int64)
    np.maximum.at(waits, before.pre, longest)
    neurons, slot, _ = state._in_flight()
    slots = state.ranges.shape[1]
    ago = (state.step - slot) % slots  # how many steps ago each was fired
    of_group = (neurons >= entry.pre.first) & (neurons < entry.pre.last)
    sources = neurons[of_group] - entry.pre.first
    busy = sources[ago[of_group] < waits[sources]]
    if busy.size:
        raise DelayError(
            f"{before.projection._label()}.delay: neuron {busy[0]} of "
            f"{before.projection.pre._group._label()} fired within the longer of the old and the "
            "new delay, so a spike would be lost or passed twice: set delays before the first run "
            "or where sources are silent, or remove synapses and add others"
        )
