"""Fitting what a score means: searches in which nothing true can be found, by length of the query.

Every query of a `make-corpus` folder is searched without its own song. The best scores that remain are chance (and
kinship: common chord progressions, common figures). Their logarithms are described by a Gumbel distribution whose
location grows with the logarithm of the query's length and of the number of tracks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ml.similarity.cover.benchmark import Query, Say, open_benchmark
from ml.similarity.cover.evaluate import name_of
from ml.similarity.cover.plausibility import Calibration, chance_probability
from ml.similarity.cover.search import VERSION, CoverIndex

TARGET_FALSE_ALARMS = 0.01
THRESHOLDS = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00001)
STRICTEST, LOOSEST = 0.001, 0.05
"""What an organisation may choose from."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The best scores of one search: of any track but the query's own song, and of that (0 when not found)."""

    length_s: float
    query_s: float
    tracks: int
    chance: float
    true: float
    known: bool


def calibrate(
    folder: Path, *, lengths: Sequence[float], every: int = 1, say: Say
) -> tuple[Calibration, dict[str, Any], str]:
    """(constants, operating points, a text that says how well they fit)."""
    samples = collect(folder, lengths=lengths, every=every, say=say)
    fitted = fit(samples)
    return fitted, operating_points(samples, fitted), describe(samples, fitted)


def collect(folder: Path, *, lengths: Sequence[float], every: int = 1, say: Say) -> list[Sample]:
    """One search for each so-many-th query and each length."""
    benchmark = open_benchmark(folder, say, every)
    index = CoverIndex()
    for number, cover_print in enumerate(benchmark.prints):
        index.add(number, cover_print)
    samples = []
    for k, query in enumerate(benchmark.queries, 1):
        samples += [_sample(index, query, length) for length in lengths]
        if k % 10 == 0:
            say(f"{k} of {len(benchmark.queries)} queries")
    return samples


def _sample(index: CoverIndex, query: Query, length_s: float) -> Sample:
    cut = query.cut(length_s)
    found = index.search(cut, threshold=1.0)
    return Sample(
        length_s=length_s,
        query_s=cut.duration_s,
        tracks=len(index),
        chance=max((m.score for m in found if m.number != query.number), default=0.0),
        true=max((m.score for m in found if m.number == query.number), default=0.0),
        known=query.number is not None,
    )


def fit(samples: Sequence[Sample]) -> Calibration:
    """Constants by maximum likelihood; the scale is then widened until the largest tenth fits, too."""
    score = np.log([max(s.chance, 1.0) for s in samples])
    log_s = np.log([max(s.query_s, 5.0) for s in samples])
    log_n = np.log([s.tracks for s in samples])

    def loss(w: NDArray[np.float64]) -> float:
        scale = math.exp(w[2])
        z = (score - w[0] - w[1] * log_s) / scale - log_n
        return float(np.sum(z + np.exp(-np.clip(z, -30, 30))) + len(z) * w[2])

    start = np.array([0.5, 0.6, math.log(0.2)])
    w = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "maxfev": 4000}).x
    draft = Calibration(round(float(w[0]), 4), round(float(w[1]), 4), round(math.exp(w[2]), 4), 0.01)
    draft = _widened(samples, draft)
    return replace(draft, threshold=_threshold(samples, draft))


def _widened(samples: Sequence[Sample], draft: Calibration) -> Calibration:
    """A larger scale, with the median kept, until no more searches than stated pass 10, 5 and 2 percent."""
    tracks = float(np.mean([s.tracks for s in samples]))
    middle = math.log(tracks) - math.log(math.log(2))
    for factor in np.arange(1.0, 3.01, 0.05):
        scale = draft.scale * float(factor)
        moved = draft.location - (scale - draft.scale) * middle
        wider = replace(draft, scale=round(scale, 4), location=round(moved, 4))
        chances = _chances(samples, wider)
        if all(np.mean(chances <= p) <= p for p in (0.1, 0.05, 0.02)):
            return wider
    return wider


def _chances(samples: Sequence[Sample], constants: Calibration, true: bool = False) -> NDArray[np.float64]:
    return np.array([chance_probability(s.true if true else s.chance, s.query_s, s.tracks, constants) for s in samples])


def _threshold(samples: Sequence[Sample], constants: Calibration) -> float:
    """The largest of the round probabilities within the limits at which chance finds something in no more than the
    target share of the searches of every length.
    """
    groups = [[s for s in samples if s.length_s == length] for length in {s.length_s for s in samples}]
    for limit in THRESHOLDS:
        if limit <= TARGET_FALSE_ALARMS and all(
            np.mean(_chances(g, constants) <= limit) <= TARGET_FALSE_ALARMS for g in groups
        ):
            return max(limit, STRICTEST)
    return STRICTEST


def operating_points(samples: Sequence[Sample], constants: Calibration) -> dict[str, Any]:
    """What pages show beside a choice of threshold: measured error rates, all lengths together."""
    chance, known = _chances(samples, constants), [s for s in samples if s.known]
    true, wrong = _chances(known, constants, true=True), _chances(known, constants)
    points = [
        {
            "threshold": limit,
            "false_alarm_rate": round(float(np.mean(chance <= limit)), 5),
            "hit_rate": round(float(np.mean((true <= limit) & (true <= wrong))), 4),
            "queries": len(samples),
        }
        for limit in THRESHOLDS
        if STRICTEST <= limit <= LOOSEST
    ]
    return {
        "version": VERSION,
        "default": constants.threshold,
        "limits": [STRICTEST, LOOSEST],
        "points": points,
        "source": "python -m ml cover calibrate, songs of the split `calibrate`; see docs/benchmarks/cover.md",
    }


def describe(samples: Sequence[Sample], constants: Calibration) -> str:
    """How often chance passes each threshold, and how many true tracks do, by length."""
    lines = [str(constants), ""]
    for length in sorted({s.length_s for s in samples}):
        group = [s for s in samples if s.length_s == length]
        known = [s for s in group if s.known]
        chance, true = _chances(group, constants), _chances(known, constants, true=True)
        for limit in (0.1, 0.05, 0.01, constants.threshold):
            lines.append(
                f"{name_of(length)}, threshold {limit:g}: {np.mean(chance <= limit):.2%} of {len(group)} searches "
                f"without a true match and {np.mean(true <= limit):.1%} of {len(known)} true tracks pass"
            )
    return "\n".join(lines)
