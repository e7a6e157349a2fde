"""Reading a benchmark folder: registry.csv, unknown.csv, queries.csv, cues.csv and the audio they name.

registry.csv, unknown.csv: track, path, duration_s. queries.csv: query, path, condition, registered (0 or 1), track,
offset_s, rate. cues.csv (for mixes/NAME.wav): mix, registered, track, start_s, end_s, reference_start_s, rate.
Truth: reference time = offset + rate · query time.
"""

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.audio_input import load
from ml.fingerprint.engine import STAGES, Engine
from ml.fingerprint.extract import FingerprintError, Peaks, extract
from ml.fingerprint.store import Index
from ml.fingerprint.verify import Alignment

Say = Callable[[str], None]

NOMINATING_SCORE = 40.0
SHARED_CORRELATION = 0.35
"""Correlation of the waveforms, at the alignment found, from which two tracks are said to share audio."""
LISTEN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Track:
    """A row of registry.csv or unknown.csv."""

    name: str
    path: Path
    duration_s: float


@dataclass(frozen=True, slots=True)
class Query:
    """A row of queries.csv."""

    name: str
    path: Path
    condition: str
    registered: bool
    track: str
    offset_s: float
    rate: float


@dataclass(frozen=True, slots=True)
class Cue:
    """A row of cues.csv."""

    mix: str
    registered: bool
    track: str
    start_s: float
    end_s: float
    reference_start_s: float
    rate: float


@dataclass
class Benchmark:
    """A folder, its registry indexed, and which tracks share audio with which registered ones."""

    folder: Path
    registry: list[Track]
    unknown: list[Track]
    queries: list[Query]
    cues: list[Cue]
    index: Index
    indexing_cpu_s: float
    shared: dict[str, set[str]]

    @property
    def hours(self) -> float:
        """Hours of audio registered."""
        return sum(self.index.durations.values()) / 3600

    def accepted(self, track: str) -> set[str]:
        """Registered tracks that count as `track`: itself and those that share audio with it."""
        return {track, *self.shared.get(track, set())}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def read_tracks(folder: Path, name: str) -> list[Track]:
    """Rows of registry.csv or unknown.csv; none when the folder has no such file."""
    path = folder / name
    rows = _rows(path) if path.exists() else iter(())
    return [Track(r["track"], folder / r["path"], float(r["duration_s"])) for r in rows]


def read_queries(folder: Path) -> list[Query]:
    """Rows of queries.csv."""
    return [
        Query(
            name=r["query"],
            path=folder / r["path"],
            condition=r["condition"],
            registered=r["registered"] == "1",
            track=r["track"],
            offset_s=float(r["offset_s"]),
            rate=float(r["rate"]),
        )
        for r in _rows(folder / "queries.csv")
    ]


def open_benchmark(folder: Path, say: Say) -> Benchmark:
    """Index the registry of a benchmark folder and find shared audio. Raises FingerprintError when files are
    missing.
    """
    if not (folder / "registry.csv").exists() or not (folder / "queries.csv").exists():
        raise FingerprintError(f"{folder} is no benchmark folder: registry.csv or queries.csv is missing.")
    registry, unknown = read_tracks(folder, "registry.csv"), read_tracks(folder, "unknown.csv")
    queries = read_queries(folder)
    cues = [
        Cue(
            mix=r["mix"],
            registered=r["registered"] == "1",
            track=r["track"],
            start_s=float(r["start_s"]),
            end_s=float(r["end_s"]),
            reference_start_s=float(r["reference_start_s"]),
            rate=float(r["rate"]),
        )
        for r in (_rows(folder / "cues.csv") if (folder / "cues.csv").exists() else ())
    ]
    extract(np.zeros(grid.SAMPLE_RATE_HZ, np.float32))  # load the compiled kernels before timing
    index, everything = Index(), {}
    spent = 0.0
    for number, track in enumerate([*registry, *unknown], 1):
        if number % 20 == 0:
            say(f"indexing {number}/{len(registry) + len(unknown)}")
        start = time.process_time()
        peaks = extract(load(track.path))
        if number <= len(registry):
            index.add(track.name, peaks)
            spent += time.process_time() - start
        everything[track.name] = peaks
    start = time.process_time()
    index.parts()
    spent += time.process_time() - start
    benchmark = Benchmark(folder, registry, unknown, queries, cues, index, spent, {})
    benchmark.shared = _shared_audio(benchmark, everything, say)
    return benchmark


def _shared_audio(benchmark: Benchmark, everything: dict[str, Peaks], say: Say) -> dict[str, set[str]]:
    """For each track the registered ones that contain the same audio: nominated by peaks, decided by the waveforms."""
    say("looking for tracks that share audio")
    paths = {t.name: t.path for t in [*benchmark.registry, *benchmark.unknown]}
    numbers = {name: number for number, name in enumerate(benchmark.index.names)}
    shared: dict[str, set[str]] = {}
    for name, peaks in everything.items():
        own = {numbers[name]} if name in numbers else set()
        best: dict[int, Alignment] = {}
        for found in Engine(peaks.strongest(grid.QUERY_PEAKS_PER_SECOND), benchmark.index, own, STAGES[:1]).run():
            if found.score > best.get(found.track, found).score or found.track not in best:
                best[found.track] = found
        for number, alignment in best.items():
            other = benchmark.index.names[number]
            if alignment.score < NOMINATING_SCORE or other in shared.get(name, set()):
                continue
            likeness = waveform_correlation(load(paths[name]), load(paths[other]), alignment)
            if likeness >= SHARED_CORRELATION:
                say(f"{name} and {other} share audio (correlation {likeness:.2f})")
                shared.setdefault(name, set()).add(other)
                shared.setdefault(other, set()).add(name)
    return shared


def waveform_correlation(one: NDArray[np.float32], other: NDArray[np.float32], alignment: Alignment) -> float:
    """Largest normalised correlation, over ±0.1 s, of up to five excerpts of an alignment; 0 to 1."""
    rate = grid.SAMPLE_RATE_HZ
    length, slack = int(LISTEN_SECONDS * rate), int(0.1 * rate)
    best = 0.0
    for fraction in (0.1, 0.3, 0.5, 0.7, 0.9):
        frame = alignment.start + fraction * (alignment.end - alignment.start)
        at = int(frame * grid.HOP) - length // 2
        to = int(alignment.reference(frame) * grid.HOP) - length // 2
        if at < 0 or to < slack or at + length > len(one) or to + length + slack > len(other):
            continue
        a = one[at : at + length].astype(np.float64)
        b = other[to - slack : to + length + slack].astype(np.float64)
        size = 1 << int(np.ceil(np.log2(len(a) + len(b))))
        product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[: 2 * slack + 1]
        energy = np.concatenate([[0.0], np.cumsum(b * b)])
        norm = np.sqrt((energy[length:] - energy[:-length])[: 2 * slack + 1] * np.sum(a * a)) + 1e-9
        best = max(best, float(np.max(np.abs(product) / norm)))
    return best
