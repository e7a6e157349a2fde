"""Which container a file is, by its content alone.

The demuxer is then named explicitly, so that a crafted file can never reach the playlist or
network demuxers of libavformat (which would read other files or addresses).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ml.audio.errors import EmptyAudio, NotAudio

_HEAD_BYTES = 64 * 1024
_SYNC_SEARCH_BYTES = 32 * 1024
_SYNC_FRAMES = 3
"""So many consecutive frame headers must agree before we call bytes MP3 or ADTS."""

_MP3_KBPS_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBPS_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True, slots=True)
class Container:
    """A sniffed container: our name and libavformat's demuxer."""

    name: str
    demuxer: str


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: str
    length: int
    key: tuple[int, int]


def sniff(path: str | Path) -> Container:
    """Name the container of `path`, without trusting its extension.

    Raises
    ------
    EmptyAudio
        Zero bytes.
    NotAudio
        No container that we know.
    """
    with Path(path).open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            raise EmptyAudio
        found = _by_magic(head)
        if found is not None:
            return found
        skip = id3_length(head)
        if skip:
            file.seek(skip)
            head = file.read(_HEAD_BYTES)
    found = _by_magic(head) or _by_frames(head)
    if found is None:
        raise NotAudio("unknown content")
    return found


def id3_length(head: bytes) -> int:
    """Length of a leading ID3v2 tag in bytes (0 without one)."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size + (20 if head[5] & 0x10 else 10)


def _by_magic(head: bytes) -> Container | None:
    for test, container in _MAGIC:
        if test(head):
            return container
    return None


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _form(outer: tuple[bytes, ...], inner: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    return lambda head: head[:4] in outer and head[8:12] in inner


def _mov(head: bytes) -> bool:
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")


def _mpegts(head: bytes) -> bool:
    return len(head) > 376 and head[0] == head[188] == head[376] == 0x47


_MAGIC: tuple[tuple[Callable[[bytes], bool], Container], ...] = (
    (_form((b"RIFF", b"RF64", b"BW64"), (b"WAVE",)), Container("wav", "wav")),
    (_starts(b"riff\x2e\x91\xcf\x11"), Container("w64", "w64")),
    (_form((b"FORM",), (b"AIFF", b"AIFC")), Container("aiff", "aiff")),
    (_starts(b"fLaC"), Container("flac", "flac")),
    (_starts(b"OggS"), Container("ogg", "ogg")),
    (_mov, Container("m4a", "mov")),
    (_starts(b"caff"), Container("caf", "caf")),
    (_starts(b".snd"), Container("au", "au")),
    (_starts(b"\x1aE\xdf\xa3"), Container("matroska", "matroska")),
    (_starts(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), Container("asf", "asf")),
    (_form((b"RIFF",), (b"AVI ",)), Container("avi", "avi")),
    (_starts(b"FLV\x01"), Container("flv", "flv")),
    (_starts(b"wvpk"), Container("wavpack", "wv")),
    (_mpegts, Container("mpegts", "mpegts")),
    (_starts(b"\x00\x00\x01\xba"), Container("mpeg", "mpeg")),
)


def _by_frames(head: bytes) -> Container | None:
    """MP3 and ADTS have no magic: look for a run of frame headers that fit together."""
    for at in range(min(len(head), _SYNC_SEARCH_BYTES)):
        if head[at] != 0xFF:
            continue
        kind = _run_of_frames(head, at)
        if kind:
            return Container(kind, "mp3" if kind == "mp3" else "aac")
    return None


def _run_of_frames(head: bytes, at: int) -> str | None:
    first = _frame(head, at)
    if first is None:
        return None
    frame, count = first, 1
    while count < _SYNC_FRAMES:
        at += frame.length
        if at + 8 > len(head):
            return first.kind if count > 1 else None  # a very short file: two frames must do
        following = _frame(head, at)
        if following is None or (following.kind, following.key) != (first.kind, first.key):
            return None
        frame, count = following, count + 1
    return first.kind


def _frame(head: bytes, at: int) -> _Frame | None:
    if at + 8 > len(head) or head[at] != 0xFF or head[at + 1] & 0xE0 != 0xE0:
        return None
    if head[at + 1] & 0xF6 == 0xF0:
        return _adts_frame(head, at)
    return _mpeg_frame(head, at)


def _adts_frame(head: bytes, at: int) -> _Frame | None:
    length = (head[at + 3] & 3) << 11 | head[at + 4] << 3 | head[at + 5] >> 5
    rate = head[at + 2] >> 2 & 15
    return _Frame("aac", length, (head[at + 1] & 8, rate)) if length > 8 and rate < 13 else None


def _mpeg_frame(head: bytes, at: int) -> _Frame | None:
    version, layer = head[at + 1] >> 3 & 3, head[at + 1] >> 1 & 3
    kbps_index, rate_index, padding = (
        head[at + 2] >> 4,
        head[at + 2] >> 2 & 3,
        head[at + 2] >> 1 & 1,
    )
    if version == 1 or layer != 1 or rate_index == 3 or kbps_index in (0, 15):
        return None  # layer III only; the "free" bit rate gives no length
    kbps = (_MP3_KBPS_V1 if version == 3 else _MP3_KBPS_V2)[kbps_index]
    rate = _MP3_RATES[version][rate_index]
    length = (144 if version == 3 else 72) * kbps * 1000 // rate + padding
    return _Frame("mp3", length, (version, rate))
