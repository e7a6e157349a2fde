"""Claims without audio: peaks drawn at random, as dense as real ones."""

import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.catalog.models import Track, TrackStatus
from apps.registry.tasks import claims
from apps.tenancy.context import bind
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks
from tests.factories_catalog import make_track


@dataclass(frozen=True)
class Claimed:
    """A claim that was made, with what it was made from."""

    number: int
    track_id: uuid.UUID
    peaks: Peaks


def random_peaks(seed: int, seconds: float = 20.0, per_second: int = 30) -> Peaks:
    """Peaks at random places, on the grid that stored peaks are rounded to."""
    generator = np.random.default_rng(seed)
    frames = int(seconds / grid.FRAME_SECONDS)
    count = int(seconds * per_second)
    frame = np.sort(np.rint(generator.uniform(0, frames, count) * 4) / 4).astype(np.float32)
    band = (np.rint(generator.uniform(0, 179, count) * 8) / 8).astype(np.float32)
    return Peaks(frame, band, generator.integers(0, 30, count).astype(np.uint8), frames)


def claim(organisation: Any, seed: int, *, title: str = "Night train", seconds: float = 20.0) -> Claimed:
    """A draft that is being checked, and its claim, committed as a worker does."""
    peaks = random_peaks(seed, seconds)
    with bind(organisation.id):
        track: Track = make_track(title, status=TrackStatus.CHECKING)
        made = claims.make(claims.prepare(track.id, uuid.uuid4(), f"{seed:064x}", peaks))
    return Claimed(made, track.id, peaks)


def set_status(organisation: Any, track_id: uuid.UUID, status: str) -> None:
    """Put a track into a status, as the flow does."""
    with bind(organisation.id):
        Track.objects.filter(id=track_id).update(status=status)


def postings(found: Any) -> set[tuple[int, int, int]]:
    """(hash, track, cell) of every posting."""
    return set(zip(found.hash.tolist(), found.track.tolist(), found.cell.tolist(), strict=True))
