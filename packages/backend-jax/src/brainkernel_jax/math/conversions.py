"""What Python itself asks of a number or an array."""

from __future__ import annotations

from typing import Any


class Conversions:
    """Hands Python's own questions on to the value that is read."""

    __slots__ = ()

    def _read(self) -> Any:
        raise NotImplementedError

    def __bool__(self) -> bool:
        return bool(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __index__(self) -> int:
        return int(self._read().__index__())

    def __float__(self) -> float:
        return float(self._read())

    def __complex__(self) -> complex:
        return complex(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __format__(self, spec: str) -> str:
        return format(self._read()[()], spec)
