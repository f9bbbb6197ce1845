"""Elements of a group that a tree of conductances joins: cables, dendrites, whole cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.dimensions import dimension_of
from brainkernel.errors import ModelError, UnitError, ValueShapeError
from brainkernel.model.declarations import Declaration
from brainkernel.model.derived_quantities import base_names, own_quantities
from brainkernel.model.model_protocol import DescribedModel


@dataclass(frozen=True, eq=False)
class TreeDeclaration(Declaration):
    """That conductances join the elements of a group to a tree, along which a state is coupled.

    Attributes
    ----------
    state, conductance, capacitance, to_parent : str
        As `tree` takes them.
    """

    state: str = ""
    conductance: str = ""
    capacitance: str = ""
    to_parent: str = ""


def tree(state: str, *, conductance: str, capacitance: str, to_parent: str) -> Any:
    r"""Declare that conductances join the elements of a group to trees.

    To the derivative of the state of each element is added what flows in from its parent p and its
    children, over its capacitance:

    .. math::

        \frac{dV_i}{dt} = \ldots + \frac{1}{C_i} \sum_j g_{ij} (V_j - V_i)

    This is solved for all elements together at the end of the step, in a time that grows with
    their number. The elements of a tree follow one another, each after its parent, so that a group
    holds many trees, one after another.

    Parameters
    ----------
    state : str
        The state, as ``"V"``. It has a derivative, which says all but the coupling.
    conductance : str
        A parameter, or a quantity that is derived from parameters: the conductance between an
        element and its parent.
    capacitance : str
        The same of the capacitance of an element; of it and the conductance the quotient is a
        rate per ms, as of uS and nF.
    to_parent : str
        The parameter that tells how many elements before it the parent of an element stands;
        zero where it has none, as the soma of a cell.

    Raises
    ------
    ModelError
        When the class is made: where a name is another thing than it should be.
    UnitError
        When the class is made: where the units make no rate per ms.
    """
    names = {"state": state, "conductance": conductance, "capacitance": capacitance}
    names["to_parent"] = to_parent
    for word, name in names.items():
        if not isinstance(name, str):
            raise ModelError(f"bk.tree({word}={name!r}): give the name of a declaration")
    return TreeDeclaration(
        "tree",
        state=state,
        conductance=conductance,
        capacitance=capacitance,
        to_parent=to_parent,
    )


def tree_of(declarations: Mapping[str, Declaration]) -> TreeDeclaration | None:
    """The tree that a model declares, if it does."""
    for declaration in declarations.values():
        if isinstance(declaration, TreeDeclaration):
            return declaration
    return None


def check_tree(model: DescribedModel) -> None:
    """Hold what a model says of its tree to what can be solved.

    Raises
    ------
    ModelError, UnitError
        With the model, the name and what to write instead.
    """
    names = model.names("tree")
    if not names:
        return
    label = f"{model.name}.{names[0]}"
    if model.kind != "neuron":
        raise ModelError(f"{label}: only the elements of a group of neurons are joined to a tree")
    if len(names) > 1:
        raise ModelError(f"{label}: {names[1]} is a second tree; one joins the elements of a group")
    joints = tree_of(model.declarations)
    assert joints is not None
    _check_state(model, label, joints)
    if joints.to_parent not in model.names("parameter"):
        raise ModelError(f"{label}: to_parent={joints.to_parent!r} is no parameter")
    for name in (joints.conductance, joints.capacitance):
        _check_constant(model, label, name)
    _check_units(model, label, joints)


def _check_state(model: DescribedModel, label: str, joints: TreeDeclaration) -> None:
    state = joints.state
    derivatives = [f.targets[0] for f in model.functions if f.kind == "derivative"]
    if state not in derivatives:
        raise ModelError(
            f"{label}: {state!r} is no state with a derivative; write d{state}, which says all "
            "but the coupling"
        )
    if model.declarations[state].ceiling:
        raise ModelError(
            f"{label}: {state} has a ceiling, which cannot be kept while all elements are solved "
            "for together; leave it out"
        )
    if any(f.kind == "diffusion" for f in model.functions):
        raise ModelError(
            f"{label}: a group joined to a tree has no diffusion; let a group of its own diffuse, "
            "and add what it gives to an input"
        )
    for declaration in model.declarations.values():
        if declaration.kind == "refractory" and state in declaration.holds:
            raise ModelError(
                f"{label}: a refractory period holds {state}, which its neighbours pull at all the "
                "time; let the period hold no state that is coupled"
            )


def _check_constant(model: DescribedModel, label: str, name: str) -> None:
    parameters, derived = model.names("parameter"), own_quantities(model.derived)
    if name in parameters:
        return
    if name not in derived:
        raise ModelError(f"{label}: {name!r} is no parameter and no derived quantity")
    others = [base for base in base_names([name], derived) if base not in parameters]
    if others:
        raise ModelError(
            f"{label}: {name} follows from {', '.join(others)}: what joins elements follows from "
            "parameters alone"
        )


def _check_units(model: DescribedModel, label: str, joints: TreeDeclaration) -> None:
    """Refuse units whose quotient is no rate per ms; what declares none is not looked at."""
    units = [model.declarations[name].unit for name in (joints.conductance, joints.capacitance)]
    if not all(units):  # a model without units is free
        return
    conductance, capacitance = map(dimension_of, units)
    if conductance is None or capacitance is None:
        return
    if conductance / capacitance != dimension_of("1/ms"):
        raise UnitError(
            f"{label}: {joints.conductance} in {units[0]} over {joints.capacitance} in {units[1]} "
            "is no rate per ms, as uS over nF is"
        )


def check_parents(label: str, joints: TreeDeclaration, values: Mapping[str, Any], n: int) -> None:
    """Refuse parents that are none, for all elements of a group.

    Raises
    ------
    ValueShapeError
        With the first element of which no parent is told, or which stands before it.
    """
    to_parent = np.broadcast_to(np.asarray(values[joints.to_parent], dtype=np.float64), n)
    numbers = np.arange(n)
    wrong = (to_parent != np.rint(to_parent)) | (to_parent < 0) | (to_parent > numbers)
    if np.any(wrong):
        element = int(np.flatnonzero(wrong)[0])
        raise ValueShapeError(
            f"{label}.{joints.to_parent} of element {element} is {to_parent[element]:g}: it is the "
            f"whole number of elements by which the parent stands before it, at most {element}, "
            "or zero where there is none"
        )
    _check_runs(label, joints, to_parent.astype(np.int64))


def _check_runs(label: str, joints: TreeDeclaration, to_parent: NDArray[np.int64]) -> None:
    """Refuse a tree whose elements stand among those of another."""
    numbers = np.arange(to_parent.size)
    parents = numbers - to_parent
    # of a tree that follows those before it, no element has a parent before the last root
    last_root = np.maximum.accumulate(np.where(to_parent == 0, numbers, 0))
    outside = parents < last_root
    if np.any(outside):
        element = int(np.flatnonzero(outside)[0])
        raise ValueShapeError(
            f"{label}.{joints.to_parent}: the parent of element {element} is {parents[element]}, "
            f"but a new tree begins at {last_root[element]}: all elements of a tree follow one "
            "another"
        )


def sizes_of_trees(to_parent: Any, n: int) -> NDArray[np.int64]:
    """How many elements each tree of a group of n has."""
    return np.diff(np.append(roots_of(to_parent, n), n))


def roots_of(to_parent: Any, n: int) -> NDArray[np.int64]:
    """The elements of a group that have no parent."""
    return np.flatnonzero(np.broadcast_to(np.asarray(to_parent), n) == 0)
