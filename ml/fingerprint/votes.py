"""Compiled kernel of the search: warped landmarks of a query's window vote for places on a part's axis."""

import numpy as np
from numba import njit

from ml.fingerprint.bits import load64, lowest, prefetch
from ml.fingerprint.blocks import BUCKET_BITS, GAP_CELLS
from ml.fingerprint.elias import get_bits_at, seek, seek_on
from ml.fingerprint.extract import NO_THIRD, check_of, pair_hash
from ml.fingerprint.grid import CELL_FRAMES, CHECK_BITS, MAX_PAIR_FRAMES, MIN_PAIR_FRAMES

_UNIT_BITS = 6
"""Places are summed up in 64ths of a cell (eighths of a frame)."""
_UNITS_A_FRAME = (1 << _UNIT_BITS) // CELL_FRAMES
_BEFORE = 1 << 12
"""Cells added to every place, so that none is negative."""
_ZERO = (_BEFORE << _UNIT_BITS) + (1 << (_UNIT_BITS - 1))
"""What is added in units: a landmark lies half a cell behind its cell's start, at a guess."""
_SURVIVORS = 512
"""At most about so many counters pass to exact counting; far more than the cells that are wanted."""
_TABLE = 1 << 13
_LEVELS = 256
_CLASSES = 40
_IN_BUCKET = (1 << BUCKET_BITS) - 1
_CHECK_GAIN = 16
"""By how much a list is shorter, at a guess, when it is read for three of 512 checks alone."""
_AHEAD = 6
"""So many lists ahead are asked for."""
THIRDS = 3
"""So many third peaks are tried for each peak of the query."""


@njit(cache=True, inline="always")
def _check_list(frame_steps, band_steps, own, rate, checks):  # type: ignore[no-untyped-def]
    """The checks that the reference may have for a query pair, from the first peak's strongest followers without the
    pair's own second one, ascending; returns how many.
    """
    n = tried = 0
    for k in range(len(frame_steps)):
        if frame_steps[k] <= 0 or tried == THIRDS:
            break
        step = frame_steps[k] * rate
        if step < MIN_PAIR_FRAMES or step >= MAX_PAIR_FRAMES + 0.5:
            continue
        if frame_steps[k] == own[0] and band_steps[k] == own[1]:
            continue
        tried += 1
        value = check_of(band_steps[k], step)
        at = n
        while at > 0 and checks[at - 1] > value:
            at -= 1
        if at > 0 and checks[at - 1] == value:
            continue
        for other in range(n, at, -1):
            checks[other] = checks[other - 1]
        checks[at] = value
        n += 1
    if n == 0:
        checks[0] = NO_THIRD
        n = 1
    return n


@njit(cache=True, inline="always")
def _cast(data, block, rank, last, bit, base, span, shift, counters, mask, levels, ballots, n):  # type: ignore[no-untyped-def]
    """Cast the votes of the keys from `rank` to `last`; returns how many ballots there are."""
    _, width, _, low, upper, _ = block
    spans = 1.0 / span
    word = load64(data, upper + (bit >> 3)) >> np.uint64(bit & 7)
    # Bits from here on are in `word`; so many of them are left.
    left = 64 - (bit & 7)
    for r in range(rank, last):
        while word == 0:
            bit += left
            word = load64(data, upper + (bit >> 3)) >> np.uint64(bit & 7)
            left = 64 - (bit & 7)
        high = bit + np.int64(lowest(word)) - r
        word &= word - np.uint64(1)
        position = ((high << width) | get_bits_at(data, low, r, width)) - base
        if position >= span:
            # The division of integers would cost more than all the rest.
            over = np.int64(position * spans)
            position -= over * span
            base += over * span
            if position < 0:
                position += span
                base -= span
            elif position >= span:
                position -= span
                base += span
        place = (position << _UNIT_BITS) - shift
        ballots[n] = place
        slot = (place >> _UNIT_BITS) & mask
        value = counters[slot] + 1
        if value < _LEVELS:
            counters[slot] = value
            levels[value] += 1
        n += 1
    return n


@njit(cache=True, inline="always")
def _block(heads, bucket):  # type: ignore[no-untyped-def]
    return heads[bucket, 0], heads[bucket, 1], heads[bucket, 2], heads[bucket, 3], heads[bucket, 4], heads[bucket, 5]


@njit(cache=True)
def _measure(marks, rate, pitch, part, ranges):  # type: ignore[no-untyped-def]
    """For each landmark of the query that has postings: (landmark, pair, rank of the first, count)."""
    _, _, bands, band_steps, frame_steps = marks
    heads, ranks, data, span = part
    n = 0
    for i in range(len(bands)):
        pair = pair_hash(bands[i] - pitch, band_steps[i], frame_steps[i] * rate)
        if pair < 0:
            continue
        bucket = pair >> BUCKET_BITS
        rank = last = np.int64(0)
        if len(ranks):
            rank = np.int64(ranks[pair])
            last = np.int64(ranks[pair + 1]) if (pair + 1) & _IN_BUCKET else heads[bucket, 0]
        elif heads[bucket, 0]:
            key = ((pair & _IN_BUCKET) << CHECK_BITS) * span
            block = _block(heads, bucket)
            rank, bit = seek(data, block, key)
            last, _ = seek_on(data, block, key + (span << CHECK_BITS), rank, bit)
        if last > rank:
            ranges[n, 0] = i
            ranges[n, 1] = pair
            ranges[n, 2] = rank
            ranges[n, 3] = last - rank
            n += 1
    return n


@njit(cache=True)
def _limits(ranges, n, most, longest):  # type: ignore[no-untyped-def]
    """Lists up to the first answer are read whole, longer ones up to the second for the right checks only.

    The rarest come first: both are the largest powers of two with which no more than `most` votes are expected.
    """
    sums = np.zeros(_CLASSES, np.int64)
    for k in range(n):
        size, level = ranges[k, 3], 0
        while size > 1:
            size >>= 1
            level += 1
        sums[level] += ranges[k, 3]
    total, level = 0, 0
    while level < _CLASSES and total + sums[level] <= most:
        total += sums[level]
        level += 1
    # The lists of the next power of two are as many as fit, whatever their order.
    whole = (np.int64(1) << level) - 1
    if whole > longest:
        whole, level = longest, 0
        while (np.int64(2) << level) - 1 <= longest:
            level += 1
    filtered = 0
    while level < _CLASSES and filtered + sums[level] // _CHECK_GAIN <= most:
        filtered += sums[level] // _CHECK_GAIN
        level += 1
    return whole, (np.int64(1) << level) - 1


@njit(cache=True, inline="always")
def _ask_for(heads, data, span, found, whole):  # type: ignore[no-untyped-def]
    """Have a list brought near while others are being read; most of the time would be spent waiting otherwise."""
    bucket, rank, size = found[1] >> BUCKET_BITS, found[2], found[3]
    width, low, upper = heads[bucket, 1], heads[bucket, 3], heads[bucket, 4]
    bit = rank + ((((found[1] & _IN_BUCKET) << CHECK_BITS) * span) >> width)
    lines = 1 + (min(size, 1024) * 3 >> 9)
    for line in range(lines):
        prefetch(data, upper + (bit >> 3) + 64 * line)
    first = low + ((rank * width) >> 3)
    for line in range(1 + min((min(size, 1024) * width) >> 9, 12)):
        prefetch(data, first + 64 * line)


@njit(cache=True)
def _read(marks, thirds, rate, part, ranges, n, limits, known, counters, levels, ballots):  # type: ignore[no-untyped-def]
    """Read the measured lists and cast their votes; returns how many.

    known: checks, how many, and at which rate they were worked out, of each landmark; at one rate they are the same
    under every pitch.
    """
    anchors, frames, _, band_steps, frame_steps = marks
    third_frames, third_bands = thirds
    heads, _, data, span = part
    whole, filtered = limits
    mask = len(counters) - 1
    checks, counts, rates = known
    cast = asked = 0
    for k in range(n):
        while asked < n and asked < k + _AHEAD:
            if ranges[asked, 3] <= filtered:
                _ask_for(heads, data, span, ranges[asked], whole)
            asked += 1
        i, rank, size = ranges[k, 0], ranges[k, 2], ranges[k, 3]
        if size > filtered:
            continue
        block = _block(heads, ranges[k, 1] >> BUCKET_BITS)
        shift = np.int64(np.rint(frames[i] * rate * _UNITS_A_FRAME)) - _ZERO
        start = ((ranges[k, 1] & _IN_BUCKET) << CHECK_BITS) * span
        # As many zeros stand before a key as its upper part says.
        bit = rank + (start >> block[1])
        if size <= whole:
            if cast + size > len(ballots):
                break
            cast = _cast(data, block, rank, rank + size, bit, start, span, shift, counters, mask, levels, ballots, cast)
            continue
        if rates[i] != rate:
            own = (frame_steps[i], band_steps[i])
            counts[i] = _check_list(third_frames[anchors[i]], third_bands[anchors[i]], own, rate, checks[i])
            rates[i] = rate
        for c in range(counts[i]):
            base = start + checks[i, c] * span
            rank, bit = seek_on(data, block, base, rank, bit)
            last, end = seek_on(data, block, base + span, rank, bit)
            if cast + last - rank > len(ballots):
                return cast
            cast = _cast(data, block, rank, last, bit, base, span, shift, counters, mask, levels, ballots, cast)
            rank, bit = last, end
    return cast


@njit(cache=True, inline="always")
def _slot_of(key, keys):  # type: ignore[no-untyped-def]
    """Where the key is, or the free slot where it belongs."""
    mask = np.uint64(len(keys) - 1)
    slot = ((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(cache=True)
def _survivors(ballots, cast, counters, levels, table):  # type: ignore[no-untyped-def]
    """Count the cells that many ballots fall on exactly; returns how many cells."""
    keys, weights, sums, used = table
    mask = len(counters) - 1
    least = 2
    while least < _LEVELS - 1 and levels[least] > _SURVIVORS:
        least += 1
    filled = 0
    for b in range(cast):
        cell = ballots[b] >> _UNIT_BITS
        if counters[cell & mask] < least:
            continue
        slot = _slot_of(cell, keys)
        if keys[slot] == -1:
            if filled == len(used):
                continue
            keys[slot] = cell
            weights[slot] = 0
            sums[slot] = 0
            used[filled] = slot
            filled += 1
        weights[slot] += 1
        sums[slot] += ballots[b]
    return filled


@njit(cache=True)
def _best(table, filled, starts, hidden, hypothesis, top, out, n):  # type: ignore[no-untyped-def]
    """Append the `top` strongest cells, each with its neighbour, of tracks that may be found; returns the rows."""
    keys, weights, sums, used = table
    start = n
    for u in range(filled):
        slot = used[u]
        own = weights[slot]
        least = out[n - 1, 3] if n - start == top else 1.0
        if 2 * own <= least:
            continue
        cell = keys[slot]
        before, after = _slot_of(cell - 1, keys), _slot_of(cell + 1, keys)
        left = weights[before] if keys[before] != -1 else 0
        right = weights[after] if keys[after] != -1 else 0
        total = own + max(left, right)
        if total <= least or left > own or right > own or (right == own and left < right):
            continue
        track = np.searchsorted(starts, cell - _BEFORE, side="right") - 1
        if track < 0 or track >= len(starts) - 1 or (len(hidden) and hidden[track]):
            continue
        other = before if left > right else after
        mean = (sums[slot] + (sums[other] if keys[other] != -1 else 0)) / total
        row = min(n, start + top - 1)
        while row > start and out[row - 1, 3] < total:
            out[row] = out[row - 1]
            row -= 1
        out[row, 0] = hypothesis
        out[row, 1] = track
        out[row, 2] = mean / _UNITS_A_FRAME - (_BEFORE + starts[track] + GAP_CELLS // 2) * CELL_FRAMES
        out[row, 3] = total
        n = min(n + 1, start + top)
    return n


@njit(cache=True, nogil=True)
def vote(marks, thirds, rates, pitches, part, most, longest, top):  # type: ignore[no-untyped-def]
    """Best places of every hypothesis in one part: rows of (hypothesis, track's place, frame, votes).

    marks: anchor, frame (from the window's middle), band, step in bands, step in frames of the query's landmarks.
    thirds: steps in frames and bands to each anchor's strongest followers, 0 for none. part: heads, ranks, data,
    starts, hidden. most: votes of one hypothesis; common pairs are read for the right checks only, or not at all, so
    that there are about no more. longest: postings up to which a list may be read whole. The frame is where on the
    track the window's middle lies. Two passes: rough counters find where votes gather, then only those are counted
    exactly.
    """
    heads, ranks, data, starts, hidden = part
    span = starts[-1]
    own = (heads, ranks, data, span)
    out = np.zeros((len(rates) * top, 4), np.float64)
    if span <= 0 or len(marks[0]) == 0:
        return out[:0]
    size = 1 << 10
    while size < span + 2 * _BEFORE and size < 4 * most:
        size <<= 1
    counters = np.zeros(size, np.uint8)
    levels = np.zeros(_LEVELS, np.int64)
    ranges = np.empty((len(marks[0]), 4), np.int64)
    ballots = np.empty(3 * most + 1024, np.int64)
    known = (
        np.zeros((len(marks[0]), THIRDS), np.int64),
        np.zeros(len(marks[0]), np.int64),
        np.zeros(len(marks[0]), np.float32),
    )
    table = (
        np.full(_TABLE, -1, np.int64),
        np.zeros(_TABLE, np.int64),
        np.zeros(_TABLE, np.int64),
        np.zeros(_TABLE // 2, np.int64),
    )
    n = 0
    for h in range(len(rates)):
        measured = _measure(marks, rates[h], pitches[h], own, ranges)
        limits = _limits(ranges, measured, most, longest)
        cast = _read(marks, thirds, rates[h], own, ranges, measured, limits, known, counters, levels, ballots)
        filled = _survivors(ballots, cast, counters, levels, table)
        n = _best(table, filled, starts, hidden, h, top, out, n)
        for u in range(filled):
            table[0][table[3][u]] = -1
        if cast < size >> 3:
            for b in range(cast):
                counters[(ballots[b] >> _UNIT_BITS) & (size - 1)] = 0
        else:
            counters[:] = 0
        levels[:] = 0
    return out[:n]


@njit(cache=True)
def wanted_buckets(bands, band_steps, frame_steps, rates, pitches, wanted):  # type: ignore[no-untyped-def]
    """Mark the buckets that the landmarks can lie in under the hypotheses."""
    for h in range(len(rates)):
        for i in range(len(bands)):
            pair = pair_hash(bands[i] - pitches[h], band_steps[i], frame_steps[i] * rates[h])
            if pair >= 0:
                wanted[pair >> BUCKET_BITS] = True
