"""Sums over a group in the order of `brainkernel.model.group_sums`, shared out among threads."""

import numba

from brainkernel_numba.compile_options import INLINE, ONCE

__all__ = ["add_in_chunks", "mean_of_chunks", "total_of_chunks"]

CHUNK = 256


@numba.njit(**ONCE)
def add_in_chunks(summed, chunks, bounds, group, threads):
    """Add up this thread's share of the chunks of a group half by half, which overwrites them."""
    first, last = bounds[group, 0], bounds[group, 1]
    count = (last - first + CHUNK - 1) // CHUNK
    begin = count * threads.number // threads.count
    end = count * (threads.number + 1) // threads.count
    for chunk in range(begin, end):
        place = first + chunk * CHUNK
        size = min(CHUNK, last - place)
        while size > 1:
            half = (size + 1) // 2
            lower = summed[place : place + size - half]
            upper = summed[place + half : place + size]
            for i in range(lower.size):
                lower[i] += upper[i]
            size = half
        chunks[first + chunk] = summed[place]


@numba.njit(**INLINE)
def total_of_chunks(chunks, bounds, group):
    """Add up the sums of the chunks of a group, one after another."""
    first, last = bounds[group, 0], bounds[group, 1]
    total = chunks[first]
    for chunk in range(1, (last - first + CHUNK - 1) // CHUNK):
        total += chunks[first + chunk]
    return total


@numba.njit(**INLINE)
def mean_of_chunks(chunks, bounds, group):
    """Take the mean of a group from the sums of its chunks."""
    return total_of_chunks(chunks, bounds, group) / (bounds[group, 1] - bounds[group, 0])
