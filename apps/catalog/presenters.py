"""How the catalogue's rows look on pages and in the API: addresses, words, outlines."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.catalog.models import AssetWaveform, AudioAsset, CreditRole, EventKind, Track, TrackEvent, TrackStatus
from apps.catalog.storage import PREVIEW_MEDIA_TYPE, UNKNOWN_MEDIA_TYPE, media_type
from apps.core.display import TimelineItem
from apps.core.serving import StoredFile

WAVEFORM_POINTS = 2000
_FULL_SCALE = 127
_SUFFIXES = {"m4a": ".m4a", "aiff": ".aiff", "matroska": ".mkv", "mpegts": ".ts", "wavpack": ".wv", "asf": ".wma"}
_EVENT_ICONS = {
    EventKind.CREATED: "plus",
    EventKind.UPLOADED: "upload",
    EventKind.REPLACED: "refresh-cw",
    EventKind.ANALYSED: "audio-waveform",
    EventKind.REJECTED: "circle-x",
    EventKind.EDITED: "pencil",
    EventKind.DELETED: "trash-2",
    EventKind.RESTORED: "undo-2",
}


@dataclass(frozen=True)
class Sound:
    """A recording as players take it."""

    title: str
    by: str
    audio_url: str
    peaks_url: str
    duration_s: float | None


def sound_of(track: Track, asset: AudioAsset | None, slug: str) -> Sound | None:
    """What a player needs; None while there is nothing to hear."""
    if asset is None or not asset.is_ready:
        return None
    address = {"slug": slug, "asset_id": asset.id}
    return Sound(
        title=track.full_title,
        by=track.artist_line,
        audio_url=reverse("catalog:asset_audio", kwargs=address),
        peaks_url=reverse("catalog:asset_waveform", kwargs=address),
        duration_s=asset.duration_s,
    )


def stored_file(asset: AudioAsset, *, download: bool) -> StoredFile:
    """How a recording is served: for listening (the copy that browsers play, if one was made) or for saving."""
    if asset.preview_key and not download:
        return StoredFile(asset.preview_key, PREVIEW_MEDIA_TYPE, _name(asset, ".mp3"), f"{asset.sha256[:40]}-p")
    known = media_type(asset.container) if asset.is_ready else UNKNOWN_MEDIA_TYPE
    inline = not download and known != UNKNOWN_MEDIA_TYPE
    return StoredFile(asset.storage_key, known, _name(asset, _suffix(asset)), asset.sha256[:40], inline)


def peaks_json(waveform: AssetWaveform) -> dict[str, Any]:
    """The outline for the player: highest and lowest value (−1…1) of at most ``WAVEFORM_POINTS`` stretches."""
    values = array("b", bytes(waveform.data))
    low, high = values[0::2], values[1::2]
    step = max(1, -(-len(high) // WAVEFORM_POINTS))
    highest = [round(max(high[at : at + step]) / _FULL_SCALE, 3) for at in range(0, len(high), step)]
    lowest = [round(min(low[at : at + step]) / _FULL_SCALE, 3) for at in range(0, len(low), step)]
    return {"peaks": [highest, lowest], "duration_s": waveform.asset.duration_s}


def timeline(events: Iterable[TrackEvent]) -> list[TimelineItem]:
    """A track's history in words."""
    return [
        TimelineItem(
            when=event.created_at,
            title=_event_title(event),
            text=_event_text(event),
            who=str(event.actor) if event.actor else "",
            icon=_EVENT_ICONS.get(EventKind(event.kind), "flag"),
        )
        for event in events
    ]


def field_label(name: str) -> str:
    """A field of a track as people call it."""
    if name == "credits":
        return _("credits")
    return str(Track._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _event_title(event: TrackEvent) -> str:
    if event.kind == EventKind.STATUS:
        return _("Status: %(status)s") % {"status": TrackStatus(event.to_status).label}
    return str(event.get_kind_display())


def _event_text(event: TrackEvent) -> str:
    data = event.data
    if event.kind == EventKind.EDITED:
        return "; ".join(_change(name, change) for name, change in data.items())
    if event.kind == EventKind.ANALYSED:
        filled = ", ".join(field_label(name) for name in data.get("filled", ()))
        return _("Filled from the file’s tags: %(fields)s") % {"fields": filled} if filled else ""
    return event.reason or str(data.get("filename", ""))


def _change(name: str, change: dict[str, Any]) -> str:
    def shown(value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(map(_credit_line, value)) or "–"
        text = str(value) if value not in (None, "") else "–"
        return text if len(text) <= 80 else f"{text[:79]}…"

    return f"{field_label(name)}: {shown(change.get('from'))} → {shown(change.get('to'))}"


def _credit_line(line: str) -> str:
    name, _sep, role = line.rpartition(" (")
    role = role.removesuffix(")")
    return f"{name} ({CreditRole(role).label})" if role in CreditRole.values else line


def _name(asset: AudioAsset, suffix: str) -> str:
    """The uploaded name with the ending that its content has."""
    stem = asset.filename.removesuffix(PurePosixPath(asset.filename).suffix) or "recording"
    return f"{stem}{suffix}"


def _suffix(asset: AudioAsset) -> str:
    if not asset.is_ready or not asset.container:
        return ".bin"
    return _SUFFIXES.get(asset.container, f".{asset.container}")
