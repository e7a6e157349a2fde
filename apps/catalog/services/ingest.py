"""Writing down what a worker heard in a recording, and what its tags say."""

import datetime
import re
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils import timezone

from apps.audit.services import record
from apps.catalog.isrc import normalise_isrc
from apps.catalog.models import (
    TITLE_LENGTH,
    AssetState,
    AssetWaveform,
    AudioAsset,
    CreditRole,
    EventKind,
    Track,
    TrackCredit,
)
from apps.catalog.selectors import credits_of, get_asset
from apps.catalog.services.artists import NAME_LENGTH, find_or_create_artist
from apps.catalog.services.history import add_event, set_track_texts
from apps.catalog.services.releases import find_or_create_release
from apps.catalog.services.tracks import MAX_TRACK_NUMBER, lock_track, other_track_with, save_track
from apps.catalog.text import clean_line
from apps.core.errors import InvalidInput

_FEATURED = re.compile(r"\s+[(\[]?(?:feat|ft|featuring)\.?\s+", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:;|\s/\s)\s*")


@dataclass(frozen=True)
class Waveform:
    """The outline: lowest and highest sample of each stretch, as pairs of int8 (127 is full scale)."""

    sample_rate_hz: int
    samples_per_point: int
    data: bytes


@dataclass(frozen=True)
class TagValues:
    """What the embedded tags say; empty where they say nothing."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    composer: str = ""
    isrc: str = ""
    date: str = ""
    track_number: int | None = None
    genre: str = ""
    copyright: str = ""

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class RecordingFacts:
    """What one decoding pass found. Levels are None where the recording is too short for the measure (BS.1770)."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    channel_layout: str
    bit_depth: int | None
    bit_rate: int
    duration_s: float
    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    waveform: Waveform
    tags: TagValues = field(default_factory=TagValues)
    preview_key: str = ""


def start_analysis(*, asset_id: uuid.UUID) -> AudioAsset:
    """Mark a recording as being analysed, unless it is ready, or was never kept.

    Runs in the caller's transaction. Side effect: its row.

    Raises:
        NotFound: the recording was deleted.
    """
    get_asset(asset_id)
    asset: AudioAsset = AudioAsset.objects.select_for_update(of=("self",)).select_related("track").get(id=asset_id)
    if not asset.is_ready and asset.storage_key:
        asset.state, asset.error_code, asset.error_params = AssetState.PROCESSING, "", {}
        asset.save(update_fields=["state", "error_code", "error_params", "updated_at"])
    return asset


def release_recording(*, asset_id: uuid.UUID) -> None:
    """Its job ended without an answer: the recording waits again. Call it from a job's ``on_abandoned``."""
    AudioAsset.objects.filter(id=asset_id, state=AssetState.PROCESSING).update(state=AssetState.UPLOADED)


def record_analysis(*, asset_id: uuid.UUID, facts: RecordingFacts) -> AudioAsset | None:
    """Write down a recording's analysis and let its tags fill what nobody has typed. Again changes nothing.

    Runs in the caller's transaction (a job's, which fences it). Answers None when the recording was deleted meanwhile.
    """
    asset = _locked(asset_id)
    if asset is None or asset.is_ready:
        return asset
    for name in (
        "container", "codec", "sample_rate_hz", "channels", "channel_layout", "bit_depth", "bit_rate", "duration_s",
        "loudness_lufs", "loudness_range_lu", "true_peak_dbtp", "preview_key",
    ):  # fmt: skip
        setattr(asset, name, getattr(facts, name))
    asset.tags = facts.tags.said()
    asset.state, asset.analysed_at = AssetState.READY, timezone.now()
    asset.error_code, asset.error_params = "", {}
    asset.save()
    AssetWaveform.objects.update_or_create(
        asset_id=asset.id,
        defaults={
            "organisation_id": asset.organisation_id,
            "sample_rate_hz": facts.waveform.sample_rate_hz,
            "samples_per_point": facts.waveform.samples_per_point,
            "data": facts.waveform.data,
        },
    )
    if asset.deleted_at is None:
        track = lock_track(asset.track_id)
        filled = _fill_from_tags(track, facts.tags)
        add_event(track, EventKind.ANALYSED, data={"filled": filled, "duration_s": round(facts.duration_s, 3)})
    return asset


def reject_recording(*, asset_id: uuid.UUID, code: str, params: dict[str, Any] | None = None) -> AudioAsset | None:
    """Write down that a recording can't be used; its draft and what was typed stay. Again changes nothing.

    Runs in the caller's transaction. Answers None when the recording was deleted meanwhile.
    """
    asset = _locked(asset_id)
    if asset is None or (asset.is_rejected and asset.error_code == code):
        return asset
    asset.state, asset.error_code, asset.error_params = AssetState.REJECTED, code, params or {}
    asset.analysed_at = timezone.now()
    asset.save(update_fields=["state", "error_code", "error_params", "analysed_at", "updated_at"])
    if asset.deleted_at is None:
        add_event(asset.track, EventKind.REJECTED, data={"code": code, "filename": asset.filename})
        record(
            action="recording.rejected",
            subject_type="track",
            subject_id=asset.track_id,
            data={"code": code, "asset": str(asset.id)},
        )
    return asset


def _locked(asset_id: uuid.UUID) -> AudioAsset | None:
    return AudioAsset.objects.select_for_update(of=("self",)).select_related("track").filter(id=asset_id).first()


def _fill_from_tags(track: Track, tags: TagValues) -> list[str]:
    """Set the fields that nobody typed; answers their names."""
    typed, filled = set(track.typed_fields), []
    if tags.title and "title" not in typed:
        track.title = clean_line(tags.title)[:TITLE_LENGTH] or track.title
        filled.append("title")
    if "isrc" not in typed and not track.isrc and (code := _free_isrc(track, tags.isrc)):
        track.isrc = code
        filled.append("isrc")
    number = tags.track_number
    if "track_number" not in typed and track.track_number is None and number and 1 <= number <= MAX_TRACK_NUMBER:
        track.track_number = number
        filled.append("track_number")
    if "credits" not in typed and not credits_of(track.id) and _credit(track, tags):
        filled.append("credits")
    if "release" not in typed and track.release_id is None and clean_line(tags.album):
        by = clean_line(tags.album_artist or tags.artist)[:NAME_LENGTH]
        artist = find_or_create_artist(by)[0] if by else None
        track.release = find_or_create_release(title=tags.album, artist=artist, release_date=_date(tags.date))
        filled.append("release")
    if filled:
        set_track_texts(track, credits_of(track.id))
        save_track(track)
    return filled


def _free_isrc(track: Track, text: str) -> str:
    """The tag's ISRC if it is one and no other track has it: a tag is a suggestion, so nothing is raised."""
    try:
        code = normalise_isrc(text)
    except InvalidInput:
        return ""
    return "" if other_track_with(code, than=track.id) else code


def _credit(track: Track, tags: TagValues) -> bool:
    main, *featured = _FEATURED.split(tags.artist, maxsplit=1)
    named = [(name, CreditRole.MAIN) for name in _SEVERAL.split(main)]
    named += [(name.rstrip(")]"), CreditRole.FEATURED) for part in featured for name in _SEVERAL.split(part)]
    named += [(name, CreditRole.COMPOSER) for name in _SEVERAL.split(tags.composer)]
    wanted = dict.fromkeys((cleaned, role) for name, role in named if (cleaned := clean_line(name)[:NAME_LENGTH]))
    seen: set[tuple[uuid.UUID, str]] = set()
    for name, role in wanted:
        artist = find_or_create_artist(name)[0]
        if (artist.id, role) in seen:
            continue
        TrackCredit.objects.create(track_id=track.id, artist_id=artist.id, role=role, position=len(seen))
        seen.add((artist.id, role))
    return bool(seen)


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
