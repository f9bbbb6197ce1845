"""Derivatives of step functions with SymPy, from the same text that runs."""

from __future__ import annotations

import ast
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from brainkernel.base.install_lines import install_line
from brainkernel.errors import IntegratorError, MissingDependencyError
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Term


def derivative_text(term: Term, name: str, label: str, method: str = "exponential_euler") -> str:
    """Give the source of a function: the derivative of a step function by one of its arguments.

    Raises
    ------
    MissingDependencyError
        Where SymPy is not installed.
    IntegratorError
        Where SymPy cannot read the function, or its derivative cannot be printed.
    """
    sympy = _sympy(term, method)
    source = term.source
    symbols = {argument: sympy.Symbol(argument, real=True) for argument in source.arguments}
    try:
        expression = _bind(source, sympy)(*symbols.values())
        slope = sympy.sympify(expression).diff(symbols[name])
        parts = sympy.numbered_symbols("part_", real=True)
        shared, (result,) = sympy.cse([slope], symbols=parts)
        body = [f"    {symbol} = {_print(value)}" for symbol, value in shared]
        body.append(f"    return {_print(result)}")
    except Exception as cause:
        raise IntegratorError(
            f"method {method!r} needs the derivative of {term.function} by {name} "
            f"({source.where()}), which SymPy does not find: {cause}; use another method, as "
            "'rk4' or 'heun'"
        ) from cause
    signature = f"def {label}({', '.join(source.arguments)}):"
    summary = f'    """d {source.name} / d {name}, by SymPy."""'
    return "\n".join([signature, summary, *body])


def _sympy(term: Term, method: str) -> Any:
    try:
        import sympy
    except ImportError as cause:
        raise MissingDependencyError(
            f"method {method!r} finds the derivative of {term.function} with SymPy, which is not "
            "installed: " + install_line("symbolic")
        ) from cause
    return sympy


def _bind(source: Text, sympy: Any) -> Any:
    """Make the user's own text run on symbols instead of numbers."""
    scope: dict[str, Any] = dict.fromkeys(source.numpy_names, _namespace(sympy))
    for name, value in source.constants:
        scope[name] = sympy.Float(value) if isinstance(value, float) else value
    for name, helper in source.helpers:
        scope[name] = _bind(helper, sympy)
    scope.update(_equal=sympy.Eq, _not_equal=sympy.Ne)
    tree = _Comparisons().visit(deepcopy(source.tree))
    code = compile(ast.Module([tree], []), source.file, "exec")
    exec(code, scope)
    return scope[source.name]


class _Comparisons(ast.NodeTransformer):
    """Turns == and !=, which ask SymPy whether two symbols are the same one, into equations."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        name = {ast.Eq: "_equal", ast.NotEq: "_not_equal"}.get(type(node.ops[0]))
        if name is None:
            return node
        call = ast.Call(ast.Name(name, ast.Load()), [node.left, *node.comparators], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def _namespace(sympy: Any) -> SimpleNamespace:
    """Give the portable part of NumPy on symbols."""
    equal_names = "exp log sqrt sin cos tan sinh cosh tanh pi"
    names = {name: getattr(sympy, name) for name in equal_names.split()}
    names.update(
        arcsin=sympy.asin,
        arccos=sympy.acos,
        arctan=sympy.atan,
        arctan2=sympy.atan2,
        e=sympy.E,
        inf=sympy.oo,
    )
    names.update(maximum=sympy.Max, minimum=sympy.Min, fmax=sympy.Max, fmin=sympy.Min)
    names.update(
        abs=sympy.Abs,
        absolute=sympy.Abs,
        fabs=sympy.Abs,
        square=lambda x: x**2,
        reciprocal=lambda x: 1 / x,
    )
    names.update(expm1=lambda x: sympy.exp(x) - 1, exp2=lambda x: 2**x, power=lambda x, y: x**y)
    names.update(
        log1p=lambda x: sympy.log(1 + x),
        log2=lambda x: sympy.log(x, 2),
        log10=lambda x: sympy.log(x, 10),
    )
    names.update(add=lambda x, y: x + y, subtract=lambda x, y: x - y, multiply=lambda x, y: x * y)
    names.update(divide=lambda x, y: x / y, true_divide=lambda x, y: x / y, negative=lambda x: -x)
    names.update(hypot=lambda x, y: sympy.sqrt(x**2 + y**2), float64=lambda x: x)
    names.update(greater=sympy.Gt, greater_equal=sympy.Ge, less=sympy.Lt, less_equal=sympy.Le)
    names.update(equal=sympy.Eq, not_equal=sympy.Ne, logical_and=sympy.And, logical_or=sympy.Or)
    names.update(logical_not=sympy.Not, logical_xor=sympy.Xor)
    names.update(where=lambda c, a, b: sympy.Piecewise((a, c), (b, True)))
    names.update(clip=lambda x, low, high: sympy.Min(sympy.Max(x, low), high))
    names.update(
        heaviside=lambda x, middle: sympy.Piecewise((0, x < 0), (middle, sympy.Eq(x, 0)), (1, True))
    )
    for name in ("ceil", "floor", "rint", "round", "sign", "trunc"):
        names[name] = _steps(name, sympy)
    return SimpleNamespace(**names)


def _steps(name: str, sympy: Any) -> Any:
    """Make a function that is constant between its jumps: where it has a slope, that is zero."""

    def fdiff(self: Any, argument: int = 1) -> Any:
        return sympy.S.Zero

    def printed(self: Any, printer: Any) -> str:
        return f"np.{name}({printer.doprint(self.args[0])})"

    return type(name, (sympy.Function,), {"fdiff": fdiff, "_numpycode": printed})


def _print(expression: Any) -> str:
    text = str(_printer().doprint(expression))
    return text.replace("numpy.", "np.").replace("\n", " ")


def _printer() -> Any:
    from sympy.printing.numpy import NumPyPrinter

    class Printer(NumPyPrinter):  # type: ignore[misc]
        """NumPy as it is written in the portable subset."""

        def _print_Piecewise(self, expression: Any) -> str:
            (value, condition), *partition = expression.args
            if not partition:
                return str(self._print(value))
            if len(partition) > 1:
                otherwise = self._print(expression.func(*partition))
            else:
                ((last_value, _),) = partition
                otherwise = self._print(last_value)
            return f"np.where({self._print(condition)}, {self._print(value)}, {otherwise})"

        def _print_Max(self, expression: Any) -> str:
            return self._pairwise("maximum", expression)

        def _print_Min(self, expression: Any) -> str:
            return self._pairwise("minimum", expression)

        def _print_And(self, expression: Any) -> str:
            return self._pairwise("logical_and", expression)

        def _print_Or(self, expression: Any) -> str:
            return self._pairwise("logical_or", expression)

        def _print_Xor(self, expression: Any) -> str:
            return self._pairwise("logical_xor", expression)

        def _pairwise(self, name: str, expression: Any) -> str:
            text, *arguments = (self._print(argument) for argument in expression.args)
            for argument in arguments:
                text = f"np.{name}({text}, {argument})"
            return str(text)

        def _print_Heaviside(self, expression: Any) -> str:
            return f"np.heaviside({self._print(expression.args[0])}, 0.5)"

    return Printer({"fully_qualified_modules": True, "strict": True})
