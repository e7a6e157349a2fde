"""Measuring the cover search on a folder of `make-corpus`, against two openly known methods."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ml.similarity.cover import baseline
from ml.similarity.cover.benchmark import WHOLE, Benchmark, Query, Say, open_benchmark
from ml.similarity.cover.plausibility import shipped_calibration
from ml.similarity.cover.search import CoverIndex

LENGTHS = (30.0, 60.0, WHOLE)
MISSED = 10**6
"""Rank of a track that was not found at all."""


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
    transposition_right: bool | None = None


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
        if f.get("baselines"):
            lines += ["", "| method | query | MAP | R@1 | R@10 |", "| --- | --- | ---: | ---: | ---: |"]
            lines += [
                f"| {b['method']} | {b['length']} | {b['map']:.3f} | {b['r1']:.1%} | {b['r10']:.1%} |"
                for b in f["baselines"]
            ]
        return "\n".join(lines)


def evaluate(
    folder: Path, *, lengths: Sequence[float] = LENGTHS, every: int = 1, baselines: bool = True, say: Say
) -> Report:
    """Each so-many-th query of the folder at every length; 0 is the whole recording."""
    benchmark = open_benchmark(folder, say, every)
    index = CoverIndex()
    for number, cover_print in enumerate(benchmark.prints):
        index.add(number, cover_print)
    outcomes = []
    for k, query in enumerate(benchmark.queries, 1):
        outcomes += [outcome(index, query, length) for length in lengths]
        if k % 25 == 0:
            say(f"{k} of {len(benchmark.queries)} queries")
    figures: dict[str, Any] = {
        "tracks": len(index),
        "queries": len(benchmark.queries),
        "threshold": shipped_calibration().threshold,
        "bytes_a_minute": 60 * sum(len(p.to_bytes()) for p in benchmark.prints) / _seconds(benchmark),
        "lengths": {name_of(s): summary([o for o in outcomes if o.length_s == s]) for s in lengths},
    }
    if baselines:
        figures["baselines"] = [row for s in lengths for row in _baselines(benchmark, s, say)]
    return Report(figures)


def name_of(length_s: float) -> str:
    """As tables call a query length."""
    return "whole" if length_s == WHOLE else f"{length_s:g} s"


def _seconds(benchmark: Benchmark) -> float:
    return sum(p.duration_s for p in benchmark.prints)


def outcome(index: CoverIndex, query: Query, length_s: float) -> Outcome:
    """One search without a threshold."""
    cut = query.cut(length_s)
    start = time.process_time()
    found = index.search(cut, threshold=1.0)
    spent = time.process_time() - start
    numbers = [m.number for m in found]
    rank = numbers.index(query.number) if query.number in numbers else MISSED
    wrong = [m.chance_probability for m in found if m.number != query.number]
    return Outcome(
        kind=query.kind,
        length_s=length_s,
        registered=query.number is not None,
        rank=rank,
        chance=found[0].chance_probability if found else 1.0,
        wrong_chance=min(wrong, default=1.0),
        cpu_s=spent,
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
