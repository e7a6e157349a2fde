"""Writes of the catalogue. Each is one transaction, safe to repeat, audited, and raises domain errors."""

from apps.catalog.services.artists import create_artist, find_or_create_artist, merge_artists, rename_artist
from apps.catalog.services.cleanup import clean_organisation, purgeable_organisations
from apps.catalog.services.ingest import (
    RecordingFacts,
    TagValues,
    Waveform,
    record_analysis,
    reject_recording,
    release_recording,
    start_analysis,
)
from apps.catalog.services.releases import ReleaseDetails, create_release, delete_release, update_release
from apps.catalog.services.scores import (
    ScoreFacts,
    ScoreUpload,
    receive_score,
    record_reading,
    refuse_large_score,
    reject_score,
    release_score,
    start_reading,
    submit_read,
)
from apps.catalog.services.subjects import CreditInput
from apps.catalog.services.tracks import (
    assign_release,
    create_track,
    delete_track,
    restore_track,
    transition_track,
    update_track,
)
from apps.catalog.services.uploads import (
    UploadResult,
    content_order,
    receive_upload,
    refuse_too_large,
    submit_ingest,
)
from apps.catalog.services.works import create_work, delete_work, restore_work, transition_work, update_work

__all__ = [
    "CreditInput",
    "RecordingFacts",
    "ReleaseDetails",
    "ScoreFacts",
    "ScoreUpload",
    "TagValues",
    "UploadResult",
    "Waveform",
    "assign_release",
    "clean_organisation",
    "content_order",
    "create_artist",
    "create_release",
    "create_track",
    "create_work",
    "delete_release",
    "delete_track",
    "delete_work",
    "find_or_create_artist",
    "merge_artists",
    "purgeable_organisations",
    "receive_score",
    "receive_upload",
    "record_analysis",
    "record_reading",
    "refuse_large_score",
    "refuse_too_large",
    "reject_recording",
    "reject_score",
    "release_recording",
    "release_score",
    "rename_artist",
    "restore_track",
    "restore_work",
    "start_analysis",
    "start_reading",
    "submit_ingest",
    "submit_read",
    "transition_track",
    "transition_work",
    "update_release",
    "update_track",
    "update_work",
]
