"""What the registry takes on disk, measured: real recordings first, then synthetic ones of the same density."""

import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from django.db import transaction

from apps.catalog.models import Track, TrackStatus
from apps.registry.selectors import figures, sizes
from apps.registry.tasks import claims
from apps.registry.tasks.merge import GRACE_S, maintain
from apps.tenancy.context import bind
from ml.audio import decode
from ml.fingerprint.extract import Peaks, extract
from ml.fingerprint.grid import STORED_PEAKS_PER_SECOND
from ml.fingerprint.scale import Source, synthetic_peaks
from ml.symbolic.demo import make_demo_music

Say = Callable[[str], None]
AUDIO = {".flac", ".mp3", ".ogg", ".opus", ".wav", ".m4a"}
CLAIMS_A_ROUND = 20
"""So many come in between two runs of the upkeep, as on a busy day."""
HEADER = (
    "| tracks | hours | postings | merged away, kept for readers | peaks | entries | **MB an hour** | after the grace |"
)


def run(organisation_id: uuid.UUID, tracks: Sequence[int], music: Path | None, say: Say) -> None:
    """Fill a registry and print a row for each size. Nothing is vacuumed by hand."""
    with tempfile.TemporaryDirectory() as folder:
        real = _real(music, Path(folder))
        coming = _coming(real)
        say(f"{len(real)} real recordings\n{HEADER}\n|{' ---: |' * 8}")
        count, seconds = 0, 0.0
        for size in sorted(tracks):
            while count < size:
                batch = list(islice(coming, min(CLAIMS_A_ROUND, size - count)))
                _claim(organisation_id, batch)
                count += len(batch)
                seconds += sum(peaks.duration_s for peaks in batch)
                maintain(grace_s=GRACE_S)
            say(_row(count, seconds / 3600))


def _row(count: int, hours: float) -> str:
    now = sizes()
    parts = [now.postings, now.kept_for_readers, now.peaks, now.entries]
    maintain(grace_s=0.0)
    later = sizes()
    told = " | ".join(f"{value / hours / 1e6:.2f}" for value in [*parts, now.fingerprints, later.fingerprints])
    return f"| {count:,} ({figures().segments} segments) | {hours:,.1f} | {told} |"


def _claim(organisation_id: uuid.UUID, recordings: Sequence[Peaks]) -> None:
    prepared = [claims.prepare(uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex * 2, peaks) for peaks in recordings]
    with bind(organisation_id), transaction.atomic():
        for claim in prepared:
            Track.objects.create(id=claim.track_id, title="Synthetic", status=TrackStatus.CHECKING)
            claims.make(claim)


def _real(music: Path | None, folder: Path) -> list[Peaks]:
    """Stored peaks of real recordings."""
    if music is None:
        paths = [made.path for made in make_demo_music(folder / "demo") if made.kind == "track"]
    else:
        paths = sorted(path for path in music.rglob("*") if path.suffix.lower() in AUDIO)
    return [extract(decode(path)).strongest(STORED_PEAKS_PER_SECOND) for path in paths]


def _coming(real: Sequence[Peaks]) -> Iterator[Peaks]:
    """The real recordings, then synthetic ones made of their pieces, without end."""
    stored = [Peaks.from_bytes(peaks.to_bytes()) for peaks in real]
    yield from stored
    source, number = Source.of(stored), 0
    while True:
        yield synthetic_peaks(source, number)
        number += 1
