"""The namespace that compiled programs import as `np`.

NumPy's element-wise functions, on scalars inside a loop.

Numba's own versions of them call libm (LLVM stops vectorising) or, as `where`, make an array. These
are short straight sequences of instructions, so that a loop over the user's functions, word for
word as written on arrays, uses the whole width of the processor. Types and special values (nan,
infinities, signed zeros) are NumPy's; precision is that of the modules below. Where it differs:

- float16, which NumPy makes of bool and small integers, is float64 here.
- A literal such as 0.0 is a float64, and with a float32 gives a float64, as everywhere in Numba.
- `power` is the `**` of Numba, and calls libm: correct to the last bit or so, but each lane on its
  own. Whole-number constants (`m**3`) are multiplied out and vectorise.
- `mod` and `fmod` are exact, and also go lane by lane.
- `sin`, `cos` and `tan` are nan beyond 2**40.
"""

# ruff: isort: skip_file
from __future__ import annotations

from numpy import bool_, e, float32, float64, inf, int32, int64, nan, pi, power, uint32, uint64

from brainkernel_numba.arithmetic import (
    absolute, add, ceil, divide, fabs, floor, fmod, frexp, mod, multiply, negative, reciprocal,
    rint, round, square, subtract, trunc,
)  # fmt: skip
from brainkernel_numba.choices import (
    clip, equal, fmax, fmin, full_like, greater, greater_equal, heaviside, isfinite, isinf, isnan,
    less, less_equal, logical_and, logical_not, logical_or, logical_xor, maximum, minimum,
    nan_to_num, not_equal, ones_like, sign, where, zeros_like,
)  # fmt: skip
from brainkernel_numba.elementary import (
    cbrt, cosh, exp, exp2, expm1, hypot, log, log1p, log2, log10, logaddexp, sinh, sqrt, tanh,
)  # fmt: skip
from brainkernel_numba.compile_options import DISTINCT as DISTINCT
from brainkernel_numba.compile_options import INLINE as INLINE
from brainkernel_numba.compile_options import LOOP as LOOP
from brainkernel_numba.trigonometry import arccos, arcsin, arctan, arctan2, cos, sin, sinc, tan

abs = absolute
# of one element: printed loops go on while it holds. It is no function of an array's elements.
any = bool_
remainder = mod
true_divide = divide

__all__ = [
    "abs", "absolute", "add", "arccos", "arcsin", "arctan", "arctan2", "bool_", "cbrt", "ceil",
    "clip", "cos", "cosh", "divide", "e", "equal", "exp", "exp2", "expm1", "fabs", "float32",
    "float64", "floor", "fmax", "fmin", "fmod", "frexp", "full_like", "greater", "greater_equal",
    "heaviside", "hypot", "inf", "int32", "int64", "isfinite", "isinf", "isnan", "less",
    "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "minimum", "mod", "multiply", "nan", "nan_to_num",
    "negative", "not_equal", "ones_like", "pi", "power", "reciprocal", "remainder", "rint", "round",
    "sign", "sin", "sinc", "sinh", "sqrt", "square", "subtract", "tan", "tanh", "true_divide",
    "trunc", "uint32", "uint64", "where", "zeros_like",
]  # fmt: skip
