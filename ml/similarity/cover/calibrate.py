"""Fitting what a score means: searches in which nothing true can be found, by length of the query.

Every query of a `make-corpus` folder is searched without its own song. The best scores that remain are chance (and
kinship: common chord progressions, common figures). Their logarithms are described by a Gumbel distribution whose
location and scale grow with the query's length. How the location grows with the number of tracks is measured by
leaving three of four tracks of each search out.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ml.similarity.cover.benchmark import Query, Say, open_benchmark
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.evaluate import name_of
from ml.similarity.cover.plausibility import SCALE_AT_S, Calibration, chance_probability, shipped_calibration
from ml.similarity.cover.search import VERSION, CoverIndex

TARGET_FALSE_ALARMS = 0.01
THRESHOLDS = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00001)
STRICTEST, LOOSEST = 0.001, 0.05
"""What an organisation may choose from."""
QUARTER = 4
TRACKS_GROWTH = 0.2
"""Where nothing was measured with fewer tracks."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The best scores of one search: of any track but the query's own song, and of that (0 when not found)."""

    length_s: float
    query_s: float
    tracks: int
    chance: float
    true: float
    known: bool
    quarter: float = 0.0
    """The best chance score among every fourth track; 0 when not known."""


def calibrate(
    folder: Path, *, lengths: Sequence[float], every: int = 1, kept: Path | None = None, say: Say
) -> tuple[Calibration, str]:
    """(constants, a text that says how well they fit). kept: a file that holds the searches already made."""
    samples = collect(folder, lengths=lengths, every=every, kept=kept, say=say)
    fitted = fit(samples)
    return fitted, describe(samples, fitted)


def measure(
    folder: Path, *, lengths: Sequence[float], every: int = 1, kept: Path | None = None, say: Say
) -> tuple[dict[str, Any], str]:
    """(operating points of the shipped constants on a folder of other songs, a text of the rates by length)."""
    samples = collect(folder, lengths=lengths, every=every, kept=kept, say=say)
    constants = shipped_calibration()
    return operating_points(samples, constants), describe(samples, constants)


def collect(
    folder: Path, *, lengths: Sequence[float], every: int = 1, kept: Path | None = None, say: Say
) -> list[Sample]:
    """One search for each so-many-th query and each length, and the searches that `kept` holds from earlier runs, which
    are not made again. Raises CoverError when those are of another version.
    """
    benchmark = open_benchmark(folder, say, every)
    index = CoverIndex()
    for number, cover_print in enumerate(benchmark.prints):
        index.add(number, cover_print)
    earlier = _read(kept)
    for k, query in enumerate(benchmark.queries, 1):
        for length in lengths:
            key = f"{VERSION} {query.name} {length:g} {len(index)}"
            if key not in earlier:
                earlier[key] = _sample(index, query, length)
                _append(kept, key, earlier[key])
        if k % 10 == 0:
            say(f"{k} of {len(benchmark.queries)} queries")
    return list(earlier.values())


def _read(kept: Path | None) -> dict[str, Sample]:
    if kept is None or not kept.exists():
        return {}
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    if any(not row["search"].startswith(f"{VERSION} ") for row in rows):
        raise CoverError("no_index", f"{kept} holds searches of another version; name a new file.")
    return {row.pop("search"): Sample(**row) for row in rows}


def _append(kept: Path | None, key: str, sample: Sample) -> None:
    if kept is not None:
        with kept.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"search": key, **asdict(sample)}, ensure_ascii=False) + "\n")


def _sample(index: CoverIndex, query: Query, length_s: float) -> Sample:
    cut = query.cut(length_s)
    found = index.search(cut, threshold=1.0)
    others = [m for m in found if m.number != query.number]
    fewer = [m.score for m in others if m.number % QUARTER == 0]
    return Sample(
        length_s=length_s,
        query_s=cut.duration_s,
        tracks=len(index),
        chance=max((m.score for m in others), default=0.0),
        true=max((m.score for m in found if m.number == query.number), default=0.0),
        known=query.number is not None,
        quarter=max(fewer) if fewer else min((m.score for m in others), default=0.0),
    )


def fit(samples: Sequence[Sample]) -> Calibration:
    """Constants by maximum likelihood, for which scores below the median of their length only count as lying there:
    the upper tail decides. The scale is then widened until the largest tenth fits, too.
    """
    score = np.log([max(s.chance, 1.0) for s in samples])
    log_s = np.log([max(s.query_s, 5.0) for s in samples])
    tracks = round(_tracks_growth(samples), 4)
    score = score - tracks * np.log([s.tracks for s in samples])
    lengths = np.array([s.length_s for s in samples])
    floor = np.zeros(len(samples))
    for length in set(lengths.tolist()):
        floor[lengths == length] = np.median(score[lengths == length])
    above = score >= floor
    told = np.maximum(score, floor)

    def loss(w: NDArray[np.float64]) -> float:
        log_scale = w[2] + w[3] * (log_s - math.log(SCALE_AT_S))
        z = (told - w[0] - w[1] * log_s) * np.exp(-log_scale)
        return float(np.sum(np.exp(-np.clip(z, -30, 30)) + above * (z + log_scale)))

    start = np.array([0.5, 0.6, math.log(0.2), 0.0])
    w = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 8000, "maxfev": 8000}).x
    location, growth, log_scale, scale_growth = (float(v) for v in w)
    draft = Calibration(
        location=round(location, 4),
        growth=round(growth, 4),
        tracks=tracks,
        scale=round(math.exp(log_scale), 4),
        scale_growth=round(scale_growth, 4),
        threshold=TARGET_FALSE_ALARMS,
    )
    draft = _widened(samples, draft)
    return replace(draft, threshold=_threshold(samples, draft))


def _tracks_growth(samples: Sequence[Sample]) -> float:
    """Mean growth of the logarithm of the best score for each unit of the logarithm of the number of tracks."""
    grown = [math.log(s.chance / s.quarter) for s in samples if s.quarter > 0]
    return max(0.0, float(np.mean(grown)) / math.log(QUARTER)) if grown else TRACKS_GROWTH


def _widened(samples: Sequence[Sample], draft: Calibration) -> Calibration:
    """A larger scale, with the median at a minute kept, until no more searches than stated pass 10, 5 and 2 percent,
    and of each length 10 and 5 percent.
    """
    middle = -math.log(math.log(2))
    groups = [np.array([s.length_s == length for s in samples]) for length in {s.length_s for s in samples}]
    for factor in np.arange(1.0, 3.01, 0.05):
        scale = draft.scale * float(factor)
        moved = draft.location - (scale - draft.scale) * middle
        wider = replace(draft, scale=round(scale, 4), location=round(moved, 4))
        chances = _chances(samples, wider)
        together = all(np.mean(chances <= p) <= p for p in (0.1, 0.05, 0.02))
        if together and all(np.mean(chances[g] <= p) <= p for g in groups for p in (0.1, 0.05)):
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
        "source": "python -m ml cover points, songs of the split `report`; see docs/benchmarks/cover.md",
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
