"""How the catalogue's rows look on pages and in the API: addresses, words, outlines."""

from array import array
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.urls import reverse

from apps.catalog.models import AssetWaveform, AudioAsset, Track
from apps.catalog.storage import PREVIEW_MEDIA_TYPE, UNKNOWN_MEDIA_TYPE, media_type
from apps.core.serving import StoredFile

WAVEFORM_POINTS = 2000
_FULL_SCALE = 127
_SUFFIXES = {"m4a": ".m4a", "aiff": ".aiff", "matroska": ".mkv", "mpegts": ".ts", "wavpack": ".wv", "asf": ".wma"}


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


def _name(asset: AudioAsset, suffix: str) -> str:
    """The uploaded name with the ending that its content has."""
    stem = asset.filename.removesuffix(PurePosixPath(asset.filename).suffix) or "recording"
    return f"{stem}{suffix}"


def _suffix(asset: AudioAsset) -> str:
    if not asset.is_ready or not asset.container:
        return ".bin"
    return _SUFFIXES.get(asset.container, f".{asset.container}")
