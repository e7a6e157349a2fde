"""The front door: which registered recordings play the same music as a query, where, and could that be chance?"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.similarity.cover import align, patches
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.frames import RATE_HZ, TEMPO_RATIOS, frames_of, transposed
from ml.similarity.cover.plausibility import (
    NOTHING_KNOWN,
    Calibration,
    Unrelated,
    chance_probability,
    shipped_calibration,
)
from ml.similarity.cover.results import CoverMatch, CoverSegment

__all__ = ["VERSION", "CoverIndex", "CoverMatch", "CoverSegment", "shipped_calibration"]

VERSION = "3"
"""Changes whenever the same recordings could get another answer."""

Float32 = NDArray[np.float32]
Progress = Callable[[float], None]

COARSE, TEMPOS = 2, 3
"""The first stage tries every second tempo ratio; of a small registry's tracks, so many of them are aligned."""
CELLS = 64_000_000
"""Cells of similarity matrices that the second stage may fill for each transposition, about a quarter second's work."""
FEWEST_CANDIDATES, MOST_CANDIDATES = 100, 2400
LARGE_CANDIDATES, LARGE_SHARE = 200, 5
"""A large registry's search keeps one track in so many, up to so many, however long the query is."""
TYPICAL_FRAMES = 450
TRANSPOSITIONS, MORE_TRANSPOSITIONS = 2, 4
"""Transpositions that are aligned of a candidate, and of a finalist."""
REFINED, FINALISTS = 20, 12
FEWEST_FRAMES = 10
SAMPLE = 64
"""Registered tracks, taken evenly, that tell how much unrelated music resembles a query."""
FEWEST_SAMPLED, SPARED, UPPER = 32, 2, 8
"""Fewer say too little. Without the two highest, the upper eighth counts, by its median: versions of the query may be
among them.
"""
REMEMBERED = 512
"""Tracks whose frames a search keeps, for further tempos."""
WEIGHED_TRACKS = 20.0
"""Registries much larger than this tell well how much every track agrees with a window of the query."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A candidate: number of the track, place of its tempo ratio in TEMPO_RATIOS, how well the windows agree."""

    number: int
    tempo: int
    agreement: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """A hypothesis at a transposition, aligned."""

    number: int
    tempo: int
    semitones: int
    score: float


@dataclass(frozen=True, slots=True)
class _Ranking:
    """What the first stage says: numbers (n,) of the tracks that may be found; agreement (tempos, n) with the query at
    each tempo; order (tempos, n): places in `tempos` from each track's best to its worst.
    """

    tempos: tuple[int, ...]
    numbers: NDArray[np.int64]
    agreement: Float32
    order: NDArray[np.int64]


class _Query:
    """A query's frames at each tempo and transposition, and those of tracks compared with it, made when asked for."""

    def __init__(self, cover_print: CoverPrint, prints: Mapping[int, CoverPrint]) -> None:
        self.cover_print = cover_print
        self._prints = prints
        self._frames: dict[int, Float32] = {}
        self._turned: dict[tuple[int, int], Float32] = {}
        self._means: dict[int, Float32] = {}
        self._others: dict[int, Float32] = {}
        self._scores: dict[tuple[int, int, int], float] = {}

    def at(self, tempo: int) -> Float32:
        if tempo not in self._frames:
            self._frames[tempo] = frames_of(self.cover_print, TEMPO_RATIOS[tempo])
        return self._frames[tempo]

    def lowered(self, tempo: int, semitones: int) -> Float32:
        """As far lower as the query is higher than a track."""
        if (tempo, semitones) not in self._turned:
            self._turned[tempo, semitones] = transposed(self.at(tempo), -semitones)
        return self._turned[tempo, semitones]

    def keys(self, tempo: int, other: Float32) -> list[int]:
        """Transpositions in order of how well the mean frames agree, the likeliest first."""
        if tempo not in self._means:
            mean = self.at(tempo).mean(axis=0, keepdims=True)
            self._means[tempo] = np.concatenate([transposed(mean, -t) for t in range(12)])
        profile = self._means[tempo] @ other.mean(axis=0)
        return [int(t) for t in np.argsort(-profile, kind="stable")]

    def score(self, number: int, tempo: int, semitones: int) -> float:
        """Of the strongest path, reckoned once: a track of the sample may be a candidate as well."""
        key = (number, tempo, semitones)
        if key not in self._scores:
            self._scores[key] = align.quick_score(self.lowered(tempo, semitones), self.other(number))
        return self._scores[key]

    def other(self, number: int) -> Float32:
        found = self._others.get(number)
        if found is None:
            found = frames_of(self._prints[number])
            if len(self._others) < REMEMBERED:
                self._others[number] = found
        return found


class CoverIndex:
    """Prints of recordings by number, searchable. Deterministic; the order of `add` does not matter."""

    def __init__(self) -> None:
        self._prints: dict[int, CoverPrint] = {}
        self._table = patches.PatchTable()

    def __len__(self) -> int:
        return len(self._prints)

    def __contains__(self, number: int) -> bool:
        return number in self._prints

    def add(self, number: int, cover_print: CoverPrint) -> None:
        """Register a print under a number; an earlier one of that number is replaced."""
        self._table.add(number, patches.descriptors(patches.windows(frames_of(cover_print), patches.HOP)))
        self._prints[number] = cover_print

    def remove(self, number: int) -> None:
        """Forget a number; unknown ones are no error."""
        self._prints.pop(number, None)
        self._table.remove(number)

    def print_of(self, number: int) -> CoverPrint:
        """The print registered under a number. Raises KeyError."""
        return self._prints[number]

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
        most `threshold` (by default the calibrated one). exclude: numbers that are not to be found. progress: called
        with 0 to 1 now and then.
        """
        constants = calibration or shipped_calibration()
        limit = constants.threshold if threshold is None else threshold
        own = _Query(query, self._prints)
        ranking = self._ranking(own, exclude)
        hypotheses = _hypotheses(ranking, len(own.at(len(TEMPO_RATIOS) // 2)))
        unrelated = self._unrelated(own, ranking)
        aligned: list[Aligned] = []
        for k, h in enumerate(hypotheses):
            aligned += self._align(own, h.number, h.tempo, TRANSPOSITIONS)
            if progress is not None and k % 16 == 0:
                progress(0.9 * k / len(hypotheses))
        for best in _best_of_each(aligned)[:REFINED]:
            aligned += self._refine(own, best)
        matches = [
            self._match(own, best, constants, unrelated, [a for a in aligned if a.number == best.number])
            for best in _best_of_each(aligned)[:FINALISTS]
        ]
        if progress is not None:
            progress(1.0)
        found = [m for m in matches if m is not None and m.chance_probability <= limit]
        return sorted(found, key=lambda m: (-m.score, m.number))

    def candidates(self, query: CoverPrint, exclude: Collection[int] = ()) -> list[Hypothesis]:
        """First stage: tracks, each at its best tempo, in order of how well their windows agree with the query's;
        where there are few tracks, at further tempos too.
        """
        own = _Query(query, self._prints)
        return _hypotheses(self._ranking(own, exclude), len(own.at(len(TEMPO_RATIOS) // 2)))

    def _ranking(self, own: _Query, exclude: Collection[int]) -> _Ranking:
        tempos = tuple(range(0, len(TEMPO_RATIOS), COARSE))
        if len(own.at(0)) < FEWEST_FRAMES or not np.any(own.at(0)):
            nothing = np.zeros((len(tempos), 0), np.float32)
            return _Ranking(tempos, np.zeros(0, np.int64), nothing, nothing.astype(np.int64))
        numbers, raw = self._table.agreement([patches.query_descriptors(own.at(k)) for k in tempos])
        allowed = ~np.isin(numbers, list(exclude))
        numbers, raw = numbers[allowed], raw[:, allowed]
        weight = len(numbers) / (len(numbers) + WEIGHED_TRACKS)
        agreement = raw - weight * raw.mean(axis=1, keepdims=True) if len(numbers) else raw
        return _Ranking(tempos, numbers, agreement, np.argsort(-agreement, axis=0, kind="stable"))

    def _unrelated(self, own: _Query, ranking: _Ranking) -> Unrelated:
        """From `sample_of` the registry, each track at its best tempo."""
        places = sample_of(len(ranking.numbers))
        if len(places) < FEWEST_SAMPLED:
            return NOTHING_KNOWN
        tries = [(int(ranking.numbers[k]), ranking.tempos[int(ranking.order[0, k])]) for k in places]
        scores = sorted((max(a.score for a in self._align(own, *t, TRANSPOSITIONS)) for t in tries), reverse=True)
        upper = scores[SPARED : SPARED + len(scores) // UPPER]
        return Unrelated(float(np.median(np.log(np.maximum(upper, 1.0)))), len(scores))

    def _align(self, own: _Query, number: int, tempo: int, transpositions: int, skip: int = 0) -> list[Aligned]:
        """At the likeliest transpositions, without the `skip` very likeliest."""
        tried = own.keys(tempo, own.other(number))[skip:transpositions]
        return [Aligned(number, tempo, t, own.score(number, tempo, t)) for t in tried]

    def _refine(self, own: _Query, best: Aligned) -> list[Aligned]:
        """The same track at the neighbouring tempos, and at further transpositions."""
        out = [
            Aligned(best.number, tempo, best.semitones, own.score(best.number, tempo, best.semitones))
            for tempo in (best.tempo - 1, best.tempo + 1)
            if 0 <= tempo < len(TEMPO_RATIOS)
        ]
        return out + self._align(own, best.number, best.tempo, MORE_TRANSPOSITIONS, skip=TRANSPOSITIONS)

    def _match(
        self, own: _Query, best: Aligned, constants: Calibration, unrelated: Unrelated, tried: list[Aligned]
    ) -> CoverMatch | None:
        query, reference = own.cover_print, self._prints[best.number]
        ratio = TEMPO_RATIOS[best.tempo]
        found = align.paths(own.lowered(best.tempo, best.semitones), own.other(best.number))
        if not found:
            return None
        segments = tuple(_segment(p, ratio, query, reference) for p in found)
        score = align.chain_score(found)
        cells = np.concatenate([p.cells for p in sorted(found, key=lambda p: int(p.cells[0, 0]))])
        times = ((cells[::3] + 0.5) / (RATE_HZ * np.array([ratio, 1.0]))).round(2)
        others = [a for a in tried if a.semitones != best.semitones]
        runner_up = max(others, key=lambda a: (a.score, -a.semitones)) if others else None
        return CoverMatch(
            number=best.number,
            score=round(score, 2),
            chance_probability=chance_probability(score, query.duration_s, len(self._prints), constants, unrelated),
            transposition_semitones=_signed(best.semitones),
            path=tuple((float(a), float(b)) for a, b in times.tolist()),
            segments=segments,
            query_share=_share([(s.query_start_s, s.query_end_s) for s in segments], query.duration_s),
            reference_share=_share([(s.reference_start_s, s.reference_end_s) for s in segments], reference.duration_s),
            tempo_ratio=segments[0].tempo_ratio,
            runner_up_transposition=_signed(runner_up.semitones) if runner_up else None,
            runner_up_score=round(runner_up.score, 2) if runner_up else 0.0,
            unrelated=unrelated,
        )


def sample_of(count: int) -> list[int]:
    """Places of the tracks, among so many in order of their numbers, that stand for unrelated music."""
    size = min(SAMPLE, count)
    return [k * count // size for k in range(size)]


def _hypotheses(ranking: _Ranking, frames: int) -> list[Hypothesis]:
    """As many as the second stage has time for, given the query's frames."""
    count = len(ranking.numbers)
    least = max(FEWEST_CANDIDATES, min(LARGE_CANDIDATES, count // LARGE_SHARE))
    most = min(max(CELLS // (TYPICAL_FRAMES * max(1, frames)), least), MOST_CANDIDATES)
    out: list[Hypothesis] = []
    for row in ranking.order[:TEMPOS]:
        values = ranking.agreement[row, np.arange(count)]
        for place in np.argsort(-values, kind="stable")[: most - len(out)].tolist():
            tempo = ranking.tempos[int(row[place])]
            out.append(Hypothesis(int(ranking.numbers[place]), tempo, float(values[place])))
    return out


def _best_of_each(aligned: list[Aligned]) -> list[Aligned]:
    """The best alignment of each track, strongest first."""
    best: dict[int, Aligned] = {}
    for a in sorted(aligned, key=lambda a: (-a.score, a.number, a.semitones, a.tempo)):
        best.setdefault(a.number, a)
    return list(best.values())


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


def _share(spans: list[tuple[float, float]], duration_s: float) -> float:
    """Part of a recording that the spans cover."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return round(min(1.0, total / max(duration_s, 0.1)), 3)
