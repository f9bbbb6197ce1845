"""The trees of a model and of its groups, by printed names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from brainkernel.lowering.members import Members
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import Neuron
from brainkernel.model.tree import sizes_of_trees, tree_of
from brainkernel.program.tree import Tree


def tree_of_model(definition: ModelDefinition) -> Tree | None:
    """What joins the elements of a group of a model."""
    joints = tree_of(definition.declarations)
    if joints is None:
        return None
    return Tree(joints.state, joints.to_parent, joints.conductance, joints.capacitance)


def tree_of_groups(
    definition: ModelDefinition,
    groups: Sequence[Neuron],
    members: Members,
) -> Tree | None:
    """The same with how many trees the groups have."""
    tree = tree_of_model(definition)
    if tree is None:
        return None
    sizes: list[int] = []
    for group in groups:
        to_parent = members.values[str(group.name)][tree.to_parent]
        sizes += sizes_of_trees(to_parent, group._size).tolist()
    return replace(tree, trees=len(sizes), longest=max(sizes))
