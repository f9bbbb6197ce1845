"""Loops and branches over functions that read and write declared state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax

from brainkernel_jax.math.array import is_array, raw, rewrap, wrap
from brainkernel_jax.math.object_discovery import Members
from brainkernel_jax.math.objects import Object
from brainkernel_jax.math.transforms import Function, checked, pure, values_of, write_back

READS_ONLY = "the condition of a loop may only read"


def scan(
    function: Function,
    carry: Any,
    xs: Any = None,
    *,
    length: int | None = None,
    reverse: bool = False,
    unroll: int = 1,
    objects: Iterable[Object] | None = None,
) -> Any:
    """Call ``carry, y = function(carry, x)`` for each x along the first axis.

    State is handed from call to call.

    Parameters
    ----------
    function : callable
        The body.
    carry : tree of arrays
        What the first call gets.
    xs : tree of arrays, optional
        Split along the first axis.
    length : int, optional
        How many calls, where there are no `xs`.
    reverse : bool
        Begin at the end.
    unroll : int
        How many calls JAX writes out one after the other.
    objects : iterable of Object, optional
        The objects that take part, where the function does not name them all.

    Returns
    -------
    tuple
        The last carry, and all y along a new first axis.
    """
    members = Members((function,), objects)
    name = f"bm.scan({_name(function)})"
    return _scan(function, name, members, carry, xs, (length, reverse, unroll))


def for_loop(
    function: Function,
    *xs: Any,
    length: int | None = None,
    reverse: bool = False,
    unroll: int = 1,
    objects: Iterable[Object] | None = None,
) -> Any:
    """Call ``y = function(*x)`` for each x along the first axis of all `xs`, and stack all y.

    State is handed from call to call.

    Parameters
    ----------
    function : callable
        The body.
    *xs : tree of arrays
        Split along the first axis.
    length, reverse, unroll, objects
        As for `scan`.
    """

    def body(_: None, x: Any) -> Any:
        return None, function(*x)

    members = Members((function,), objects)
    name = f"bm.for_loop({_name(function)})"
    _, ys = _scan(body, name, members, None, xs, (length, reverse, unroll))
    return ys


def _scan(
    function: Function,
    name: str,
    members: Members,
    carry: Any,
    xs: Any,
    options: tuple[int | None, bool, int],
) -> Any:
    cells = members.cells
    touched: set[int] = set()
    run = pure(function, cells, name)

    def step(state: Any, x: Any) -> Any:
        values, held = state
        (held, y), written = run(values, (held, x), {})
        touched.update(written)
        return (_updated(values, written), rewrap(held, carry)), y

    start = (values_of(cells), checked(carry))
    (values, last), ys = jax.lax.scan(step, start, checked(xs), *options)
    write_back(cells, {number: values[number] for number in touched})
    return last, ys


def while_loop(
    condition: Function, function: Function, *carry: Any, objects: Iterable[Object] | None = None
) -> Any:
    """Call ``carry = function(*carry)`` as long as ``condition(*carry)`` is true.

    Both see the state.

    Parameters
    ----------
    condition : callable
        Gives one truth value, and writes nothing.
    function : callable
        Gives as many values as it takes: nothing (None), one, or a tuple.
    *carry : tree of arrays
        What the first call gets; none where all is in the state.
    objects : iterable of Object, optional
        The objects that take part, where the functions do not name them all.

    Returns
    -------
    None, one value or a tuple
        The last carry. As always in JAX, there is no reverse gradient.
    """
    cells = Members((condition, function), objects).cells
    touched: set[int] = set()
    name = f"bm.while_loop({_name(function)})"
    read_only = [READS_ONLY] * len(cells)
    run = pure(function, cells, name)
    ask = pure(condition, cells, f"the condition of {name}", read_only)

    def step(state: Any) -> Any:
        values, held = state
        result, written = run(values, held, {})
        touched.update(written)
        return _updated(values, written), rewrap(_as_tuple(result), carry)

    def goes_on(state: Any) -> Any:
        truth, _ = ask(*state, {})
        return raw(truth)

    start = (values_of(cells), checked(carry))
    values, last = jax.lax.while_loop(goes_on, step, start)
    write_back(cells, {number: values[number] for number in touched})
    if not last:
        return None
    return last[0] if len(last) == 1 else last


def cond(
    condition: Any,
    if_true: Function,
    if_false: Function,
    *operands: Any,
    objects: Iterable[Object] | None = None,
) -> Any:
    """Call one of two functions; both may write state, each what it likes.

    Parameters
    ----------
    condition : bool or array of one
        Chooses.
    if_true, if_false : callable
        Must give results of the same structure, shapes and types.
    *operands : tree of arrays
        What both are called with.
    objects : iterable of Object, optional
        The objects that take part, where the functions do not name them all.
    """
    cells = Members((if_true, if_false), objects).cells
    touched: set[int] = set()
    wrapped: set[int] = set()

    def branch(function: Function) -> Function:
        run = pure(function, cells, f"bm.cond({_name(function)})")

        def call(values: Any, arguments: Any) -> Any:
            result, written = run(values, arguments, {})
            touched.update(written)
            for number, leaf in enumerate(jax.tree.leaves(result, is_leaf=is_array)):
                if is_array(leaf):
                    wrapped.add(number)
            return raw(result), _updated(values, written)

        return call

    start = (values_of(cells), checked(operands))
    result, values = jax.lax.cond(raw(condition), branch(if_true), branch(if_false), *start)
    write_back(cells, {number: values[number] for number in touched})
    leaves, shape = jax.tree.flatten(result)
    for number in wrapped:
        leaves[number] = wrap(leaves[number])
    return jax.tree.unflatten(shape, leaves)


def _name(function: Function) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _updated(values: Any, written: dict[int, Any]) -> list[Any]:
    return [written.get(number, value) for number, value in enumerate(values)]


def _as_tuple(result: Any) -> tuple[Any, ...]:
    if result is None:
        return ()
    return result if isinstance(result, tuple) else (result,)
