"""The scalar loops of `brainkernel.random.Kernels`, written word for word into a file for Numba.

Their reference, and what each is for, is `brainkernel.random.sampling_kernels`.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from brainkernel.backend import random
from brainkernel_numba.namespace import np

box_muller, threefry_2x32, unit_float = random.box_muller, random.threefry_2x32, random.unit_float
gap, multiply_shift = random.gap, random.multiply_shift


def element_words(key_0, key_1, element):
    """Return the words of an element by its number."""
    return threefry_2x32(key_0, key_1, np.uint32(element), np.uint32(element >> 32))


def uniform(key_0, key_1, first, out):
    """Fill with numbers from [0, 1)."""
    for i in range(out.size):
        x0, x1 = element_words(key_0, key_1, first + i)
        out[i] = unit_float(x0, x1)


def normal(key_0, key_1, first, out):
    """Fill with standard normal numbers."""
    for i in range(out.size):
        x0, x1 = element_words(key_0, key_1, first + i)
        out[i] = box_muller(x0, x1)


def bits(key_0, key_1, first, out):
    """Fill with 64 random bits each."""
    for i in range(out.size):
        x0, x1 = element_words(key_0, key_1, first + i)
        out[i] = (np.uint64(x0) << np.uint64(32)) | np.uint64(x1)


def integers(key_0, key_1, first, count, out):
    """Fill with integers from [0, count)."""
    for i in range(out.size):
        x0, x1 = element_words(key_0, key_1, first + i)
        out[i] = multiply_shift(x0, x1, count)


def draw_gaps(key_0, key_1, row, first, rate, size, gaps):
    """Fill with the gaps of a row from the first-th on."""
    for i in range(gaps.size):
        x0, x1 = threefry_2x32(key_0, key_1, np.uint32(first + i), np.uint32(row))
        gaps[i] = gap(x0, x1, rate, size)


def walk_rows(key_0, key_1, first, size, rate, excluded, counts, gaps, out):
    """Walk along rows, and return how many cells were met.

    Where that is more than `out` holds, it does not have them all.
    """
    met = 0
    for row in range(counts.size):
        begin, cell, drawn = met, -1, 0
        while cell < size:
            draw_gaps(key_0, key_1, first + row, drawn, rate, size, gaps)
            drawn += gaps.size
            for step in gaps:
                cell += step
                if cell >= size:
                    break
                if cell != excluded[row]:
                    if met < out.size:
                        out[met] = cell
                    met += 1
        counts[row] = met - begin
    return met


def draw_row(key_0, key_1, row, pool, excluded, out):
    """Fill a row with numbers from [0, pool), those from `excluded` on raised by one."""
    for i in range(out.size):
        x0, x1 = threefry_2x32(key_0, key_1, np.uint32(i), np.uint32(row))
        number = multiply_shift(x0, x1, pool)
        out[i] = number + np.where(number >= excluded, 1, 0)


def draw_rows(key_0, key_1, first, starts, pools, excluded, out):
    """Fill each row with its numbers."""
    for row in range(pools.size):
        own = out[starts[row] - starts[0] : starts[row + 1] - starts[0]]
        draw_row(key_0, key_1, first + row, pools[row], excluded[row], own)


def insertion_sort(numbers):
    """Sort a few numbers in place."""
    for i in range(1, numbers.size):
        number, place = numbers[i], i
        while place > 0 and numbers[place - 1] > number:
            numbers[place] = numbers[place - 1]
            place -= 1
        numbers[place] = number


def sort_by_byte(numbers, shift, places, out):
    """Sort by one byte, equal ones keeping their order."""
    places[:] = 0
    for number in numbers:
        places[((number >> shift) & 255) + 1] += 1
    for byte in range(256):
        places[byte + 1] += places[byte]
    for number in numbers:
        byte = (number >> shift) & 255
        out[places[byte]] = number
        places[byte] += 1


def sort_rows(starts, numbers, spare, places):
    """Sort the numbers of each row, in place."""
    for row in range(starts.size - 1):
        own = numbers[starts[row] - starts[0] : starts[row + 1] - starts[0]]
        if own.size <= 64:
            insertion_sort(own)
            continue
        most = own.max()
        for shift in range(0, 8 * own.itemsize, 16):
            if most >> shift:
                sort_by_byte(own, shift, places, spare)
                sort_by_byte(spare[: own.size], shift + 8, places, own)


def place_rows(first, starts, numbers, cursor, out):
    """Write each row's own number to the next place of each number in it."""
    for row in range(starts.size - 1):
        for i in range(starts[row] - starts[0], starts[row + 1] - starts[0]):
            number = numbers[i]
            out[cursor[number]] = first + row
            cursor[number] += 1


def deal_rows(starts, turns, free, values, out):
    """Write each value to the next place of its row and turn."""
    for row in range(starts.size - 1):
        for i in range(starts[row] - starts[0], starts[row + 1] - starts[0]):
            turn = turns[i]
            out[free[row, turn]] = values[i]
            free[row, turn] += 1


INLINED = (element_words, draw_gaps, draw_row, insertion_sort, sort_by_byte)
COMPILED = (uniform, normal, bits, integers, walk_rows, draw_rows, sort_rows, place_rows, deal_rows)
