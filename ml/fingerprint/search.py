"""Candidates for a query: its landmarks, warped over tempo and pitch, vote for (track, offset).

The registry holds every recording once, as it is. All warping happens on the query's side: a hypothesis multiplies
its times by a rate and moves its bands by a pitch, and looks up the landmarks that the registered original would have.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.blocks import BUCKETS, Part
from ml.fingerprint.extract import Peaks, followers_within, strongest_followers
from ml.fingerprint.packing import Frames
from ml.fingerprint.store import PostingStore
from ml.fingerprint.votes import vote, wanted_buckets

THREADS = 2
"""Pieces of work that run at the same time; the compiled kernel lets go of the interpreter's lock."""
VOTES_A_WINDOW = 2_000_000
LEAST_VOTES, MOST_VOTES = 15_000, 150_000
"""Votes of one window that are counted: for all hypotheses together, and the borders of the share of each.

The rarest pairs are read first, and the most common ones for the right checks only, or not at all: the work stays
bounded however large the registry grows.
"""
LOOKUPS_A_WINDOW, LEAST_FAN_OUT = 1_000_000, 6
"""Lookups (landmarks times hypotheses times parts) of one window from which each peak has fewer partners."""
TRACKS_A_PART = 10_000
WORK_A_PIECE = 40_000
"""Lookups (landmarks times hypotheses) that are worth a thread's while."""
PARTNERS, FEW_HYPOTHESES = 2, 8
"""With few hypotheses, so many query pairs for each one asked for: which of a peak's followers the reference has among
the strongest isn't known for sure.
"""
THIRDS_KEPT = 6
_NO_STEP = np.float32(0)


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

    anchor: NDArray[np.int32]
    frame: Frames
    band: NDArray[np.float32]
    band_step: NDArray[np.float32]
    frame_step: NDArray[np.float32]
    third_frames: NDArray[np.float32]
    third_bands: NDArray[np.float32]

    @classmethod
    def of(cls, peaks: Peaks, fan_out: int, slowest: float = 1.0, fastest: float = 1.0) -> "QueryLandmarks":
        """The pairs of each peak with its `fan_out` strongest followers, and what may be the third peak of each, near
        enough for hypotheses from the slowest to the fastest rate.
        """
        arrays = (peaks.frame, peaks.band, peaks.rank)
        zone = (
            grid.MIN_PAIR_FRAMES / fastest,
            (grid.MAX_PAIR_FRAMES + 0.5) / slowest,
            float(grid.MAX_PAIR_BINS),
        )
        i, j = followers_within(*arrays, fan_out, zone)
        thirds = strongest_followers(*arrays, THIRDS_KEPT, zone)
        some = thirds >= 0
        base = np.arange(len(peaks))[:, None]
        return cls(
            i,
            peaks.frame[i],
            peaks.band[i],
            peaks.band[j] - peaks.band[i],
            (peaks.frame[j] - peaks.frame[i]).astype(np.float32),
            np.where(some, peaks.frame[thirds] - peaks.frame[base], _NO_STEP).astype(np.float32),
            np.where(some, peaks.band[thirds] - peaks.band[base], _NO_STEP),
        )


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
    """Searches windows of one query in a store."""

    def __init__(
        self, peaks: Peaks, store: PostingStore, fan_out: int, exclude: NDArray[np.int32], longest_list: int
    ) -> None:
        self._peaks = peaks
        self._fan_out = fan_out
        self._store = store
        self._exclude = exclude
        self._longest = longest_list
        self._marks: dict[tuple[int, float, float], QueryLandmarks] = {}
        self._cells = max(1.0, sum(store.durations.values()) / grid.FRAME_SECONDS / grid.CELL_FRAMES)

    def candidates(self, windows: Sequence[tuple[float, float]], warps: Warps, top: int) -> Iterator[list[Candidate]]:
        """For each window (start and end frame, ascending) its candidates, most votes first; `top` of each
        hypothesis.
        """
        if not windows:
            return
        marks = self._landmarks(self._partners(windows[0], warps), float(warps.rate.min()), float(warps.rate.max()))
        bounds = [np.searchsorted(marks.frame, window) for window in windows]
        reach = slice(bounds[0][0], bounds[-1][1])
        found: list[list[Candidate]] = [[] for _ in windows]
        waiting: deque[tuple[int, Future[list[Candidate]]]] = deque()
        count = 0
        with ThreadPoolExecutor(THREADS) as pool:
            for part in self._store.parts(lambda: _wanted(marks, reach, warps)):
                if not len(part.tracks.number):
                    continue
                count += 1
                visible = self._visible(part)
                for n, (low, high) in enumerate(bounds):
                    for hypotheses in _split(len(warps), int(high - low)):
                        piece = (marks, windows[n], slice(low, high), warps, top, visible, hypotheses)
                        waiting.append((n, pool.submit(self._vote, *piece)))
                # Parts that were read for this search alone are let go before the next but one comes.
                while len(waiting) > 2 * len(windows) + 2 * THREADS:
                    n, one = waiting.popleft()
                    found[n].extend(one.result())
            for n, one in waiting:
                found[n].extend(one.result())
        for candidates in found:
            yield _strongest(candidates, top, count)

    def _landmarks(self, partners: int, slowest: float, fastest: float) -> QueryLandmarks:
        """Those of the whole query, kept for when its windows are searched one by one."""
        key = (partners, slowest, fastest)
        if key not in self._marks:
            self._marks[key] = QueryLandmarks.of(self._peaks, partners, slowest, fastest)
        return self._marks[key]

    def _partners(self, window: tuple[float, float], warps: Warps) -> int:
        """How many followers of each peak make pairs: fewer where many hypotheses meet many parts."""
        wished = self._fan_out * (PARTNERS if len(warps) <= FEW_HYPOTHESES else 1)
        peaks = len(self._peaks) * min(1.0, (window[1] - window[0]) / max(self._peaks.frames, 1))
        parts = 1 + len(self._store.durations) / TRACKS_A_PART
        most = int(LOOKUPS_A_WINDOW / max(1.0, peaks * len(warps) * parts))
        return max(min(wished, LEAST_FAN_OUT), min(wished, most))

    def _visible(self, part: Part) -> Part:
        if not len(self._exclude):
            return part
        excluded = np.isin(part.tracks.number, self._exclude)
        return part.hiding(excluded | part.hidden if len(part.hidden) else excluded)

    def _vote(
        self,
        m: QueryLandmarks,
        window: tuple[float, float],
        reach: slice,
        warps: Warps,
        top: int,
        part: Part,
        hypotheses: slice,
    ) -> list[Candidate]:
        share = min(1.0, part.tracks.span / self._cells)
        middle = 0.5 * (window[0] + window[1])
        rates, pitches = warps.rate[hypotheses], warps.pitch[hypotheses]
        most = share * min(max(VOTES_A_WINDOW / len(warps), LEAST_VOTES), MOST_VOTES)
        rows = vote(
            (
                m.anchor[reach],
                (m.frame[reach] - middle).astype(np.float32),
                m.band[reach],
                m.band_step[reach],
                m.frame_step[reach],
            ),
            (m.third_frames, m.third_bands),
            rates,
            pitches,
            (part.heads, part.ranks, part.data, part.tracks.starts, part.hidden),
            int(most) + 256,
            int(self._longest * share) + 16,
            top,
        )
        return [
            Candidate(
                int(part.tracks.number[int(t)]),
                float(rates[int(h)]),
                float(at - rates[int(h)] * middle),
                float(pitches[int(h)]),
                float(votes),
                *window,
            )
            for h, t, at, votes in rows
        ]


def _wanted(m: QueryLandmarks, reach: slice, warps: Warps) -> NDArray[np.int32]:
    """Buckets that any landmark can lie in, ascending."""
    wanted = np.zeros(BUCKETS, np.bool_)
    wanted_buckets(m.band[reach], m.band_step[reach], m.frame_step[reach], warps.rate, warps.pitch, wanted)
    return np.flatnonzero(wanted).astype(np.int32)


def _split(hypotheses: int, marks: int) -> Iterator[slice]:
    """Slices of the hypotheses that are worth a thread's while each."""
    pieces = max(1, min(hypotheses, hypotheses * marks // WORK_A_PIECE))
    edges = np.linspace(0, hypotheses, pieces + 1).astype(int)
    for low, high in pairwise(edges):
        yield slice(int(low), int(high))


def _strongest(candidates: list[Candidate], top: int, parts: int) -> list[Candidate]:
    """Most votes first, at most `top` of each hypothesis."""
    candidates = sorted(candidates, key=lambda c: -c.votes)
    if parts < 2:
        return candidates
    taken: Counter[tuple[float, float]] = Counter()
    kept = []
    for candidate in candidates:
        taken[candidate.rate, candidate.pitch] += 1
        if taken[candidate.rate, candidate.pitch] <= top:
            kept.append(candidate)
    return kept
