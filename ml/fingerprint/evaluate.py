"""Measuring the recogniser on a benchmark folder."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ml.fingerprint import grid
from ml.fingerprint.audio_input import load
from ml.fingerprint.benchmark import Benchmark, Cue, Query, Say, open_benchmark
from ml.fingerprint.match import match
from ml.fingerprint.plausibility import shipped_calibration
from ml.fingerprint.results import Segment

FALSE_POSITIVES = 0.01
ALIGNED_S = 0.25
SAME_CORRELATION = 0.9
"""Correlation of a reference with itself, over the whole stretch, from which two places of it hold the same audio."""
SAME_SLACK_S = 0.05
WINDOW_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came first for a query of a length.

    error_s: distance from the true alignment, None when the track is wrong. repetition: whether the track holds the
    very same audio at the place found as at the true one.
    """

    condition: str
    registered: bool
    known: bool
    right: bool
    chance_probability: float
    error_s: float | None
    cpu_s: float
    repetition: bool = False

    @property
    def aligned(self) -> bool | None:
        """Whether the place is right, or an exact repetition of the right one; None when the track is wrong."""
        return None if self.error_s is None else self.error_s <= ALIGNED_S or self.repetition


@dataclass
class Report:
    """Figures of an evaluation; `as_text` is for people."""

    figures: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """Tables for a terminal or a Markdown page."""
        f = self.figures
        lines = [
            f"{f['registered_tracks']} tracks registered ({f['hours']:.2f} h); default threshold {f['threshold']:g}",
            f"Indexing: {f['index_cpu_s_per_hour']:.2f} CPU s and {f['bytes_per_hour'] / 1e6:.2f} MB an hour",
            "",
            "| s | first, no threshold | at ≤ 1 % false | at default | false | within 0.25 s | ms, median | ms, mean |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for length, row in f["lengths"].items():
            lines.append(
                f"| {length} | {row['right_first']:.1%} | {row['right_first_at_1_percent']:.1%} | "
                f"{row['right_first_at_default']:.1%} | {row['false_positives']} of {row['unknown']} | "
                f"{row['aligned']:.1%} | {row['cpu_ms_median']:.0f} | {row['cpu_ms_mean']:.0f} |"
            )
        lines += ["", "Right track first at the default threshold, by condition:", ""]
        lengths = list(f["lengths"])
        lines += ["| condition | " + " | ".join(f"{s} s" for s in lengths) + " |", "| --- |" + " ---: |" * len(lengths)]
        for condition in f["lengths"][lengths[0]]["conditions"] if lengths else ():
            cells = [f["lengths"][s]["conditions"][condition]["right_first_at_default"] for s in lengths]
            lines.append(f"| {condition} | " + " | ".join("–" if c is None else f"{c:.0%}" for c in cells) + " |")
        if f["mixes"]:
            lines += ["", "| mix | segments found | windows right | start error s | end error s | CPU s |"]
            lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
        for name, m in f["mixes"].items():
            lines.append(
                f"| {name} | {m['found']} of {m['registered']} | {m['windows_right']:.1%} | {m['start_error_s']} | "
                f"{m['end_error_s']} | {m['cpu_s']:.1f} |"
            )
        return "\n".join(lines)


_benchmark: Benchmark | None = None


def parallel(task: Callable[[Any], Any], jobs: Sequence[Any], benchmark: Benchmark, say: Say) -> list[Any]:
    """Run `task(job)` on every core; the workers inherit the benchmark as `current_benchmark()`."""
    global _benchmark
    _benchmark = benchmark
    results = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        for done, result in enumerate(pool.map(task, jobs, chunksize=4), 1):
            results.append(result)
            if done % 50 == 0 or done == len(jobs):
                say(f"{done}/{len(jobs)}")
    return results


def current_benchmark() -> Benchmark:
    """The benchmark that `parallel` was called with."""
    if _benchmark is None:
        raise RuntimeError("no benchmark is being measured")
    return _benchmark


def evaluate(folder: Path, *, lengths: Sequence[float], conditions: Sequence[str], say: Say) -> Report:
    """Figures for each condition and length, unknown tracks and mixes, with what indexing and searching cost."""
    benchmark = open_benchmark(folder, say)
    queries = [q for q in benchmark.queries if not conditions or q.condition in conditions]
    with tempfile.TemporaryDirectory() as scratch:
        size = benchmark.index.save(Path(scratch))
    threshold = shipped_calibration().threshold
    jobs = [(q, length) for q in queries for length in lengths]
    outcomes = parallel(_one_query, jobs, benchmark, say)
    figures: dict[str, Any] = {
        "folder": folder.name,
        "registered_tracks": len(benchmark.index),
        "hours": benchmark.hours,
        "index_cpu_s_per_hour": benchmark.indexing_cpu_s / max(benchmark.hours, 1e-9),
        "bytes_per_hour": size / max(benchmark.hours, 1e-9),
        "threshold": threshold,
        "shared_audio": {name: sorted(others) for name, others in sorted(benchmark.shared.items())},
        "lengths": {},
        "mixes": {},
    }
    for length in lengths:
        own = [o for (_, s), o in zip(jobs, outcomes, strict=True) if s == length]
        figures["lengths"][f"{length:g}"] = summarise(own, threshold)
    names = sorted({cue.mix for cue in benchmark.cues})
    measured = parallel(_one_mix, names, benchmark, say) if names else []
    figures["mixes"] = dict(zip(names, measured, strict=True))
    return Report(figures)


def _one_query(job: tuple[Query, float]) -> Outcome:
    query, length = job
    benchmark = current_benchmark()
    samples = load(query.path, length)
    start = time.process_time()
    found = match(samples, benchmark.index, threshold=1.0)
    spent = time.process_time() - start
    accepted = benchmark.accepted(query.track)
    known = query.registered or bool(accepted & set(benchmark.index.names))
    if not found:
        return Outcome(query.condition, query.registered, known, False, 1.0, None, spent)
    first = found[0]
    name = benchmark.index.names[first.track]
    right = name in accepted
    error = alignment_error(query, first.best) if name == query.track else None
    repetition = error is not None and error > ALIGNED_S and _is_repetition(query, first.best)
    return Outcome(query.condition, query.registered, known, right, first.chance_probability, error, spent, repetition)


def _is_repetition(query: Query, segment: Segment) -> bool:
    paths = {track.name: track.path for track in current_benchmark().registry}
    true = query.offset_s + query.rate * segment.query_start_s
    length = segment.reference_end_s - segment.reference_start_s
    return same_audio(load(paths[query.track]), true, segment.reference_start_s, length) >= SAME_CORRELATION


def same_audio(samples: NDArray[np.float32], one_s: float, other_s: float, length_s: float) -> float:
    """Largest normalised correlation, over ±SAME_SLACK_S, of two stretches of one recording; 0 where one is cut off."""
    rate = grid.SAMPLE_RATE_HZ
    slack, at, to = (round(s * rate) for s in (SAME_SLACK_S, max(one_s, 0.0), other_s))
    one = samples[at : at + round(length_s * rate)].astype(np.float64)
    other = samples[max(to - slack, 0) : to + len(one) + slack].astype(np.float64)
    if len(one) < rate / 2 or len(other) < len(one):
        return 0.0
    product = signal.correlate(other, one, "valid", "fft")
    energy = np.concatenate([[0.0], np.cumsum(other * other)])
    norm = np.sqrt((energy[len(one) :] - energy[: -len(one)]) * np.sum(one * one)) + 1e-9
    return float(np.max(product / norm))


def alignment_error(query: Query, segment: Segment) -> float:
    """Seconds between the true and the found reference time at the middle of the segment."""
    middle = 0.5 * (segment.query_start_s + segment.query_end_s)
    found = 0.5 * (segment.reference_start_s + segment.reference_end_s)
    return abs(found - (query.offset_s + query.rate * middle))


def threshold_at(chances: Iterable[float], share: float) -> float:
    """The largest chance probability that at most `share` of these (unknown) queries stay below."""
    ordered = sorted(chances)
    allowed = int(share * len(ordered))
    return ordered[allowed] if allowed < len(ordered) else 1.0


def summarise(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """Figures of the queries of one length.

    A query of an unregistered track that shares audio with a registered one counts neither as registered nor as
    unknown, unless it finds something else.
    """
    registered = [o for o in outcomes if o.registered]
    unknown = [o for o in outcomes if not o.registered and not (o.known and o.right)]
    strict = threshold_at((o.chance_probability for o in unknown), FALSE_POSITIVES)
    hits = [o for o in registered if o.right and o.chance_probability <= threshold]
    errors = [o.error_s for o in hits if o.error_s is not None and not o.repetition]
    times = [1000 * o.cpu_s for o in outcomes]
    return {
        "registered": len(registered),
        "unknown": len(unknown),
        "right_first": _share(o.right for o in registered),
        "threshold_at_1_percent": strict,
        "right_first_at_1_percent": _share(o.right and o.chance_probability < strict for o in registered),
        "right_first_at_default": _share(o.right and o.chance_probability <= threshold for o in registered),
        "false_positives": sum(o.chance_probability <= threshold for o in unknown),
        "wrong_first_at_default": sum(not o.right and o.chance_probability <= threshold for o in registered),
        "aligned": _share(o.aligned for o in hits if o.aligned is not None),
        "repetitions": sum(o.repetition for o in hits),
        "alignment_error_s_median": statistics.median(errors) if errors else None,
        "cpu_ms_median": statistics.median(times) if times else 0.0,
        "cpu_ms_mean": statistics.fmean(times) if times else 0.0,
        "conditions": {
            name: _condition([o for o in outcomes if o.condition == name], threshold, strict)
            for name in dict.fromkeys(o.condition for o in outcomes)
        },
    }


def _condition(outcomes: Sequence[Outcome], threshold: float, strict: float) -> dict[str, Any]:
    registered = [o for o in outcomes if o.registered]
    hits = [o for o in registered if o.chance_probability <= threshold]
    return {
        "right_first": _share(o.right for o in registered),
        "right_first_at_1_percent": _share(o.right and o.chance_probability < strict for o in registered),
        "right_first_at_default": _share(o.right and o.chance_probability <= threshold for o in registered),
        "aligned": _share(o.aligned for o in hits if o.aligned is not None),
        "cpu_ms_median": statistics.median(1000 * o.cpu_s for o in outcomes),
    }


def _share(flags: Iterable[bool]) -> float | None:
    values = list(flags)
    return sum(values) / len(values) if values else None


def _one_mix(name: str) -> dict[str, Any]:
    benchmark = current_benchmark()
    samples = load(benchmark.folder / "mixes" / f"{name}.wav")
    start = time.process_time()
    found = match(samples, benchmark.index)
    spent = time.process_time() - start
    cues = [cue for cue in benchmark.cues if cue.mix == name]
    segments = [(benchmark.index.names[m.track], s) for m in found for s in m.segments]
    return {**score_mix(cues, segments, benchmark, len(samples) / grid.SAMPLE_RATE_HZ), "cpu_s": spent}


def score_mix(
    cues: Sequence[Cue], segments: Sequence[tuple[str, Segment]], benchmark: Benchmark, duration_s: float
) -> dict[str, Any]:
    """Segments found (rightly aligned over at least half their length), windows of 5 s answered rightly, border
    errors.
    """
    registered = [cue for cue in cues if cue.registered]
    starts, ends, found = [], [], 0
    for cue in registered:
        own = [s for track, s in segments if track == cue.track and _on_cue(s, cue)]
        covered = sum(min(s.query_end_s, cue.end_s) - max(s.query_start_s, cue.start_s) for s in own)
        if covered < 0.5 * (cue.end_s - cue.start_s):
            continue
        found += 1
        starts.append(abs(min(s.query_start_s for s in own) - cue.start_s))
        ends.append(abs(max(s.query_end_s for s in own) - cue.end_s))
    right = windows = 0
    for middle in np.arange(WINDOW_S / 2, duration_s - WINDOW_S / 2, WINDOW_S):
        playing = [cue for cue in cues if cue.start_s <= middle <= cue.end_s]
        answers = {track for track, s in segments if s.query_start_s <= middle <= s.query_end_s}
        allowed = set().union(*(benchmark.accepted(cue.track) for cue in playing)) if playing else set()
        wanted = any(cue.registered for cue in playing)
        heard = any(answers & benchmark.accepted(cue.track) for cue in playing if cue.registered)
        right += answers <= allowed and (heard or not wanted)
        windows += 1
    return {
        "registered": len(registered),
        "found": found,
        "windows": windows,
        "windows_right": right / windows if windows else None,
        "start_error_s": round(statistics.median(starts), 2) if starts else None,
        "end_error_s": round(statistics.median(ends), 2) if ends else None,
    }


def _on_cue(segment: Segment, cue: Cue) -> bool:
    """Whether a segment overlaps a cue and lies where the cue was taken from, within a second."""
    if min(segment.query_end_s, cue.end_s) <= max(segment.query_start_s, cue.start_s):
        return False
    true = cue.reference_start_s + cue.rate * (segment.query_start_s - cue.start_s)
    return abs(true - segment.reference_start_s) <= 1.0
