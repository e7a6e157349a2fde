"""Blocks as they come from the registry's functions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def join(parts: Sequence[Blocks]) -> Blocks:
    """Blocks after blocks; a bucket may then come more than once."""
    if len(parts) == 1:
        return parts[0]
    sizes = [np.zeros(1, np.int64), *(np.diff(part.offsets) for part in parts)]
    buckets = np.concatenate([np.zeros(0, np.int32), *(part.bucket for part in parts)])
    data = np.concatenate([np.zeros(0, np.uint8), *(part.data for part in parts)])
    return Blocks(buckets, np.cumsum(np.concatenate(sizes)), data)


def select(own: Blocks, buckets: NDArray[np.int32]) -> Blocks:
    """Only the blocks of these buckets (ascending)."""
    found = np.flatnonzero(np.isin(own.bucket, buckets, assume_unique=True))
    if len(found) == len(own.bucket):
        return own
    start, size = own.offsets[found], np.diff(own.offsets)[found]
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
    places = np.repeat(start - bounds[:-1], size) + np.arange(bounds[-1])
    return Blocks(own.bucket[found], bounds, own.data[places])
