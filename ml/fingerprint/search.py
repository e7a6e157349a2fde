"""Candidates for a query: its landmarks, warped over tempo and pitch, vote for (track, offset).

The registry holds every recording once, as it is. All warping happens on the query's side: a hypothesis multiplies
its times by a rate and moves its bands by a pitch, and looks up the landmarks that the registered original would have.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks, pair_up
from ml.fingerprint.store import PostingStore
from ml.fingerprint.votes import collect_hashes, pack, vote

LOOKUPS_A_BATCH = 4_000_000
THREADS = 2
"""Windows that are voted on at the same time; the compiled kernel lets go of the interpreter's lock."""
MOST_VOTES = 4_000_000
"""Votes of one window under one hypothesis that are counted; what is over is left out."""


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


class Searcher:
    """Searches windows of one query in a store; holds the working memory between calls."""

    def __init__(
        self, peaks: Peaks, store: PostingStore, fan_out: int, exclude: NDArray[np.int32], longest_list: int
    ) -> None:
        self._marks = QueryLandmarks.of(peaks, fan_out)
        self._store = store
        self._banned = np.zeros(int(exclude.max()) + 1 if len(exclude) else 0, np.bool_)
        self._banned[exclude] = True
        self._longest = longest_list
        self._place = np.zeros(1 << grid.HASH_BITS, np.int64)
        self._seen = np.zeros(1 << grid.HASH_BITS, np.bool_)

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
        part = slice(low, high)
        hashes = np.sort(
            collect_hashes(m.band[part], m.band_step[part], m.frame_step[part], warps.rate, warps.pitch, self._seen)
        )
        found = self._store.lookup(hashes, self._longest)
        postings = pack(hashes, found.offsets, found.track, found.frame, self._banned, self._place)
        with ThreadPoolExecutor(THREADS) as pool:
            yield from pool.map(lambda one: self._window(one[0], slice(*one[1]), warps, top, postings), parts)

    def _window(
        self, window: tuple[float, float], part: slice, warps: Warps, top: int, postings: NDArray[np.int64]
    ) -> list[Candidate]:
        m = self._marks
        if part.stop <= part.start or not len(postings):
            return []
        rows = vote(
            (m.frame[part], m.band[part], m.band_step[part], m.frame_step[part]),
            warps.rate,
            warps.pitch,
            self._place,
            postings,
            top,
            np.empty(MOST_VOTES, np.int64),
        )
        found = [
            Candidate(int(t), float(warps.rate[int(h)]), float(o), float(warps.pitch[int(h)]), float(v), *window)
            for h, t, o, v in rows
        ]
        return sorted(found, key=lambda c: -c.votes)
