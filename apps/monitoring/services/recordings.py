"""Long recordings: received, listened to by a job that can be resumed, written down, deleted and restored."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.text import clean_filename, clean_line, title_from_filename
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.core.formats import file_size
from apps.core.ids import uuid7
from apps.jobs.models import Job, JobState
from apps.jobs.services import Subject, cancel, submit
from apps.monitoring import messages, storage
from apps.monitoring.links import recording_page
from apps.monitoring.models import (
    STANDING,
    Cue,
    CueState,
    LongRecording,
    LongRecordingState,
    MonitoringSource,
    Origin,
    RecordingChunk,
)
from apps.monitoring.selectors import get_recording
from apps.monitoring.services import counting, watching
from apps.monitoring.stitching import Stretch
from apps.registry.selectors import Disclosed
from apps.registry.services import listen
from apps.tenancy.context import current_organisation_id, current_user_id

LISTEN = "monitoring.listen"
TITLE_LENGTH = 300


@dataclass(frozen=True)
class Heard:
    """One chunk as a worker heard it; times of the whole recording."""

    index: int
    start_s: float
    end_s: float
    stretches: tuple[Stretch, ...]
    outline: bytes
    state: str


@dataclass(frozen=True)
class FoundCue:
    """A stitched cue with what its owner publishes. ``stretch.chance_probability`` is that of the whole recording."""

    stretch: Stretch
    other: Disclosed
    pair_id: uuid.UUID


@dataclass(frozen=True)
class Outcome:
    """The result of listening to one recording."""

    duration_s: float
    compared_with: int
    extractor_version: str
    matcher_version: str
    threshold: float
    cues: tuple[FoundCue, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


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


def begin(*, recording_id: uuid.UUID) -> LongRecording:
    """What a worker does first, again after a retry: a place in the registry to listen from. In the job's
    transaction.

    Raises:
        NotFound: the recording is gone.
    """
    recording = get_recording(recording_id)
    if recording.listening_number is None:
        recording.listening_number = listen(recording.id)
    recording.state, recording.error_code, recording.error_message = LongRecordingState.RUNNING, "", ""
    recording.listened_from = recording.listened_from or timezone.now()
    recording.finished_at = None
    recording.save()
    return recording


def record_plan(*, recording_id: uuid.UUID, container: str, points_per_s: float, expected_s: float | None) -> None:
    """What the header told. The outline's density is fixed by the first attempt."""
    LongRecording.objects.filter(id=recording_id, outline_points_per_s=0.0).update(outline_points_per_s=points_per_s)
    LongRecording.objects.filter(id=recording_id).update(
        container=container, duration_s=expected_s, updated_at=timezone.now()
    )


def record_chunk(*, recording_id: uuid.UUID, heard: Heard) -> None:
    """Write down what one chunk held; again changes nothing. In a short transaction that holds the job's row."""
    RecordingChunk.objects.get_or_create(
        recording_id=recording_id,
        index=heard.index,
        defaults={
            "organisation_id": current_organisation_id(),
            "state": heard.state,
            "start_s": heard.start_s,
            "end_s": heard.end_s,
            "result": [stretch.to_json() for stretch in heard.stretches],
            "outline": heard.outline,
        },
    )


def record_outcome(*, recording_id: uuid.UUID, outcome: Outcome) -> LongRecording:
    """Write the cue sheet. Runs in the job's last transaction.

    Side effects: cues (those that people changed or added stay), alerts of watchlists, counts of the days, the
    outline, notifications, audit.
    """
    recording = get_recording(recording_id)
    chunks = list(RecordingChunk.objects.filter(recording_id=recording.id).order_by("index"))
    recording.state, recording.finished_at = LongRecordingState.DONE, timezone.now()
    recording.duration_s, recording.compared_with = outcome.duration_s, outcome.compared_with
    recording.extractor_version, recording.matcher_version = outcome.extractor_version, outcome.matcher_version
    recording.threshold, recording.figures = outcome.threshold, outcome.seconds
    recording.outline = b"".join(bytes(chunk.outline) for chunk in chunks)
    recording.save()
    Cue.objects.filter(recording_id=recording.id, state=CueState.FOUND).delete()
    cues = _write_cues(recording, outcome)
    counting.recount(recording)
    watching.raise_alerts(recording, cues)
    _record(recording, "monitoring.done", {"cues": len(cues), "compared_with": outcome.compared_with})
    _notify_done(recording)
    return recording


def abandon(job: Job) -> None:
    """The job failed or was cancelled for good. Chunks stay, so that another try goes on where it stopped."""
    recording: LongRecording | None = LongRecording.objects.filter(id=job.args["recording_id"]).first()
    if recording is None or not recording.is_open:
        return
    failed = job.state == JobState.FAILED
    recording.state = LongRecordingState.FAILED if failed else LongRecordingState.CANCELLED
    recording.error_code, recording.error_message = job.error_code, job.error_message
    recording.finished_at = timezone.now()
    recording.save()
    _record(recording, "monitoring.failed" if failed else "monitoring.cancelled", {"code": job.error_code})
    if failed:
        notify(
            kind="monitoring.failed",
            text=messages.FAILED,
            params={"title": recording.title, "reason": job.error_message},
            link=recording_page(recording.organisation, recording.id),
        )


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


def _write_cues(recording: LongRecording, outcome: Outcome) -> list[Cue]:
    """New cues; where a person has spoken already about the same track and stretch, that stands."""
    said = list(Cue.objects.filter(recording_id=recording.id))
    versions = {"extractor": outcome.extractor_version, "matcher": outcome.matcher_version}
    written = []
    for found in outcome.cues:
        if not _is_said(found, said):
            cue = Cue(recording=recording, organisation_id=recording.organisation_id, **cue_values(found))
            cue.versions, cue.original = versions, found.stretch.to_json() | {"title": found.other.title}
            cue.save()
            written.append(cue)
    return written


def _is_said(found: FoundCue, said: Sequence[Cue]) -> bool:
    stretch = found.stretch
    return any(
        cue.entry_number == stretch.entry
        and min(cue.end_s, stretch.end_s) - max(cue.start_s, stretch.start_s) > 0.5 * min(cue.seconds, stretch.seconds)
        for cue in said
    )


def cue_values(found: FoundCue) -> dict[str, Any]:
    """The columns of a found cue."""
    stretch, other = found.stretch, found.other
    return {
        "start_s": stretch.start_s,
        "end_s": stretch.end_s,
        "ref_start_s": stretch.ref_start_s,
        "ref_end_s": stretch.ref_end_s,
        "title": other.title,
        "artist": other.artist,
        "label": other.organisation,
        "contact": other.contact,
        "track_id": other.own_track,
        "already_ours": other.already_ours,
        "registered": other.registered,
        "entry_number": stretch.entry,
        "pair_id": found.pair_id,
        "shares_excerpts": other.shares_excerpts,
        "ref_duration_s": other.duration_s,
        "tempo_ratio": stretch.tempo_ratio,
        "pitch_semitones": stretch.pitch_semitones,
        "score": stretch.score,
        "chance_probability": stretch.chance_probability,
    }


def _notify_done(recording: LongRecording) -> None:
    count = Cue.objects.filter(recording_id=recording.id, state__in=STANDING).count()
    text = messages.DONE if count > 1 else messages.DONE_ONE if count else messages.DONE_NONE
    notify(
        kind="monitoring.done",
        text=text,
        params={"title": recording.title, "count": count},
        link=recording_page(recording.organisation, recording.id),
    )


def _record(recording: LongRecording, action: str, data: dict[str, object]) -> None:
    record(action=action, subject_type="long_recording", subject_id=recording.id, data=data)
