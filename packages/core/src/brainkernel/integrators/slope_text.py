"""The slope of a function that is linear in one of its arguments, read off its text.

Sums, products, quotients.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from brainkernel.model.step_function import Text

Slope = tuple[int, ast.expr | None]
"""A sign, and what it stands before; None stands for one."""


class Unread(Exception):
    """The text holds what is not read here; the slope is then found from values."""


def slope_text(source: Text, argument: str, label: str) -> Text | None:
    """Give the slope of a function by an argument in which it is linear, as a function too.

    Parameters
    ----------
    source : Text
        The function.
    argument : str
        One of its arguments.
    label : str
        The name of the slope, which takes the same arguments.

    Returns
    -------
    Text or None
        None where the text holds something else than sums, products, quotients and ``np.where`` of
        the argument.
    """
    try:
        lines = _Reader(source, argument).lines(source.tree.body)
    except Unread:
        return None
    signature = f"def {label}({', '.join(source.arguments)}):"
    summary = f'    """d {source.name} / d {argument}."""'
    text = "\n".join([signature, summary, *(f"    {line}" for line in lines)])
    return replace(source, name=label, text=text, file="<integrator>", line=1)


class _Reader:
    """Goes through the statements of a function, and notes the slope of each name."""

    def __init__(self, source: Text, argument: str) -> None:
        self.numpy = set(source.numpy_names)
        self.assigned = set(source.arguments)
        self.slopes: dict[str, Slope] = {argument: (1, None)}

    def lines(self, body: list[ast.stmt]) -> list[str]:
        """The lines of the slope.

        The function's own statements as far as it needs them, and what it returns.
        """
        statements = [statement for statement in body if not isinstance(statement, ast.Expr)]
        *assignments, last = statements
        if not isinstance(last, ast.Return) or last.value is None:
            raise Unread
        for statement in assignments:
            self._assign(statement)
        result = _printed(self.of(last.value))
        return [*_needed(assignments, result), f"return {ast.unparse(result)}"]

    def _assign(self, statement: ast.stmt) -> None:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise Unread
        (target,) = statement.targets
        names = _names(target)
        # a name of two values would mean the later one in the printed slope
        if names & self.assigned:
            raise Unread
        self.assigned |= names
        slope = self.of(statement.value)
        if slope is None:
            return
        if not isinstance(target, ast.Name):
            raise Unread
        self.slopes[target.id] = slope

    def of(self, node: ast.expr) -> Slope | None:
        """The slope of an expression; None where it does not follow the argument."""
        if not self._depends(node):
            return None
        if isinstance(node, ast.Name):
            return self.slopes[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            sign = -1 if isinstance(node.op, ast.USub) else 1
            return _signed(self.of(node.operand), sign)
        if isinstance(node, ast.BinOp):
            return self._of_operation(node)
        if isinstance(node, ast.Call) and self._is_where(node):
            return self._of_where(node)
        raise Unread

    def _of_operation(self, node: ast.BinOp) -> Slope | None:
        left = self.of(node.left)
        right = self.of(node.right)
        if isinstance(node.op, ast.Add):
            return _sum(left, right)
        if isinstance(node.op, ast.Sub):
            return _sum(left, _signed(right, -1))
        if isinstance(node.op, ast.Mult):
            if right is None and left is not None:
                return _times(left, node.right)
            if left is None and right is not None:
                return _times(right, node.left)
        if isinstance(node.op, ast.Div) and left is not None and right is None:
            sign, value = left
            numerator = ast.Constant(1.0) if value is None else value
            return sign, ast.BinOp(numerator, ast.Div(), node.right)
        raise Unread

    def _is_where(self, node: ast.Call) -> bool:
        name = node.func
        return (
            isinstance(name, ast.Attribute)
            and name.attr == "where"
            and isinstance(name.value, ast.Name)
            and name.value.id in self.numpy
            and len(node.args) == 3
            and not node.keywords
        )

    def _of_where(self, node: ast.Call) -> Slope:
        condition, *branches = node.args
        if self._depends(condition):
            raise Unread
        slopes = [_printed(self.of(branch)) for branch in branches]
        return 1, ast.Call(node.func, [condition, *slopes], [])

    def _depends(self, node: ast.AST) -> bool:
        return not _names(node).isdisjoint(self.slopes)


def _signed(slope: Slope | None, sign: int) -> Slope | None:
    if slope is None:
        return None
    own_sign, value = slope
    return sign * own_sign, value


def _times(slope: Slope, factor: ast.expr) -> Slope:
    sign, value = slope
    if value is None:
        return sign, factor
    return sign, ast.BinOp(value, ast.Mult(), factor)


def _sum(left: Slope | None, right: Slope | None) -> Slope | None:
    if left is None:
        return right
    if right is None:
        return left
    sign, value = right
    operator = ast.Add() if sign > 0 else ast.Sub()
    if value is None:
        value = ast.Constant(1.0)
    return 1, ast.BinOp(_printed(left), operator, value)


def _printed(slope: Slope | None) -> ast.expr:
    if slope is None:
        return ast.Constant(0.0)
    sign, value = slope
    if value is None:
        value = ast.Constant(1.0)
    return value if sign > 0 else ast.UnaryOp(ast.USub(), value)


def _needed(assignments: list[ast.stmt], result: ast.expr) -> list[str]:
    """The statements whose names the slope reads, at once or through others."""
    read = _names(result)
    needed: list[str] = []
    for statement in reversed(assignments):
        assert isinstance(statement, ast.Assign)
        if read & _names(statement.targets[0]):
            read |= _names(statement.value)
            needed.insert(0, ast.unparse(statement))
    return needed


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
