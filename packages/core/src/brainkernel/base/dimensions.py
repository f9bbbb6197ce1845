"""Dimension and scale of units, read from their text without a library: ``nS*mV`` is ``pA``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

Powers = tuple[Fraction, ...]
BASE = ("m", "g", "s", "A", "K", "mol")


@dataclass(frozen=True)
class Dimension:
    """A unit as a power of ten times powers of `BASE`; exact, so that two units can be compared.

    Attributes
    ----------
    tens : Fraction
        The exponent of ten.
    powers : tuple of Fraction
        The exponents of the base units.
    """

    tens: Fraction = Fraction(0)
    powers: Powers = (Fraction(0),) * len(BASE)

    def __mul__(self, factor: Dimension) -> Dimension:
        return Dimension(
            self.tens + factor.tens,
            tuple(a + b for a, b in zip(self.powers, factor.powers, strict=True)),
        )

    def __truediv__(self, divisor: Dimension) -> Dimension:
        return self * divisor ** Fraction(-1)

    def __pow__(self, exponent: Fraction) -> Dimension:
        return Dimension(self.tens * exponent, tuple(power * exponent for power in self.powers))

    def __str__(self) -> str:
        usual = (name for name in USUAL if dimension_of(name) == self)
        return next(usual, None) or self._in_base_units()

    def _in_base_units(self) -> str:
        factors = [f"10**{self.tens}"] if self.tens else []
        factors += [
            f"{name}**{power}" for name, power in zip(BASE, self.powers, strict=True) if power
        ]
        return "*".join(factors)


NUMBER = Dimension()


def _made_of(tens: int, *powers: int) -> Dimension:
    return Dimension(Fraction(tens), tuple(Fraction(power) for power in powers))


# exponents of ten, m, g, s, A, K and mol
_VOLT, _AMPERE, _SECOND, _METRE = (
    _made_of(3, 2, 1, -3, -1, 0, 0),
    _made_of(0, 0, 0, 0, 1, 0, 0),
    _made_of(0, 0, 0, 1, 0, 0, 0),
    _made_of(0, 1, 0, 0, 0, 0, 0),
)
_GRAM, _KELVIN, _MOLE = (
    _made_of(0, 0, 1, 0, 0, 0, 0),
    _made_of(0, 0, 0, 0, 0, 1, 0),
    _made_of(0, 0, 0, 0, 0, 0, 1),
)
_LITRE = _made_of(-3, 3, 0, 0, 0, 0, 0)
UNITS = {
    ("m", "meter", "metre"): _METRE,
    ("g", "gram"): _GRAM,
    ("s", "second"): _SECOND,
    ("A", "ampere"): _AMPERE,
    ("K", "kelvin"): _KELVIN,
    ("mol", "mole"): _MOLE,
    ("V", "volt"): _VOLT,
    ("C", "coulomb"): _AMPERE * _SECOND,
    ("F", "farad"): _AMPERE * _SECOND / _VOLT,
    ("S", "siemens"): _AMPERE / _VOLT,
    ("ohm", "Ω"): _VOLT / _AMPERE,
    ("Hz", "hertz"): NUMBER / _SECOND,
    ("J", "joule"): _VOLT * _AMPERE * _SECOND,
    ("W", "watt"): _VOLT * _AMPERE,
    ("l", "L", "liter", "litre"): _LITRE,
    ("M", "molar"): _MOLE / _LITRE,
    ("dimensionless",): NUMBER,
}
PREFIXES = {
    **{
        "T": 12,
        "G": 9,
        "M": 6,
        "k": 3,
        "d": -1,
        "c": -2,
        "m": -3,
        "u": -6,
        "µ": -6,
        "μ": -6,
        "n": -9,
        "p": -12,
        "f": -15,
    },
    **{"tera": 12, "giga": 9, "mega": 6, "kilo": 3, "deci": -1, "centi": -2},
    **{"milli": -3, "micro": -6, "nano": -9, "pico": -12, "femto": -15},
}
USUAL = """
    dimensionless mV V uV ms s 1/ms Hz kHz pA nA uA mA A nS uS mS S pS pF nF uF F Mohm ohm kohm Gohm
    mV/ms V/s pA/ms nA/ms uA/cm**2 mA/cm**2 pA/um**2 mS/cm**2 S/cm**2 uF/cm**2 mM uM nM um mm cm
    pC nC mV*ms mV/ms**0.5
    mV**2
""".split()


@cache  # of pure functions of a text
def dimension_of(unit: str) -> Dimension | None:
    """Read a unit; None where a name is not in the table, and nothing can be said of it."""
    if unit == "":
        return NUMBER
    try:
        return _read(ast.parse(unit, mode="eval").body)
    except (SyntaxError, KeyError, TypeError):
        return None


def _read(node: ast.expr) -> Dimension:
    match node:
        case ast.BinOp(left, ast.Pow(), right):
            return _read(left) ** _exponent(right)
        case ast.BinOp(left, ast.Mult(), right):
            return _read(left) * _read(right)
        case ast.BinOp(left, ast.Div(), right):
            return _read(left) / _read(right)
        case ast.Constant(1):
            return NUMBER
        case ast.Name(name):
            return _SYMBOLS[name]
    raise KeyError


def _exponent(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value):
            return Fraction(str(value))
        case ast.UnaryOp(ast.USub(), operand):
            return -_exponent(operand)
        case ast.BinOp(left, ast.Div(), right):
            return _exponent(left) / _exponent(right)
    raise KeyError


def _symbols() -> dict[str, Dimension]:
    """Combine names and prefixes: words with words, as millivolt, letters with letters, as mV."""
    plain = {}
    for names, unit in UNITS.items():
        if unit is not NUMBER:
            plain.update(dict.fromkeys(names, unit))
    symbols = {}
    for prefix, tens in PREFIXES.items():
        for name, unit in plain.items():
            prefix_is_word = len(prefix) > 2
            name_is_word = len(name) > 3
            if prefix_is_word == name_is_word:
                symbols[prefix + name] = Dimension(unit.tens + tens, unit.powers)
    return {**symbols, **plain, "dimensionless": NUMBER}


_SYMBOLS = _symbols()
