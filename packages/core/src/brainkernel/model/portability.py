"""What a step function may say, read before anything runs.

A refusal shows the line and the portable spelling.
"""

from __future__ import annotations

import ast

from brainkernel.errors import PortabilityError

PORTABLE = frozenset(
    """
    abs absolute add arccos arcsin arctan arctan2 cbrt ceil clip cos cosh divide equal exp exp2
    expm1 fabs float32 float64 floor fmax fmin fmod frexp full_like greater greater_equal heaviside
    hypot int32 int64 isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp
    logical_and logical_not logical_or logical_xor maximum minimum mod multiply nan_to_num negative
    not_equal ones_like power reciprocal remainder rint round sign sin sinc sinh sqrt square
    subtract tan tanh true_divide trunc uint32 uint64 where zeros_like bool_ pi e inf nan
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
    ast.Subscript: (
        "an index: a step function sees one element; whole arrays need @step(..., on='group')"
    ),
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
            f"{what} is not portable: {advice}\n  {file}:{line + number - tree.lineno}\n    "
            f"{lines[number - 1].strip()}"
        )

    nodes: list[ast.AST] = []
    for statement in tree.body:
        nodes += ast.walk(statement)
    for node in nodes:  # first, since np.random.rand is an attribute of an attribute too
        if advice := _numpy_advice(node, numpy_names, whole):
            refuse(node, advice)
    for node in () if whole else nodes:
        if advice := _advice(node, numpy_names, callables):
            refuse(node, advice)
    if not any(isinstance(node, ast.Return) and node.value is not None for node in nodes):
        refuse(tree, "it returns nothing: return the new value")


def _numpy_advice(node: ast.AST, numpy_names: tuple[str, ...], whole: bool) -> str:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return ""
    owner, name = node.value.id, node.attr
    if owner in numpy_names and name == "random":
        return (
            "np.random: declare a draw in the model, "
            "`u = bk.uniform()` or `xi = bk.normal()`, and name it"
        )
    if owner in numpy_names and not whole and name not in PORTABLE:
        portable = "brainkernel.model.portability.PORTABLE"
        return f"{owner}.{name}: not in the portable subset of element-wise NumPy (see {portable})"
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
    if isinstance(node, ast.Attribute) and not (
        isinstance(node.value, ast.Name) and node.value.id in numpy_names
    ):
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
