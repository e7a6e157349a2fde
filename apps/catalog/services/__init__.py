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
from apps.catalog.services.tracks import (
    CreditInput,
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

__all__ = [
    "CreditInput",
    "RecordingFacts",
    "ReleaseDetails",
    "TagValues",
    "UploadResult",
    "Waveform",
    "assign_release",
    "clean_organisation",
    "content_order",
    "create_artist",
    "create_release",
    "create_track",
    "delete_release",
    "delete_track",
    "find_or_create_artist",
    "merge_artists",
    "purgeable_organisations",
    "receive_upload",
    "record_analysis",
    "refuse_too_large",
    "reject_recording",
    "release_recording",
    "rename_artist",
    "restore_track",
    "start_analysis",
    "submit_ingest",
    "transition_track",
    "update_release",
    "update_track",
]
