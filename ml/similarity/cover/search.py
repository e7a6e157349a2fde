"""The front door: which registered recordings play the same music as a query, where, and could that be chance?"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.similarity.cover import align, patches
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.frames import RATE_HZ, TEMPO_RATIOS, frames_of, transposed
from ml.similarity.cover.plausibility import Calibration, chance_probability, shipped_calibration
from ml.similarity.cover.results import CoverMatch, CoverSegment

__all__ = ["VERSION", "CoverIndex", "CoverMatch", "CoverSegment", "shipped_calibration"]

VERSION = "1"
"""Changes whenever the same recordings could get another answer."""

Float32 = NDArray[np.float32]
Progress = Callable[[float], None]

CANDIDATES = 60
"""Tracks of the first stage that are aligned."""
TRANSPOSITIONS = 2
"""Transpositions of a candidate that are aligned."""
FINALISTS = 12
FURTHER_SEGMENT = 15.0
"""Score from which another aligned stretch counts as one."""
FEWEST_FRAMES = 10


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    cover_print: CoverPrint
    windows: int


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A candidate: entry's place in the index, tempo ratio, and how well the windows agree."""

    place: int
    ratio: float
    agreement: float


class CoverIndex:
    """Prints of recordings by number, searchable. Deterministic; the order of `add` does not matter."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._blocks: dict[int, Float32] = {}
        self._matrix: Float32 | None = None
        self._owner: NDArray[np.int64] | None = None
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, number: int) -> bool:
        return number in self._entries

    def add(self, number: int, cover_print: CoverPrint) -> None:
        """Register a print under a number; an earlier one of that number is replaced."""
        found = patches.descriptors(patches.windows(frames_of(cover_print)))
        self._entries[number] = _Entry(number, cover_print, len(found))
        self._blocks[number] = found
        self._matrix = None

    def remove(self, number: int) -> None:
        """Forget a number; unknown ones are no error."""
        if self._entries.pop(number, None) is not None:
            del self._blocks[number]
            self._matrix = None

    def print_of(self, number: int) -> CoverPrint:
        """The print registered under a number. Raises KeyError."""
        return self._entries[number].cover_print

    def search(
        self,
        query: CoverPrint,
        *,
        threshold: float | None = None,
        exclude: Collection[int] = (),
        progress: Progress | None = None,
        calibration: Calibration | None = None,
    ) -> list[CoverMatch]:
        """Registered recordings of the same music, the strongest first; only those whose chance probability is at
        most `threshold` (by default the calibrated one). exclude: numbers that are not to be found.
        """
        constants = calibration or shipped_calibration()
        limit = constants.threshold if threshold is None else threshold
        candidates = self.candidates(query, exclude)
        count = max(1, len(self._entries))
        found: list[CoverMatch] = []
        tempos: dict[float, Float32] = {}
        ranked = []
        for k, h in enumerate(candidates):
            own = tempos.setdefault(h.ratio, frames_of(query, h.ratio))
            entry = self._entries[self._numbers[h.place]]
            other = frames_of(entry.cover_print)
            for semitones, score in self._aligned(own, other):
                ranked.append((score, h, semitones))
            if progress is not None:
                progress((k + 1) / (len(candidates) + 1))
        ranked.sort(key=lambda r: (-r[0], r[1].place, r[2]))
        seen: dict[int, tuple[float, int]] = {}
        best: list[tuple[float, Hypothesis, int]] = []
        for score, h, semitones in ranked:
            if h.place not in seen:
                seen[h.place] = (score, semitones)
                best.append((score, h, semitones))
        for _, h, semitones in best[:FINALISTS]:
            match = self._match(query, tempos[h.ratio], h, semitones, constants, count, ranked)
            if match is not None and match.chance_probability <= limit:
                found.append(match)
        if progress is not None:
            progress(1.0)
        return sorted(found, key=lambda m: (-m.score, m.number))

    def candidates(self, query: CoverPrint, exclude: Collection[int] = ()) -> list[Hypothesis]:
        """First stage: the tracks (each at its best tempo) whose windows agree best with the query's."""
        self._prepare()
        if self._matrix is None or self._owner is None or not len(self._matrix):
            return []
        starts = np.flatnonzero(np.r_[True, self._owner[1:] != self._owner[:-1]])
        banned = np.array([number in set(exclude) for number in self._numbers])
        agreement = np.empty((len(TEMPO_RATIOS), len(self._numbers)), np.float32)
        for k, ratio in enumerate(TEMPO_RATIOS):
            frames = frames_of(query, ratio)
            if len(frames) < FEWEST_FRAMES or not np.any(frames):
                return []
            own = patches.descriptors(patches.windows(frames, patches.HOP // 2))
            best = np.maximum.reduceat(own @ self._matrix.T, starts, axis=1)
            agreement[k] = (best - best.mean(axis=1, keepdims=True)).mean(axis=0)
        agreement[:, banned] = -np.inf
        at = agreement.argmax(axis=0)
        top = agreement[at, np.arange(len(at))]
        order = np.argsort(-top, kind="stable")[:CANDIDATES]
        return [
            Hypothesis(int(place), TEMPO_RATIOS[int(at[place])], float(top[place]))
            for place in order
            if np.isfinite(top[place])
        ]

    def _prepare(self) -> None:
        if self._matrix is not None or not self._entries:
            return
        self._numbers = sorted(self._entries)
        self._matrix = np.concatenate([self._blocks[n] for n in self._numbers])
        self._owner = np.repeat(np.arange(len(self._numbers)), [len(self._blocks[n]) for n in self._numbers])

    def _aligned(self, own: Float32, other: Float32) -> list[tuple[int, float]]:
        """(transposition, score) of the likeliest transpositions."""
        profile = [float(np.sum(own.mean(axis=0) * transposed(other, t).mean(axis=0))) for t in range(12)]
        tried = sorted(range(12), key=lambda t: -profile[t])[:TRANSPOSITIONS]
        return [(t, align.quick_score(own, transposed(other, t))) for t in tried]

    def _match(
        self,
        query: CoverPrint,
        own: Float32,
        h: Hypothesis,
        semitones: int,
        constants: Calibration,
        count: int,
        ranked: list[tuple[float, Hypothesis, int]],
    ) -> CoverMatch | None:
        number = self._numbers[h.place]
        reference = self._entries[number].cover_print
        found = align.paths(own, transposed(frames_of(reference), semitones), FURTHER_SEGMENT)
        if not found:
            return None
        segments = tuple(_segment(p, h.ratio, query, reference) for p in found)
        score = found[0].score + sum(max(0.0, p.score - FURTHER_SEGMENT) for p in found[1:])
        cells = np.concatenate([p.cells for p in sorted(found, key=lambda p: int(p.cells[0, 0]))])
        path = tuple(
            (round((i + 0.5) / (RATE_HZ * h.ratio), 2), round((j + 0.5) / RATE_HZ, 2)) for i, j in cells[::3].tolist()
        )
        others = [r for r in ranked if r[1].place == h.place and r[2] != semitones]
        return CoverMatch(
            number=number,
            score=round(score, 2),
            chance_probability=chance_probability(score, query.duration_s, count, constants),
            transposition_semitones=_signed(semitones),
            path=path,
            segments=segments,
            query_share=round(_union([(s.query_start_s, s.query_end_s) for s in segments]) / query.duration_s, 3),
            reference_share=round(
                _union([(s.reference_start_s, s.reference_end_s) for s in segments]) / reference.duration_s, 3
            ),
            tempo_ratio=round(segments[0].tempo_ratio, 3),
            runner_up_transposition=_signed(others[0][2]) if others else None,
            runner_up_score=round(others[0][0], 2) if others else 0.0,
        )


def _segment(path: align.Path, ratio: float, query: CoverPrint, reference: CoverPrint) -> CoverSegment:
    (i0, j0), (i1, j1) = path.cells[0].tolist(), path.cells[-1].tolist()
    start, end = i0 / (RATE_HZ * ratio), min((i1 + 1) / (RATE_HZ * ratio), query.duration_s)
    low, high = j0 / RATE_HZ, min((j1 + 1) / RATE_HZ, reference.duration_s)
    return CoverSegment(
        query_start_s=round(start, 1),
        query_end_s=round(end, 1),
        reference_start_s=round(low, 1),
        reference_end_s=round(high, 1),
        tempo_ratio=round((high - low) / max(end - start, 1e-6), 3),
        score=round(path.score, 2),
    )


def _signed(semitones: int) -> int:
    return semitones - 12 if semitones > 6 else semitones


def _union(spans: list[tuple[float, float]]) -> float:
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
