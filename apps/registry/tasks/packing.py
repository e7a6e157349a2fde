"""Blocks as they come from the registry's functions."""

from collections.abc import Iterable, Sequence

import numpy as np

from ml.fingerprint import blocks
from ml.fingerprint.blocks import Blocks
from ml.fingerprint.extract import Peaks, landmarks


def from_aggregates(buckets: bytes | None, sizes: bytes | None, data: bytes | None) -> Blocks:
    """Blocks of an answer of ``registry_blocks``: PostgreSQL packs numbers big-endian; nothing found is NULL."""
    lengths = np.frombuffer(sizes or b"", ">i4")
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    numbers = np.frombuffer(buckets or b"", ">i4").astype(np.int32)
    return Blocks(numbers, offsets, np.frombuffer(data or b"", np.uint8))


def from_peaks(stored: Sequence[tuple[int, bytes]]) -> Blocks:
    """The blocks of entries that no segment holds yet, from (number, stored peaks)."""
    marks = [(number, landmarks(Peaks.from_bytes(data))) for number, data in stored]
    hashes = np.concatenate([np.zeros(0, np.uint32), *(m.hash for _, m in marks)])
    frames = np.concatenate([np.zeros(0, np.int32), *(m.frame for _, m in marks)])
    tracks = np.repeat([n for n, _ in marks], [len(m) for _, m in marks]).astype(np.int32)
    return blocks.encode(hashes, tracks, frames)


def join(parts: Iterable[Blocks], most: int) -> Blocks:
    """Blocks after blocks, of at most so many bytes together; each part is let go once it is copied."""
    data, at = np.empty(most, np.uint8), 0
    buckets, sizes = [np.zeros(0, np.int32)], [np.zeros(1, np.int64)]
    for part in parts:
        data[at : at + len(part.data)] = part.data
        at += len(part.data)
        buckets.append(part.bucket)
        sizes.append(np.diff(part.offsets))
    return Blocks(np.concatenate(buckets), np.cumsum(np.concatenate(sizes)), data[:at])
