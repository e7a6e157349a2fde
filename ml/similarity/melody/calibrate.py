"""Fitting the law of chance scores on searches in which nothing true can be found.

Half of the searches are melodies of the calibration songs, whole and in excerpts, plain and altered, in an index
without their own collection and those that may share tunes with it, or, for collections of single songs, only without
the song itself: melodies of one kind. The other half are the same played backwards and upside down, which keeps
intervals, repetition and kind but no tune, in the whole index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.similarity.melody.calibration import Calibration, shipped_calibration
from ml.similarity.melody.collection import CALIBRATION, Say, Tune, read_folders
from ml.similarity.melody.copies import Grade, copy_of
from ml.similarity.melody.line import line_of
from ml.similarity.melody.notes import Melody, Note
from ml.similarity.melody.search import MelodyIndex
from ml.similarity.melody.significance import SMALL_INDEX, Law, Null, Situation, chance_probability, situation

LENGTHS = (8, 12, 20, 32, 64, 128, 400)
INDEX_SIZES = (3, 20, 100, 200, 500, 2_500, 10_000)
TARGET = 0.02
"""Share of searches without a relative that may find something at any length; 0.05 is promised over all."""
TAIL_SHARE, LEFT_OUT = 0.2, 0.03
_LOUD = Grade("altered", 0, rhythm=True, ornaments=0.25, edits=0.15)


@dataclass(frozen=True, slots=True)
class Sample:
    """One search by chance: what it depended on, and its best score."""

    where: Situation
    score: float


def calibrate(
    folders: Sequence[Path], *, queries: int, seed: int, say: Say, kin: Sequence[str] = (), single: Sequence[str] = ()
) -> tuple[Calibration, str]:
    """Constants fitted on these folders, and a text that says how well they describe the searches.

    kin: names of folders that may share tunes with one another. single: of ones whose songs share none.
    """
    tunes = read_folders(folders, say)
    samples = collect(tunes, queries=queries, seed=seed, say=say, kin=kin, single=single)
    chances = held_out_chances(samples)
    constants = replace(shipped_calibration(), null=fit(samples), threshold=_threshold(samples, chances))
    return constants, describe(samples, chances, constants)


def collect(
    tunes: Sequence[Tune], *, queries: int, seed: int, say: Say, kin: Sequence[str] = (), single: Sequence[str] = ()
) -> list[Sample]:
    """Chance searches of `queries` melodies at each index size, lengths in turn."""
    rng = np.random.default_rng(seed)
    pool = [k for k, t in enumerate(tunes) if t.split == CALIBRATION]
    samples = []
    for size in INDEX_SIZES:
        if size > 1.5 * len(tunes):
            continue
        chosen = np.sort(rng.permutation(len(tunes))[:size])
        index = MelodyIndex()
        for k in chosen:
            index.add(int(k), tunes[k].melody)
        for turn in range(queries):
            k = int(rng.choice(pool))
            grade = replace(_LOUD, notes=LENGTHS[turn % len(LENGTHS)])
            plain = replace(grade, rhythm=False, ornaments=0.0, edits=0.0)
            query = copy_of(tunes[k].melody, grade if turn % 3 == 0 else plain, rng)
            out = relatives(tunes, k, chosen, kin, single)
            if turn % 2:
                query, out = backwards(query), []
            found = chance_search(index, query, out)
            samples += [found] if found else []
        say(f"{size:,} melodies: {len(samples):,} searches")
    return samples


def relatives(
    tunes: Sequence[Tune], k: int, among: NDArray[np.int64], kin: Sequence[str], single: Sequence[str]
) -> list[int]:
    """Which of `among` may be related to tune `k`, itself included."""
    group = tunes[k].group
    if group in single:
        return [k]
    close = set(kin) if group in kin else {group}
    return [int(other) for other in among if tunes[other].group in close]


def chance_search(index: MelodyIndex, query: Melody, exclude: Sequence[int]) -> Sample | None:
    """The best of a search without `exclude`."""
    line = line_of(query)
    scores = index.scan(line, exclude)
    found = index.second_look(line, scores)
    return Sample(situation(line, scores, index.notes), found[0][1].score) if found else None


def backwards(melody: Melody) -> Melody:
    """Retrograde inversion: the same intervals and proportions in reverse order."""
    if not len(melody):
        return melody
    end = melody.notes[-1].onset + melody.notes[-1].duration
    axis = melody.notes[0].pitch + melody.notes[-1].pitch
    turned = [(end - n.onset - n.duration, n.duration, axis - n.pitch) for n in reversed(melody.notes)]
    low = min(0, *(p for _, _, p in turned))
    return Melody(tuple(Note(o, d, p - low) for o, d, p in turned))


def fit(samples: Sequence[Sample]) -> Null:
    """The laws of large and of small indexes."""
    large, small = ([s for s in samples if (s.where.rank_score is None) == is_small] for is_small in (False, True))
    return Null(_law(large), _law(small))


def _law(samples: Sequence[Sample]) -> Law:
    """Place by least squares without the strongest (which may be relatives), then the upper fifth as an exponential."""
    x = np.array([s.where.terms for s in samples])
    y = np.array([s.score for s in samples])
    kept = np.ones(len(y), bool)
    for _ in range(4):
        place, *_ = np.linalg.lstsq(x[kept], y[kept], rcond=None)
        rest = y - x @ place
        kept = rest <= np.quantile(rest, 1 - LEFT_OUT)
    over = np.sort(rest / np.array([s.where.spread for s in samples]))
    start = float(np.quantile(over, 1 - TAIL_SHARE))
    tail = over[over > start]
    scale = float(np.mean(np.minimum(tail, np.quantile(tail, 1 - LEFT_OUT)) - start))
    # The Gumbel law that exceeds `start` with the tail's share.
    shift = start + scale * float(np.log(-np.log1p(-TAIL_SHARE)))
    return Law(tuple(round(float(v), 4) for v in place), round(shift, 4), round(scale, 4))


def held_out_chances(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """The chance probability of each search under the laws fitted on the half that it is not in."""
    chances = np.zeros(len(samples))
    for half in (0, 1):
        null = fit(samples[1 - half :: 2])
        chances[half::2] = [chance_probability(s.score, s.where, null) for s in samples[half::2]]
    return chances


def _threshold(samples: Sequence[Sample], chances: NDArray[np.float64]) -> float:
    """The largest round probability that the target share of chance searches keeps at every length."""
    bands = _bands(samples)
    for limit in (0.05, 0.04, 0.03, 0.02, 0.01, 0.005, 0.002):
        if all(np.mean(chances[band] <= limit) <= TARGET for _, band in bands):
            return limit
    return 0.001


def _bands(samples: Sequence[Sample]) -> list[tuple[str, NDArray[np.bool_]]]:
    notes = np.array([s.where.notes for s in samples])
    small = np.array([s.where.rank_score is None for s in samples])
    edges = ((6, 14), (15, 28), (29, 50), (51, 100), (101, 9_999))
    bands = [(f"{a}–{b} notes", (notes >= a) & (notes <= b)) for a, b in edges]
    bands += [(f"under {SMALL_INDEX} melodies", small), ("larger indexes", ~small)]
    return [(name, band) for name, band in bands if band.sum() >= 30]


def describe(samples: Sequence[Sample], chances: NDArray[np.float64], constants: Calibration) -> str:
    """How often chance passes each threshold, by `chances` of searches that their fit did not see."""
    lines = [
        str(constants),
        "",
        "| searches | n | ≤ 0.1 | ≤ 0.05 | ≤ 0.01 | ≤ 0.001 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, band in [*_bands(samples), ("all", np.ones(len(samples), bool))]:
        shares = " | ".join(f"{np.mean(chances[band] <= limit):.1%}" for limit in (0.1, 0.05, 0.01, 0.001))
        lines.append(f"| {name} | {int(band.sum())} | {shares} |")
    return "\n".join(lines)
