"""Long recordings: received, changed, deleted and restored, and listened to again."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog.text import clean_filename, clean_line, title_from_filename
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.core.formats import file_size
from apps.core.ids import uuid7
from apps.jobs.services import Subject, cancel, submit
from apps.monitoring import storage
from apps.monitoring.models import (
    LongRecording,
    LongRecordingState,
    MonitoringSource,
    Origin,
    RecordingChunk,
)
from apps.monitoring.selectors import get_recording
from apps.monitoring.services import counting
from apps.registry.services import listen
from apps.tenancy.context import current_organisation_id, current_user_id

LISTEN = "monitoring.listen"
TITLE_LENGTH = 300


def receive_recording(
    *,
    file: File,
    filename: str,
    title: str = "",
    source: MonitoringSource | None = None,
    started_at: datetime | None = None,
    origin: str = Origin.UPLOAD,
) -> LongRecording:
    """Keep a long recording and have it listened to.

    Side effects: the file in storage, a row, a job on commit, audit.

    Raises:
        InvalidInput: the file is empty.
        TooLarge: it is beyond ``MONITORING_MAX_BYTES``.
    """
    size = file.size or 0
    if size > settings.MONITORING_MAX_BYTES:
        message = _("This file has %(size)s; at most %(most)s are accepted. Send it as MP3 or Opus, or in parts.")
        told = message % {"size": file_size(size), "most": file_size(settings.MONITORING_MAX_BYTES)}
        raise TooLarge(told, fields={"file": told})
    if size == 0:
        told = _("This file is empty: it holds no sound. Export it again and upload the new file.")
        raise InvalidInput(told, code="empty", fields={"file": told})
    recording_id = uuid7()
    key = storage.store(file, organisation_id=current_organisation_id(), recording_id=recording_id)
    try:
        return _keep(recording_id, key, size, filename, title, source, started_at, origin)
    except BaseException:
        storage.remove([key])
        raise


@transaction.atomic
def _keep(
    recording_id: uuid.UUID,
    key: str,
    size: int,
    filename: str,
    title: str,
    source: MonitoringSource | None,
    started_at: datetime | None,
    origin: str,
) -> LongRecording:
    name = clean_filename(filename)
    recording: LongRecording = LongRecording.objects.create(
        id=recording_id,
        title=(clean_line(title) or title_from_filename(name))[:TITLE_LENGTH],
        source=source,
        started_at=started_at,
        origin=origin,
        filename=name,
        storage_key=key,
        size_bytes=size,
        requested_by_id=current_user_id(),
    )
    recording.job = submit(
        kind=LISTEN,
        args={"recording_id": str(recording.id)},
        key=str(recording.id),
        subject=Subject("long_recording", recording.id),
    )
    recording.save(update_fields=["job", "updated_at"])
    _record(recording, "monitoring.received", {"filename": name, "bytes": size})
    return recording


@transaction.atomic
def update_recording(
    *, recording_id: uuid.UUID, title: str, source: MonitoringSource | None, started_at: datetime | None
) -> LongRecording:
    """Change what a person knows of a recording. Side effects: the counts of its days, audit.

    Raises:
        NotFound: there is no such recording here.
    """
    recording = get_recording(recording_id)
    before = counting.days_of(recording)
    recording.title, recording.source, recording.started_at = title, source, started_at
    recording.save(update_fields=["title", "source", "started_at", "updated_at"])
    counting.recount(recording, also=before)
    _record(recording, "monitoring.edited", {"title": title})
    return recording


@transaction.atomic
def delete_recording(*, recording_id: uuid.UUID) -> LongRecording:
    """Hide a recording; it can be restored until it is purged. A running job is stopped. Again changes nothing."""
    recording = get_recording(recording_id)
    if recording.is_open and recording.job_id:
        cancel(job_id=recording.job_id)
        recording.refresh_from_db()
    days = counting.days_of(recording)
    recording.deleted_at = timezone.now()
    recording.save(update_fields=["deleted_at", "updated_at"])
    counting.recount(recording, also=days)
    _record(recording, "monitoring.deleted", {"title": recording.title})
    return recording


@transaction.atomic
def restore_recording(*, recording_id: uuid.UUID) -> LongRecording:
    """Bring a deleted recording back.

    Raises:
        NotFound: there is no such deleted recording here.
    """
    recording = get_recording(recording_id, deleted=True)
    recording.deleted_at = None
    recording.save(update_fields=["deleted_at", "updated_at"])
    counting.recount(recording)
    _record(recording, "monitoring.restored", {"title": recording.title})
    return recording


@transaction.atomic
def listen_again(*, recording_id: uuid.UUID) -> LongRecording:
    """Compare a finished recording with the registry as it is now. Corrections of people stay.

    Raises:
        NotFound: there is no such recording here.
        Conflict: it is being listened to, or its sound is gone.
    """
    recording: LongRecording = LongRecording.objects.select_for_update(of=("self",)).get(
        id=get_recording(recording_id).id
    )
    if recording.is_open:
        raise Conflict(_("This recording is being listened to already."), code="listening")
    if not recording.storage_key:
        raise Conflict(_("The sound of this recording is gone. Upload it again."), code="file_missing")
    RecordingChunk.objects.filter(recording_id=recording.id).delete()
    run = uuid7()
    recording.listening_number, recording.listened_from = listen(run), None
    recording.state, recording.error_code, recording.error_message = LongRecordingState.QUEUED, "", ""
    recording.job = submit(
        kind=LISTEN,
        args={"recording_id": str(recording.id)},
        key=f"{recording.id}:{run}",
        subject=Subject("long_recording", recording.id),
    )
    recording.save()
    _record(recording, "monitoring.again", {})
    return recording


def _record(recording: LongRecording, action: str, data: dict[str, object]) -> None:
    record(action=action, subject_type="long_recording", subject_id=recording.id, data=data)
