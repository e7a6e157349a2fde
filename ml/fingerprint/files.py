"""A part of an index as a file that is mapped read-only.

Header (checksums of what follows), tracks, offsets of the blocks, blocks. Numbers are little-endian. A
file is written under another name and moved into place whole, so that readers see all of it or nothing.
"""

import os
import struct
import uuid
import zlib
from pathlib import Path

import numpy as np

from ml.fingerprint.bits import SLACK
from ml.fingerprint.blocks import BUCKETS, Part, Tracks
from ml.fingerprint.errors import FingerprintError

_HEADER = struct.Struct("<4sHHIIQII")
_MAGIC, VERSION = b"DPRT", 1
DRAFT = ".draft"


class PartWriter:
    """Writes a part range by range; the file appears under its name with `finish`, whole or not at all."""

    def __init__(self, path: Path, tracks: Tracks) -> None:
        self._path, self._tracks = path, tracks
        self._draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}{DRAFT}")
        self._offsets = np.zeros(BUCKETS + 1, np.int64)
        self._bucket = self._size = self._sum = 0
        self._file = self._draft.open("wb")
        self._file.seek(_HEADER.size + 8 * len(tracks.number) + 8 * len(self._offsets))

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever was not finished leaves nothing behind."""
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def add(self, part: Part, first: int, last: int) -> None:
        """Append the blocks of buckets `first` to `last` (not included); ranges come in order and without gaps."""
        if first != self._bucket:
            raise ValueError(f"buckets from {self._bucket} are missing")
        low, high = int(part.offsets[first]), int(part.offsets[last])
        data = part.data[low:high].tobytes()
        self._offsets[first : last + 1] = part.offsets[first : last + 1] - low + self._size
        self._sum = zlib.crc32(data, self._sum)
        self._file.write(data)
        self._size += high - low
        self._bucket = last

    def finish(self) -> None:
        """Move the file into place; every bucket has been added."""
        if self._bucket != BUCKETS:
            raise ValueError(f"buckets from {self._bucket} are missing")
        self._file.write(bytes(SLACK))
        front = self._tracks.to_bytes() + self._offsets.astype("<i8").tobytes()
        head = (_MAGIC, VERSION, 0, len(self._tracks.number), 0, self._size, zlib.crc32(front), self._sum)
        self._file.seek(0)
        self._file.write(_HEADER.pack(*head) + front)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._draft.replace(self._path)


def write_part(path: Path, part: Part) -> int:
    """Write a whole part; returns the bytes of its file."""
    with PartWriter(path, part.tracks) as writer:
        writer.add(part, 0, BUCKETS)
        writer.finish()
    return path.stat().st_size


def map_part(path: Path) -> Part:
    """A part that was written, mapped into memory; every byte is read once for its checksum.

    Raises FingerprintError when there is none, or it is damaged or of another version.
    """
    try:
        data = np.memmap(path, np.uint8, "r")
        _, version, _, count, _, size, front_sum, data_sum = head = _HEADER.unpack(data[: _HEADER.size].tobytes())
    except (OSError, ValueError, struct.error) as error:
        raise FingerprintError(f"{path.name} can't be read ({error}).") from error
    if head[0] != _MAGIC or version != VERSION:
        raise FingerprintError(f"{path.name} is no part of an index of this version.")
    tracks_at = _HEADER.size
    offsets_at = tracks_at + 8 * count
    data_at = offsets_at + 8 * (BUCKETS + 1)
    if len(data) != data_at + size + SLACK:
        raise FingerprintError(f"{path.name} is cut short.")
    blocks = data[data_at:]
    if zlib.crc32(data[tracks_at:data_at].data) != front_sum or zlib.crc32(blocks[:size].data) != data_sum:
        raise FingerprintError(f"{path.name} is damaged.")
    return Part.of(
        Tracks.from_bytes(data[tracks_at:offsets_at].tobytes()),
        np.frombuffer(data[offsets_at:data_at].tobytes(), "<i8").astype(np.int64),
        blocks.view(np.ndarray),
    )
