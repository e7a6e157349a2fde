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
from ml.fingerprint.plausibility import Calibration, adjusted_score, chance_probability, changes, shortness
from ml.fingerprint.verify import Alignment

TAIL_SHARE = 0.10
"""Upper part of the chance scores that the tail is fitted to."""
ALIGNMENTS_KEPT = 30
MOST_ALTERED, MOST_COMBINED, MOST_STRETCH = 6.0, 9.0, 8.0
"""Bounds of the penalties: the benchmark has no recording that is both altered and noisy, the world has."""
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


def calibrate(
    folders: Sequence[Path], *, lengths: Sequence[float], every: int = 1, say: Say
) -> tuple[Calibration, str]:
    """Constants fitted on these folders, and a text that says how well they describe them.

    every: only each so-many-th query is used, to save time.
    """
    samples: list[Sample] = []
    for folder in folders:
        benchmark = open_benchmark(folder, say)
        jobs = [(q, s) for q in benchmark.queries[::every] for s in lengths]
        samples += parallel(_sample, jobs, benchmark, say)
    fitted = fit(samples)
    return fitted, describe(samples, fitted)


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
    )


def _strongest(found: Sequence[Alignment]) -> tuple[Alignment, ...]:
    return tuple(sorted(found, key=lambda a: -a.score)[:ALIGNMENTS_KEPT])


def fit(samples: Sequence[Sample]) -> Calibration:
    """Penalties, then the tail of the chance scores, then the threshold."""
    draft = Calibration(4.0, 7.0, 1.5, 10.0, TAIL_SHARE, 3.0, 0.1, _hours(samples), 0.01)
    for _ in range(3):
        draft = _with(draft, **_penalties(samples, draft))
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
    return max((adjusted_score(a, sample.query_frames, constants) for a in found), default=None)


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
    return {
        "altered_penalty": float(np.clip(-w[1] / w[0], 1.0, MOST_ALTERED)),
        "combined_penalty": float(np.clip(-w[2] / w[0], 2.0, MOST_COMBINED)),
        "stretch_penalty": float(np.clip(-w[3] / w[0], 0.0, MOST_STRETCH)),
    }


def _pareto(excess: NDArray[np.float64]) -> tuple[float, float]:
    """Scale and shape (0.05 to 0.5) of a generalised Pareto distribution, by maximum likelihood."""

    def loss(w: NDArray[np.float64]) -> float:
        scale, shape = np.exp(w[0]), np.clip(w[1], 0.05, 0.5)
        return float(len(excess) * np.log(scale) + (1 + 1 / shape) * np.sum(np.log1p(shape * excess / scale)))

    w = optimize.minimize(loss, np.array([np.log(excess.mean()), 0.15]), method="Nelder-Mead").x
    return float(np.exp(w[0])), float(np.clip(w[1], 0.05, 0.5))


def _chances(samples: Sequence[Sample], constants: Calibration) -> NDArray[np.float64]:
    """Chance probability of the best chance alignment of every search (1 where there is none)."""
    out = []
    for s in samples:
        best = _best(s.chance, s, constants)
        out.append(1.0 if best is None else chance_probability(best, s.duration_s, s.registry_s, constants))
    return np.array(out)


def _threshold(samples: Sequence[Sample], constants: Calibration) -> float:
    """The largest round probability at which chance finds something in no more than the target share, at any length."""
    groups = [[s for s in samples if s.length_s == length and s.chance] for length in {s.length_s for s in samples}]
    for limit in (0.01, 0.007, 0.005, 0.003, 0.002, 0.001, 0.0005, 0.0002, 0.0001):
        if all(np.mean(_chances(group, constants) <= limit) <= TARGET_FALSE_POSITIVES for group in groups if group):
            return limit
    return 0.0001


def describe(samples: Sequence[Sample], constants: Calibration) -> str:
    """How often chance passes each threshold, and how many true tracks do, by length."""
    lines = [str(constants), ""]
    for length in sorted({s.length_s for s in samples}):
        group = [s for s in samples if s.length_s == length]
        chances = _chances([s for s in group if s.chance], constants)
        passing = _chances([replace(s, chance=s.true) for s in group if s.true], constants)
        for limit in (0.05, 0.01, constants.threshold):
            chance, true = np.mean(chances <= limit), np.mean(passing <= limit)
            lines.append(
                f"{length:g} s, threshold {limit:g}: {chance:.2%} of {len(chances)} searches without a true match "
                f"and {true:.1%} of {len(passing)} true alignments pass"
            )
    return "\n".join(lines)
