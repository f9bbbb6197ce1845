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
# truth values of truth values
SAME_KIND = frozenset("abs absolute fmax fmin maximum minimum multiply where".split())
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


def check_truth(text: Text, label: str) -> None:
    """Refuse arithmetic of truth values, which NumPy and compiled code understand differently.

    Raises
    ------
    PortabilityError
        With the file, the line, its text and the portable spelling.
    """
    refused = _Truths(text, set()).refused
    if refused is not None:
        node, sign = refused
        line = text.text.splitlines()[node.lineno - 1].strip()
        raise PortabilityError(
            f"{label} is not portable: {sign} of truth values, which is 2 or an `or` by backend: "
            "make numbers of "
            f"comparisons, 1.0 * (a > b) or np.where(a > b, 1.0, 0.0)\n"
            f"  {text.file}:{text.line + node.lineno - 1}\n    {line}"
        )


class _Truths:
    """Follows truth values through the statements of one function, and through its helpers."""

    def __init__(self, text: Text, arguments: set[str]) -> None:
        self.helpers = dict(text.helpers)
        constants = {name for name, value in text.constants if isinstance(value, bool)}
        self.truths = arguments | constants
        self.products: set[str] = set()  # truth values for NumPy, whole numbers for compiled code
        self.refused: tuple[ast.expr, str] | None = None
        self.returns: list[bool] = []
        for statement in text.tree.body:
            self._read(statement)

    def _read(self, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.expr):
                self._check(node)
        if isinstance(statement, ast.Return) and statement.value is not None:
            self.returns.append(self.is_truth(statement.value))
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._assign(target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign(statement.target, statement.value)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            self._change(statement.target.id, statement)

    def _check(self, node: ast.expr) -> None:
        """Note the first operation that truth values must not meet."""
        if self.refused is None:
            sign = self._refused(node)
            if sign:
                self.refused = node, sign

    def _change(self, name: str, statement: ast.AugAssign) -> None:
        old = ast.copy_location(ast.Name(name, ast.Load()), statement)
        value = ast.copy_location(ast.BinOp(old, statement.op, statement.value), statement)
        self._check(value)
        self._assign(statement.target, value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            # of old values, as Python does
            kinds = [(self.is_truth(item), self._is_product(item)) for item in value.elts]
            for name, (is_truth, is_product) in zip(target.elts, kinds, strict=False):
                self._note(name, is_truth, is_product)
        else:
            self._note(target, self.is_truth(value), self._is_product(value))

    def _note(self, target: ast.expr, is_truth: bool, is_product: bool) -> None:
        if not isinstance(target, ast.Name):
            return
        for names, belongs in ((self.truths, is_truth), (self.products, is_product)):
            names.discard(target.id)
            if belongs:
                names.add(target.id)

    def is_truth(self, node: ast.expr) -> bool:
        """Whether NumPy makes an expression a truth value."""
        if isinstance(node, ast.Name):
            return node.id in self.truths
        if isinstance(node, ast.Constant):
            return isinstance(node.value, bool)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Invert) and self.is_truth(node.operand)
        if isinstance(node, ast.BinOp):
            keeps = isinstance(node.op, (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Mult))
            return keeps and self.is_truth(node.left) and self.is_truth(node.right)
        if isinstance(node, ast.Call):
            return self._call_gives_truth(node)
        return isinstance(node, ast.Compare)

    def _call_gives_truth(self, node: ast.Call) -> bool:
        name = _called(node)
        if name in self.helpers and isinstance(node.func, ast.Name):
            returns = self._inside(node).returns
            return bool(returns) and all(returns)
        if name in TRUTHS:
            return True
        values = node.args[1:] if name == "where" else node.args
        return name in SAME_KIND and all(map(self.is_truth, values))

    def _inside(self, node: ast.Call) -> _Truths:
        """Read a helper as it is called here."""
        helper = self.helpers[_called(node)]
        truths = set()
        for argument, value in zip(helper.arguments, node.args, strict=False):
            if self.is_truth(value):
                truths.add(argument)
        return _Truths(helper, truths)

    def _is_product(self, node: ast.expr) -> bool:
        if not self.is_truth(node):
            return False
        for child in ast.walk(node):
            if isinstance(child, ast.Mult):
                return True
            if isinstance(child, ast.Name) and child.id in self.products:
                return True
        return False

    def _refused(self, node: ast.expr) -> str:
        """The operation, where it is one that truth values must not meet."""
        if isinstance(node, ast.BinOp) and self.is_truth(node.left) and self.is_truth(node.right):
            sign = OPERATORS.get(type(node.op), "")
            return f"`{sign}`" if sign else ""
        if isinstance(node, ast.UnaryOp) and self.is_truth(node.operand):
            if isinstance(node.op, ast.Invert):
                sign = "~" if self._is_product(node.operand) else ""
            else:
                sign = OPERATORS.get(type(node.op), "")
            return f"`{sign}`" if sign else ""
        if isinstance(node, ast.Call):
            return self._refused_call(node)
        return ""

    def _refused_call(self, node: ast.Call) -> str:
        name = _called(node)
        if name in self.helpers and isinstance(node.func, ast.Name):
            refused = self._inside(node).refused
            return f"in {name}(...), {refused[1]}" if refused else ""
        if name in ARITHMETIC and all(map(self.is_truth, node.args)):
            return ast.unparse(node.func)
        return ""


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return getattr(node.func, "id", "")
