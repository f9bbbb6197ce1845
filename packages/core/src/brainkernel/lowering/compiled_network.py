"""A network made ready: its program, its flat arrays, and where each member's data lie in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved
from brainkernel.errors import NotBuiltError
from brainkernel.lowering.connect_projections import connect_projections
from brainkernel.lowering.derived_constants import derived_parts
from brainkernel.lowering.fill_arrays import constants_of, first_state, keys_of, synaptic_of
from brainkernel.lowering.fill_tables import give_up, tables_of
from brainkernel.lowering.held_coupling import check_held_couplings
from brainkernel.lowering.lower import flatten
from brainkernel.lowering.members import Members
from brainkernel.lowering.partitioning import is_uneven, share_out
from brainkernel.lowering.resolve import end_values, group_values, level_size, resolve_for
from brainkernel.lowering.stored_values import now
from brainkernel.model.bounds import check_bounds, named_limits
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.stimuli import Impulses
from brainkernel.model.synapse import Synapse
from brainkernel.program.integrator import Integrator
from brainkernel.program.partition import Partition
from brainkernel.program.program import Group, NeuronBlock, Projection, SynapseBlock
from brainkernel.random import COMPILED_FROM, NUMPY, Kernels


class Methods(dict[str, Integrator]):
    """Integrators by name, looked up when they are first asked for."""

    def __init__(self, find: Callable[[str], Integrator]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Integrator:
        self[name] = found = self._find(name)
        return found


class Build:
    """Everything that follows from a network's members before its first step.

    Parameters
    ----------
    groups, projections : sequence
        The members, each with a name.
    dt : float
        The step in ms.
    seed : int
        Of the random source.
    find_integrator : function
        Name to method.
    kernels : Kernels, optional
        What draws large arrays of random numbers fast; the numbers are the same without.
    narrow : frozenset of str
        The stores that are kept in 32 bits.
    """

    def __init__(
        self,
        groups: Sequence[Neuron],
        projections: Sequence[Synapse],
        dt: float,
        seed: int,
        find_integrator: Callable[[str], Integrator],
        kernels: Kernels | None = None,
        narrow: frozenset[str] = frozenset(),
    ) -> None:
        self.dt, self.seed = dt, seed
        values = {str(group.name): group_values(group, seed, dt) for group in groups}
        self.wired = connect_projections(projections, seed, dt, kernels)
        for group in groups:
            self.check(group, values[str(group.name)])
        for wires in self.wired.values():
            self.check(wires.projection, wires.values)
        check_held_couplings(self.wired.values(), values, dt)
        self.members = Members(
            groups, values, list(self.wired.values()), Methods(find_integrator), narrow
        )
        self.program, self.roster = flatten(self.members, self.dt, self.seed)
        many = sum(wires.size for wires in self.wired.values()) >= COMPILED_FROM
        self.tables = tables_of(
            self.program, self.roster.edges, kernels if kernels is not None and many else NUMPY
        )
        self.synaptic = synaptic_of(self.program, self.roster, self.tables)
        self.constants = constants_of(self.program, self.roster, self.tables)
        self.keys = keys_of(self.program, self.roster)
        self.first = first_state(self.program, self.roster, self.constants, self.tables)
        self._pieces: dict[int, Partition] = {}
        give_up(self.program, self.tables, self.roster.edges)

    def _flatten(self, synaptic: bool = True) -> None:
        self.program, self.roster = flatten(self.members, self.dt, self.seed)
        if synaptic:
            self.synaptic = synaptic_of(self.program, self.roster, self.tables)
        self.constants = constants_of(self.program, self.roster, self.tables)

    def check(self, member: Member, values: Mapping[str, Any]) -> None:
        """Hold values to the bounds that name others, and have a model look at them, if it wants to."""
        declarations = member.definition.declarations
        for name, limit in named_limits(declarations):
            known = {limit: self._as_given(member, limit, values[limit])}
            value = self._as_given(member, name, values[name])
            check_bounds(member.label(), name, declarations[name], value, known)
        own = type(member).check_values is not Member.check_values
        if own:
            member.check_values({name: now(value) for name, value in values.items()}, self.dt)

    def _as_given(self, member: Member, name: str, value: Any) -> Any:
        """A value in the order in which the user counts, so that messages name the right element."""
        value = now(value)
        if isinstance(member, Synapse) and member.definition.declarations[name].per == "synapse":
            return self.wired[str(member.name)].by_user(value) if np.ndim(value) else value
        return value

    def pieces(self, threads: int) -> Partition:
        """How the network is shared out among some threads."""
        if threads not in self._pieces:
            self._pieces[threads] = self._share_out(threads)
        return self._pieces[threads]

    def balance(self, threads: int, rates: NDArray[np.float64]) -> None:
        """Share the network out anew, where the rates of the groups show that some thread has much more to do."""
        if is_uneven(self.program, self.pieces(threads), rates):
            self._pieces[threads] = self._share_out(threads, rates)

    def _share_out(self, threads: int, rates: NDArray[np.float64] | None = None) -> Partition:
        targets = {name: self.tables.stores[name] for name in ("targets16", "targets32")}
        return share_out(self.program, self.tables.rows, targets, threads, self.wired, rates)

    def values_of(self, member: Member) -> dict[str, Any]:
        """The resolved values of a member."""
        if isinstance(member, Synapse):
            return self.wired[str(member.name)].values
        return self.members.values[str(member.name)]  # type: ignore[return-value]

    def set_parameter(self, member: Member, name: str, value: object) -> None:
        """Give a parameter a new value.

        The program is made anew, since its shape may have changed.
        """
        self.set_parameters({(member, name): value})

    def set_parameters(self, new: Mapping[tuple[Member, str], object]) -> None:
        """Give several parameters new values together.

        All of them, or none where one is refused.
        """
        old: list[tuple[dict[str, Any], str, Any]] = []
        levels = {m.definition.declarations[name].per for m, name in new if isinstance(m, Synapse)}
        synaptic = not levels.isdisjoint({"synapse", None})
        try:
            for (member, name), value in new.items():
                values = self.values_of(member)
                resolved = self._resolved(member, name, value)
                old.append((values, name, values[name]))
                values[name] = resolved
            for member in {id(member): member for member, _ in new}.values():
                self.check(member, self.values_of(member))
            check_held_couplings(self.wired.values(), self.members.values, self.dt)
            self._flatten(synaptic)
        except Exception:
            for values, name, value in reversed(old):
                values[name] = value
            if old:
                self._flatten(synaptic)
            raise

    def _resolved(self, member: Member, name: str, value: object) -> Any:
        known = {"dt": self.dt}
        if isinstance(member, Synapse):
            wires = self.wired[str(member.name)]
            size = level_size(member, member.definition.declarations[name].per, wires.size)
            new = self.stored(member, name, resolve_for(member, name, value, size, known))
            wires.check_new_value(name, new)
            return new
        assert isinstance(member, Neuron)
        return resolve_for(member, name, value, member.size, known)

    def stored(self, member: Member, name: str, value: Resolved) -> Resolved:
        """Bring values from the order in which the user counts into the one in which they are kept."""
        return (
            end_values(self.wired[str(member.name)], name, value)
            if isinstance(member, Synapse)
            else value
        )

    def reseed(self, seed: int) -> None:
        """Draw the noise of steps to come from another seed.

        What was drawn before stays: connections, first values.
        """
        self.keys = keys_of(replace(self.program, seed=seed), self.roster)

    def kept_values(self) -> dict[str, dict[str, Any]]:
        """All values of all members, for `put_values`."""
        return {name: dict(self.values_of(member)) for name, member in self._members().items()}

    def kept_impulses(self) -> dict[str, dict[str, Impulses]]:
        """The impulses that were given to groups, for `put_impulses`."""
        return {str(group.name): group.own_impulses for group in self.members.groups}

    def put_impulses(self, kept: dict[str, dict[str, Impulses]]) -> None:
        """Go back to impulses that were kept."""
        for group in self.members.groups:
            group.__dict__["own_impulses"] = kept[str(group.name)]

    def put_values(self, kept: dict[str, dict[str, Any]]) -> None:
        """Go back to values that were kept.

        The program stays the same one where none has changed.
        """
        changed = False
        for name, member in self._members().items():
            values = self.values_of(member)
            changed |= any(values[key] is not value for key, value in kept[name].items())
            values.update(kept[name])
        if changed:
            self._flatten()

    def _members(self) -> dict[str, Member]:
        projections = [wires.projection for wires in self.wired.values()]
        return {str(member.name): member for member in (*self.members.groups, *projections)}

    def places(self, member: Member, name: str) -> NDArray[np.int64]:
        """Where a member's state lies in the flat values, in the order in which the user counts."""
        if isinstance(member, Neuron):
            block, group = self.group_of(member)
            first = self.program.parts[f"{block.name}_{name}"].first + group.first - block.first
            return np.arange(first, first + group.size)
        assert isinstance(member, Synapse)
        return self._synapse_places(member, name)

    def _synapse_places(self, member: Synapse, name: str) -> NDArray[np.int64]:
        per = member.definition.declarations[name].per
        wires = self.wired[str(member.name)]
        if per == "post":
            block, group = self.group_of(member.post.group)
            label = next(c.label for c in self.roster.channels[group.name] if c.wired is wires)
            return (
                self.program.parts[f"{block.name}_{label}_{name}"].first
                + group.first
                - block.first
                + member.post.ids
            )
        edge, projection = self.projection_of(member)
        first = self.program.parts[f"{edge.name}_{name}"].first
        if per == "pre":
            return first + projection.pre_first + member.pre.ids
        return wires.by_user(first + self.tables.orders[projection.name].places())

    def group_of(self, group: Neuron) -> tuple[NeuronBlock, Group]:
        """The block and entry of a group."""
        for block in self.program.blocks:
            for entry in block.groups:
                if entry.name == group.name:
                    return block, entry
        raise NotBuiltError(f"{group.label()} is not in this network: add it to Network(...)")

    def projection_of(self, member: Synapse) -> tuple[SynapseBlock, Projection]:
        """The edge and entry of a projection."""
        for edge in self.program.edges:
            for entry in edge.projections:
                if entry.name == member.name:
                    return edge, entry
        raise NotBuiltError(f"{member.label()} is not in this network: add it to Network(...)")

    def owner_of(self, place: int) -> tuple[str, str, int]:
        """Whose state lies at a place of the flat values.

        The member, the variable and the element.
        """
        for member in (*self.members.groups, *(wires.projection for wires in self.members.wired)):
            for name in member.definition.names("state"):
                found = np.flatnonzero(self.places(member, name) == place)
                if found.size:
                    return member.label(), name, int(found[0])
        return "the network", self.program.find("values", place).name, place

    def printed_constants(self) -> dict[str, list[float]]:
        """The constants that stand in a saved program."""
        derived = derived_parts(self.program)
        parts = [part for part in self.program.constant_parts() if part.name not in derived]
        return {part.name: self.constants[part.first : part.last].tolist() for part in parts}
