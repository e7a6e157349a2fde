"""What listening writes down: chunks as they are heard, the cue sheet at the end."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.accounts.services import notify
from apps.audit.services import record
from apps.jobs.models import Job, JobState
from apps.monitoring import messages
from apps.monitoring.links import recording_page
from apps.monitoring.models import (
    STANDING,
    Cue,
    CueState,
    LongRecording,
    LongRecordingState,
    RecordingChunk,
)
from apps.monitoring.selectors import get_recording
from apps.monitoring.services import counting, watching
from apps.monitoring.stitching import Stretch
from apps.registry.selectors import Disclosed
from apps.registry.services import listen
from apps.tenancy.context import current_organisation_id

# What no person has spoken about: listening may change it.
UNTOUCHED = (CueState.FOUND, CueState.GONE)
SAME_STRETCH = 0.5
"""Two cues of one track that share more than this of the shorter one are about the same stretch."""


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

    Side effects: cues (those that people changed or added stay; what an earlier listening found and this one did not
    is gone from the sheet), alerts of watchlists, counts of the days, the outline, notifications, audit.
    """
    recording = get_recording(recording_id)
    chunks = list(RecordingChunk.objects.filter(recording_id=recording.id).order_by("index"))
    recording.state, recording.finished_at = LongRecordingState.DONE, timezone.now()
    recording.duration_s, recording.compared_with = outcome.duration_s, outcome.compared_with
    recording.extractor_version, recording.matcher_version = outcome.extractor_version, outcome.matcher_version
    recording.threshold, recording.figures = outcome.threshold, outcome.seconds
    recording.outline = b"".join(bytes(chunk.outline) for chunk in chunks)
    recording.save()
    days = counting.days_of(recording)
    cues = _write_cues(recording, outcome)
    counting.recount(recording, also=days)
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


def _write_cues(recording: LongRecording, outcome: Outcome) -> list[Cue]:
    """The cues that were found, those of an earlier listening in place: a stretch that was heard before stays the
    same cue, with its alerts. Where a person has spoken about a track and stretch, that stands.
    """
    known = list(Cue.objects.filter(recording_id=recording.id))
    said = [cue for cue in known if cue.state not in UNTOUCHED]
    left = [cue for cue in known if cue.state in UNTOUCHED]
    versions = {"extractor": outcome.extractor_version, "matcher": outcome.matcher_version}
    written = []
    for found in outcome.cues:
        if _same_stretch(found, said) is not None:
            continue
        cue = _same_stretch(found, left) or Cue(recording=recording, organisation_id=recording.organisation_id)
        left = [other for other in left if other.id != cue.id]
        for name, value in cue_values(found).items():
            setattr(cue, name, value)
        cue.state, cue.versions = CueState.FOUND, versions
        cue.original = found.stretch.to_json() | {"title": found.other.title}
        cue.save()
        written.append(cue)
    Cue.objects.filter(id__in=[cue.id for cue in left]).update(state=CueState.GONE, updated_at=timezone.now())
    return written


def _same_stretch(found: FoundCue, cues: Iterable[Cue]) -> Cue | None:
    """The cue that shares most with what was found of the same track; None when none shares half."""
    stretch = found.stretch

    def shared(cue: Cue) -> float:
        return min(cue.end_s, stretch.end_s) - max(cue.start_s, stretch.start_s)

    same = [
        cue
        for cue in cues
        if cue.entry_number == stretch.entry and shared(cue) > SAME_STRETCH * min(cue.seconds, stretch.seconds)
    ]
    return max(same, key=shared, default=None)


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
