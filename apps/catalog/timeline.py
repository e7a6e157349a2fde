"""The history of tracks and works in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.models import CreditRole, EventKind, TrackEvent, TrackStatus, WorkEvent, WorkEventKind, WorkRole
from apps.core.display import TimelineItem

SHOWN_LENGTH = 80
_ICONS = {
    EventKind.CREATED.value: "plus",
    EventKind.UPLOADED.value: "upload",
    EventKind.REPLACED.value: "refresh-cw",
    EventKind.ANALYSED.value: "audio-waveform",
    WorkEventKind.READ.value: "music-3",
    EventKind.REJECTED.value: "circle-x",
    EventKind.EDITED.value: "pencil",
    EventKind.DELETED.value: "trash-2",
    EventKind.RESTORED.value: "undo-2",
}
_ROLES: Mapping[str, Any] = {**dict(CreditRole.choices), **dict(WorkRole.choices)}


def timeline(events: Iterable[TrackEvent] | Iterable[WorkEvent]) -> list[TimelineItem]:
    """The lines of a history, in the order in which they come."""
    return [
        TimelineItem(
            when=event.created_at,
            title=_title(event),
            text=_text(event),
            who=str(event.actor) if event.actor else "",
            icon=_ICONS.get(event.kind, "flag"),
        )
        for event in events
    ]


def _title(event: TrackEvent | WorkEvent) -> str:
    if event.kind == EventKind.STATUS:
        return _("Status: %(status)s") % {"status": TrackStatus(event.to_status).label}
    return str(event.get_kind_display())


def _text(event: TrackEvent | WorkEvent) -> str:
    data = event.data
    if event.kind == EventKind.EDITED:
        return "; ".join(_change(event, name, change) for name, change in data.items())
    filled = {"fields": ", ".join(_field(event, name) for name in data.get("filled", ()))}
    if event.kind == EventKind.ANALYSED:
        return _("Filled from the file’s tags: %(fields)s") % filled if filled["fields"] else ""
    if event.kind == WorkEventKind.READ:
        return _("Filled from the file: %(fields)s") % filled if filled["fields"] else ""
    return event.reason or str(data.get("filename", ""))


def _field(event: TrackEvent | WorkEvent, name: str) -> str:
    """A field as people call it."""
    if name == "credits":
        return _("credits")
    subject = type(event)._meta.get_field("track" if isinstance(event, TrackEvent) else "work").related_model
    return str(subject._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _change(event: TrackEvent | WorkEvent, name: str, change: Mapping[str, Any]) -> str:
    return f"{_field(event, name)}: {_shown(change.get('from'))} → {_shown(change.get('to'))}"


def _shown(value: str | Sequence[str] | None) -> str:
    if isinstance(value, list):
        return ", ".join(map(_credit, value)) or "–"
    text = str(value) if value not in (None, "") else "–"
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"


def _credit(line: str) -> str:
    name, _sep, role = line.rpartition(" (")
    role = role.removesuffix(")")
    return f"{name} ({_ROLES[role]})" if role in _ROLES else line
