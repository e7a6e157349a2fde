"""How far the recogniser reaches: recall over tempo, pitch, speed, their combinations, and the length of a segment.

Excerpts of registered tracks are altered (resampled, stretched in time), or set into a longer recording of music that
is not registered, and searched for at the default threshold.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio.effects import change_speed, change_tempo
from ml.fingerprint.audio_input import load
from ml.fingerprint.benchmark import Say, Track, read_tracks
from ml.fingerprint.extract import FingerprintError, extract
from ml.fingerprint.grid import SAMPLE_RATE_HZ
from ml.fingerprint.match import match
from ml.fingerprint.store import Index

Samples = NDArray[np.float32]

PERCENTS = (-50, -40, -30, -25, -20, -15, -10, -5, 5, 10, 15, 20, 25, 30, 40, 50)
SEMITONES = (-9, -7, -6, -5, -4, -3, -2, -1, -0.5, 0.5, 1, 2, 3, 4, 5, 6, 7, 9, 12)
COMBINED_PERCENTS, COMBINED_SEMITONES = (-20, -10, -5, 5, 10, 25), (-5, -2, 1, 5)
SEGMENTS_S = (1.0, 1.5, 2.0, 3.0, 5.0)
INSIDE_S = 20.0
FADE_S = 0.05
QUIET = 0.01
"""Root mean square of the excerpt's first seconds below which another excerpt is drawn."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of alteration: tempo ratio, semitones, and (when set) the length of the segment inside `INSIDE_S`."""

    family: str
    tempo: float = 1.0
    semitones: float = 0.0
    segment_s: float | None = None

    @property
    def name(self) -> str:
        """For a table."""
        changed = [f"tempo {100 * (self.tempo - 1):+.0f} %"] if abs(self.tempo - 1) > 1e-9 else []
        changed += [f"pitch {self.semitones:+g}"] if self.semitones else []
        if self.family == "speed":
            changed = [f"speed {100 * (self.tempo - 1):+.0f} %"]
        inside = [f"{self.segment_s:g} s of {INSIDE_S:g} s"] if self.segment_s else []
        return ", ".join(inside + changed) or "as it is"


@dataclass(frozen=True, slots=True)
class Reach:
    """How a trial went: share of excerpts whose track came first, share at the right place, wrong tracks, CPU time."""

    trial: str
    family: str
    excerpts: int
    found: float
    aligned: float
    wrong: int
    cpu_ms: float


def trials() -> list[Trial]:
    """Everything that is measured."""
    ratios = [1 + p / 100 for p in PERCENTS]
    found = [Trial("none")]
    found += [Trial("tempo", tempo=r) for r in ratios]
    found += [Trial("pitch", semitones=s) for s in SEMITONES]
    found += [Trial("speed", tempo=r, semitones=12 * float(np.log2(r))) for r in ratios]
    found += [Trial("combined", 1 + p / 100, s) for p in COMBINED_PERCENTS for s in COMBINED_SEMITONES]
    found += [Trial("segment", segment_s=s) for s in SEGMENTS_S]
    found += [Trial("altered segment", 1.05, 0.0, s) for s in SEGMENTS_S]
    found += [Trial("altered segment", 1.0, 2.0, s) for s in SEGMENTS_S]
    return found


def warp(samples: Samples, tempo: float, semitones: float) -> Samples:
    """The recording played at another tempo and pitch: resampled to the pitch, then stretched to the tempo."""
    ratio = 2 ** (semitones / 12)
    if semitones:
        samples = change_speed(samples, ratio)
    stretch = tempo / ratio
    if abs(stretch - 1) > 1e-6:
        samples = change_tempo(samples, SAMPLE_RATE_HZ, stretch)
    return np.ascontiguousarray(samples, np.float32)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a trial's audio is made from: seconds of the track where it starts, and the samples from there on."""

    track: Track
    start_s: float
    samples: Samples


def draw(tracks: Sequence[Track], count: int, seconds: float, seed: int) -> list[Excerpt]:
    """Random excerpts that aren't silent. Raises FingerprintError when no track is long enough."""
    generator = np.random.default_rng(seed)
    long = [t for t in tracks if t.duration_s > seconds + 1]
    if not long:
        raise FingerprintError(f"no track is longer than {seconds:g} s")
    found: list[Excerpt] = []
    for _ in range(50 * count):
        track = long[int(generator.integers(len(long)))]
        start = float(generator.uniform(0, track.duration_s - seconds - 0.5))
        first = round(start * SAMPLE_RATE_HZ)
        samples = load(track.path, start + seconds)[first:].copy()
        if _loud(samples):
            found.append(Excerpt(track, start, samples))
            if len(found) == count:
                break
    return found


def _loud(samples: Samples) -> bool:
    second = SAMPLE_RATE_HZ
    return all(float(np.sqrt(np.mean(samples[k * second : (k + 1) * second] ** 2 + 1e-12))) > QUIET for k in range(3))


def query_of(trial: Trial, excerpt: Excerpt, inside: Samples, length_s: float) -> tuple[Samples, float]:
    """The query's samples, and the query time (s) at which the excerpt begins."""
    seconds = trial.segment_s or length_s
    needed = round((seconds * trial.tempo + 0.5) * SAMPLE_RATE_HZ)
    altered = warp(excerpt.samples[:needed], trial.tempo, trial.semitones)
    altered = altered[: round(seconds * SAMPLE_RATE_HZ)].copy()
    if trial.segment_s is None:
        return altered, 0.0
    fade = np.linspace(0, 1, round(FADE_S * SAMPLE_RATE_HZ), dtype=np.float32)
    altered[: len(fade)] *= fade
    altered[-len(fade) :] *= fade[::-1]
    at = (len(inside) - len(altered)) // 2
    query = inside.copy()
    loudness = np.sqrt(np.mean(inside**2)) / max(float(np.sqrt(np.mean(altered**2))), 1e-4)
    query[at : at + len(altered)] = altered * np.float32(loudness)
    return query, at / SAMPLE_RATE_HZ


def measure(folder: Path, *, count: int, length_s: float, seed: int, families: Iterable[str], say: Say) -> list[Reach]:
    """Every trial on `count` excerpts of the registered tracks of a benchmark folder."""
    registry, unknown = read_tracks(folder, "registry.csv"), read_tracks(folder, "unknown.csv")
    index = Index()
    for number, track in enumerate(registry, 1):
        if number % 20 == 0:
            say(f"indexing {number}/{len(registry)}")
        index.add(track.name, extract(load(track.path)))
    chosen = [t for t in trials() if not families or t.family in families]
    excerpts = draw(registry, count, 1.6 * length_s, seed)
    insides = [e.samples for e in draw(unknown, count, INSIDE_S, seed + 1)]
    found = []
    for trial in chosen:
        found.append(_measure_one(trial, excerpts, insides, index, length_s))
        say(f"{found[-1].trial}: {found[-1].found:.0%}")
    return found


def _measure_one(
    trial: Trial, excerpts: Sequence[Excerpt], insides: Sequence[Samples], index: Index, length_s: float
) -> Reach:
    right = aligned = wrong = 0
    spent = 0.0
    for excerpt, inside in zip(excerpts, insides, strict=False):
        query, begin = query_of(trial, excerpt, inside, length_s)
        started = time.process_time()
        found = match(query, index)
        spent += time.process_time() - started
        names = [index.names[m.track] for m in found]
        if not names:
            continue
        if names[0] != excerpt.track.name:
            wrong += 1
            continue
        right += 1
        best = found[0].best
        middle = 0.5 * (best.query_start_s + best.query_end_s)
        true = excerpt.start_s + trial.tempo * (middle - begin)
        places = [(best.reference_start_s, best.reference_end_s)]
        places += [(p.reference_start_s, p.reference_end_s) for p in best.repeats]
        aligned += any(abs(0.5 * (low + high) - true) <= 0.25 for low, high in places)
    n = len(excerpts)
    return Reach(trial.name, trial.family, n, right / n, aligned / n, wrong, 1000 * spent / n)


def as_text(found: Sequence[Reach]) -> str:
    """A Markdown table."""
    lines = ["| query | found | at the right place | wrong track | CPU ms |", "| --- | ---: | ---: | ---: | ---: |"]
    lines += [f"| {r.trial} | {r.found:.0%} | {r.aligned:.0%} | {r.wrong} | {r.cpu_ms:.0f} |" for r in found]
    return "\n".join(lines)
