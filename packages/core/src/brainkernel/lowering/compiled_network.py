"""A network made ready: its program, its flat arrays, and where each member's data lie in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.notices import tell
from brainkernel.errors import NetworkError, NotBuiltError
from brainkernel.lowering.check_values import check_values
from brainkernel.lowering.connect_projections import connect_projections
from brainkernel.lowering.derived_constants import derived_parts
from brainkernel.lowering.end_readings import fill_readings
from brainkernel.lowering.fill_arrays import constants_of, first_state, keys_of, synaptic_of
from brainkernel.lowering.fill_tables import give_up, tables_of
from brainkernel.lowering.held_coupling import check_held_couplings
from brainkernel.lowering.kept_values import KeptValues
from brainkernel.lowering.lower import flatten
from brainkernel.lowering.members import Members
from brainkernel.lowering.partitioning import is_uneven, share_out
from brainkernel.lowering.resolve import end_values, group_values, level_size, resolve_for
from brainkernel.lowering.stored_values import Placed
from brainkernel.lowering.synapse_ends import SynapseValues, synapse_groups
from brainkernel.lowering.write_values import NewValues
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.stimuli import Impulses
from brainkernel.model.synapse import Synapse
from brainkernel.model.tree import roots_of, tree_of
from brainkernel.program.integrator import Integrator
from brainkernel.program.partition import Partition
from brainkernel.program.program import Group, NeuronBlock, Projection, SynapseBlock
from brainkernel.random import COMPILED_FROM, NUMPY, Kernels

Key = tuple[Member, str]


class Methods(dict[str, Integrator]):
    """Integrators by name, looked up when they are first asked for."""

    def __init__(self, find: Callable[[str], Integrator]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Integrator:
        integrator = self._find(name)
        self[name] = integrator
        return integrator


class Build:
    """Everything that follows from a network's members before its first step.

    It is made in a straight line: values are resolved, projections connected, members grouped into
    blocks, their data laid out, and the arrays filled. Setting a value later writes the value.

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

    Attributes
    ----------
    program : Program
        The network as plain data. Another one where new values changed the form of the data.
    constants : array
        Parameters and what follows from them. Never written to: new values come with a new array,
        by which others notice them.
    synaptic : array
        The parameters of single synapses, which new values are written to.
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
        self.connectivities = connect_projections(projections, seed, dt, values, kernels)
        connectivities = list(self.connectivities.values())
        integrators = Methods(find_integrator)
        ends = synapse_groups(projections)
        for end in ends:
            connectivity = self.connectivities[str(end.projection.name)]
            values[end.name] = SynapseValues(end, connectivity)  # type: ignore[assignment]
        self.members = Members(groups, values, connectivities, integrators, narrow, ends)
        connected = [connectivity.projection for connectivity in connectivities]
        self._check([*groups, *connected])
        self.program, self.roster = flatten(self.members, dt, seed)
        self._fill(kernels)
        self._pieces: dict[int, Partition] = {}
        self._kept: WeakSet[KeptValues] = WeakSet()

    def _fill(self, kernels: Kernels | None) -> None:
        """Fill the tables of synapses, then the flat arrays, whose order the tables tell."""
        program, roster = self.program, self.roster
        synapses = sum(connectivity.size for connectivity in self.connectivities.values())
        if kernels is None or synapses < COMPILED_FROM:
            kernels = NUMPY
        self.tables = tables_of(program, roster.synapse_blocks, kernels)
        fill_readings(program, roster.synapse_blocks, roster.channels, self.tables)
        self.synaptic = synaptic_of(program, roster, self.tables)
        self.constants = constants_of(program, roster, self.tables)
        self.keys = keys_of(program, roster)
        self.first = first_state(program, roster, self.constants, self.tables)
        give_up(program, self.tables, roster.synapse_blocks)

    def _check(self, members: Sequence[Member]) -> None:
        """Hold the values of members, and all couplings, to what they must keep to."""
        for member in members:
            self.check(member, self.values_of(member))
        check_held_couplings(self.connectivities.values(), self.members.values, self.dt)

    def check(self, member: Member, values: Mapping[str, Any]) -> None:
        """Hold values to bounds that name others, and have a model look at them."""
        check_values(member, values, self.dt, self.connectivities.get(str(member.name)))

    def partition(self, threads: int) -> Partition:
        """How the network is shared out among some threads."""
        # cutting rows takes time, and runs mostly ask for the same number of threads
        if threads not in self._pieces:
            self._pieces[threads] = self._share_out(threads)
        return self._pieces[threads]

    def balance(self, threads: int, rates: NDArray[np.float64]) -> None:
        """Share the network out anew, where rates show that some thread has much more to do."""
        if is_uneven(self.program, self.partition(threads), rates):
            self._pieces[threads] = self._share_out(threads, rates)

    def _share_out(self, threads: int, rates: NDArray[np.float64] | None = None) -> Partition:
        rows = self.tables.rows
        targets = {name: self.tables.stores[name] for name in ("targets16", "targets32")}
        roots = self._roots()
        return share_out(self.program, rows, targets, threads, self.connectivities, rates, roots)

    def _roots(self) -> dict[str, NDArray[np.int64]]:
        """Where a tree begins, by block whose elements trees join, counted from its first."""
        roots = {}
        for block in self.program.blocks:
            tree = block.equations.tree
            if tree is not None and tree.to_parent in block.arrays:
                array_slice = self.program.parts[f"{block.name}_{tree.to_parent}"]
                values = self.constants[array_slice.first : array_slice.last]
                roots[block.name] = roots_of(values, values.size)
        return roots

    def values_of(self, member: Member) -> dict[str, Any]:
        """The resolved values of a member."""
        name = str(member.name)
        if isinstance(member, Synapse):
            return self.connectivities[name].values
        return self.members.values[name]  # type: ignore[return-value]

    def set_parameter(self, member: Member, name: str, value: object) -> None:
        """Give a parameter a new value."""
        self.set_parameters({(member, name): value})

    def set_parameters(self, new: Mapping[Key, object], saved: KeptValues | None = None) -> None:
        """Give several parameters new values together: all of them, or none where one is refused.

        Parameters
        ----------
        new : mapping
            Member and parameter to the value that a user gives.
        saved : KeptValues, optional
            What all others go back to.
        """
        values = {} if saved is None else self._differences(saved)
        _check_joints(new)
        resolved = {}
        for (member, name), value in new.items():
            resolved[member, name] = self._resolved(member, name, value)
        values.update(resolved)
        self._write(values, checked=[member for member, _ in new])

    def _write(self, new: Mapping[Key, Any], checked: Sequence[Member]) -> None:
        """Write new values where the old ones lie, or lay the network out again for them."""
        if not new:
            return
        old = {(member, name): self.values_of(member)[name] for member, name in new}
        program, roster = self.program, self.roster
        # all or nothing: where a value is refused, the old ones are put back
        self._exchange(new)
        try:
            if checked:
                self._check(list(dict.fromkeys(checked)))
            written = self._new_values(new)
            keep_form = written.keep_form
            if keep_form:
                constants = written.constants(self.constants)
            else:
                _tell_of_new_form(new)
                program, roster = flatten(self.members, self.dt, self.seed)
                constants = constants_of(program, roster, self.tables)
        except Exception:
            self._exchange(old)
            raise
        self.program = program
        self.roster = roster
        self.constants = constants
        if not keep_form:
            fill_readings(program, roster.synapse_blocks, roster.channels, self.tables)
        if keep_form:
            self._copy_kept(old)
            written.put_into(self.synaptic)
        elif any(self._is_synaptic(*key) for key in new):
            self.synaptic = synaptic_of(program, roster, self.tables)

    def _new_values(self, new: Mapping[Key, Any]) -> NewValues:
        names = {(str(member.name), name) for member, name in new}
        return NewValues(self.program, self.roster, self.tables, names)

    def _exchange(self, values: Mapping[Key, Any]) -> None:
        for (member, name), value in values.items():
            self.values_of(member)[name] = value

    def _copy_kept(self, old: Mapping[Key, Any]) -> None:
        """Copy values that are kept elsewhere, before the table in which they lie is written to."""
        for (member, name), value in old.items():
            if isinstance(value, Placed):
                for saved in self._kept:
                    saved.copy_from_table(str(member.name), name, value)

    def _is_synaptic(self, member: Member, name: str) -> bool:
        per = member.definition.declarations[name].per
        return isinstance(member, Synapse) and per in ("synapse", None)

    def _resolved(self, member: Member, name: str, value: object) -> Any:
        context = {"dt": self.dt}
        if isinstance(member, Synapse):
            connectivity = self.connectivities[str(member.name)]
            per = member.definition.declarations[name].per
            size = level_size(member, per, connectivity.size)
            resolved = resolve_for(member, name, value, size, context)
            new = self.stored(member, name, resolved)
            connectivity.check_new_value(name, new)
            return new
        assert isinstance(member, Neuron)
        return resolve_for(member, name, value, member._size, context)

    def stored(self, member: Member, name: str, value: Any) -> Any:
        """Bring values from the order in which the user counts into that in which they are kept."""
        connectivity = self.connectivities.get(str(member.name))
        return value if connectivity is None else end_values(connectivity, name, value)

    def reseed(self, seed: int) -> None:
        """Draw the noise of steps to come from another seed.

        What was drawn before stays: connections, first values.
        """
        self.keys = keys_of(replace(self.program, seed=seed), self.roster)

    def kept_values(self) -> KeptValues:
        """All values of all members, for `put_values`."""
        values = {}
        for name, member in self._members().items():
            values[name] = dict(self.values_of(member))
        saved = KeptValues(values)
        self._kept.add(saved)
        return saved

    def kept_impulses(self) -> dict[str, dict[str, Impulses]]:
        """The impulses that were given to groups, for `put_impulses`."""
        return {str(group.name): group._own_impulses for group in self.members.groups}

    def put_impulses(self, saved: dict[str, dict[str, Impulses]]) -> None:
        """Go back to impulses that were kept."""
        for group in self.members.groups:
            group.__dict__["_own_impulses"] = saved[str(group.name)]

    def put_values(self, saved: KeptValues) -> None:
        """Go back to values that were kept.

        The program stays the same one where the form of none has changed.
        """
        self._write(self._differences(saved), checked=[])

    def _differences(self, saved: KeptValues) -> dict[Key, Any]:
        """What was kept and is no longer the present value."""
        differences: dict[Key, Any] = {}
        for label, member in self._members().items():
            present = self.values_of(member)
            for name, value in saved.values[label].items():
                if value is not present[name]:
                    differences[member, name] = value
        return differences

    def _members(self) -> dict[str, Member]:
        projections = [connectivity.projection for connectivity in self.connectivities.values()]
        return {str(member.name): member for member in (*self.members.groups, *projections)}

    def group_of(self, group: Neuron) -> tuple[NeuronBlock, Group]:
        """The block and entry of a group."""
        for block in self.program.blocks:
            for entry in block.groups:
                if entry.name == group.name:
                    return block, entry
        raise NotBuiltError(f"{group._label()} is not in this network: add it to Network(...)")

    def listed_group(self, group: Neuron, event: str = "") -> Group:
        """The entry under which the spikes of a group, or its events of a kind, are listed."""
        block, entry = self.group_of(group)
        if not event:
            return entry
        number = block.groups.index(entry)
        return block.event(event).groups[number]

    def projection_of(self, member: Synapse) -> tuple[SynapseBlock, Projection]:
        """The block and entry of a projection."""
        for synapse_block in self.program.synapse_blocks:
            for entry in synapse_block.projections:
                if entry.name == member.name:
                    return synapse_block, entry
        raise NotBuiltError(f"{member._label()} is not in this network: add it to Network(...)")

    def printed_constants(self) -> dict[str, list[float]]:
        """The constants that stand in a saved program."""
        derived = derived_parts(self.program)
        printed = {}
        for array_slice in self.program.constant_parts():
            if array_slice.name not in derived:
                values = self.constants[array_slice.first : array_slice.last]
                printed[array_slice.name] = values.tolist()
        return printed


def _check_joints(names: Iterable[Key]) -> None:
    """Refuse to join elements anew, by which programs and threads are laid out."""
    for member, name in names:
        joints = tree_of(member.definition.declarations)
        if joints is not None and name == joints.to_parent:
            raise NetworkError(
                f"{member._label()}.{name} tells which elements are joined, which is fixed in a "
                f"network: make the group with {name}=... in another network"
            )


def _tell_of_new_form(new: Mapping[Key, Any]) -> None:
    names = ", ".join(f"{member._label()}.{name}" for member, name in new)
    tell(
        f"{names}: a number took the place of an array, or an array that of a number, so the "
        "program is another one, which the next run compiles once"
    )
