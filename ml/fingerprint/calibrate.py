"""Fitting the constants of `plausibility` on benchmark folders.

Every query is searched twice: as it is, and with the tracks that it truly comes from left out. The second search
shows what
chance (and kinship of style, composer or sample pack) reaches. Penalties come from a logistic regression between
both kinds of best alignments; the tail from the upper part of the chance scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ml.fingerprint.audio_input import load
from ml.fingerprint.benchmark import Benchmark, Query, Say, open_benchmark
from ml.fingerprint.engine import Engine
from ml.fingerprint.evaluate import current_benchmark, parallel
from ml.fingerprint.extract import extract
from ml.fingerprint.plausibility import (
    SECONDS_A_SEARCH,
    Calibration,
    adjusted_score,
    chance_probability,
    changes,
    shortness,
    weigh_all,
)
from ml.fingerprint.verify import Alignment
from ml.fingerprint.versions import MATCHER_VERSION

TAIL_SHARE = 0.10
"""Upper part of the chance scores that the tail is fitted to."""
RUNNER_UP_QUANTILE = 0.6
UPPER_QUANTILES = (0.8, 0.9, 0.95)
"""Where the chance scores of queries of different lengths are compared."""
ALIGNMENTS_KEPT = 30
MOST_ALTERED, MOST_COMBINED, MOST_STRETCH = 6.0, 9.0, 8.0
"""Bounds of the penalties: the benchmark has no recording that is both altered and noisy, the world has."""
COMBINED_MORE = 1.5
"""Nepers that a combined alteration costs at least above a single one: there are several times as many to try."""
KIN_SCORE = 45.0
"""Evidence of a single alignment, in nepers, that is no chance; the best of all others stays below 30."""
CAUTION, HEAVIEST, LIGHTEST = 1.5, 0.5, 0.1
"""The fitted tail is made so many times as wide, and its shape kept within bounds: other music may be more alike."""
OPERATING_THRESHOLDS = (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01)
SHORTEST_OPERATING_S = 3.0
TARGET_FALSE_POSITIVES = 0.005
"""Half of what is promised, since unseen music may be more alike than the music of the calibration."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Alignments of one search: the strongest that are chance, and the strongest of the true track (none if
    unknown).
    """

    length_s: float
    query_frames: int
    duration_s: float
    registry_s: float
    chance: tuple[Alignment, ...]
    true: tuple[Alignment, ...]
    query: str = ""


def calibrate(
    folders: Sequence[Path], *, lengths: Sequence[float], every: int = 1, say: Say
) -> tuple[Calibration, str, dict[str, Any]]:
    """Constants fitted on these folders, a text that says how well they describe them, and the operating points.

    every: only each so-many-th query is used, to save time.
    """
    samples: list[Sample] = []
    for folder in folders:
        benchmark = open_benchmark(folder, say)
        jobs = [(q, s) for q in benchmark.queries[::every] for s in lengths]
        samples += parallel(_sample, jobs, benchmark, say)
    samples = without_kin(samples)
    fitted = fit(samples)
    names = " ".join(folder.name for folder in folders)
    source = f"calibrate {names} --every {every} --lengths {','.join(f'{n:g}' for n in lengths)}"
    return fitted, describe(samples, fitted), operating_points(samples, fitted, source)


def _sample(job: tuple[Query, float]) -> Sample:
    query, length = job
    benchmark: Benchmark = current_benchmark()
    peaks = extract(load(query.path, length))
    numbers = {name: number for number, name in enumerate(benchmark.index.names)}
    own = {numbers[name] for name in benchmark.accepted(query.track) if name in numbers}
    # A mix holds a second track, which may share audio with a registered one: its matches are not chance.
    mixed = query.condition.startswith("mix")
    chance = [] if mixed else Engine(peaks, benchmark.index, own).run()
    true = [a for a in Engine(peaks, benchmark.index).run() if a.track in own] if query.registered else []
    return Sample(
        length_s=length,
        query_frames=peaks.frames,
        duration_s=peaks.duration_s,
        registry_s=sum(benchmark.index.durations.values()),
        chance=_strongest(chance),
        true=_strongest(true),
        query=query.name,
    )


def _strongest(found: Sequence[Alignment]) -> tuple[Alignment, ...]:
    return tuple(sorted(found, key=lambda a: -a.score)[:ALIGNMENTS_KEPT])


def without_kin(samples: Sequence[Sample]) -> list[Sample]:
    """Without queries whose chance search found what no chance can: the same production in another tempo or key.

    Such pairs aren't known beforehand, since the waveforms of altered copies don't correlate. The query is left out at
    every length.
    """
    kin = {s.query for s in samples if s.query and any(a.score >= KIN_SCORE for a in s.chance)}
    return [s for s in samples if s.query not in kin]


def fit(samples: Sequence[Sample]) -> Calibration:
    """Penalties, then the tail of the chance scores, then the threshold."""
    draft = Calibration(4.0, 7.0, 1.5, 10.0, TAIL_SHARE, 3.0, 0.1, _hours(samples), 0.01)
    for _ in range(3):
        draft = _with(draft, **_penalties(samples, draft))
    draft = _with(draft, runner_up_level=_runner_up_level(samples, draft))
    draft = _with(draft, length_penalty=_length_penalty(samples, draft))
    scores = np.sort([s for s in (_best(x.chance, x, draft) for x in samples if x.chance) if s is not None])
    start = float(np.quantile(scores, 1 - TAIL_SHARE))
    scale, shape = _pareto(scores[scores > start] - start)
    draft = _with(draft, tail_start=start, tail_share=TAIL_SHARE, tail_scale=scale, tail_shape=shape)
    return _with(draft, threshold=_threshold(samples, draft))


def _with(constants: Calibration, **changed: float) -> Calibration:
    rounded: dict[str, Any] = {name: round(value, 4) for name, value in changed.items()}
    return replace(constants, **rounded)


def _hours(samples: Sequence[Sample]) -> float:
    return float(np.mean([s.registry_s for s in samples])) / 3600


def _best(found: Sequence[Alignment], sample: Sample, constants: Calibration) -> float | None:
    """Largest net score of these alignments, with those that are chance as their rivals."""
    rivals = [*found, *sample.chance] if found is not sample.chance else found
    own = {a.track for a in found}
    weighed = weigh_all(rivals, sample.query_frames, constants)
    return max((w.net for w in weighed if w.alignment.track in own), default=None)


def _runner_up_level(samples: Sequence[Sample], draft: Calibration) -> float:
    """What the second best track of a search without a true match mostly stays below."""
    seconds = []
    for s in samples:
        top = weigh_all(s.chance, s.query_frames, draft)
        if top and top[0].runner_up is not None:
            seconds.append(top[0].runner_up.adjusted)
    return float(np.quantile(seconds, RUNNER_UP_QUANTILE)) if seconds else 0.0


def _features(found: Sequence[Alignment], sample: Sample, constants: Calibration) -> list[float] | None:
    if not found:
        return None
    best = max(found, key=lambda a: adjusted_score(a, sample.query_frames, constants))
    kind = changes(best.rate, best.pitch)
    return [min(best.score, 60.0), float(kind == 1), float(kind == 2), shortness(best, sample.query_frames), 1.0]


def _penalties(samples: Sequence[Sample], draft: Calibration) -> dict[str, float]:
    """Logistic regression of true against chance; a penalty is a coefficient in units of the score's."""
    chance = [f for f in (_features(s.chance, s, draft) for s in samples) if f is not None]
    true = [f for f in (_features(s.true, s, draft) for s in samples) if f is not None]
    x = np.array(chance + true)
    y = np.array([-1.0] * len(chance) + [1.0] * len(true))

    def loss(w: NDArray[np.float64]) -> float:
        return float(np.sum(np.logaddexp(0, -y * (x @ w))) + 0.01 * np.sum(w[:-1] ** 2))

    w = optimize.minimize(loss, np.array([0.3, -1.0, -2.0, -0.5, -4.0]), method="L-BFGS-B").x
    altered = float(np.clip(-w[1] / w[0], 1.0, MOST_ALTERED))
    return {
        "altered_penalty": altered,
        "combined_penalty": float(np.clip(-w[2] / w[0], altered + COMBINED_MORE, MOST_COMBINED)),
        "stretch_penalty": float(np.clip(-w[3] / w[0], 0.0, MOST_STRETCH)),
    }


def _length_penalty(samples: Sequence[Sample], draft: Calibration) -> float:
    """Slope of the upper chance scores over the logarithm of 15 s by the query's length; 0 for a single length."""
    by_length: dict[float, list[float]] = {}
    for s in samples:
        best = _best(s.chance, s, draft)
        if best is not None:
            by_length.setdefault(s.length_s, []).append(best)
    x = [float(np.log(SECONDS_A_SEARCH / min(length, SECONDS_A_SEARCH))) for length in by_length]
    if len(set(x)) < 2:
        return 0.0
    upper = [[float(np.quantile(scores, q)) for scores in by_length.values()] for q in UPPER_QUANTILES]
    return max(0.0, float(np.mean([np.polyfit(x, y, 1)[0] for y in upper])))


def _pareto(excess: NDArray[np.float64]) -> tuple[float, float]:
    """Scale (with caution) and shape of a generalised Pareto distribution, by maximum likelihood."""

    def loss(w: NDArray[np.float64]) -> float:
        scale, shape = np.exp(w[0]), np.clip(w[1], LIGHTEST, HEAVIEST)
        return float(len(excess) * np.log(scale) + (1 + 1 / shape) * np.sum(np.log1p(shape * excess / scale)))

    w = optimize.minimize(loss, np.array([np.log(excess.mean()), 0.15]), method="Nelder-Mead").x
    return CAUTION * float(np.exp(w[0])), float(np.clip(w[1], LIGHTEST, HEAVIEST))


def _chances(samples: Sequence[Sample], constants: Calibration, *, true: bool = False) -> NDArray[np.float64]:
    """Chance probability of the best chance (or true) alignment of every search, 1 where there is none."""
    out = []
    for s in samples:
        best = _best(s.true if true else s.chance, s, constants)
        out.append(1.0 if best is None else chance_probability(best, s.duration_s, s.registry_s, constants))
    return np.array(out)


def _threshold(samples: Sequence[Sample], constants: Calibration) -> float:
    """The largest round probability at which chance finds something in no more than the target share of searches.

    At each length one more than that may pass, since a few hundred searches can't tell half a percent from one hit.
    """
    searched = [s for s in samples if s.chance]
    chances = _chances(searched, constants)
    lengths = np.array([s.length_s for s in searched])
    for limit in (0.003, 0.002, 0.001, 0.0005, 0.0002, 0.0001):
        passing = chances <= limit
        by_length = [(int(passing[lengths == n].sum()), int(np.sum(lengths == n))) for n in np.unique(lengths)]
        if passing.mean() <= TARGET_FALSE_POSITIVES and all(
            hits <= 1 + TARGET_FALSE_POSITIVES * count for hits, count in by_length
        ):
            return limit
    return 0.0001


def operating_points(samples: Sequence[Sample], constants: Calibration, source: str) -> dict[str, Any]:
    """What each threshold costs and finds, for pages that let people choose one; queries of 3 s and more.

    false_alarm_rate: share of searches without a true match that find something; hit_rate: share of registered
    queries (most of them distorted) whose track is found.
    """
    heard = [s for s in samples if s.length_s >= SHORTEST_OPERATING_S]
    chance = _chances([s for s in heard if s.chance], constants)
    true = _chances([s for s in heard if s.true], constants, true=True)
    points = [
        {
            "threshold": limit,
            "false_alarm_rate": round(float(np.mean(chance <= limit)), 5),
            "hit_rate": round(float(np.mean(true <= limit)), 5),
            "queries": len(chance) + len(true),
        }
        for limit in OPERATING_THRESHOLDS
    ]
    limits = [OPERATING_THRESHOLDS[0], OPERATING_THRESHOLDS[-1]]
    return {
        "version": MATCHER_VERSION,
        "default": constants.threshold,
        "limits": limits,
        "points": points,
        "source": source,
    }


def describe(samples: Sequence[Sample], constants: Calibration) -> str:
    """How often chance passes each threshold, and how many true tracks do, by length."""
    lines = [str(constants), ""]
    for length in sorted({s.length_s for s in samples}):
        group = [s for s in samples if s.length_s == length]
        chances = _chances([s for s in group if s.chance], constants)
        passing = _chances([s for s in group if s.true], constants, true=True)
        for limit in (0.05, 0.01, constants.threshold):
            chance, true = np.mean(chances <= limit), np.mean(passing <= limit)
            lines.append(
                f"{length:g} s, threshold {limit:g}: {chance:.2%} of {len(chances)} searches without a true match "
                f"and {true:.1%} of {len(passing)} true alignments pass"
            )
    return "\n".join(lines)
