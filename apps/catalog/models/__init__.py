"""What a label owns: artists, releases, tracks with their recordings, and works with their scores."""

from apps.catalog.models.common import AssetState, TrackStatus
from apps.catalog.models.tracks import (
    TITLE_LENGTH,
    Artist,
    AssetWaveform,
    AudioAsset,
    CreditRole,
    EventKind,
    Release,
    Track,
    TrackCredit,
    TrackEvent,
)
from apps.catalog.models.works import (
    ScoreContent,
    ScoreFile,
    ScoreFormat,
    Work,
    WorkCredit,
    WorkEvent,
    WorkEventKind,
    WorkRole,
)

__all__ = [
    "TITLE_LENGTH",
    "Artist",
    "AssetState",
    "AssetWaveform",
    "AudioAsset",
    "CreditRole",
    "EventKind",
    "Release",
    "ScoreContent",
    "ScoreFile",
    "ScoreFormat",
    "Track",
    "TrackCredit",
    "TrackEvent",
    "TrackStatus",
    "Work",
    "WorkCredit",
    "WorkEvent",
    "WorkEventKind",
    "WorkRole",
]
