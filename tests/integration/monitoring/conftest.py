"""A label with a cue sheet, written row by row: no sound is needed for what people do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.catalog.models import TrackStatus
from apps.monitoring.models import Cue, LongRecording, LongRecordingState, MonitoringSource
from apps.tenancy.context import bind
from tests.factories_catalog import make_track
from tests.integration.rights.helpers import label
from tests.integration.rights_pages.conftest import Desk, make_desk


@dataclass
class Sheet:
    """A recording of Radio North with two cues, and a member who works on it."""

    organisation: Any
    source: MonitoringSource
    recording: LongRecording
    own: Cue
    other: Cue
    desk: Desk


def make_sheet(organisation: Any, title: str = "Morning show", started_at: datetime | None = None) -> Sheet:
    """The cue sheet of a recording that began at 21:58:30 UTC, two minutes before midnight in Oslo."""
    with bind(organisation.id):
        source = MonitoringSource.objects.filter(name="Radio North").first() or MonitoringSource.objects.create(
            name="Radio North", time_zone="Europe/Oslo"
        )
        recording = LongRecording.objects.create(
            title=title,
            source=source,
            started_at=started_at or datetime(2026, 7, 1, 21, 58, 30, tzinfo=UTC),
            duration_s=600.0,
            state=LongRecordingState.DONE,
            container="mp3",
            finished_at=datetime(2026, 7, 2, tzinfo=UTC),
        )
        track = make_track("Own song", status=TrackStatus.REGISTERED)
        own = _cue(recording, 30.0, 75.0, "Own song", "Anna", 1, track=track, already_ours=True)
        other = _cue(recording, 115.0, 165.0, "Night train", "Ben feat. Cy", 2, label="Northern Lights")
    return Sheet(organisation, source, recording, own, other, make_desk(organisation))


def _cue(recording: LongRecording, start: float, end: float, title: str, artist: str, number: int, **more: Any) -> Cue:
    cue: Cue = Cue.objects.create(
        recording=recording,
        start_s=start,
        end_s=end,
        ref_start_s=0.0,
        ref_end_s=end - start,
        title=title,
        artist=artist,
        entry_number=number,
        ref_duration_s=200.0,
        tempo_ratio=1.0,
        pitch_semitones=0.0,
        score=200.0,
        chance_probability=1e-9,
        registered=True,
        original={"title": title, "start_s": start, "end_s": end},
        **more,
    )
    return cue


@pytest.fixture
def sheet(db: None) -> Sheet:
    return make_sheet(label("Ours"))
