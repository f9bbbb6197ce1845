"""What a step function may say, read before anything runs; a refusal shows the line and the portable spelling."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from brainkernel.errors import PortabilityError

if TYPE_CHECKING:
    from brainkernel._step import Text

PORTABLE = frozenset(
    """
    abs absolute add arccos arcsin arctan arctan2 cbrt ceil clip cos cosh divide equal exp exp2 expm1 fabs
    float32 float64 floor fmax fmin fmod frexp full_like greater greater_equal heaviside hypot int32 int64
    isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or
    logical_xor maximum minimum mod multiply nan_to_num negative not_equal ones_like power reciprocal remainder
    rint round sign sin sinc sinh sqrt square subtract tan tanh true_divide trunc uint32 uint64 where zeros_like
    bool_ pi e inf nan
    """.split()
)

REFUSED: dict[type[ast.AST], str] = {
    ast.If: "`if` on data: write np.where(condition, value, other)",
    ast.IfExp: "`a if condition else b`: write np.where(condition, a, b)",
    ast.While: "`while`: a step function is straight-line code",
    ast.For: "`for`: a step function sees one element and is straight-line code",
    ast.BoolOp: "`and` / `or`: write np.logical_and(a, b), np.logical_or(a, b)",
    ast.Try: "`try`: a step function is straight-line code",
    ast.With: "`with`: a step function is straight-line code",
    ast.Lambda: "`lambda`: write a plain function outside the model and call it",
    ast.FunctionDef: "a function inside a function: write it outside the model and call it",
    ast.ListComp: "a comprehension: a step function sees one element",
    ast.GeneratorExp: "a generator: a step function sees one element",
    ast.Subscript: "an index: a step function sees one element; whole arrays need @step(..., on='group')",
    ast.Starred: "`*`: name every value",
    ast.Assert: "`assert`: check values before the run",
    ast.Raise: "`raise`: check values before the run",
    ast.Global: "`global`: a step function sees only its arguments",
    ast.Import: "`import`: import NumPy once, at the top of the file",
    ast.ImportFrom: "`import`: import NumPy once, at the top of the file",
    ast.Delete: "`del`: a step function is straight-line code",
    ast.JoinedStr: "text: a step function computes numbers",
    ast.List: "a list: a step function computes numbers",
    ast.Dict: "a dictionary: a step function computes numbers",
}
BUILTINS = {
    "min": "np.minimum(a, b)",
    "max": "np.maximum(a, b)",
    "float": "np.float64(x)",
    "int": "np.floor(x)",
    "bool": "x != 0",
    "round": "np.rint(x)",
    "sum": "a + b",
    "pow": "a**b",
    "len": "a parameter",
    "range": "straight-line code",
    "print": "a monitor",
}


def check_portable(
    tree: ast.FunctionDef,
    text: str,
    *,
    what: str,
    file: str,
    line: int,
    numpy_names: tuple[str, ...],
    callables: set[str],
    whole: bool,
) -> None:
    """Refuse what some backend cannot run.

    Raises
    ------
    PortabilityError
        With the file, the line, its text and the portable spelling.
    """
    lines = text.splitlines()

    def refuse(node: ast.AST, advice: str) -> None:
        number = getattr(node, "lineno", tree.lineno)
        raise PortabilityError(
            f"{what} is not portable: {advice}\n  {file}:{line + number - tree.lineno}\n    {lines[number - 1].strip()}"
        )

    nodes = [node for statement in tree.body for node in ast.walk(statement)]
    for node in nodes:  # first, since np.random.rand is an attribute of an attribute too
        if advice := _numpy_advice(node, numpy_names, whole):
            refuse(node, advice)
    for node in () if whole else nodes:
        if advice := _advice(node, numpy_names, callables):
            refuse(node, advice)
    if not any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(tree)):
        refuse(tree, "it returns nothing: return the new value")


def _numpy_advice(node: ast.AST, numpy_names: tuple[str, ...], whole: bool) -> str:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return ""
    owner, name = node.value.id, node.attr
    if owner in numpy_names and name == "random":
        return "np.random: declare a draw in the model, `u = bk.uniform()` or `xi = bk.normal()`, and name it"
    if owner in numpy_names and not whole and name not in PORTABLE:
        return f"{owner}.{name}: not in the portable subset of element-wise NumPy (see brainkernel.portable.PORTABLE)"
    if owner == "math":
        return f"math.{name}: write np.{name}"
    return ""


def _advice(node: ast.AST, numpy_names: tuple[str, ...], callables: set[str]) -> str:
    refused = REFUSED.get(type(node))
    if refused:
        return refused
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "`not`: write np.logical_not(a)"
    if isinstance(node, ast.Compare):
        return _compare_advice(node)
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in numpy_names):
        return "an attribute of an object: a step function sees only the numbers it names"
    if isinstance(node, ast.Call):
        return _call_advice(node, callables)
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        called = _call_advice(node.value, callables) if isinstance(node.value, ast.Call) else ""
        return called or "a statement without effect: assign or return its value"
    return ""


def _compare_advice(node: ast.Compare) -> str:
    if len(node.ops) > 1:
        return "a chained comparison: write (a < b) & (b < c)"
    if isinstance(node.ops[0], (ast.Is, ast.IsNot, ast.In, ast.NotIn)):
        return "`is` / `in`: compare numbers with == or <"
    return ""


def _call_advice(node: ast.Call, callables: set[str]) -> str:
    if node.keywords:
        return "an argument by keyword: give it by position"
    if isinstance(node.func, ast.Attribute):
        return ""
    name = getattr(node.func, "id", "")
    if name in callables or name == "abs":
        return ""
    return f"{name}(...): write {BUILTINS.get(name, 'a plain function of numbers')}"


TRUTHS = frozenset(
    """
    equal not_equal less less_equal greater greater_equal isfinite isinf isnan
    logical_and logical_not logical_or logical_xor bool_
    """.split()
)
SAME_KIND = frozenset("abs absolute fmax fmin maximum minimum multiply where".split())  # truth values of truth values
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
            f"{what} is not portable: {sign} of truth values, which is 2 or an `or` by backend: make numbers of "
            f"comparisons, 1.0 * (a > b) or np.where(a > b, 1.0, 0.0)\n"
            f"  {text.file}:{text.line + node.lineno - 1}\n    {text.text.splitlines()[node.lineno - 1].strip()}"
        )


class _Truths:
    """Follows truth values through the statements of one function, and through its helpers."""

    def __init__(self, text: Text, arguments: set[str]) -> None:
        self.helpers = dict(text.helpers)
        self.known = arguments | {name for name, value in text.constants if isinstance(value, bool)}
        self.products: set[str] = set()  # truth values for NumPy, whole numbers for compiled code
        self.found: tuple[ast.expr, str] | None = None
        self.returns: list[bool] = []
        tree = ast.parse(text.text).body[0]
        assert isinstance(tree, ast.FunctionDef)
        for statement in tree.body:
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
            kinds = [(self.is_truth(v), self._is_product(v)) for v in value.elts]  # of old values, as Python does
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
        return isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and self._call_gives_truth(node))

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
            helper, {n for n, value in zip(helper.arguments, node.args, strict=False) if self.is_truth(value)}
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
            return f"{ast.unparse(node.func)}" if name in ARITHMETIC and all(map(self.is_truth, node.args)) else ""
        return ""


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
