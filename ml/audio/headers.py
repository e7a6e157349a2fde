"""What containers say of themselves beyond libav's words."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from ml.audio.sniff import id3_length

_LOSSLESS = {"flac", "alac", "wavpack", "tta", "ape"}
_RIFF_HEAD_BYTES = 65_536


def codec_name(name: str) -> str:
    """The coding's own name, not the decoder's (``mp3float`` is MP3)."""
    return {"mp3float": "mp3", "libopus": "opus", "libvorbis": "vorbis"}.get(name, name)


def bit_depth(codec: Any, sample_format: str) -> int | None:
    """Bits a sample of a lossless coding (a libav codec context), None of a lossy one."""
    name = codec.name
    if name in {"pcm_mulaw", "pcm_alaw"}:
        return 8
    if name.startswith("pcm_"):
        digits = "".join(filter(str.isdigit, name.split("_")[1]))
        return int(digits) if digits else None
    extra = bytes(codec.extradata or b"")
    if name == "flac" and len(extra) >= 14:
        return ((extra[12] & 1) << 4 | extra[13] >> 4) + 1  # STREAMINFO
    if name == "alac" and len(extra) >= 18:
        return extra[17]  # ALACSpecificConfig after a 12-byte atom head
    if name in _LOSSLESS:
        return {"s16": 16, "s16p": 16, "u8": 8, "u8p": 8}.get(sample_format, 24)
    return None


def has_xing(path: Path) -> bool:
    """Whether an MP3's first frame tells the number of frames (Xing, Info or VBRI)."""
    with path.open("rb") as file:
        head = file.read(10)
        file.seek(id3_length(head))
        start = file.read(4096)
    return any(tag in start for tag in (b"Xing", b"Info", b"VBRI"))


def riff_seconds(path: Path) -> float | None:
    """What a WAV's own header promises; 0 when written to a pipe, None when it is not plain RIFF.

    libav quietly shortens the duration to what the file holds, so that it can't tell truncation.
    """
    with path.open("rb") as file:
        head = file.read(_RIFF_HEAD_BYTES)
    fmt, data = head.find(b"fmt ", 12), head.find(b"data", 12)
    if head[:4] != b"RIFF" or fmt < 0 or data < fmt or data + 8 > len(head):
        return None
    bytes_per_second = struct.unpack_from("<I", head, fmt + 16)[0]
    size = struct.unpack_from("<I", head, data + 4)[0]
    if size in (0, 0xFFFFFFFF) or not bytes_per_second:
        return 0.0
    return float(size / bytes_per_second)


def ogg_ends(path: Path) -> bool:
    """Whether the last Ogg page is whole and marked as the end of its stream."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 70_000))
        tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return False
    segments = tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    return bool(tail[at + 5] & 4) and at + 27 + segments + sum(table) <= len(tail)
