"""Measuring the cover search on a folder of `make-corpus`, against two openly known methods."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ml.similarity.cover import baseline
from ml.similarity.cover.benchmark import WHOLE, Benchmark, Say, open_benchmark
from ml.similarity.cover.calibrate import describe, operating_points
from ml.similarity.cover.plausibility import Calibration, chance_probability, shipped_calibration
from ml.similarity.cover.searches import MISSED, Sample, collect, name_of

LENGTHS = (30.0, 60.0, WHOLE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search answered. rank: 0 for the true track first; MISSED when absent or not registered. score and chance
    are of the first answer, wrong_chance of the best one that is not the true track.
    """

    kind: str
    length_s: float
    registered: bool
    rank: int
    chance: float
    wrong_chance: float
    cpu_s: float


@dataclass
class Report:
    """Figures of an evaluation; `as_text` is for people."""

    figures: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """Tables for a terminal or a Markdown page."""
        f = self.figures
        lines = [
            f"{f['tracks']} tracks registered, {f['queries']} queries; default threshold {f['threshold']:g}",
            f"Prints: {f['bytes_a_minute']:.0f} bytes a minute",
            "",
            "| query | MAP | R@1 | R@10 | true first at default | false alarms | ms |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for name, row in f["lengths"].items():
            lines.append(
                f"| {name} | {row['map']:.3f} | {row['r1']:.1%} | {row['r10']:.1%} | {row['hit']:.1%} | "
                f"{row['false']} of {row['unknown']} | {row['ms']:.0f} |"
            )
        names = list(f["lengths"])
        lines += ["", "| kind | " + " | ".join(f"{n}: R@1 (at default)" for n in names) + " |"]
        lines.append("| --- |" + " ---: |" * len(names))
        for kind in f["lengths"][names[0]]["kinds"]:
            cells = [f["lengths"][n]["kinds"][kind] for n in names]
            lines.append(f"| {kind} | " + " | ".join(f"{c['r1']:.0%} ({c['hit']:.0%})" for c in cells) + " |")
        if f.get("rates"):
            lines += ["", f["rates"]]
        if f.get("baselines"):
            lines += ["", "| method | query | MAP | R@1 | R@10 |", "| --- | --- | ---: | ---: | ---: |"]
            lines += [
                f"| {b['method']} | {b['length']} | {b['map']:.3f} | {b['r1']:.1%} | {b['r10']:.1%} |"
                for b in f["baselines"]
            ]
        return "\n".join(lines)


def evaluate(
    folder: Path,
    *,
    lengths: Sequence[float] = LENGTHS,
    every: int = 1,
    kept: Path | None = None,
    baselines: bool = True,
    say: Say,
) -> Report:
    """Each so-many-th query of the folder at every length; 0 is the whole recording. kept: see `collect`."""
    samples = collect(folder, lengths=lengths, every=every, kept=kept, say=say)
    constants = shipped_calibration()
    outcomes = [outcome(s, constants) for s in samples]
    benchmark = open_benchmark(folder, say, every)
    figures: dict[str, Any] = {
        "tracks": len(benchmark.prints),
        "queries": len(benchmark.queries),
        "threshold": constants.threshold,
        "bytes_a_minute": 60 * sum(len(p.to_bytes()) for p in benchmark.prints) / _seconds(benchmark),
        "lengths": {name_of(s): summary([o for o in outcomes if o.length_s == s]) for s in lengths},
        "rates": describe(samples, constants),
        "operating_points": operating_points(samples, constants),
    }
    if baselines:
        figures["baselines"] = [row for s in lengths for row in _baselines(benchmark, s, say)]
    return Report(figures)


def _seconds(benchmark: Benchmark) -> float:
    return sum(p.duration_s for p in benchmark.prints)


def outcome(sample: Sample, constants: Calibration) -> Outcome:
    """What a search would have answered without a threshold."""
    true, wrong = (
        chance_probability(score, sample.query_s, sample.tracks + sample.known, constants, sample.unrelated)
        for score in (sample.true, sample.chance)
    )
    return Outcome(
        kind=sample.kind,
        length_s=sample.length_s,
        registered=sample.known,
        rank=sample.rank,
        chance=min(true, wrong),
        wrong_chance=wrong,
        cpu_s=sample.cpu_s,
    )


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of one query length. A false alarm is a query of an unregistered song that finds anything at the default
    threshold; wrong: one of a registered song whose first answer is another track.
    """
    threshold = shipped_calibration().threshold
    true = [o for o in outcomes if o.registered]
    unknown = [o for o in outcomes if not o.registered]
    return {
        **_ranks([o.rank for o in true]),
        "hit": _share([o.rank == 0 and o.chance <= threshold for o in true]),
        "wrong": sum(o.rank != 0 and o.chance <= threshold for o in true),
        "besides": sum(o.wrong_chance <= threshold for o in true),
        "registered": len(true),
        "false": sum(o.chance <= threshold for o in unknown),
        "unknown": len(unknown),
        "ms": 1000 * float(np.mean([o.cpu_s for o in outcomes])) if outcomes else 0.0,
        "kinds": {
            kind: {
                "r1": _share([o.rank == 0 for o in true if o.kind == kind]),
                "r10": _share([o.rank < 10 for o in true if o.kind == kind]),
                "hit": _share([o.rank == 0 and o.chance <= threshold for o in true if o.kind == kind]),
            }
            for kind in dict.fromkeys(o.kind for o in true)
        },
    }


def _ranks(ranks: Sequence[int]) -> dict[str, float]:
    """Mean average precision (one true track a query), first and among the first ten."""
    return {
        "map": float(np.mean([1 / (r + 1) if r < MISSED else 0.0 for r in ranks])) if ranks else 0.0,
        "r1": _share([r == 0 for r in ranks]),
        "r10": _share([r < 10 for r in ranks]),
    }


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _baselines(benchmark: Benchmark, length_s: float, say: Say) -> list[dict[str, Any]]:
    queries = [q for q in benchmark.queries if q.number is not None]
    vectors = baseline.fourier_vectors(benchmark.prints)
    ranks: dict[str, list[int]] = {"2D Fourier magnitude, cosine": [], "chroma warping": []}
    for query in queries:
        cut = query.cut(length_s)
        for method, scores in (
            ("2D Fourier magnitude, cosine", baseline.fourier_scores(cut, vectors)),
            ("chroma warping", baseline.warping_scores(cut, benchmark.prints)),
        ):
            ranks[method].append(int(np.sum(scores > scores[query.number])))
    say(f"baselines at {name_of(length_s)} done")
    return [{"method": m, "length": name_of(length_s), **_ranks(r)} for m, r in ranks.items()]
