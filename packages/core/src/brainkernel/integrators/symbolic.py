"""Derivatives of step functions with SymPy, from the same text that runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from brainkernel.equations import Term
from brainkernel.errors import IntegratorError, MissingDependencyError
from brainkernel._step import Text


def derivative_text(term: Term, name: str, label: str) -> str:
    """The source of a function that gives the derivative of a step function by one of its arguments.

    Raises
    ------
    MissingDependencyError
        Where SymPy is not installed.
    IntegratorError
        Where SymPy cannot read the function.
    """
    sympy = _sympy(term)
    source = term.source
    symbols = {argument: sympy.Symbol(argument, real=True) for argument in source.arguments}
    try:
        expression = _bind(source, sympy)(*(symbols[argument] for argument in source.arguments))
        slope = sympy.sympify(expression).diff(symbols[name])
    except Exception as cause:
        raise IntegratorError(
            f"SymPy cannot read {term.function} ({source.where()}): {cause}; use another method, as 'rk4' or 'heun'"
        ) from cause
    shared, (result,) = sympy.cse([slope], symbols=(sympy.Symbol(f"part_{k}") for k in range(1000)))
    body = [f"    {symbol} = {_print(value, term)}" for symbol, value in shared]
    body.append(f"    return {_print(result, term)}")
    head = f'def {label}({", ".join(source.arguments)}):\n    """d {source.name} / d {name}, by SymPy."""'
    return "\n".join([head, *body])


def _sympy(term: Term) -> Any:
    try:
        import sympy
    except ImportError as cause:
        raise MissingDependencyError(
            f"method 'exponential_euler' finds the linear part of {term.function} with SymPy, which is not installed: "
            'pip install "brainkernel[symbolic]"'
        ) from cause
    return sympy


def _bind(source: Text, sympy: Any) -> Any:
    namespace = _namespace(sympy)
    scope: dict[str, Any] = {name: namespace for name in source.numpy_names}
    scope.update({name: sympy.Float(value) if isinstance(value, float) else value for name, value in source.constants})
    scope.update({name: _bind(helper, sympy) for name, helper in source.helpers})
    exec(compile(source.text, source.file, "exec"), scope)  # the user's own text, on symbols instead of numbers
    return scope[source.name]


def _namespace(sympy: Any) -> SimpleNamespace:
    same = "exp log sqrt sin cos tan sinh cosh tanh asin acos atan pi floor sign".split()
    names = {name: getattr(sympy, name) for name in same}
    names.update(arcsin=sympy.asin, arccos=sympy.acos, arctan=sympy.atan, e=sympy.E, inf=sympy.oo)
    names.update(abs=sympy.Abs, absolute=sympy.Abs, maximum=sympy.Max, minimum=sympy.Min)
    names.update(expm1=lambda x: sympy.exp(x) - 1, log1p=lambda x: sympy.log(1 + x), square=lambda x: x**2)
    names.update(power=lambda x, y: x**y, where=lambda c, a, b: sympy.Piecewise((a, c), (b, True)))
    names.update(reciprocal=lambda x: 1 / x, float64=lambda x: x)
    return SimpleNamespace(**names)


def _print(expression: Any, term: Term) -> str:
    printer = _printer()
    text = str(printer.doprint(expression)).replace("numpy.", "np.").replace("\n", " ")
    if "Derivative" in text or "DiracDelta" in text or "#" in text:
        raise IntegratorError(f"the derivative of {term.function} cannot be printed: use method 'rk4' or 'heun'")
    return text


def _printer() -> Any:
    from sympy.printing.numpy import NumPyPrinter

    class Printer(NumPyPrinter):  # type: ignore[misc]
        """NumPy as it is written in the portable subset."""

        def _print_Piecewise(self, expression: Any) -> str:
            (value, condition), *rest = expression.args
            if not rest:
                return str(self._print(value))
            other = self._print(expression.func(*rest)) if len(rest) > 1 else self._print(rest[0][0])
            return f"np.where({self._print(condition)}, {self._print(value)}, {other})"

        def _print_Max(self, expression: Any) -> str:
            return self._pairwise("maximum", expression.args)

        def _print_Min(self, expression: Any) -> str:
            return self._pairwise("minimum", expression.args)

        def _pairwise(self, name: str, arguments: Any) -> str:
            first, *rest = (self._print(argument) for argument in arguments)
            for other in rest:
                first = f"np.{name}({first}, {other})"
            return str(first)

        def _print_Heaviside(self, expression: Any) -> str:
            return f"np.heaviside({self._print(expression.args[0])}, 0.5)"

    return Printer({"fully_qualified_modules": True})
