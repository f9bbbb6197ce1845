"""Gradients, Jacobians and Hessians over declared state and arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from brainkernel_jax.math.array import is_array, raw, rewrap, wrap
from brainkernel_jax.math.objects import Object
from brainkernel_jax.math.transforms import (
    Function,
    Transformed,
    checked,
    pure,
    values_of,
    write_back,
)


class Wanted(NamedTuple):
    """What is differentiated for: the values of declared state, and arguments."""

    variables: Any
    arguments: Any


class Options(NamedTuple):
    """What is asked of a derivative."""

    variables: Any
    argnums: int | tuple[int, ...] | None
    has_aux: bool
    return_value: bool


class Derivative(Transformed):
    """A function that gives derivatives of another one."""

    def __init__(
        self, function: Function, objects: Iterable[Object] | None, rule: Function, options: Options
    ) -> None:
        super().__init__(function, objects, rule.__name__)
        self._rule, self._options = rule, options

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the function once, and give its derivatives."""
        leaves, shape = jax.tree.flatten(self._options.variables, is_leaf=is_array)
        cells = self.members(tuple(leaves)).cells
        values, places = (
            values_of(cells),
            [next(n for n, c in enumerate(cells) if c is leaf) for leaf in leaves],
        )
        checked((arguments, keywords))
        run = pure(self._function, cells, self._name)

        def function(wanted: Wanted) -> Any:
            current = list(values)
            for place, value in zip(places, wanted.variables, strict=True):
                current[place] = value
            given = {
                number: rewrap(value, arguments[number])
                for number, value in wanted.arguments.items()
            }
            result, written = run(
                current, [given.get(n, each) for n, each in enumerate(arguments)], keywords
            )
            value, aux = result if self._options.has_aux else (result, None)
            value = jax.tree.map(jnp.asarray, raw(value))
            return value, (value, aux, written)

        numbers = self._numbers(arguments)
        wanted = Wanted(
            [values[n] for n in places], {number: raw(arguments[number]) for number in numbers}
        )
        derivatives, (value, aux, written) = self._rule(function, wanted)
        write_back(cells, written)
        found = self._pick(derivatives, shape, {number: arguments[number] for number in numbers})
        more = [value] * self._options.return_value + [aux] * self._options.has_aux
        return (found, *more) if more else found

    def _numbers(self, arguments: Any) -> tuple[int, ...]:
        argnums = self._options.argnums
        if argnums is None:
            return () if self._options.variables is not None else (0,)
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)
        return tuple(range(len(arguments))[number] for number in chosen)

    def _pick(self, tree: Any, shape: Any, likes: dict[int, Any]) -> Any:
        """Put derivatives into the form of the request, wherever JAX has left them as `Wanted`."""

        def inside(found: Any, kind: bool = True) -> Any:
            deeper = isinstance(found, Wanted) or not isinstance(found, jax.Array)
            return self._pick(found, shape, likes) if deeper else wrap(found) if kind else found

        def one(found: Any) -> Any:
            if not isinstance(found, Wanted):
                return found
            variables = shape.unflatten([inside(each) for each in found.variables])
            kinds = jax.tree.map(is_array, likes, is_leaf=is_array)
            held = jax.tree.map(lambda kind, each: inside(each, kind), kinds, found.arguments)
            by_argument = [held[number] for number in likes]
            return self._form(variables, by_argument)

        return jax.tree.map(one, tree, is_leaf=lambda leaf: isinstance(leaf, Wanted))

    def _form(self, variables: Any, by_argument: list[Any]) -> Any:
        chosen = (
            tuple(by_argument)
            if isinstance(self._options.argnums, tuple)
            else (by_argument or [None])[0]
        )
        if self._options.variables is None:
            return chosen
        return variables if self._options.argnums is None else (variables, chosen)


def _gradient(function: Function, wanted: Wanted) -> Any:
    (_, aux), derivatives = jax.value_and_grad(function, has_aux=True)(wanted)
    return derivatives, aux


def _vector_gradient(function: Function, wanted: Wanted) -> Any:
    value, pull, aux = jax.vjp(function, wanted, has_aux=True)
    (derivatives,) = pull(jax.tree.map(jnp.ones_like, value))
    return derivatives, aux


def _jacobian(function: Function, wanted: Wanted) -> Any:
    return jax.jacrev(function, has_aux=True)(wanted)


def _hessian(function: Function, wanted: Wanted) -> Any:
    return jax.hessian(function, has_aux=True)(wanted)


_gradient.__name__, _vector_gradient.__name__ = "grad", "vector_grad"
_jacobian.__name__, _hessian.__name__ = "jacobian", "hessian"


def grad(
    function: Function,
    variables: Any = None,
    *,
    argnums: int | tuple[int, ...] | None = None,
    has_aux: bool = False,
    return_value: bool = False,
    objects: Iterable[Object] | None = None,
) -> Derivative:
    """Differentiate a function that gives one number.

    What it gives is called with the same arguments, runs the function once, writes its state back,
    and gives the gradient, then the value (``return_value``), then what else the function gives
    (``has_aux``).

    Parameters
    ----------
    function : callable
        Gives a number, or a number and anything else where `has_aux`.
    variables : tree of Array, optional
        Declared state to differentiate for: ``net.variables()``, ``[net.w]``, ``net.w``.
    argnums : int or tuple of int, optional
        Arguments to differentiate for; the first where no `variables` are given. With both,
        gradients come in a pair.
    has_aux, return_value : bool
        What is given besides.
    objects : iterable of Object, optional
        The objects that take part, where the function does not name them all.
    """
    return Derivative(
        function, objects, _gradient, Options(variables, argnums, has_aux, return_value)
    )


def vector_grad(
    function: Function,
    variables: Any = None,
    *,
    argnums: int | tuple[int, ...] | None = None,
    has_aux: bool = False,
    return_value: bool = False,
    objects: Iterable[Object] | None = None,
) -> Derivative:
    """Differentiate the sum of what a function gives: each element for its own, if element-wise.

    Parameters
    ----------
    function, variables, argnums, has_aux, return_value, objects
        As for `grad`.
    """
    return Derivative(
        function, objects, _vector_gradient, Options(variables, argnums, has_aux, return_value)
    )


def jacobian(
    function: Function,
    variables: Any = None,
    *,
    argnums: int | tuple[int, ...] | None = None,
    has_aux: bool = False,
    return_value: bool = False,
    objects: Iterable[Object] | None = None,
) -> Derivative:
    """Give all first derivatives, in reverse mode.

    Parameters
    ----------
    function, variables, argnums, has_aux, return_value, objects
        As for `grad`.
    """
    return Derivative(
        function, objects, _jacobian, Options(variables, argnums, has_aux, return_value)
    )


def hessian(
    function: Function,
    variables: Any = None,
    *,
    argnums: int | tuple[int, ...] | None = None,
    has_aux: bool = False,
    return_value: bool = False,
    objects: Iterable[Object] | None = None,
) -> Derivative:
    """Give all second derivatives of a function that gives one number.

    Parameters
    ----------
    function, variables, argnums, has_aux, return_value, objects
        As for `grad`.
    """
    return Derivative(
        function, objects, _hessian, Options(variables, argnums, has_aux, return_value)
    )
