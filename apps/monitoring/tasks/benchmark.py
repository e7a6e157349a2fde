"""Listening to long recordings, measured: made-up broadcasts of real music against a registry of a chosen size."""

import itertools
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.files import File
from django.db import transaction
from numpy.typing import NDArray

from apps.catalog.models import Track, TrackStatus
from apps.jobs import runner
from apps.jobs.models import Job
from apps.monitoring import services
from apps.monitoring.models import Cue, LongRecording
from apps.registry.services import activate
from apps.registry.tasks import claims
from apps.rights.tasks.benchmark import Bench, Say
from apps.tenancy.context import bind
from ml.audio import decode, write_audio
from ml.fingerprint.extract import extract

Stereo = NDArray[np.float32]

RATE_HZ = 44_100
BIT_RATE = 128_000
SUFFIXES = (".flac", ".wav", ".mp3", ".ogg", ".opus", ".m4a")
HELD_OUT_SHARE = 0.2
"""Of the music, so much is never registered and must not be named."""
SHORTEST_S, LONGEST_S = 30.0, 200.0
KINDS, SHARES = ("known", "faster", "unknown", "talk"), (0.45, 0.15, 0.25, 0.15)
SPEEDS = (0.97, 1.02, 1.04)
FOUND_COVER = 0.5


@dataclass(frozen=True)
class Played:
    """What a made-up broadcast holds from ``start_s`` to ``end_s``; number of the entry, None for all else."""

    start_s: float
    end_s: float
    number: int | None


@dataclass(frozen=True)
class Result:
    """One recording: its hours, seconds, CPU seconds, memory, and how right the cue sheet is."""

    hours: float
    wall_s: float
    cpu_s: float
    most_memory_mb: float
    played: int
    found: int
    wrong: int
    border_s: float

    def line(self) -> str:
        return (
            f"{self.hours:>6.2f} {self.wall_s:>8.0f} {self.cpu_s:>8.0f} {self.cpu_s / self.hours:>8.1f} "
            f"{self.wall_s / self.hours * 24 / 60:>10.1f} {self.most_memory_mb:>8,.0f} "
            f"{self.found:>4} of {self.played:<4} {self.wrong:>5} {self.border_s:>8.2f}"
        )


HEADER = (
    f"{'hours':>6} {'wall s':>8} {'CPU s':>8} {'CPU s/h':>8} {'24 h, min':>10} {'MB most':>8} "
    f"{'found':>12} {'wrong':>5} {'border s':>8}"
)


class MonitoringBench(Bench):
    """The registry of the check's benchmark, with real recordings that broadcasts play."""

    def __init__(self, filler: uuid.UUID, asker: uuid.UUID, folder: Path, say: Say, music: Path | None) -> None:
        super().__init__(filler, asker, folder, say)
        paths = sorted(p for p in music.rglob("*") if p.suffix in SUFFIXES) if music else self._known + self._unknown
        np.random.default_rng(7).shuffle(paths)
        held_out = round(HELD_OUT_SHARE * len(paths))
        self._strange = paths[:held_out]
        say(f"Registering {len(paths) - held_out} recordings that the broadcasts play …")
        self._numbers = {path: self._register(path) for path in paths[held_out:]}
        self._count += len(self._numbers)
        self._folder = folder

    def listen(self, hours: float) -> Result:
        """Make a broadcast of so many hours, listen to it, and compare the cue sheet with what was played."""
        path = self._folder / f"broadcast-{hours:g}.mp3"
        played: list[Played] = []
        self._say(f"Making {hours:g} hours …")
        write_audio(path, self._broadcast(hours * 3600.0, played), RATE_HZ, bit_rate=BIT_RATE)
        self._say("Listening …")
        with bind(self._asker), path.open("rb") as file:
            recording = services.receive_recording(file=File(file, path.name), filename=path.name)
        started, cpu = time.monotonic(), time.process_time()
        state = runner.run(recording.job_id, self._asker)  # type: ignore[arg-type]
        wall_s, cpu_s = time.monotonic() - started, time.process_time() - cpu
        if state != "succeeded":
            with bind(self._asker):
                job = Job.objects.get(id=recording.job_id)
            raise RuntimeError(f"The recording was not listened to: {job.error_code} {job.error_message}")
        with bind(self._asker):
            recording = LongRecording.objects.get(id=recording.id)
            cues = list(Cue.objects.filter(recording_id=recording.id))
        self._say(f"seconds of the steps: {recording.figures}")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        path.unlink()
        return Result((recording.duration_s or 0) / 3600, wall_s, cpu_s, memory, *_judge(played, cues))

    def _register(self, path: Path) -> int:
        """A registered track of the filler with this sound; its number."""
        peaks = extract(decode(path))
        claim = claims.prepare(uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex * 2, peaks)
        with bind(self._filler), transaction.atomic():
            Track.objects.create(id=claim.track_id, title=path.stem, status=TrackStatus.CHECKING)
            number = claims.make(claim)
            activate(claim.track_id)
        return number

    def _broadcast(self, seconds: float, played: list[Played]) -> Iterator[Stereo]:
        at = 0.0
        while at < seconds:
            kind = str(self._random.choice(KINDS, p=SHARES))
            sound, number = self._stretch(kind)
            length = sound.shape[1] / RATE_HZ
            played.append(Played(at, at + length, number))
            at += length
            yield sound

    def _stretch(self, kind: str) -> tuple[Stereo, int | None]:
        seconds = float(self._random.uniform(SHORTEST_S, LONGEST_S))
        if kind == "talk":
            return self._talk(min(seconds, 60.0)), None
        paths = self._strange if kind == "unknown" else list(self._numbers)
        path = paths[int(self._random.integers(len(paths)))]
        rate = RATE_HZ if kind != "faster" else round(RATE_HZ / self._random.choice(SPEEDS))
        offset = float(self._random.uniform(0, 30.0))
        part = decode(path, sample_rate=rate, mono=False, start_s=offset, seconds=seconds)
        sound = np.ascontiguousarray(np.broadcast_to(part, (2, part.shape[-1])) if len(part) == 1 else part[:2])
        return np.clip(sound * np.float32(self._random.uniform(0.5, 1.0)), -1, 1), self._numbers.get(path)

    def _talk(self, seconds: float) -> Stereo:
        """Noise in syllables: nothing that could be registered."""
        count = round(seconds * RATE_HZ)
        envelope = np.abs(np.sin(np.arange(count) * 2 * np.pi * 2.3 / RATE_HZ)) ** 2
        return (0.1 * envelope * self._random.normal(size=(2, count))).astype(np.float32)


def _judge(played: list[Played], cues: list[Cue]) -> tuple[int, int, int, float]:
    """Registered stretches, how many were found, cues that name what was not played, median error of borders."""
    known = [p for p in played if p.number is not None]
    found, borders = 0, []
    for stretch in known:
        fitting = [c for c in cues if c.entry_number == stretch.number and _shared(c, stretch) > 0]
        if sum(_shared(c, stretch) for c in fitting) >= FOUND_COVER * (stretch.end_s - stretch.start_s):
            found += 1
            borders.append(abs(min(c.start_s for c in fitting) - stretch.start_s))
            borders.append(abs(max(c.end_s for c in fitting) - stretch.end_s))
    wrong = sum(1 for c in cues if not any(c.entry_number == p.number and _shared(c, p) > 0 for p in known))
    return len(known), found, wrong, statistics.median(borders) if borders else 0.0


def _shared(cue: Cue, stretch: Played) -> float:
    return max(0.0, min(cue.end_s, stretch.end_s) - max(cue.start_s, stretch.start_s))


def run(
    filler: uuid.UUID, asker: uuid.UUID, sizes: list[int], hours: list[float], music: Path | None, say: Say
) -> None:
    """Measure each length at each size of the registry, and print a table."""
    with tempfile.TemporaryDirectory(prefix="descant-bench-") as folder:
        bench = MonitoringBench(filler, asker, Path(folder), say, music)
        results: list[tuple[int, Result]] = []
        for size in sorted(sizes):
            bench.grow(size)
            bench.listen(0.1)  # compiled kernels are loaded, parts of the index are read
            results += [(size, bench.listen(length)) for length in sorted(hours)]
    for size, group in itertools.groupby(results, key=lambda r: r[0]):
        say(f"{size:,} entries")
        say(HEADER)
        for _size, result in group:
            say(result.line())
