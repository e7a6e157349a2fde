"""Sources, recordings and their cue sheets."""

import uuid
from array import array
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.monitoring.models import (
    STANDING,
    Cue,
    CueCorrection,
    CueState,
    LongRecording,
    MonitoringSource,
    RecordingChunk,
)

LIKELY_BELOW, POSSIBLE_BELOW = 1e-4, 1e-2
SHORTEST_GAP_S = 15.0
QUIET = 1
"""Loudest sample (of 127) up to which a stretch counts as silent."""
_FULL_SCALE = 127


@dataclass(frozen=True)
class Gap:
    """A stretch in which nothing was recognised; ``silent`` when nothing can be heard either."""

    start_s: float
    end_s: float
    silent: bool

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class RecordingFilters:
    text: str = ""
    state: str = ""
    source: str = ""


def sources(*, archived: bool = False) -> QuerySet[MonitoringSource]:
    """Sources by name, with the number of their recordings."""
    found = MonitoringSource.objects.filter(archived_at__isnull=not archived)
    standing = Count("recordings", filter=Q(recordings__deleted_at=None))
    return found.annotate(recording_count=standing).order_by("name")


def get_source(source_id: uuid.UUID) -> MonitoringSource:
    """One source.

    Raises:
        NotFound: there is none with this id here.
    """
    source: MonitoringSource | None = MonitoringSource.objects.filter(id=source_id).first()
    if source is None:
        raise NotFound(_("There is no such source."))
    return source


def recordings(filters: RecordingFilters | None = None) -> QuerySet[LongRecording]:
    """Recordings, newest first, with source, job and the number of their cues."""
    wanted = filters or RecordingFilters()
    found = LongRecording.objects.filter(deleted_at=None).select_related("source", "job", "organisation")
    if wanted.text:
        text = wanted.text
        found = found.filter(Q(title__icontains=text) | Q(filename__icontains=text) | Q(source__name__icontains=text))
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.source:
        found = found.filter(source_id=wanted.source)
    standing = Count("cues", filter=Q(cues__state__in=STANDING))
    return found.annotate(cue_count=standing).defer("outline").order_by("-created_at")


def get_recording(recording_id: uuid.UUID, *, deleted: bool = False) -> LongRecording:
    """One recording.

    Raises:
        NotFound: there is none with this id here, or it is deleted.
    """
    found = LongRecording.objects.select_related("source", "job", "organisation", "requested_by")
    recording: LongRecording | None = found.filter(id=recording_id, deleted_at__isnull=not deleted).first()
    if recording is None:
        raise NotFound(_("There is no such recording."))
    return recording


def deleted_recordings() -> QuerySet[LongRecording]:
    """Deleted recordings that can still be restored."""
    return LongRecording.objects.filter(deleted_at__isnull=False).defer("outline").order_by("-deleted_at")


def cues_of(recording_id: uuid.UUID, *, removed: bool = False) -> list[Cue]:
    """The cue sheet in order of time, or what people took off it. ``may_undo``: a change can be taken back."""
    states = (CueState.REMOVED,) if removed else STANDING
    found = Cue.objects.filter(recording_id=recording_id, state__in=states).select_related("track", "changed_by")
    standing = CueCorrection.objects.filter(cue_id=OuterRef("pk"), undone_at=None)
    return list(found.annotate(may_undo=Exists(standing)))


def get_cue(cue_id: uuid.UUID) -> Cue:
    """One cue.

    Raises:
        NotFound: there is none with this id here.
    """
    cue: Cue | None = (
        Cue.objects.select_related("recording", "recording__source", "track", "organisation")
        .filter(id=cue_id, recording__deleted_at=None)
        .first()
    )
    if cue is None:
        raise NotFound(_("There is no such cue."))
    return cue


def corrections_of(cue_id: uuid.UUID) -> list[CueCorrection]:
    """What people did to a cue, newest first."""
    return list(CueCorrection.objects.filter(cue_id=cue_id).select_related("actor", "undone_by"))


def undoable(cue: Cue) -> CueCorrection | None:
    """The newest correction that stands; it can be taken back."""
    return next((done for done in corrections_of(cue.id) if done.undone_at is None), None)


def chunks_done(recording_id: uuid.UUID) -> QuerySet[RecordingChunk]:
    """Chunks that were listened to, in order."""
    return RecordingChunk.objects.filter(recording_id=recording_id).order_by("index")


def sureness(probability: float | None) -> str:
    """``likely``, ``possible`` or ``unsure``; empty for cues added by hand."""
    if probability is None:
        return ""
    if probability < LIKELY_BELOW:
        return "likely"
    return "possible" if probability < POSSIBLE_BELOW else "unsure"


def covered_share(recording: LongRecording, cues: list[Cue]) -> float | None:
    """The part of the recording that cues cover, 0–1."""
    if not recording.duration_s:
        return None
    total, reached = 0.0, 0.0
    for cue in sorted(cues, key=lambda c: c.start_s):
        total += max(0.0, cue.end_s - max(cue.start_s, reached))
        reached = max(reached, cue.end_s)
    return min(1.0, total / recording.duration_s)


def gaps(recording: LongRecording, cues: list[Cue]) -> list[Gap]:
    """Stretches of 15 seconds and more that no cue covers."""
    found, reached = [], 0.0
    for cue in [*sorted(cues, key=lambda c: c.start_s), None]:
        until = cue.start_s if cue is not None else recording.duration_s or 0.0
        if until - reached >= SHORTEST_GAP_S:
            found.append(Gap(reached, until, _is_silent(recording, reached, until)))
        reached = max(reached, cue.end_s) if cue is not None else reached
    return found


def outline_points(recording: LongRecording, most: int) -> tuple[list[int], list[int]]:
    """Lowest and highest value (−127 … 127) of at most so many stretches of equal length."""
    values = array("b", bytes(recording.outline))
    low, high = values[0::2], values[1::2]
    step = max(1, -(-len(high) // most))
    lowest = [min(low[at : at + step]) for at in range(0, len(low), step)]
    return lowest, [max(high[at : at + step]) for at in range(0, len(high), step)]


def _is_silent(recording: LongRecording, start_s: float, end_s: float) -> bool:
    if not recording.outline or not recording.duration_s:
        return False
    values = array("b", bytes(recording.outline))
    points = len(values) // 2
    low, high = (int(points * at / recording.duration_s) for at in (start_s, end_s))
    inside = values[2 * (low + 1) : 2 * max(high - 1, low + 1)]
    return bool(inside) and max(abs(value) for value in inside) <= QUIET
