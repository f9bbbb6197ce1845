"""A network as it is expected to become: counts and forms of values, and nothing drawn.

It is laid out by the very function that lays out a network that is made ready.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.errors import BrainKernelError
from brainkernel.lowering.connect_projections import arrange
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.lower import lay_out
from brainkernel.lowering.members import Members
from brainkernel.lowering.stored_values import AT_ONCE, Deferred
from brainkernel.lowering.synapse_ends import has_synapses, synapse_groups
from brainkernel.model.connection_rule import Ends
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.pair_names import PairNames
from brainkernel.model.redrawing import RedrawableValue, row_walk_of
from brainkernel.model.stimuli import Scaled
from brainkernel.model.synapse import Synapse
from brainkernel.model.timed import follows_time
from brainkernel.program.integrator import Integrator
from brainkernel.program.program import Program
from brainkernel.random import Random

SAMPLE = 1000  # drawn delays, to see how many differ
NUMBER = 8  # bytes of a row or a number


@dataclass(eq=False)
class ExpectedConnectivity:
    """What the layout asks of a `Connectivity`, without a synapse.

    Attributes
    ----------
    projection : Synapse
        What is connected.
    size : int
        How many synapses are expected.
    delays, dendritic, ring, values, alike
        As those of `Connectivity`; of values of single elements only their number is known.
    """

    projection: Synapse
    size: int
    delays: tuple[int, ...] = (0,)
    dendritic: int = 0
    ring: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    alike: tuple[tuple[str, float], ...] = ()
    identities: None = None

    @property
    def is_stored(self) -> bool:
        """Whether synapses are stored, and not drawn again."""
        return row_walk_of(self.projection.connect) is None

    @property
    def stored_size(self) -> int:
        """How many synapses lie in a table."""
        return self.size if self.is_stored else 0

    @property
    def drawn(self) -> tuple[tuple[str, str], ...] | None:
        """The values that are drawn again with each synapse; None where synapses are stored."""
        if self.is_stored:
            return None
        drawn = []
        for name in self.values:
            value = self.projection._given_or_default(name)
            if isinstance(value, RedrawableValue):
                distribution, *_ = value.scale
                drawn.append((name, distribution))
        return tuple(drawn)

    @property
    def summable_delays(self) -> tuple[int, ...]:
        """The delays over which what synapses bring may be summed up before it arrives."""
        return () if self.dendritic or not self.is_stored else self.delays

    def arrange(self, ring: int) -> None:
        """Note over how many steps what is on its way is summed up."""
        self.ring = ring

    def kept_bytes(self) -> dict[str, int]:
        """The bytes of what will be kept besides the tables."""
        several = len(self.delays) > 1 or self.ring > 0
        delays = self.size if several and self.size < AT_ONCE else 0
        return {"delays": delays, "rows": NUMBER * (self.projection.pre._group._size + 1)}


@dataclass(frozen=True)
class ExpectedNetwork:
    """A network laid out on expected counts.

    Attributes
    ----------
    program : Program
        Its layout.
    values : mapping
        Group name to values: numbers, and arrays that take no memory.
    connectivities : mapping
        Projections by name.
    """

    program: Program
    values: Mapping[str, Mapping[str, Any]]
    connectivities: Mapping[str, ExpectedConnectivity]


def expected_network(
    groups: Sequence[Neuron],
    projections: Sequence[Synapse],
    dt: float,
    seed: int,
    find_integrator: Callable[[str], Integrator],
    narrow: frozenset[str],
) -> ExpectedNetwork:
    """Lay out a network before anything of it is drawn."""
    values = {str(group.name): _group_values(group) for group in groups}
    ordered = sorted(projections, key=lambda projection: str(projection.name))
    expected: dict[str, ExpectedConnectivity] = {}
    ends = {group.projection.name: group for group in synapse_groups(ordered)}
    for projection in sorted(ordered, key=has_synapses):  # those that others end at come first
        name = str(projection.name)
        expected[name] = _expected(projection, dt, seed)
        if name in ends:
            ends[name].__dict__.update(places=None, count=expected[name].size)
            values[ends[name].name] = expected[name].values
    expected = {str(projection.name): expected[str(projection.name)] for projection in ordered}
    # the layout reads of a connectivity what an expected one has too
    connectivities = cast("list[Connectivity]", list(expected.values()))
    arrange(connectivities, ends)
    methods = _Methods(find_integrator)
    of_synapses = list(ends.values())
    members = Members(groups, values, connectivities, methods, narrow, of_synapses)
    program, _ = lay_out(members, dt, seed)
    return ExpectedNetwork(program, values, expected)


class _Methods(dict[str, Integrator]):
    def __init__(self, find: Callable[[str], Integrator]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Integrator:
        return self._find(name)


def expected_synapses(projection: Synapse) -> float | None:
    """How many synapses a rule is expected to make; None where it does not tell."""
    expected = getattr(projection.connect, "expected", None)
    if expected is None:
        return None
    try:
        return float(expected(_expected_ends(projection)))
    except BrainKernelError:  # a rule that cannot be carried out says so when it is
        return None


def _expected_ends(projection: Synapse) -> Ends:
    """The ends of a projection with those values that stand before anything is drawn."""
    groups = projection.pre._group, projection.post._group
    values = {str(group.name): dict(_plain_values(group)) for group in groups}
    return Ends.between(projection.pre, projection.post, values)


def _plain_values(group: Neuron) -> Iterator[tuple[str, float | NDArray[np.float64]]]:
    yield from _plain(group, group.definition.names("parameter", "state"))


def _plain(
    group: Neuron, names: Iterable[str]
) -> Iterator[tuple[str, float | NDArray[np.float64]]]:
    """The values among these that stand before anything is drawn."""
    for name in names:
        value: Any = group._given_or_default(name)
        if isinstance(value, str):
            value = group._given_or_default(value)
        if value is not None and not callable(value):
            yield name, float(value) if np.ndim(value) == 0 else np.reshape(value, -1)


def _group_values(group: Neuron) -> dict[str, Any]:
    names = group.definition.names("timed", "parameter", "state")
    values = {name: _form(group, name, group._size) for name in names}
    # the longest delay tells how much is kept of the past
    definition = group.definition
    delays = {definition.declarations[past].mean for past in definition.names("past")}
    return values | dict(_plain(group, delays))


def _form(member: Member, name: str, size: int) -> float | NDArray[np.float64]:
    """A number as it was given, or an array that takes no memory."""
    value: Any = member._given_or_default(name)
    if isinstance(value, str):
        return _form(member, value, size)
    value = getattr(value, "magnitude", value)
    if isinstance(value, Scaled) or follows_time(value):
        # rows are read step by step: only the value at time zero is kept
        is_array = np.ndim(getattr(value, "values", 0.0)) > 1
        return np.broadcast_to(0.0, (size,)) if is_array else 0.0
    is_array = value is None or callable(value) or np.ndim(value) > 0
    return np.broadcast_to(0.0, (size,)) if is_array else float(value)


def _expected(projection: Synapse, dt: float, seed: int) -> ExpectedConnectivity:
    size = round(expected_synapses(projection) or 0.0)
    definition = projection.definition
    values = {}
    for name in definition.names("parameter", "state"):
        values[name] = _synapse_form(projection, name, size)
    alike = []
    for name in definition.names("parameter"):
        value = values[name]
        if isinstance(value, float):
            alike.append((name, value))
    delays, dendritic = _delays(projection, dt, seed)
    return ExpectedConnectivity(
        projection, size, delays, dendritic, values=values, alike=tuple(alike)
    )


def _synapse_form(projection: Synapse, name: str, size: int) -> Any:
    """The form of a value of a projection; those in a table are kept nowhere else."""
    declaration = projection.definition.declarations[name]
    sizes = {
        "pre": projection.pre._group._size,
        "post": projection.post._group._size,
        "synapse": size,
    }
    # a weight that the rule brings lies in the table alone
    by_rule = name == "weight" and name in projection._optional() and name not in projection._given
    form = _form(projection, name, sizes.get(str(declaration.per), 1))
    in_table = declaration.per == "synapse" and declaration.kind == "parameter"
    if by_rule or (in_table and not isinstance(form, float)):
        return Deferred(lambda: form)
    return form


def _delays(projection: Synapse, dt: float, seed: int) -> tuple[tuple[int, ...], int]:
    """The delays that differ, of a function among some that it draws, and the dendritic one."""
    delay: Any = 0.0 if projection.delay is None else projection.delay
    after = 0.0 if projection.dendritic_delay is None else projection.dendritic_delay
    size = SAMPLE if is_function(delay) else int(np.size(delay))
    ends = _expected_ends(projection)
    places = {
        "pre": np.resize(np.arange(ends.pre_size), size),
        "post": np.resize(np.arange(ends.post_size), size),
    }
    names = {"rng": Random(seed, f"{projection._label()}.delay", size), "dt": dt, "n": size}
    context = ChainMap(names, PairNames(ends, places))  # type: ignore[arg-type]  # only read
    try:
        times = call_by_name(delay, "the delay", context) if is_function(delay) else delay
        steps = np.unique(whole_steps(times, dt, "the delay"))
        dendritic = int(whole_steps(after, dt, "the dendritic delay"))
    except Exception:  # it is the user's function: what is wrong, building says with its place
        return (0,), 0
    return tuple(steps.tolist()) or (0,), dendritic
