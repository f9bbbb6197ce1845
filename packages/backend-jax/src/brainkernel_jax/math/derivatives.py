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


class Point(NamedTuple):
    """Where a derivative is taken, and for what: the values of declared state, and arguments."""

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
        values = values_of(cells)
        number_of = {id(cell): number for number, cell in enumerate(cells)}
        cell_numbers = [number_of[id(leaf)] for leaf in leaves]
        checked((arguments, keywords))
        run = pure(self._function, cells, self._name)

        def function(point: Point) -> Any:
            current = list(values)
            for number, value in zip(cell_numbers, point.variables, strict=True):
                current[number] = value
            moved = list(arguments)
            for number, value in point.arguments.items():
                moved[number] = rewrap(value, arguments[number])
            result, written = run(current, moved, keywords)
            value, aux = result if self._options.has_aux else (result, None)
            value = jax.tree.map(jnp.asarray, raw(value))
            return value, (value, aux, written)

        chosen = {number: arguments[number] for number in self._numbers(arguments)}
        at_variables = [values[number] for number in cell_numbers]
        at_arguments = {number: raw(argument) for number, argument in chosen.items()}
        point = Point(at_variables, at_arguments)
        derivatives, (value, aux, written) = self._rule(function, point)
        write_back(cells, written)
        result = [self._pick(derivatives, shape, chosen)]
        if self._options.return_value:
            result.append(value)
        if self._options.has_aux:
            result.append(aux)
        return tuple(result) if len(result) > 1 else result[0]

    def _numbers(self, arguments: Any) -> tuple[int, ...]:
        argnums = self._options.argnums
        if argnums is None:
            return () if self._options.variables is not None else (0,)
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)
        numbers = range(len(arguments))  # counts negative ones from the end
        return tuple(numbers[number] for number in chosen)

    def _pick(self, tree: Any, shape: Any, likes: dict[int, Any]) -> Any:
        """Put derivatives into the form of the request, wherever JAX has left them as `Point`."""

        def inside(derivative: Any, is_wrapped: bool = True) -> Any:
            if isinstance(derivative, Point) or not isinstance(derivative, jax.Array):
                return self._pick(derivative, shape, likes)
            return wrap(derivative) if is_wrapped else derivative

        def pick(leaf: Any) -> Any:
            if not isinstance(leaf, Point):
                return leaf
            variables = shape.unflatten([inside(derivative) for derivative in leaf.variables])
            wrapped = jax.tree.map(is_array, likes, is_leaf=is_array)

            def pick_argument(is_wrapped: bool, derivative: Any) -> Any:
                return inside(derivative, is_wrapped)

            held = jax.tree.map(pick_argument, wrapped, leaf.arguments)
            return self._form(variables, [held[number] for number in likes])

        return jax.tree.map(pick, tree, is_leaf=lambda leaf: isinstance(leaf, Point))

    def _form(self, variables: Any, by_argument: list[Any]) -> Any:
        options = self._options
        chosen: Any = tuple(by_argument)
        if not isinstance(options.argnums, tuple):
            chosen = by_argument[0] if by_argument else None
        if options.variables is None:
            return chosen
        return variables if options.argnums is None else (variables, chosen)


def _gradient(function: Function, point: Point) -> Any:
    (_, aux), derivatives = jax.value_and_grad(function, has_aux=True)(point)
    return derivatives, aux


def _vector_gradient(function: Function, point: Point) -> Any:
    value, pull, aux = jax.vjp(function, point, has_aux=True)
    (derivatives,) = pull(jax.tree.map(jnp.ones_like, value))
    return derivatives, aux


def _jacobian(function: Function, point: Point) -> Any:
    return jax.jacrev(function, has_aux=True)(point)


def _hessian(function: Function, point: Point) -> Any:
    return jax.hessian(function, has_aux=True)(point)


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
