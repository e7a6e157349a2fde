"""Purging what was deleted long ago, and files that no row knows."""

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from apps.audit.services import record
from apps.catalog import storage
from apps.catalog.models import AudioAsset, ScoreFile, Track, TrackEvent, TrackStatus, Work, WorkEvent
from apps.tenancy.context import current_organisation_id

logger = logging.getLogger(__name__)

KEEP_DELETED = timedelta(days=30)
# A file is stored before its row is committed: younger ones may belong to a request that still runs.
ORPHAN_AGE = timedelta(hours=24)


def purgeable_organisations() -> list[uuid.UUID]:
    """Organisations with rows to purge or with stored files: only their ids are known here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM catalog_purgeable(%s)", [KEEP_DELETED.total_seconds()])
        purgeable = {row[0] for row in cursor.fetchall()}
    return sorted(purgeable | set(storage.organisations_with_files()))


def clean_organisation() -> int:
    """Purge the bound organisation's long-deleted tracks, recordings, works and scores and its orphan files.

    Answers how many files were deleted. A file goes before its row, so that a crash leaves nothing behind for ever.
    """
    return _purge_tracks() + _purge_recordings() + _purge_works() + _purge_scores() + _remove_orphans()


def _purge_tracks() -> int:
    removed = 0
    before = timezone.now() - KEEP_DELETED
    # A certificate must stay verifiable: what was registered once keeps its row and loses its sound only.
    registered = TrackEvent.objects.filter(to_status=TrackStatus.REGISTERED).values("track_id")
    for track in Track.objects.filter(deleted_at__lt=before).exclude(id__in=registered):
        assets = list(AudioAsset.objects.filter(track_id=track.id))
        track_id, title = track.id, track.title
        removed += _remove_files(assets)
        track.delete()
        record(action="track.purged", subject_type="track", subject_id=track_id, data={"title": title})
    return removed


def _purge_recordings() -> int:
    """Replaced recordings lose their file; the row stays, because history and certificates refer to its hash."""
    before = timezone.now() - KEEP_DELETED
    assets = list(AudioAsset.objects.filter(deleted_at__lt=before).exclude(storage_key=""))
    removed = _remove_files(assets)
    AudioAsset.objects.filter(id__in=[asset.id for asset in assets]).update(storage_key="", preview_key="")
    return removed


def _purge_works() -> int:
    removed = 0
    before = timezone.now() - KEEP_DELETED
    registered = WorkEvent.objects.filter(to_status=TrackStatus.REGISTERED).values("work_id")
    for work in Work.objects.filter(deleted_at__lt=before).exclude(id__in=registered):
        keys = [key for key in ScoreFile.objects.filter(work_id=work.id).values_list("storage_key", flat=True) if key]
        storage.remove(*keys)
        removed += len(keys)
        work_id, title = work.id, work.title
        work.delete()
        record(action="work.purged", subject_type="work", subject_id=work_id, data={"title": title})
    return removed


def _purge_scores() -> int:
    """Replaced scores lose their file; the row stays, because history and certificates refer to its hash."""
    before = timezone.now() - KEEP_DELETED
    scores = list(ScoreFile.objects.filter(deleted_at__lt=before).exclude(storage_key=""))
    storage.remove(*(score.storage_key for score in scores))
    ScoreFile.objects.filter(id__in=[score.id for score in scores]).update(storage_key="")
    return len(scores)


def _remove_orphans() -> int:
    organisation_id = current_organisation_id()
    known = set(AudioAsset.objects.exclude(storage_key="").values_list("storage_key", flat=True))
    known |= set(AudioAsset.objects.exclude(preview_key="").values_list("preview_key", flat=True))
    known |= set(ScoreFile.objects.exclude(storage_key="").values_list("storage_key", flat=True))
    oldest = timezone.now() - ORPHAN_AGE
    orphans = [key for key, at in storage.files_of(organisation_id) if key not in known and at < oldest]
    storage.remove(*orphans)
    if orphans:
        logger.info("Removed %d files that no recording refers to", len(orphans))
    return len(orphans)


def _remove_files(assets: Iterable[AudioAsset]) -> int:
    keys = [key for asset in assets for key in (asset.storage_key, asset.preview_key) if key]
    storage.remove(*keys)
    return len(keys)
