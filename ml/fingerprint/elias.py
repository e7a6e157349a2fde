"""Compiled codec of one block: ascending keys in the code of Elias and Fano (see `blocks`), read from any place on."""

import numpy as np
from numba import njit

from ml.fingerprint.bits import get_bits, leading, load64, lowest, ones, put_bits

ZEROS_A_SAMPLE = 512


@njit(cache=True, inline="always")
def low_width(universe, count):  # type: ignore[no-untyped-def]
    """Bits of a key that are stored as they are."""
    return max(63 - np.int64(leading(np.uint64(universe // count))), 0)


@njit(cache=True, inline="always")
def open_block(data, at, universe):  # type: ignore[no-untyped-def]
    """Count, width of the lower bits, bytes where samples, lower and upper bits begin, and where the block ends."""
    count = np.int64(data[at] & 127)
    shift = 7
    while data[at] >= 128 and shift < 42:
        at += 1
        count |= np.int64(data[at] & 127) << shift
        shift += 7
    at += 1
    if count == 0:
        return count, 0, at, at, at, at
    width = low_width(universe, count)
    highest = (universe - 1) >> width
    low = at + 4 * (highest // ZEROS_A_SAMPLE)
    upper = low + ((count * width + 7) >> 3)
    return count, width, at, low, upper, upper + ((count + highest + 8) >> 3)


@njit(cache=True, inline="always")
def seek_zeros(data, upper, samples, zeros):  # type: ignore[no-untyped-def]
    """The bit just after so many zeros of the upper bits."""
    bit, left = np.int64(0), zeros
    if zeros >= ZEROS_A_SAMPLE:
        sample = zeros // ZEROS_A_SAMPLE
        bit = np.int64(load64(data, samples + 4 * (sample - 1)) & np.uint64(0xFFFFFFFF))
        left = zeros - sample * ZEROS_A_SAMPLE
    return skip_zeros(data, upper, bit, left)


@njit(cache=True, inline="always")
def skip_zeros(data, upper, bit, left):  # type: ignore[no-untyped-def]
    """The bit just after `left` more zeros, from `bit` on."""
    while left > 0:
        shift = bit & 7
        word = ~(load64(data, upper + (bit >> 3)) >> np.uint64(shift))
        room = 64 - shift
        if room < 64:
            word &= (np.uint64(1) << np.uint64(room)) - np.uint64(1)
        found = np.int64(ones(word))
        if found < left:
            left -= found
            bit += room
            continue
        for _ in range(left - 1):
            word &= word - np.uint64(1)
        return bit + np.int64(lowest(word)) + 1
    return bit


@njit(cache=True, inline="always")
def next_one(data, upper, bit):  # type: ignore[no-untyped-def]
    """The place of the first one at `bit` or after it; there has to be one."""
    shift = bit & 7
    word = load64(data, upper + (bit >> 3)) >> np.uint64(shift)
    bit_of = bit
    while word == 0:
        bit_of += 64 - shift
        shift = bit_of & 7
        word = load64(data, upper + (bit_of >> 3)) >> np.uint64(shift)
    return bit_of + np.int64(lowest(word))


@njit(cache=True, inline="always")
def seek(data, block, key):  # type: ignore[no-untyped-def]
    """Rank of the first key that is not below `key`, and the bit of the upper part where to go on reading."""
    width, samples, upper = block[1], block[2], block[4]
    high = key >> width
    bit = seek_zeros(data, upper, samples, high)
    rank = bit - high
    return _first_from(data, block, key, rank, bit)


@njit(cache=True, inline="always")
def seek_on(data, block, key, rank, bit):  # type: ignore[no-untyped-def]
    """As `seek` for a key that lies not far behind (rank, bit)."""
    width, upper = block[1], block[4]
    high = key >> width
    passed = bit - rank
    if high > passed:
        bit = skip_zeros(data, upper, bit, high - passed)
        rank = bit - high
    return _first_from(data, block, key, rank, bit)


@njit(cache=True, inline="always")
def _first_from(data, block, key, rank, bit):  # type: ignore[no-untyped-def]
    """The first key from (rank, bit) on, among those of one upper part, that is not below `key`."""
    count, width, _, low, upper, _ = block
    rest = key & ((np.int64(1) << width) - 1)
    while rank < count and (data[upper + (bit >> 3)] >> (bit & 7)) & 1:
        if get_bits_at(data, low, rank, width) >= rest:
            break
        rank += 1
        bit += 1
    return rank, bit


@njit(cache=True, inline="always")
def get_bits_at(data, low, rank, width):  # type: ignore[no-untyped-def]
    """The lower bits of the key with this rank."""
    return get_bits(data, 8 * low + rank * width, width)


@njit(cache=True)
def read_keys(data, block, keys):  # type: ignore[no-untyped-def]
    """All keys of a block, ascending, into `keys`."""
    count, width, _, low, upper, _ = block
    bit = np.int64(0)
    for rank in range(count):
        bit = next_one(data, upper, bit)
        keys[rank] = ((bit - rank) << width) | get_bits_at(data, low, rank, width)
        bit += 1


@njit(cache=True)
def write_block(keys, count, universe, out, at):  # type: ignore[no-untyped-def]
    """Append a block of ascending keys to `out`, which is zero from `at` on; returns where it ends."""
    rest = count
    while rest >= 128:
        out[at] = (rest & 127) | 128
        rest >>= 7
        at += 1
    out[at] = rest
    at += 1
    width = low_width(universe, count)
    mask = (np.int64(1) << width) - 1
    highest = (universe - 1) >> width
    samples = highest // ZEROS_A_SAMPLE
    low = at + 4 * samples
    upper = low + ((count * width + 7) >> 3)
    rank = 0
    for sample in range(1, samples + 1):
        # The bit just after that many zeros: all keys below it in the upper bits come before.
        while rank < count and (keys[rank] >> width) < sample * ZEROS_A_SAMPLE:
            rank += 1
        put_bits(out, 8 * (at + 4 * (sample - 1)), 32, sample * ZEROS_A_SAMPLE + rank)
    for i in range(count):
        put_bits(out, 8 * low + i * width, width, keys[i] & mask)
        bit = (keys[i] >> width) + i
        out[upper + (bit >> 3)] |= np.uint8(1 << (bit & 7))
    return upper + ((count + highest + 8) >> 3)
