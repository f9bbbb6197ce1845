"""Random words for whole arrays on the host: Threefry in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Key = tuple[int, int]

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def element_words(key: Key, first: int, count: int) -> tuple[Words, Words]:
    """Return the words of the elements from `first` on.

    Element i has counter (i modulo 2**32, i // 2**32): its words are those of `threefry_2x32(*key,
    i, 0)` for i < 2**32.
    """
    return words_of(key, np.arange(first, first + count, dtype=np.uint64))


def words_of(key: Key, elements: NDArray[np.uint64]) -> tuple[Words, Words]:
    """Return the words of some elements, which are those of `element_words`."""
    x0 = elements.astype(np.uint32)
    x1 = (elements >> np.uint64(32)).astype(np.uint32)
    encrypt(key, x0, x1)
    return x0, x1


def encrypt(key: Key, x0: Words, x1: Words) -> None:
    """Turn counters into random words in place.

    These are the same 20 rounds as those of `distributions.threefry_2x32`.
    """
    key_0, key_1 = key
    key_2 = key_0 ^ key_1 ^ 0x1BD11BDA
    keys = (key_0, key_1, key_2)
    spare = np.empty_like(x0)
    _inject(x0, x1, key_0, key_1)
    for block in range(5):
        for rotation in ROTATIONS[block % 2]:
            _mix(x0, x1, spare, rotation)
        first = keys[(block + 1) % 3]
        second = keys[(block + 2) % 3]
        _inject(x0, x1, first, second + block + 1)


def _inject(x0: Words, x1: Words, word_0: int, word_1: int) -> None:
    np.add(x0, np.uint32(word_0), out=x0)
    np.add(x1, np.uint32(word_1 % 2**32), out=x1)


def _mix(x0: Words, x1: Words, spare: Words, rotation: int) -> None:
    np.add(x0, x1, out=x0)
    np.right_shift(x1, np.uint32(32 - rotation), out=spare)
    np.left_shift(x1, np.uint32(rotation), out=x1)
    np.bitwise_or(x1, spare, out=x1)
    np.bitwise_xor(x1, x0, out=x1)
