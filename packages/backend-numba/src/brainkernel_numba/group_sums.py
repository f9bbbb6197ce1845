"""Sums over a group in the order of `brainkernel.model.group_sums`, shared out among threads."""

import numba

from brainkernel_numba.compile_options import ONCE

__all__ = ["add_in_chunks", "mean_of_chunks", "total_of_chunks"]

CHUNK = 256


@numba.njit(**ONCE)
def add_in_chunks(summed, chunks, threads):
    """Add up some chunks of values half by half, which overwrites them."""
    count = (summed.size + CHUNK - 1) // CHUNK
    for chunk in range(
        count * threads.number // threads.count, count * (threads.number + 1) // threads.count
    ):
        values = summed[chunk * CHUNK : (chunk + 1) * CHUNK]
        size = values.size
        while size > 1:
            half = (size + 1) // 2
            lower, upper = values[: size - half], values[half:size]
            for i in range(size - half):
                lower[i] += upper[i]
            size = half
        chunks[chunk] = values[0]


@numba.njit(**ONCE)
def total_of_chunks(chunks, size):
    """Add up the sums of the chunks of a group, one after another.

    The neurons of the last chunk that is not whole are added as one more.
    """
    total = chunks[0]
    for chunk in range(1, (size + CHUNK - 1) // CHUNK):
        total += chunks[chunk]
    return total


@numba.njit(**ONCE)
def mean_of_chunks(chunks, size):
    """Take the mean of a group from the sums of its chunks."""
    return total_of_chunks(chunks, size) / size
