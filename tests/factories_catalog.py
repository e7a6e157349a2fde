"""Tracks and recordings for tests: real, tiny audio files, different every time."""

import io
import uuid
from typing import Any

import numpy as np
import soundfile
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.catalog import services
from apps.catalog.models import AudioAsset, Track, TrackStatus
from apps.catalog.services.history import set_track_texts

RATE_HZ = 22_050


def tone(seconds: float = 2.0, *, seed: int | None = None, rate_hz: int = RATE_HZ, channels: int = 1) -> Any:
    """A chord of three tones, (n, channels) float32; the seed chooses the tones."""
    generator = np.random.default_rng(uuid.uuid4().int if seed is None else seed)
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    sound = sum(np.sin(2 * np.pi * hz * t) for hz in generator.uniform(200, 2000, 3)) / 6
    return np.repeat(sound[:, None], channels, axis=1).astype(np.float32)


def audio_bytes(
    samples: Any = None, *, form: str = "WAV", subtype: str | None = None, rate_hz: int = RATE_HZ, **options: Any
) -> bytes:
    """An audio file in memory; without samples a chord that no other call gives."""
    buffer = io.BytesIO()
    sound = tone(**options, rate_hz=rate_hz) if samples is None else samples
    soundfile.write(buffer, sound, rate_hz, format=form, subtype=subtype)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "Night train.wav") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, audio_bytes() if content is None else content, content_type="text/html")


def make_track(
    title: str = "Night train", *, artist: str = "", status: str = TrackStatus.DRAFT, **fields: Any
) -> Track:
    """A track without a recording, in the bound organisation."""
    track = Track(title=title, status=status, **fields)
    set_track_texts(track, [])
    track.save(force_insert=True)
    if artist:
        return services.update_track(track_id=track.id, changes={}, credited=[services.CreditInput(artist)])
    return track


def make_asset(content: bytes | None = None, *, filename: str = "Night train.wav", **arguments: Any) -> AudioAsset:
    """A stored recording with its draft, in the bound organisation; not analysed yet."""
    file = ContentFile(audio_bytes() if content is None else content)
    return services.receive_upload(file=file, filename=filename, **arguments).asset


def make_recording(content: bytes | None = None, **arguments: Any) -> AudioAsset:
    """As ``make_asset``, and analysed by the job."""
    from apps.jobs import runner

    asset = make_asset(content, ingest=False, **arguments)
    job = services.submit_ingest(asset)
    runner.run(job.id, job.organisation_id)
    asset.refresh_from_db()
    return asset
