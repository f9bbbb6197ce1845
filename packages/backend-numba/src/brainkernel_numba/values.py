"""The values that the functions of the scalar namespace are written on.

A `Value` is an LLVM value with its NumPy dtype; adding, multiplying and comparing Values appends
instructions to the function that is being compiled. So a formula reads like NumPy, costs no
compilation of its own, and holds no call or branch that could keep LLVM from vectorising the
caller's loop.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir

__all__ = ["Value", "bits", "copysign", "float64_from_bits", "fma", "frem", "select", "unary"]

Number: TypeAlias = "Value | float | int"

BOOL = np.dtype(np.bool_)
UINT64 = np.dtype(np.uint64)
FLOAT64 = np.dtype(np.float64)


def llvm_type(dtype: np.dtype[Any]) -> ir.Type:
    """Return the LLVM type of a scalar of `dtype` in a register."""
    if dtype.kind == "f":
        return ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
    return ir.IntType(1 if dtype == BOOL else 8 * dtype.itemsize)


class Value:
    """One scalar on its way through a formula.

    Python numbers take the dtype of the Value that they meet.
    """

    __slots__ = ("builder", "dtype", "llvm")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, builder: ir.IRBuilder, llvm: ir.Value, dtype: np.dtype[Any]) -> None:
        self.builder = builder
        self.llvm = llvm
        self.dtype = dtype

    def constant(self, number: float | int) -> Value:
        """Return `number` as a Value of this dtype."""
        return Value(
            self.builder,
            ir.Constant(llvm_type(self.dtype), self.dtype.type(number).item()),
            self.dtype,
        )

    def like(self, other: Number) -> Value:
        """Return `other` as a Value of this dtype; two Values must already agree."""
        if not isinstance(other, Value):
            return self.constant(other)
        if other.dtype != self.dtype:
            raise TypeError(
                f"a Value of {self.dtype} met one of {other.dtype}; cast one with astype"
            )
        return other

    @property
    def is_float(self) -> bool:
        """Whether this is a floating-point number."""
        return bool(self.dtype.kind == "f")

    def astype(self, dtype: np.dtype[Any]) -> Value:
        """Return the value as NumPy casts it: nan is true, floats are cut towards zero."""
        if dtype == self.dtype:
            return self
        if dtype == BOOL:
            return self != 0
        return Value(self.builder, self._cast(dtype), dtype)

    def _cast(self, dtype: np.dtype[Any]) -> ir.Value:
        build, target = self.builder, llvm_type(dtype)
        signed = self.dtype.kind == "i"
        if self.is_float and dtype.kind == "f":
            return (build.fpext if dtype.itemsize > self.dtype.itemsize else build.fptrunc)(
                self.llvm, target
            )
        if self.is_float:
            return (build.fptosi if dtype.kind == "i" else build.fptoui)(self.llvm, target)
        if dtype.kind == "f":
            return (build.sitofp if signed else build.uitofp)(self.llvm, target)
        if self.dtype != BOOL and dtype.itemsize <= self.dtype.itemsize:
            return (
                build.trunc(self.llvm, target)
                if dtype.itemsize < self.dtype.itemsize
                else self.llvm
            )
        return (build.sext if signed else build.zext)(self.llvm, target)

    def _binary(self, other: Number, for_floats: str, for_integers: str) -> Value:
        operation = getattr(self.builder, for_floats if self.is_float else for_integers)
        return Value(self.builder, operation(self.llvm, self.like(other).llvm), self.dtype)

    def _compare(self, sign: str, other: Number) -> Value:
        if self.is_float:  # only `!=` holds for nan
            compare = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
        else:
            compare = (
                self.builder.icmp_signed if self.dtype.kind == "i" else self.builder.icmp_unsigned
            )
        return Value(self.builder, compare(sign, self.llvm, self.like(other).llvm), BOOL)

    def __add__(self, other: Number) -> Value:
        return self._binary(other, "fadd", "or_" if self.dtype == BOOL else "add")

    def __sub__(self, other: Number) -> Value:
        return self._binary(other, "fsub", "sub")

    def __rsub__(self, other: float) -> Value:
        return self.constant(other) - self

    def __mul__(self, other: Number) -> Value:
        return self._binary(other, "fmul", "and_" if self.dtype == BOOL else "mul")

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Number) -> Value:
        return Value(self.builder, self.builder.fdiv(self.llvm, self.like(other).llvm), self.dtype)

    def __rtruediv__(self, other: float) -> Value:
        return self.constant(other) / self

    def __neg__(self) -> Value:
        return Value(
            self.builder,
            (self.builder.fneg if self.is_float else self.builder.neg)(self.llvm),
            self.dtype,
        )

    def __and__(self, other: Number) -> Value:
        return Value(self.builder, self.builder.and_(self.llvm, self.like(other).llvm), self.dtype)

    def __or__(self, other: Number) -> Value:
        return Value(self.builder, self.builder.or_(self.llvm, self.like(other).llvm), self.dtype)

    def __xor__(self, other: Number) -> Value:
        return Value(self.builder, self.builder.xor(self.llvm, self.like(other).llvm), self.dtype)

    def __invert__(self) -> Value:
        return Value(self.builder, self.builder.not_(self.llvm), self.dtype)

    def __lshift__(self, other: Number) -> Value:
        return Value(self.builder, self.builder.shl(self.llvm, self.like(other).llvm), self.dtype)

    def __rshift__(self, other: Number) -> Value:
        shift = self.builder.ashr if self.dtype.kind == "i" else self.builder.lshr
        return Value(self.builder, shift(self.llvm, self.like(other).llvm), self.dtype)

    def __lt__(self, other: Number) -> Value:
        return self._compare("<", other)

    def __le__(self, other: Number) -> Value:
        return self._compare("<=", other)

    def __gt__(self, other: Number) -> Value:
        return self._compare(">", other)

    def __ge__(self, other: Number) -> Value:
        return self._compare(">=", other)

    def __eq__(self, other: Number) -> Value:  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: Number) -> Value:  # type: ignore[override]
        return self._compare("!=", other)


def fma(a: Value, b: Number, c: Number) -> Value:
    """Return a * b + c, rounded once.

    One instruction; on a processor without it a slow call with the same result.
    """
    return Value(a.builder, a.builder.fma(a.llvm, a.like(b).llvm, a.like(c).llvm), a.dtype)


def select(condition: Value, x: Number, y: Number) -> Value:
    """Return x where the condition holds, else y.

    Both are computed: a branch would end vectorisation.
    """
    one = x if isinstance(x, Value) else y
    assert isinstance(one, Value), "one of the two must be a Value, to give the dtype"
    chosen = condition.builder.select(condition.llvm, one.like(x).llvm, one.like(y).llvm)
    return Value(condition.builder, chosen, one.dtype)


def unary(name: str, x: Value) -> Value:
    """Return LLVM's intrinsic `name` of x: sqrt, fabs, floor, ceil, trunc, rint."""
    function = x.builder.module.declare_intrinsic(f"llvm.{name}", [llvm_type(x.dtype)])
    return Value(x.builder, x.builder.call(function, [x.llvm]), x.dtype)


def copysign(x: Value, sign: Value) -> Value:
    """Return x with the sign bit of `sign`."""
    kind = llvm_type(x.dtype)
    function = x.builder.module.declare_intrinsic(
        "llvm.copysign", [kind], ir.FunctionType(kind, [kind, kind])
    )
    return Value(x.builder, x.builder.call(function, [x.llvm, x.like(sign).llvm]), x.dtype)


def frem(x: Value, y: Value) -> Value:
    """Return the exact remainder of x / y with the sign of x.

    It is libm's fmod, called lane by lane.
    """
    return Value(x.builder, x.builder.frem(x.llvm, x.like(y).llvm), x.dtype)


def bits(x: Value) -> Value:
    """Return the 64 bits of a float64 as uint64."""
    return Value(x.builder, x.builder.bitcast(x.llvm, llvm_type(UINT64)), UINT64)


def float64_from_bits(pattern: Value) -> Value:
    """Return the float64 with the bits of a uint64."""
    return Value(
        pattern.builder, pattern.builder.bitcast(pattern.llvm, llvm_type(FLOAT64)), FLOAT64
    )
