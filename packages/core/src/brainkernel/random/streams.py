"""Which key belongs to which stream, and which counter to which step."""

from __future__ import annotations

import hashlib

from brainkernel.errors import ValueShapeError


def stream_key(seed: int, name: str) -> tuple[int, int]:
    """Return the key of a stream: two 32-bit words, a pure function of seed and name.

    Both words come from SHA-256, so that two of a network's streams share a key with probability
    2**-64, not 2**-32.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64.
    name : str
        Full name of the stream, for instance of the object and of the noise in it.

    Raises
    ------
    ValueShapeError
        If the seed is no integer or out of range.
    """
    return key_for(seed, name, epoch=0)


def key_for(seed: int, name: str, epoch: int) -> tuple[int, int]:
    """Return the key of a stream in an epoch, from step `epoch * 2**32` on (see `step_words`)."""
    message = _eight_bytes("seed", seed) + _eight_bytes("epoch", epoch) + name.encode()
    digest = hashlib.sha256(message).digest()
    first = int.from_bytes(digest[:4], "little")
    second = int.from_bytes(digest[4:8], "little")
    return first, second


def step_words(step: int) -> tuple[int, int]:
    """Split a step into `(epoch, counter_1)`: `key_for` takes the epoch, the counter is a uint32.

    So numbers stay unique beyond 2**32 steps though a counter word has 32 bits.
    """
    if step < 0:
        raise ValueShapeError(f"step is {step}, but steps count from 0")
    return divmod(step, 2**32)


def _eight_bytes(label: str, number: int) -> bytes:
    try:
        return number.__index__().to_bytes(8, "little")
    except (AttributeError, OverflowError):
        message = f"{label} is {number!r}, but must be an integer with 0 <= {label} < 2**64"
        raise ValueShapeError(message) from None
