"""Upload to verdict, measured with all three comparisons: real recordings in a registry filled up with synthetic ones.

Every registered recording has its fingerprint, the print of its music and its lead voice, and a registered work
beside it.
"""

import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from django.core.files import File
from django.db import transaction

from apps.catalog.models import Track, TrackStatus, Work
from apps.catalog.services import delete_track, receive_upload
from apps.jobs import runner
from apps.registry.selectors import figures
from apps.registry.tasks import claims, similarity
from apps.registry.tasks.merge import maintain
from apps.registry.tasks.prints import COVERS, MELODIES, TRANSCRIPTIONS
from apps.rights.models import Check
from apps.rights.services import start_check
from apps.rights.tasks.filling import Filler, Pool
from apps.tenancy.context import bind
from ml.audio import decode, write_audio
from ml.symbolic.demo import make_demo_music

Say = Callable[[str], None]

HELD_OUT = 4
"""So many of the demo's tracks are never registered; queries that must come out clear are cut from them."""
QUERY_SECONDS = 180.0
QUERY_RATE_HZ = 44_100
CLAIMS_A_TRANSACTION = 20


@dataclass(frozen=True)
class Timing:
    """One check: seconds from the upload to the verdict, CPU seconds of the worker, and the seconds of its steps."""

    wall_s: float
    cpu_s: float
    verdict: str
    steps: dict[str, float]


@dataclass(frozen=True)
class Report:
    """Timings in a registry of one size."""

    tracks: int
    bytes: int
    timings: list[Timing]

    def line(self, verdict: str) -> str:
        """One row of the table: medians over the checks with this verdict."""
        chosen = [timing for timing in self.timings if timing.verdict == verdict]
        walls, cpus = [t.wall_s for t in chosen], [t.cpu_s for t in chosen]
        steps = {name: statistics.median(t.steps[name] for t in chosen) for name in chosen[0].steps}
        told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
        return (
            f"{self.tracks:>7,} {verdict:<9} {len(chosen):>3} {statistics.median(walls):>8.2f} {max(walls):>8.2f} "
            f"{statistics.median(cpus):>8.2f}   {told}"
        )


HEADER = (
    f"{'tracks':>7} {'verdict':<9} {'n':>3} {'median s':>8} {'worst s':>8} {'CPU s':>8}   median seconds of the steps"
)


class Bench:
    """A registry that grows, and queries against it."""

    def __init__(self, filler: uuid.UUID, asker: uuid.UUID, folder: Path, say: Say, *, seed: int = 1) -> None:
        self._filler, self._asker, self._say = filler, asker, say
        self._random = np.random.default_rng(seed)
        say("Rendering real recordings …")
        paths = [made.path for made in make_demo_music(folder / "demo") if made.kind == "track"]
        self._known, self._unknown = paths[HELD_OUT:], paths[:HELD_OUT]
        self._pool = Pool(self._known, self._random)
        self._queries = folder
        self._count = 0
        for heard in self._pool.whole:
            self._claim([heard])

    def grow(self, tracks: int) -> None:
        """Fill the registry up to so many entries and merge what has come in."""
        while self._count < tracks:
            batch = min(CLAIMS_A_TRANSACTION, tracks - self._count)
            self._claim([self._pool.synthetic() for _ in range(batch)])
            if self._count % 1_000 < CLAIMS_A_TRANSACTION:
                maintain(grace_s=0.0)
                self._say(f"{self._count:,} entries")
        maintain(grace_s=0.0)

    def measure(self, checks: int) -> Report:
        """Check so many unknown and so many known recordings of three minutes."""
        timings = []
        for number in range(checks):
            timings.append(self._check(self._query(self._unknown, number)))
            timings.append(self._check(self._query(self._known, number)))
        return Report(self._count, figures().bytes, timings)

    def _check(self, path: Path) -> Timing:
        started, cpu = time.monotonic(), time.process_time()
        with bind(self._asker), path.open("rb") as file:
            kept = receive_upload(file=File(file, path.name), filename=path.name, ingest=False)
            check = start_check(track_id=kept.track.id)
        if check.job_id is None:
            raise RuntimeError("The check was started without a job")
        runner.run(check.job_id, self._asker)
        with bind(self._asker):
            done: Check = Check.objects.get(id=check.id)
            compared = {name: facet["seconds"] for name, facet in done.facets.items()}
            steps = done.figures | {f"compare_{name}": seconds for name, seconds in compared.items()}
            timing = Timing(time.monotonic() - started, time.process_time() - cpu, done.verdict, steps)
            delete_track(track_id=kept.track.id)
        return timing

    def _query(self, paths: list[Path], number: int) -> Path:
        """Three minutes of music out of several recordings, different for every number, as MP3 at 192 kbit/s."""
        chosen = [paths[(number + k) % len(paths)] for k in range(HELD_OUT)]
        share = QUERY_SECONDS / HELD_OUT
        parts = [decode(path, sample_rate=QUERY_RATE_HZ, mono=False, seconds=share + 1) for path in chosen]
        stereo = [np.broadcast_to(part, (2, part.shape[-1])) if len(part) == 1 else part for part in parts]
        sound = np.concatenate([part[:, : round(share * QUERY_RATE_HZ)] for part in stereo], axis=1)
        short = round(QUERY_SECONDS * QUERY_RATE_HZ) - sound.shape[1]
        sound = np.concatenate([sound, sound[:, :short]], axis=1) if short > 0 else sound
        path = self._queries / f"query-{uuid.uuid4().hex}.mp3"
        write_audio(
            path,
            np.ascontiguousarray(sound * self._random.uniform(0.7, 0.99), np.float32),
            QUERY_RATE_HZ,
            bit_rate=192_000,
        )
        return path

    def _claim(self, fillers: Sequence[Filler]) -> None:
        """Register recordings with their prints, and a work beside each."""
        prepared = [
            claims.prepare(uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex * 2, filler.peaks) for filler in fillers
        ]
        with bind(self._filler), transaction.atomic():
            for claim, filler in zip(prepared, fillers, strict=True):
                title = f"Synthetic {self._count}"
                Track.objects.create(id=claim.track_id, title=title, status=TrackStatus.CHECKING)
                number = claims.make(claim)
                similarity.put(number, COVERS.name, COVERS.version, filler.music.to_bytes())
                similarity.put(number, TRANSCRIPTIONS.name, TRANSCRIPTIONS.version, filler.voice.to_bytes())
                self._claim_work(title, filler.work.to_bytes())
                self._count += 1

    @staticmethod
    def _claim_work(title: str, melody: bytes) -> None:
        work = Work.objects.create(title=title, status=TrackStatus.CHECKING)
        number = claims.make_of_work(
            work.id, uuid.uuid4(), uuid.uuid4().hex * 2, sha256(melody).hexdigest(), 180.0, MELODIES.version
        )
        similarity.put(number, MELODIES.name, MELODIES.version, melody)


def run(filler: uuid.UUID, asker: uuid.UUID, sizes: list[int], checks: int, say: Say) -> None:
    """Measure at each size, and print a table as it grows."""
    with tempfile.TemporaryDirectory(prefix="descant-bench-") as folder:
        bench = Bench(filler, asker, Path(folder), say)
        bench.measure(1)  # compiled kernels are loaded, buffers are grown
        say(HEADER)
        for size in sorted(sizes):
            bench.grow(size)
            _tell(bench.measure(checks), say)
    say(f"Largest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _tell(report: Report, say: Say) -> None:
    """A line for each verdict, and how large the registry has become."""
    for verdict in sorted({timing.verdict for timing in report.timings}):
        say(report.line(verdict))
    say(f"{report.tracks:,} entries: {report.bytes / 1e6:,.1f} MB of postings")
