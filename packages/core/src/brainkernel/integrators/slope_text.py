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
    head = f"def {label}({', '.join(source.arguments)}):"
    summary = f'    """d {source.name} / d {argument}."""'
    text = "\n".join([head, summary, *(f"    {line}" for line in lines)])
    return replace(source, name=label, text=text, file="<integrator>", line=1)


class _Reader:
    """Goes through the statements of a function, and notes the slope of each name."""

    def __init__(self, source: Text, argument: str) -> None:
        self.numpy = set(source.numpy_names)
        self.given = set(source.arguments)
        self.slopes: dict[str, Slope] = {argument: (1, None)}

    def lines(self, body: list[ast.stmt]) -> list[str]:
        """The lines of the slope.

        The function's own statements as far as it needs them, and what it returns.
        """
        statements = [each for each in body if not isinstance(each, ast.Expr)]
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
        target, names = statement.targets[0], _names(statement.targets[0])
        if names & self.given:  # a name of two values would mean the later one in the printed slope
            raise Unread
        self.given |= names
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
            return _signed(self.of(node.operand), -1 if isinstance(node.op, ast.USub) else 1)
        if isinstance(node, ast.BinOp):
            return self._of_operation(node)
        if isinstance(node, ast.Call) and self._is_where(node):
            return self._of_where(node)
        raise Unread

    def _of_operation(self, node: ast.BinOp) -> Slope | None:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, ast.Add):
            return _sum(left, right)
        if isinstance(node.op, ast.Sub):
            return _sum(left, _signed(right, -1))
        if isinstance(node.op, ast.Mult) and (left is None or right is None):
            slope, other = (left, node.right) if right is None else (right, node.left)
            assert slope is not None
            return slope[0], other if slope[1] is None else ast.BinOp(slope[1], ast.Mult(), other)
        if isinstance(node.op, ast.Div) and left is not None and right is None:
            over = ast.Constant(1.0) if left[1] is None else left[1]
            return left[0], ast.BinOp(over, ast.Div(), node.right)
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
        condition, yes, no = node.args
        if self._depends(condition):
            raise Unread
        return 1, ast.Call(
            node.func, [condition, _printed(self.of(yes)), _printed(self.of(no))], []
        )

    def _depends(self, node: ast.AST) -> bool:
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return bool(names & set(self.slopes))


def _signed(slope: Slope | None, sign: int) -> Slope | None:
    return None if slope is None else (sign * slope[0], slope[1])


def _sum(left: Slope | None, right: Slope | None) -> Slope | None:
    if left is None or right is None:
        return right if left is None else left
    value = ast.Constant(1.0) if right[1] is None else right[1]
    return 1, ast.BinOp(_printed(left), ast.Add() if right[0] > 0 else ast.Sub(), value)


def _printed(slope: Slope | None) -> ast.expr:
    if slope is None:
        return ast.Constant(0.0)
    sign, value = slope
    value = ast.Constant(1.0) if value is None else value
    return value if sign > 0 else ast.UnaryOp(ast.USub(), value)


def _needed(assignments: list[ast.stmt], result: ast.expr) -> list[str]:
    """The statements whose names the slope reads, at once or through others."""
    wanted = _names(result)
    kept: list[str] = []
    for statement in reversed(assignments):
        assert isinstance(statement, ast.Assign)
        if wanted & _names(statement.targets[0]):
            wanted |= _names(statement.value)
            kept.insert(0, ast.unparse(statement))
    return kept


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
