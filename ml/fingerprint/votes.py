"""Compiled kernels of the search: warped hashes, and voting for (track, offset)."""

import numpy as np
from numba import njit

_OFFSET_BITS = 21
_OFFSET_ZERO = 1 << 19
_BIN_SHIFT = 1
"""Offsets are counted in cells of two frames."""
_COUNTERS = 1 << 15
_SURVIVORS = 768
"""At most about so many counters pass to exact counting; far more than the cells that are wanted."""


@njit(cache=True, inline="always")
def _warped_hash(band, band_step, frame_step, rate, pitch):  # type: ignore[no-untyped-def]
    """The hash that the reference would have, or -1 when it can have none."""
    step = np.int64(np.rint(frame_step * rate))
    low = np.int64(np.rint(band)) - pitch
    if step < 3 or step > 64 or low < 0 or low > 255:
        return np.int64(-1)
    return (low << 14) | ((np.int64(np.rint(band_step)) + 64) << 7) | step


@njit(cache=True)
def collect_hashes(bands, band_steps, frame_steps, rates, pitches, seen):  # type: ignore[no-untyped-def]
    """Every hash that the landmarks can have under the hypotheses, once, in no order; `seen` is left all false."""
    out = np.empty(len(bands) * len(rates), np.uint32)
    n = 0
    for h in range(len(rates)):
        for i in range(len(bands)):
            value = _warped_hash(bands[i], band_steps[i], frame_steps[i], rates[h], pitches[h])
            if value >= 0 and not seen[value]:
                seen[value] = True
                out[n] = value
                n += 1
    for i in range(n):
        seen[out[i]] = False
    return out[:n]


@njit(cache=True)
def pack(hashes, offsets, tracks, times, banned, place):  # type: ignore[no-untyped-def]
    """Postings as one number each (track and frame together), without banned tracks.

    place[hash] gets the start of its postings and their number, together: one look at memory for each hash later.
    """
    out = np.empty(len(tracks), np.int64)
    n = 0
    for i in range(len(hashes)):
        start = n
        for k in range(offsets[i], offsets[i + 1]):
            track = np.int64(tracks[k])
            if track < len(banned) and banned[track]:
                continue
            out[n] = (track << 32) | times[k]
            n += 1
        place[hashes[i]] = (start << 20) | (n - start)
    return out[:n]


@njit(cache=True, inline="always")
def _counter(key):  # type: ignore[no-untyped-def]
    return (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(49)


@njit(cache=True, inline="always")
def _slot_of(key, keys):  # type: ignore[no-untyped-def]
    """Where the key is, or the free slot where it belongs."""
    mask = np.uint64(len(keys) - 1)
    slot = ((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(cache=True)
def _cast(marks, rate, pitch, bin_frames, place, postings, ballots, counters):  # type: ignore[no-untyped-def]
    """Write the cells voted for into `ballots`, counting them roughly; returns how many."""
    frames, bands, band_steps, frame_steps = marks
    n = 0
    for i in range(len(bands)):
        value = _warped_hash(bands[i], band_steps[i], frame_steps[i], rate, pitch)
        if value < 0:
            continue
        packed = place[value]
        first, count = packed >> 20, packed & ((1 << 20) - 1)
        if n + count > len(ballots):
            break
        shift = np.int64(np.rint(frames[i] * rate)) - _OFFSET_ZERO * bin_frames
        for k in range(first, first + count):
            cell = np.int64(np.uint64((postings[k] & 0xFFFFFFFF) - shift) >> np.uint64(_BIN_SHIFT))
            key = ((postings[k] >> 32) << _OFFSET_BITS) | cell
            ballots[n] = key
            counters[_counter(key)] += 1
            n += 1
    return n


@njit(cache=True)
def _least_count(counters):  # type: ignore[no-untyped-def]
    """The count from which few enough counters remain."""
    levels = np.zeros(256, np.int64)
    for c in counters:
        levels[min(c, 255)] += 1
    total = 0
    for level in range(255, 1, -1):
        total += levels[level]
        if total > _SURVIVORS:
            return level + 1 if level < 255 else 255
    return 2


@njit(cache=True, nogil=True)
def vote(marks, rates, pitches, place, postings, top, ballots):  # type: ignore[no-untyped-def]
    """Best cells of every hypothesis, each together with its neighbour: (hypothesis, track, offset, votes) rows.

    marks: frames, bands, band steps, frame steps of the query's landmarks. place, postings: from `pack`.
    Two passes: rough counters find where votes gather, then only those are counted exactly.
    """
    bin_frames = 1 << _BIN_SHIFT
    out = np.zeros((len(rates) * top, 4), np.float64)
    n = 0
    counters = np.zeros(_COUNTERS, np.uint16)
    keys = np.full(1 << 16, -1, np.int64)
    weights = np.zeros(1 << 16, np.int32)
    used = np.zeros(1 << 15, np.int64)
    for h in range(len(rates)):
        cast = _cast(marks, rates[h], pitches[h], bin_frames, place, postings, ballots, counters)
        least = _least_count(counters)
        filled = 0
        for b in range(cast):
            key = ballots[b]
            if counters[_counter(key)] < least:
                continue
            slot = _slot_of(key, keys)
            if keys[slot] == -1:
                if filled == len(used):
                    continue
                keys[slot] = key
                weights[slot] = 0
                used[filled] = slot
                filled += 1
            weights[slot] += 1
        n = _best_cells(keys, weights, used, filled, top, h, bin_frames, out, n)
        for u in range(filled):
            keys[used[u]] = -1
        counters[:] = 0
    return out[:n]


@njit(cache=True)
def _best_cells(keys, weights, used, filled, top, h, bin_frames, out, n):  # type: ignore[no-untyped-def]
    """Append the `top` strongest cells, each together with its neighbour, to `out`; returns the number of rows."""
    start = n
    for u in range(filled):
        own = weights[used[u]]
        least = out[n - 1, 3] if n - start == top else 2.0
        if 2 * own <= least:
            continue
        key = keys[used[u]]
        slot_before, slot_after = _slot_of(key - 1, keys), _slot_of(key + 1, keys)
        before = weights[slot_before] if keys[slot_before] != -1 else 0
        after = weights[slot_after] if keys[slot_after] != -1 else 0
        total = own + max(before, after)
        if total <= least or before > own or after > own or (after == own and before < after):
            continue
        row = min(n, start + top - 1)
        while row > start and out[row - 1, 3] < total:
            out[row] = out[row - 1]
            row -= 1
        out[row, 0] = h
        out[row, 1] = key >> _OFFSET_BITS
        lean = 0.5 * (after - before) / (own + before + after)
        out[row, 2] = ((key & ((1 << _OFFSET_BITS) - 1)) - _OFFSET_ZERO + 0.5 + lean) * bin_frames
        out[row, 3] = total
        n = min(n + 1, start + top)
    return n
