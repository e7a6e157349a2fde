"""Fitting what a score means: searches in which nothing true can be found, by length of the query.

Every query of a `make-corpus` folder is searched without its own song; the versions of songs that are not registered
are registered for it as well, so that more unrelated tracks are there. The best scores that remain are chance (and
kinship: common chord progressions, common figures). How far their logarithms lie above the query's own level, which a
sample of the tracks tells, is described by a Gumbel distribution, with constants of its own for each length.
Tracks of that sample don't count as found by chance: in a large registry, the best one is seldom among them. How the
location grows with the number of tracks is measured by leaving three of four tracks out.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ml.similarity.cover.benchmark import Say
from ml.similarity.cover.plausibility import (
    SHORTEST_S,
    Calibration,
    chance_probability,
    level,
)
from ml.similarity.cover.search import VERSION
from ml.similarity.cover.searches import QUARTER, Sample, collect, name_of

TARGET_FALSE_ALARMS = 0.01
THRESHOLDS = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00001)
STRICTEST, LOOSEST = 0.001, 0.05
"""What an organisation may choose from."""
TRACKS_GROWTH = 0.2
"""Where nothing was measured with fewer tracks."""


def calibrate(
    folder: Path, *, lengths: Sequence[float], every: int = 1, kept: Path | None = None, say: Say
) -> tuple[Calibration, str]:
    """(constants, a text that says how well they fit). kept: a file that holds the searches already made."""
    samples = collect(folder, lengths=lengths, every=every, kept=kept, say=say, apart=True)
    fitted = fit(samples)
    return fitted, describe(samples, fitted)


def fit(samples: Sequence[Sample]) -> Calibration:
    """Constants by maximum likelihood, for each length. Scores below its median only count as lying there: the upper
    tail decides. The scale is then widened until no more searches than stated pass.
    """
    groups = sorted(_by_length(samples), key=lambda g: float(np.median([s.query_s for s in g])))
    usual = _usual(samples)
    rows = [_fit_length(g, usual) for g in groups]
    seconds, location, tracks, scale = (tuple(v) for v in zip(*rows, strict=True))
    found = replace(usual, seconds=seconds, location=location, tracks=tracks, scale=scale)
    return replace(found, threshold=_threshold(samples, found))


def _by_length(samples: Sequence[Sample]) -> list[list[Sample]]:
    lengths = dict.fromkeys(s.length_s for s in samples)
    return [[s for s in samples if s.length_s == length] for length in lengths]


def _fit_length(group: Sequence[Sample], usual: Calibration) -> tuple[float, float, float, float]:
    """(median seconds, location, tracks, scale) of queries of a length."""
    tracks = round(_tracks_growth(group), 4)
    grown = [level(s.query_s, usual, s.unrelated) + tracks * math.log(s.tracks) for s in group]
    score = np.log([max(s.chance, 1.0) for s in group]) - grown
    middle = float(np.median(score))
    above, told = score >= middle, np.maximum(score, middle)

    def loss(w: NDArray[np.float64]) -> float:
        z = (told - w[0]) * np.exp(-w[1])
        return float(np.sum(np.exp(-np.clip(z, -30, 30)) + above * (z + w[1])))

    w = optimize.minimize(loss, np.array([middle, math.log(0.2)]), method="Nelder-Mead", options={"maxiter": 4000}).x
    seconds = round(float(np.median([s.query_s for s in group])), 1)
    draft = replace(usual, seconds=(seconds,), location=(float(w[0]),), tracks=(tracks,), scale=(math.exp(w[1]),))
    wider = _widened(group, draft)
    return seconds, round(wider.location[0], 4), tracks, round(wider.scale[0], 4)


def _usual(samples: Sequence[Sample]) -> Calibration:
    """Constants of which only what is usual for a query's length is known."""
    seen = [s for s in samples if s.sampled]
    typical, growth, unknown = 0.0, 0.0, 0.0
    if seen:
        log_s = np.log([max(s.query_s, SHORTEST_S) for s in seen])
        levels = np.array([s.level for s in seen])
        growth = float(np.cov(log_s, levels)[0, 1] / max(np.var(log_s, ddof=1), 1e-6))
        typical = float(np.mean(levels) - growth * np.mean(log_s))
        unknown = float(np.std(levels - typical - growth * log_s)) * math.sqrt(6) / math.pi
    return Calibration(
        seconds=(1.0,),
        location=(0.0,),
        tracks=(0.0,),
        scale=(1.0,),
        typical=round(typical, 4),
        typical_growth=round(growth, 4),
        unknown=round(unknown, 4),
        threshold=TARGET_FALSE_ALARMS,
    )


def _tracks_growth(samples: Sequence[Sample]) -> float:
    """Mean growth of the logarithm of the best score for each unit of the logarithm of the number of tracks."""
    grown = [math.log(s.chance / s.quarter) for s in samples if s.quarter > 0]
    return max(0.0, float(np.mean(grown)) / math.log(QUARTER)) if grown else TRACKS_GROWTH


def _widened(group: Sequence[Sample], draft: Calibration) -> Calibration:
    """A larger scale, with the median kept, until no more searches than stated pass 10, 5, 2 and 1 percent."""
    middle = -math.log(math.log(2))
    for factor in np.arange(1.0, 3.01, 0.02):
        scale = draft.scale[0] * float(factor)
        moved = draft.location[0] - (scale - draft.scale[0]) * middle
        wider = replace(draft, scale=(scale,), location=(moved,))
        chances = _chances(group, wider)
        if all(np.mean(chances <= p) <= p for p in (0.1, 0.05, 0.02, 0.01)):
            return wider
    return wider


def _chances(samples: Sequence[Sample], constants: Calibration, true: bool = False) -> NDArray[np.float64]:
    scores = [s.true if true else s.chance for s in samples]
    rows = zip(scores, samples, strict=True)
    return np.array([chance_probability(score, s.query_s, s.tracks, constants, s.unrelated) for score, s in rows])


def _threshold(samples: Sequence[Sample], constants: Calibration) -> float:
    """The largest of the round probabilities within the limits at which chance finds something in no more than the
    target share of the searches of every length.
    """
    groups = _by_length(samples)
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
        "source": "python -m ml cover evaluate, songs of the split `report`; see docs/benchmarks/cover.md",
    }


def describe(samples: Sequence[Sample], constants: Calibration) -> str:
    """How often chance passes each threshold, and how many true tracks do, by length."""
    lines = [str(constants), ""]
    for length in sorted({s.length_s for s in samples}):
        group = [s for s in samples if s.length_s == length]
        known = [s for s in group if s.known]
        chance, true = _chances(group, constants), _chances(known, constants, true=True)
        for limit in dict.fromkeys((0.1, 0.05, 0.02, 0.01, 0.005, constants.threshold)):
            lines.append(
                f"{name_of(length)}, threshold {limit:g}: {np.mean(chance <= limit):.2%} of {len(group)} searches "
                f"without a true match and {np.mean(true <= limit):.1%} of {len(known)} true tracks pass"
            )
    return "\n".join(lines)
