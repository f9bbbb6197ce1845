"""Describes values that users give in JSON: short ones as they are, long ones by a digest."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORT = 16  # numbers: up to here an array is given by its values
SHORT_TEXT = 1000  # characters: up to here a function is given by its text
AT_ONCE = 1 << 20  # numbers that are hashed at a time


def described(value: Any) -> Any:
    """Describe a value.

    A number is itself. An array is a list where it is short, else its shape with its number where
    all are equal, or with the SHA-256 of its numbers as 64-bit floats, little-endian, in row order.
    A function is its text with the SHA-256 of it, and the numbers that it takes from outside.
    Anything else is its class with its fields.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return {"value": described(value.magnitude), "unit": str(value.units)}
    numbers = _numbers(value)
    if numbers is not None:
        return _described_array(numbers)
    if isinstance(value, FunctionType):
        return _described_function(value)
    if isinstance(value, Mapping):
        return {str(key): described(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [described(item) for item in value]
    return _described_object(value)


def digest_of_pieces(stretches: Iterable[NDArray[Any]]) -> str:
    """The SHA-256 of arrays that follow one another, as 64-bit floats."""
    digest = hashlib.sha256()
    for stretch in stretches:
        digest.update(np.ascontiguousarray(stretch, dtype="<f8").data)
    return digest.hexdigest()


def _numbers(value: Any) -> NDArray[Any] | None:
    if isinstance(value, (int, float, np.generic)):
        return np.asarray(value)
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "fiub" else None


def _described_array(array: NDArray[Any]) -> Any:
    if array.size <= SHORT:
        return _finite(array.tolist())
    flat = array.reshape(-1)
    if np.all(flat == flat[0]):
        return {"shape": list(array.shape), "all": _finite(flat[0].item())}
    stretches = (flat[first : first + AT_ONCE] for first in range(0, flat.size, AT_ONCE))
    return {"shape": list(array.shape), "sha256": digest_of_pieces(stretches)}


def _finite(value: Any) -> Any:
    """JSON has no infinity and no NaN: they are written as words."""
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)


def _described_function(function: FunctionType) -> dict[str, Any]:
    code = function.__code__
    text = _text(code)
    captured: dict[str, Any] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if _is_filled(cell):
            captured[name] = cell.cell_contents
    for name in code.co_names:
        value = function.__globals__.get(name)
        if _numbers(value) is not None:
            captured[name] = value
    description: dict[str, Any] = {
        "function": function.__name__,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    if len(text) <= SHORT_TEXT:
        description["text"] = text
    numbers = {}
    for name, value in captured.items():
        if _numbers(value) is not None:
            numbers[name] = described(value)
    if numbers:
        description["captured"] = numbers
    if function.__defaults__:
        description["defaults"] = described(list(function.__defaults__))
    return description


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - a name that is assigned to later has an empty cell
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def _text(code: CodeType) -> str:
    """The text of a function, or its byte code where there is none."""
    try:
        return inspect.getsource(code).strip()
    except (OSError, TypeError):
        return f"{code.co_code.hex()} {code.co_consts!r} {code.co_names!r}"


def _described_object(value: Any) -> Any:
    description = {"kind": f"{type(value).__module__}.{type(value).__qualname__}"}
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            description[field.name] = described(getattr(value, field.name))
    elif callable(value) and hasattr(value, "__name__"):
        description["name"] = f"{getattr(value, '__module__', '')}.{value.__name__}"
    else:
        for name, attribute in getattr(value, "__dict__", {}).items():
            if _is_plain(attribute):
                description[name.lstrip("_")] = described(attribute)
    return description


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, (bool, str, FunctionType)):
        return True
    return _numbers(value) is not None
