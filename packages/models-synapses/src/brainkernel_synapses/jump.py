"""Each spike moves any state of the target, or adds to any of its inputs."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import cache
from typing import Any

import brainkernel as bk

TEXT = """\
def receive({onto}_post, weight):
    return {onto}_post + weight
"""


class Jump(bk.Synapse, abstract=True):
    r"""Each spike that arrives moves a state of the target by the weight, whichever it is.

    .. math:: x_{post} \leftarrow x_{post} + \text{weight}

    ``Jump(sources, cells, onto="ge", connect=..., weight=0.5)`` needs no class for a target that
    keeps its synaptic conductances or currents itself.

    Parameters
    ----------
    onto : str
        The state of the target, or one of its inputs. To an input the weight is added for the one
        step that follows.
    weight : in the unit of the state or input, for each synapse, default 1
        The jump; negative where it inhibits.

    Raises
    ------
    ModelError
        Where the target has no such state or input.

    Notes
    -----
    How the state decays is the target's affair. While the target holds it after a spike, what
    arrives is lost. For each state name there is one model, which all projections share; groups
    whose states of one name have different units have one each.

    References
    ----------
    Brette R, Rudolph M, Carnevale T, et al. (2007) Simulation of networks of spiking neurons: a
    review of tools and strategies. J Comput Neurosci 23:349-398.
    """

    def __new__(cls, pre: Any = None, post: Any = None, onto: str = "", **options: Any) -> Jump:
        if cls is not Jump:
            return object.__new__(cls)
        definition = getattr(getattr(post, "_group", None), "definition", None)
        if definition is None:
            raise bk.errors.ConnectError(
                f"Jump: post is a {type(post).__name__}; give a group or a slice of one"
            )
        names = definition.names("state", "input")
        if onto not in names:
            raise bk.errors.ModelError(
                f"Jump(onto={onto!r}): {post._group._label()} has no such state or input; there "
                f"is: {', '.join(sorted(names)) or 'nothing'}"
            )
        declaration = definition.declarations[onto]
        made: Jump = object.__new__(jump_onto(onto, declaration.unit))
        return made

    def __init__(self, pre: Any, post: Any, *, onto: str = "", **options: Any) -> None:
        super().__init__(pre, post, **options)


@cache
def jump_onto(onto: str, unit: str = "") -> type[Jump]:
    """Make the model that moves a state, or input, of one name and unit; for the same, the same.

    Parameters
    ----------
    onto : str
        The state, or input.
    unit : str
        Its unit.
    """
    weight = bk.parameter(1.0, unit=unit, per="synapse")
    receive = bk.on_pre(f"{onto}_post")(_receive(onto))
    body = {"__module__": __name__, "__doc__": Jump.__doc__, "weight": weight, "receive": receive}
    return type("Jump", (Jump,), body)


def _receive(onto: str) -> Callable[..., Any]:
    """Define what a spike does to a state, in a file that the printed program can be read from."""
    text = TEXT.format(onto=onto)
    file = f"<jump onto {onto}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {}
    exec(compile(text, file, "exec"), scope)
    receive: Callable[..., Any] = scope["receive"]
    return receive
