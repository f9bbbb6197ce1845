"""Arithmetic of truth values, which NumPy and compiled code understand differently.

Found before anything runs.
"""

from __future__ import annotations

import ast

from brainkernel.errors import PortabilityError
from brainkernel.model.function_text import Text

TRUTHS = frozenset(
    """
    equal not_equal less less_equal greater greater_equal isfinite isinf isnan
    logical_and logical_not logical_or logical_xor bool_
    """.split()
)
SAME_KIND = frozenset(
    "abs absolute fmax fmin maximum minimum multiply where".split()
)  # truth values of truth values
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Pow: "**",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.USub: "-",
    ast.UAdd: "+",
}
ARITHMETIC = frozenset("add negative power subtract".split())


def check_truth(text: Text, what: str) -> None:
    """Refuse arithmetic of truth values, which NumPy and compiled code understand differently.

    Raises
    ------
    PortabilityError
        With the file, the line, its text and the portable spelling.
    """
    found = _Truths(text, set()).found
    if found:
        node, sign = found
        raise PortabilityError(
            f"{what} is not portable: {sign} of truth values, which is 2 or an `or` by backend: "
            "make numbers of "
            f"comparisons, 1.0 * (a > b) or np.where(a > b, 1.0, 0.0)\n"
            f"  {text.file}:{text.line + node.lineno - 1}\n    "
            f"{text.text.splitlines()[node.lineno - 1].strip()}"
        )


class _Truths:
    """Follows truth values through the statements of one function, and through its helpers."""

    def __init__(self, text: Text, arguments: set[str]) -> None:
        self.helpers = dict(text.helpers)
        self.known = arguments | {name for name, value in text.constants if isinstance(value, bool)}
        self.products: set[str] = set()  # truth values for NumPy, whole numbers for compiled code
        self.found: tuple[ast.expr, str] | None = None
        self.returns: list[bool] = []
        for statement in text.tree.body:
            self._read(statement)

    def _read(self, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if self.found is None and isinstance(node, ast.expr) and (sign := self._refused(node)):
                self.found = node, sign
        if isinstance(statement, ast.Return) and statement.value is not None:
            self.returns.append(self.is_truth(statement.value))
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._assign(target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign(statement.target, statement.value)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            self._change(statement.target.id, statement)

    def _change(self, name: str, statement: ast.AugAssign) -> None:
        old = ast.copy_location(ast.Name(name, ast.Load()), statement)
        value = ast.copy_location(ast.BinOp(old, statement.op, statement.value), statement)
        if self.found is None and (sign := self._refused(value)):
            self.found = value, sign
        self._assign(statement.target, value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            kinds = [
                (self.is_truth(v), self._is_product(v)) for v in value.elts
            ]  # of old values, as Python does
            for name, kind in zip(target.elts, kinds, strict=False):
                self._note(name, *kind)
        else:
            self._note(target, self.is_truth(value), self._is_product(value))

    def _note(self, target: ast.expr, truth: bool, product: bool) -> None:
        if isinstance(target, ast.Name):
            (self.known.add if truth else self.known.discard)(target.id)
            (self.products.add if product else self.products.discard)(target.id)

    def is_truth(self, node: ast.expr) -> bool:
        """Whether NumPy makes an expression a truth value."""
        if isinstance(node, ast.Name):
            return node.id in self.known
        if isinstance(node, ast.Constant):
            return isinstance(node.value, bool)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Invert) and self.is_truth(node.operand)
        if isinstance(node, ast.BinOp):
            keeps = isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Mult))
            return keeps and self.is_truth(node.left) and self.is_truth(node.right)
        return isinstance(node, ast.Compare) or (
            isinstance(node, ast.Call) and self._call_gives_truth(node)
        )

    def _call_gives_truth(self, node: ast.Call) -> bool:
        name = _called(node)
        if name in self.helpers and isinstance(node.func, ast.Name):
            returns = self._inside(node).returns
            return bool(returns) and all(returns)
        values = node.args[1:] if name == "where" else node.args
        return name in TRUTHS or (name in SAME_KIND and all(map(self.is_truth, values)))

    def _inside(self, node: ast.Call) -> _Truths:
        """Read a helper as it is called here."""
        helper = self.helpers[_called(node)]
        return _Truths(
            helper,
            {
                n
                for n, value in zip(helper.arguments, node.args, strict=False)
                if self.is_truth(value)
            },
        )

    def _is_product(self, node: ast.expr) -> bool:
        parts = list(ast.walk(node))
        named = any(isinstance(part, ast.Name) and part.id in self.products for part in parts)
        return self.is_truth(node) and (named or any(isinstance(part, ast.Mult) for part in parts))

    def _refused(self, node: ast.expr) -> str:
        """The operation, where it is one that truth values must not meet."""
        if isinstance(node, ast.BinOp) and self.is_truth(node.left) and self.is_truth(node.right):
            sign = OPERATORS.get(type(node.op), "")
            return f"`{sign}`" if sign else ""
        if isinstance(node, ast.UnaryOp) and self.is_truth(node.operand):
            sign = "~" if self._is_product(node.operand) else ""
            sign = sign if isinstance(node.op, ast.Invert) else OPERATORS.get(type(node.op), "")
            return f"`{sign}`" if sign else ""
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in self.helpers and isinstance(node.func, ast.Name):
                inner = self._inside(node).found
                return f"in {name}(...), {inner[1]}" if inner else ""
            return (
                f"{ast.unparse(node.func)}"
                if name in ARITHMETIC and all(map(self.is_truth, node.args))
                else ""
            )
        return ""


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
