"""Invented broadcasts: registered songs with other sound between them."""

from typing import Any

import numpy as np
from django.core.files.base import ContentFile

from apps.catalog.models import Track, TrackStatus
from apps.catalog.services import CreditInput, update_track
from apps.jobs import runner
from apps.jobs.models import JobState
from apps.monitoring import services
from apps.monitoring.models import Cue, LongRecording
from apps.registry.services import activate
from apps.registry.tasks import claims
from apps.tenancy.context import bind
from ml.fingerprint.extract import extract
from tests.factories_catalog import audio_bytes, make_asset
from tests.integration.rights.helpers import RATE_HZ, label, song


def registered(
    organisation: Any, samples: Any, title: str, artist: str = "", *, active: bool = True, **published: str
) -> Track:
    """A registered track, without the steps of a check: claimed and active."""
    with bind(organisation.id):
        credited = [CreditInput(artist)] if artist else None
        asset = make_asset(audio_bytes(samples), filename=f"{title}.wav", ingest=False)
        track: Track = update_track(track_id=asset.track_id, changes={"title": title, **published}, credited=credited)
        Track.objects.filter(id=track.id).update(status=TrackStatus.CHECKING)
        claims.make(claims.prepare(track.id, asset.id, asset.sha256, extract(samples)))
        if active:
            activate(track.id)
            Track.objects.filter(id=track.id).update(status=TrackStatus.REGISTERED)
    return track


def noise(seconds: float, seed: int = 9) -> Any:
    """Nothing that anybody registered."""
    generator = np.random.default_rng(seed)
    return (0.05 * generator.normal(size=round(seconds * RATE_HZ))).astype(np.float32)


def broadcast(*parts: Any) -> Any:
    """One sound after another."""
    return np.concatenate(parts)


def submit(organisation: Any, samples: Any, title: str = "Morning show", **details: Any) -> LongRecording:
    """A recording that waits to be listened to."""
    data = audio_bytes(samples)
    with bind(organisation.id):
        return services.receive_recording(
            file=ContentFile(data, name=f"{title}.wav"), filename=f"{title}.wav", title=title, **details
        )


def listen(organisation: Any, recording: LongRecording) -> JobState | None:
    """Do the recording's job at once."""
    assert recording.job_id is not None
    return runner.run(recording.job_id, organisation.id)


def heard(organisation: Any, samples: Any, title: str = "Morning show", **details: Any) -> LongRecording:
    """A recording with its cue sheet."""
    recording = submit(organisation, samples, title, **details)
    assert listen(organisation, recording) == JobState.SUCCEEDED
    with bind(organisation.id):
        return LongRecording.objects.select_related("source", "organisation").get(id=recording.id)


def cues_of(organisation: Any, recording: LongRecording) -> list[Cue]:
    with bind(organisation.id):
        return list(Cue.objects.filter(recording_id=recording.id).select_related("track"))


__all__ = [
    "RATE_HZ",
    "broadcast",
    "cues_of",
    "heard",
    "label",
    "listen",
    "noise",
    "registered",
    "song",
    "submit",
]
