"""What a file's embedded tags say, cleaned; nothing in them can raise or do harm."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import av
import mutagen
from mutagen.aiff import AIFF
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.mp3 import MP3, EasyMP3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from ml.audio.errors import AudioError
from ml.audio.sniff import Container, sniff

MAX_LENGTH = 500

_READERS: dict[str, list[Any]] = {
    "mp3": [MP3],
    "wav": [WAVE],
    "aiff": [AIFF],
    "flac": [FLAC],
    "m4a": [MP4],
    "ogg": [OggVorbis, OggOpus, OggFLAC],
    "asf": [ASF],
}

# ID3v2 frame, MP4 atom, Vorbis comment, ASF attribute; libav's own names are among them.
_KEYS: dict[str, tuple[str, ...]] = {
    "title": ("tit2", "©nam", "title"),
    "artist": ("tpe1", "©art", "artist", "author"),
    "album": ("talb", "©alb", "album", "wm/albumtitle"),
    "album_artist": ("tpe2", "aart", "albumartist", "album_artist", "wm/albumartist"),
    "composer": ("tcom", "©wrt", "composer", "wm/composer"),
    "isrc": ("tsrc", "----:com.apple.itunes:isrc", "isrc", "wm/isrc"),
    "date": ("tdrc", "tdor", "tyer", "©day", "date", "year", "wm/year"),
    "track_number": ("trck", "trkn", "tracknumber", "track", "wm/tracknumber"),
    "genre": ("tcon", "©gen", "genre", "wm/genre"),
    "copyright": ("tcop", "cprt", "copyright"),
}

_WRITTEN = {
    "title": "title",
    "artist": "artist",
    "album": "album",
    "composer": "composer",
    "isrc": "isrc",
    "date": "date",
    "tracknumber": "track_number",
    "genre": "genre",
    "copyright": "copyright",
}


@dataclass(frozen=True, slots=True)
class Tags:
    """Embedded tags; an empty string where there is none. At most ``MAX_LENGTH`` characters each."""

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


def read_tags(path: str | Path) -> Tags:
    """Read the tags of a recording; unreadable or nonsensical ones come back empty."""
    try:
        kind = sniff(path)
    except (AudioError, OSError):
        return Tags()
    values = {**_from_libav(path, kind), **_from_mutagen(path, kind)}
    found: dict[str, Any] = {field.name: _text(_first(values, _KEYS[field.name])) for field in fields(Tags)}
    found["track_number"] = _number(found["track_number"])
    return Tags(**found)


def write_tags(path: str | Path, tags: Tags) -> None:
    """Embed `tags` into a FLAC or MP3 file.

    Raises
    ------
    ValueError
        Any other container.
    """
    kind = sniff(path).name
    if kind not in {"flac", "mp3"}:
        raise ValueError(f"tags can be written to FLAC and MP3 only, not {kind}")
    file: Any = mutagen.File(str(path), options=[EasyMP3, FLAC])
    values = {key: getattr(tags, field) for key, field in _WRITTEN.items() if getattr(tags, field) not in ("", None)}
    for key, value in values.items():
        file[key] = str(value)
    file.save()


def _from_mutagen(path: str | Path, kind: Container) -> dict[str, object]:
    """Values by lower-case key. Broken tags raise all sorts of things in mutagen: none gets out."""
    readers = _READERS.get(kind.name)
    if not readers:
        return {}
    with suppress(Exception):
        file = mutagen.File(str(path), options=readers)
        tags = getattr(file, "tags", None)
        if tags:
            return {str(key).lower(): value for key, value in tags.items()}
    return {}


def _from_libav(path: str | Path, kind: Container) -> dict[str, object]:
    """What mutagen doesn't read: RIFF INFO, CAF, Matroska."""
    with (
        suppress(Exception),
        av.open(
            str(Path(path).resolve()),
            format=kind.demuxer,
            metadata_errors="ignore",
            options={"protocol_whitelist": "file"},
        ) as file,
    ):
        return {key.lower(): value for key, value in file.metadata.items()}
    return {}


def _first(values: Mapping[str, object], keys: Iterable[str]) -> object:
    return next((values[key] for key in keys if values.get(key)), "")


def _text(value: object) -> str:
    """One clean line: no control, format-override or unassigned characters, and no endless text."""
    with suppress(Exception):
        value = getattr(value, "text", value)  # an ID3 frame
        if isinstance(value, list | tuple):
            value = value[0] if value else ""
        if isinstance(value, tuple):  # MP4's (track, of)
            value = value[0]
        value = getattr(value, "value", value)  # an ASF attribute
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        text = "".join(" " if char in "\t\r\n" else char for char in text[: 4 * MAX_LENGTH])
        text = "".join(char for char in text if not _is_control(char))
        return " ".join(text.split())[:MAX_LENGTH]
    return ""


def _is_control(char: str) -> bool:
    joiners = "\u200c\u200d"  # needed by Persian, Indic scripts and emoji
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} and char not in joiners


def _number(text: str) -> int | None:
    """The track of "3", "03/12" or "3 of 12"."""
    digits = text.split("/")[0].split(" ")[0].strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits[:6])
    return number if 0 < number < 1000 else None
