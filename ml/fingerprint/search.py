"""Candidates for a query: its landmarks, warped over tempo and pitch, vote for (track, offset).

The registry holds every recording once, as it is. All warping happens on the query's side: a hypothesis multiplies
its times by a rate and moves its bands by a pitch, and looks up the landmarks that the registered original would have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.blocks import Postings
from ml.fingerprint.extract import Peaks, pair_up
from ml.fingerprint.store import PostingStore

LOOKUPS_A_BATCH = 4_000_000
OFFSET_BIN_FRAMES = 2
OFFSET_BIN_FRAMES = 2
LONGEST_LIST = 400
"""Hashes with more postings than this, per 100 registered tracks, tell too little to be looked at."""


@dataclass(frozen=True, slots=True)
class Warps:
    """Hypotheses: reference time runs `rate` times query time; the query sounds `pitch` bands higher."""

    rate: NDArray[np.float32]
    pitch: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rate)

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, int]]) -> "Warps":
        """From (rate, pitch in bands) pairs."""
        return cls(np.array([r for r, _ in pairs], np.float32), np.array([p for _, p in pairs], np.int32))


@dataclass(frozen=True, slots=True)
class QueryLandmarks:
    """Pairs of query peaks, unhashed so that they can be warped; in order of the first peak's time."""

    frame: NDArray[np.float32]
    band: NDArray[np.float32]
    band_step: NDArray[np.float32]
    frame_step: NDArray[np.float32]

    @classmethod
    def of(cls, peaks: Peaks, fan_out: int) -> "QueryLandmarks":
        """The pairs of each peak with the `fan_out` that follow it."""
        most = grid.MAX_PAIR_FRAMES * 1.12
        i, j = pair_up(peaks.frame, peaks.band, fan_out, grid.MIN_PAIR_FRAMES * 0.9, most, grid.MAX_PAIR_BINS)
        return cls(peaks.frame[i], peaks.band[i], peaks.band[j] - peaks.band[i], peaks.frame[j] - peaks.frame[i])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where the query's window [start, end) may lie: reference frame = rate · query frame + offset."""

    track: int
    rate: float
    offset: float
    pitch: float
    votes: float
    start_frame: float
    end_frame: float


@njit(cache=True, inline="always")
def _warped_hash(band, band_step, frame_step, rate, pitch):  # type: ignore[no-untyped-def]
    """The hash that the reference would have, or -1 when it can have none."""
    step = np.int64(np.rint(frame_step * rate))
    low = np.int64(np.rint(band)) - pitch
    if step < 3 or step > 64 or low < 0 or low > 255:
        return np.int64(-1)
    return (low << 14) | ((np.int64(np.rint(band_step)) + 64) << 7) | step


@njit(cache=True)
def _mark(bands, band_steps, frame_steps, rates, pitches, seen):  # type: ignore[no-untyped-def]
    for h in range(len(rates)):
        for i in range(len(bands)):
            value = _warped_hash(bands[i], band_steps[i], frame_steps[i], rates[h], pitches[h])
            if value >= 0:
                seen[value] = True


@njit(cache=True)
def _vote(  # type: ignore[no-untyped-def]
    frames,
    bands,
    band_steps,
    frame_steps,
    rates,
    pitches,
    place,
    offsets,
    tracks,
    times,
    longest,
    excluded,
    top,
    bin_frames,
    keys,
    weights,
    used,
):
    """Best cells of every hypothesis: (hypothesis, track, offset, votes) rows.

    `keys` (filled with -1), `weights`: an open-addressing table; `used`: its filled slots. All are left as they were
    found.
    """
    mask = len(keys) - 1
    out = np.zeros((len(rates) * top, 4), np.float64)
    n = 0
    for h in range(len(rates)):
        filled = 0
        for i in range(len(bands)):
            value = _warped_hash(bands[i], band_steps[i], frame_steps[i], rates[h], pitches[h])
            if value < 0:
                continue
            at = place[value]
            first, last = offsets[at], offsets[at + 1]
            if last - first > longest:
                continue
            shift = np.float64(frames[i]) * rates[h]
            for k in range(first, last):
                if (
                    len(excluded)
                    and excluded[min(np.searchsorted(excluded, tracks[k]), len(excluded) - 1)] == tracks[k]
                ):
                    continue
                cell = np.int64(np.floor((times[k] - shift) / bin_frames)) + (1 << 19)
                key = (np.int64(tracks[k]) << 21) | cell
                slot = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & np.uint64(mask)
                while keys[slot] != key and keys[slot] != -1:
                    slot = (slot + np.uint64(1)) & np.uint64(mask)
                if keys[slot] == -1:
                    if filled > mask // 2:
                        continue
                    keys[slot] = key
                    weights[slot] = 0
                    used[filled] = slot
                    filled += 1
                weights[slot] += 1
        n = _best_cells(keys, weights, used, filled, mask, top, h, bin_frames, out, n)
        for u in range(filled):
            keys[used[u]] = -1
    return out[:n]


@njit(cache=True, inline="always")
def _weight_of(key, keys, weights, mask):  # type: ignore[no-untyped-def]
    slot = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & np.uint64(mask)
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + np.uint64(1)) & np.uint64(mask)
    return weights[slot] if keys[slot] == key else 0


@njit(cache=True)
def _best_cells(keys, weights, used, filled, mask, top, h, bin_frames, out, n):  # type: ignore[no-untyped-def]
    """Append the `top` strongest cells, each together with its neighbour, to `out`."""
    start = n
    for u in range(filled):
        slot = used[u]
        own = weights[slot]
        least = out[n - 1, 3] if n - start == top else 2.0
        if 2 * own <= least:
            continue
        key = keys[slot]
        before = _weight_of(key - 1, keys, weights, mask)
        after = _weight_of(key + 1, keys, weights, mask)
        if before > own or after > own or (after == own and after > 0 and before < after):
            continue
        total = own + max(before, after)
        if total <= least:
            continue
        lean = 0.5 * (after - before) / (own + before + after)
        row = min(n, start + top - 1)
        while row > start and out[row - 1, 3] < total:
            out[row] = out[row - 1]
            row -= 1
        out[row, 0] = h
        out[row, 1] = key >> 21
        out[row, 2] = ((key & ((1 << 21) - 1)) - (1 << 19) + 0.5 + lean) * bin_frames
        out[row, 3] = total
        n = min(n + 1, start + top)
    return n


class Searcher:
    """Searches windows of one query in a store; holds the working memory between calls."""

    def __init__(self, peaks: Peaks, store: PostingStore, fan_out: int, exclude: NDArray[np.int32]) -> None:
        self._marks = QueryLandmarks.of(peaks, fan_out)
        self._store = store
        self._exclude = exclude
        self._longest = max(LONGEST_LIST, LONGEST_LIST * len(store.durations) // 100)
        self._place = np.zeros(1 << grid.HASH_BITS, np.int32)
        self._keys = np.zeros(0, np.int64)

    def candidates(self, windows: Sequence[tuple[float, float]], warps: Warps, top: int) -> Iterator[list[Candidate]]:
        """For each window (start and end frame, ascending) its candidates, most votes first; `top` of each
        hypothesis.
        """
        bounds = [np.searchsorted(self._marks.frame, w) for w in windows]
        batch: list[int] = []
        cost = 0
        for n, (low, high) in enumerate(bounds):
            batch.append(n)
            cost += int(high - low) * len(warps)
            if cost > LOOKUPS_A_BATCH or n == len(windows) - 1:
                yield from self._batch([(windows[k], bounds[k]) for k in batch], warps, top)
                batch, cost = [], 0

    def _batch(
        self, parts: Sequence[tuple[tuple[float, float], NDArray[np.int64]]], warps: Warps, top: int
    ) -> Iterator[list[Candidate]]:
        m = self._marks
        low, high = parts[0][1][0], parts[-1][1][1]
        seen = np.zeros(1 << grid.HASH_BITS, np.bool_)
        part = slice(low, high)
        _mark(m.band[part], m.band_step[part], m.frame_step[part], warps.rate, warps.pitch, seen)
        hashes = np.flatnonzero(seen).astype(np.uint32)
        postings = self._store.lookup(hashes)
        self._place[hashes] = np.arange(len(hashes), dtype=np.int32)
        for window, (start, end) in parts:
            yield self._window(window, slice(start, end), warps, top, postings)

    def _window(
        self, window: tuple[float, float], part: slice, warps: Warps, top: int, postings: Postings
    ) -> list[Candidate]:
        m = self._marks
        if part.stop <= part.start or not len(postings):
            return []
        self._make_room(part.stop - part.start, postings)
        rows = _vote(
            m.frame[part],
            m.band[part],
            m.band_step[part],
            m.frame_step[part],
            warps.rate,
            warps.pitch,
            self._place,
            postings.offsets,
            postings.track,
            postings.frame,
            self._longest,
            self._exclude,
            top,
            OFFSET_BIN_FRAMES,
            self._keys,
            self._weights,
            self._used,
        )
        found = [
            Candidate(int(t), float(warps.rate[int(h)]), float(o), float(warps.pitch[int(h)]), float(v), *window)
            for h, t, o, v in rows
        ]
        return sorted(found, key=lambda c: -c.votes)

    def _make_room(self, landmarks: int, postings: Postings) -> None:
        """A voting table about twice as large as the votes that a hypothesis is likely to cast."""
        mean = len(postings) / max(1, len(postings.hashes))
        need = 1 << int(np.ceil(np.log2(max(1 << 14, landmarks * mean * 4))))
        if len(self._keys) < need:
            self._keys = np.full(need, -1, np.int64)
            self._weights = np.zeros(need, np.int32)
            self._used = np.zeros(need, np.int64)
