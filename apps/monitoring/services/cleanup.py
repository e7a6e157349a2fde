"""Purging what was deleted long ago, with its sound."""

import uuid
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from apps.audit.services import record
from apps.monitoring import storage
from apps.monitoring.models import LongRecording

KEEP_DELETED = timedelta(days=30)


def purgeable_organisations() -> list[uuid.UUID]:
    """Organisations with recordings to purge: only their ids are known here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM monitoring_purgeable(%s)", [KEEP_DELETED.total_seconds()])
        return [row[0] for row in cursor.fetchall()]


def purge_recordings() -> int:
    """Delete the bound organisation's long-deleted recordings for good; answers how many. The file goes first."""
    before = timezone.now() - KEEP_DELETED
    gone = list(LongRecording.objects.filter(deleted_at__lt=before).defer("outline"))
    for recording in gone:
        storage.remove([recording.storage_key])
        recording_id, title = recording.id, recording.title
        recording.delete()
        record(
            action="monitoring.purged", subject_type="long_recording", subject_id=recording_id, data={"title": title}
        )
    return len(gone)
