"""How works and scores look on pages and in the API."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.models import ScoreFile, ScoreFormat, TrackStatus, Work, WorkEvent, WorkEventKind, WorkRole
from apps.catalog.selectors import content_of
from apps.core.display import TimelineItem
from apps.core.piano_roll import PianoRoll, RollSide
from apps.core.scores import ScoreNotes
from apps.core.serving import StoredFile

_MEDIA_TYPES = {
    ScoreFormat.MIDI: "audio/midi",
    ScoreFormat.MUSICXML: "application/vnd.recordare.musicxml",
}
_EVENT_ICONS = {
    WorkEventKind.CREATED: "plus",
    WorkEventKind.UPLOADED: "upload",
    WorkEventKind.REPLACED: "refresh-cw",
    WorkEventKind.READ: "music-3",
    WorkEventKind.REJECTED: "circle-x",
    WorkEventKind.EDITED: "pencil",
    WorkEventKind.DELETED: "trash-2",
    WorkEventKind.RESTORED: "undo-2",
}


def roll_of(work: Work, score: ScoreFile | None) -> PianoRoll | None:
    """The piano roll of a work's score; None while there is nothing to draw."""
    content = content_of(score.id) if score is not None and score.is_ready else None
    if content is None:
        return None
    return PianoRoll(RollSide(work.full_title, ScoreNotes.from_json(content.drawing), work.composer_line))


def score_download(score: ScoreFile) -> StoredFile:
    """How a score is served: always for saving, under its own name with the ending that its content has."""
    media_type = _MEDIA_TYPES.get(ScoreFormat(score.format), "") if score.format else ""
    name = score.filename or "score"
    if not PurePosixPath(name).suffix:
        name += ".mid" if score.format == ScoreFormat.MIDI else ".musicxml"
    return StoredFile(
        score.storage_key, media_type or "application/octet-stream", name, score.sha256[:40], inline=False
    )


def work_timeline(events: Iterable[WorkEvent]) -> list[TimelineItem]:
    """A work's history in words."""
    return [
        TimelineItem(
            when=event.created_at,
            title=_event_title(event),
            text=_event_text(event),
            who=str(event.actor) if event.actor else "",
            icon=_EVENT_ICONS.get(WorkEventKind(event.kind), "flag"),
        )
        for event in events
    ]


def work_field_label(name: str) -> str:
    """A field of a work as people call it."""
    return _("credits") if name == "credits" else str(Work._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _event_title(event: WorkEvent) -> str:
    if event.kind == WorkEventKind.STATUS:
        return _("Status: %(status)s") % {"status": TrackStatus(event.to_status).label}
    return str(event.get_kind_display())


def _event_text(event: WorkEvent) -> str:
    data = event.data
    if event.kind == WorkEventKind.EDITED:
        return "; ".join(_change(name, change) for name, change in data.items())
    if event.kind == WorkEventKind.READ:
        filled = ", ".join(work_field_label(name) for name in data.get("filled", ()))
        return _("Filled from the file: %(fields)s") % {"fields": filled} if filled else ""
    return event.reason or str(data.get("filename", ""))


def _change(name: str, change: dict[str, Any]) -> str:
    def shown(value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(map(_credit_line, value)) or "–"
        text = str(value) if value not in (None, "") else "–"
        return text if len(text) <= 80 else f"{text[:79]}…"

    return f"{work_field_label(name)}: {shown(change.get('from'))} → {shown(change.get('to'))}"


def _credit_line(line: str) -> str:
    name, _sep, role = line.rpartition(" (")
    role = role.removesuffix(")")
    return f"{name} ({WorkRole(role).label})" if role in WorkRole.values else line
