"""Codec of postings: one `bytes` for each bucket of 64 consecutive hashes.

A posting says "hash h occurs in track n at frame t". Pure functions over bytes and arrays; where the bytes are kept
(a file, a `bytea` column) is the store's affair. Block format, version by folder or table, all integers LEB128:

    for each hash of the bucket that occurs, ascending:
        low 6 bits of the hash, number of postings, number of bytes that follow for it
        for each posting, ascending by (track, frame):
            step in track number from the posting before (the first: from 0)
            frame (when the track is the same as before: step in frames)

So blocks can be skipped hash by hash, and cost three to five bytes a posting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.grid import HASH_BITS

BUCKET_BITS = 6
BUCKETS = 1 << (HASH_BITS - BUCKET_BITS)

Int32 = NDArray[np.int32]
UInt32 = NDArray[np.uint32]
_NO_TRACKS = np.zeros(0, np.int32)
_KernelInput = tuple[Int32, NDArray[np.int64], NDArray[np.uint8], int, UInt32, NDArray[np.int64]]


class BlockError(ValueError):
    """A block's bytes can't be read; the message says which bucket."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Answers of a store, grouped by hash.

    hashes: (k,) uint32, ascending, each once. offsets: (k + 1,) int64; the postings of hashes[i] are [offsets[i],
    offsets[i + 1]).
    track, frame: (n,) int32.
    """

    hashes: UInt32
    offsets: NDArray[np.int64]
    track: Int32
    frame: Int32

    def __len__(self) -> int:
        return len(self.track)

    @property
    def hash(self) -> UInt32:
        """The hash of every posting, (n,) uint32."""
        return np.repeat(self.hashes, np.diff(self.offsets))

    @classmethod
    def empty(cls) -> "Postings":
        """No postings at all."""
        return cls(np.zeros(0, np.uint32), np.zeros(1, np.int64), _NO_TRACKS, _NO_TRACKS)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Encoded buckets in one buffer: bucket (k,) int32 ascending; offsets (k + 1,) int64 into data (uint8)."""

    bucket: Int32
    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.bucket)

    def items(self) -> Iterator[tuple[int, bytes]]:
        """(bucket number, block) in order of the bucket number."""
        raw = self.data.tobytes()
        for number, start, end in zip(
            self.bucket.tolist(), self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True
        ):
            yield number, raw[start:end]

    @classmethod
    def from_items(cls, buckets: Sequence[int] | Int32, blocks: Sequence[bytes | memoryview]) -> "Blocks":
        """Blocks as a store read them; a bucket may come more than once (fresh and merged parts)."""
        sizes = np.fromiter((len(b) for b in blocks), np.int64, len(blocks))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        data = np.frombuffer(b"".join(blocks), np.uint8)
        return cls(np.asarray(buckets, np.int32), offsets, data)


def buckets_of(hashes: UInt32) -> Int32:
    """The distinct buckets, ascending, that hold these hashes."""
    return np.unique(hashes >> np.uint32(BUCKET_BITS)).astype(np.int32)


@njit(cache=True, inline="always")
def _put(out, at, value):  # type: ignore[no-untyped-def]
    while value >= 128:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, inline="always")
def _get(data, at, end):  # type: ignore[no-untyped-def]
    """Value and next position; the position is -1 when the bytes end too early."""
    value, shift = np.int64(0), 0
    while at < end and shift < 35:
        byte = np.int64(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return 0, -1


@njit(cache=True)
def _encode(hashes, tracks, frames, bucket_bits, buckets, offsets, out, scratch):  # type: ignore[no-untyped-def]
    """Fill `buckets`, `offsets` and `out`; returns the number of buckets."""
    mask = (1 << bucket_bits) - 1
    n = at = i = 0
    while i < len(hashes):
        bucket = hashes[i] >> bucket_bits
        while i < len(hashes) and hashes[i] >> bucket_bits == bucket:
            start = i
            filled = track = frame = 0
            while i < len(hashes) and hashes[i] == hashes[start]:
                step = tracks[i] - track
                filled = _put(scratch, filled, step)
                filled = _put(scratch, filled, frames[i] - frame if step == 0 and i > start else frames[i])
                track, frame = tracks[i], frames[i]
                i += 1
            at = _put(out, at, np.int64(hashes[start]) & mask)
            at = _put(out, at, i - start)
            at = _put(out, at, filled)
            out[at : at + filled] = scratch[:filled]
            at += filled
        buckets[n] = bucket
        n += 1
        offsets[n] = at
    return n


def encode(hashes: UInt32, tracks: Int32, frames: Int32) -> Blocks:
    """Blocks of these postings, in any order; equal postings are kept once.

    hashes, tracks, frames: (n,). Raises ValueError for a hash of more than 22 bits or a negative track or frame.
    """
    if not len(hashes):
        return Blocks(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.uint8))
    if hashes.max() >> HASH_BITS or tracks.min() < 0 or frames.min() < 0:
        raise ValueError("postings need hashes below 2**22 and tracks and frames of 0 or more")
    order = np.lexsort((frames, tracks, hashes))
    h = np.asarray(hashes, np.int64)[order]
    t = np.asarray(tracks, np.int64)[order]
    f = np.asarray(frames, np.int64)[order]
    fresh = np.concatenate([[True], (np.diff(h) != 0) | (np.diff(t) != 0) | (np.diff(f) != 0)])
    h, t, f = h[fresh], t[fresh], f[fresh]
    longest = int(np.max(np.diff(np.flatnonzero(np.diff(h, prepend=-1, append=-1)))))
    room = np.unique(h >> BUCKET_BITS).size
    buckets, offsets = np.zeros(room, np.int32), np.zeros(room + 1, np.int64)
    out = np.empty(len(h) * 13 + 11, np.uint8) if len(h) < 1_000 else np.empty(_size_bound(h, t, f), np.uint8)
    count = _encode(h, t, f, BUCKET_BITS, buckets, offsets, out, np.empty(longest * 10, np.uint8))
    return Blocks(buckets[:count], offsets[: count + 1], out[: offsets[count]].copy())


def _size_bound(h: NDArray[np.int64], t: NDArray[np.int64], f: NDArray[np.int64]) -> int:
    """Bytes that suffice for these sorted postings."""
    widest_track = max(1, (int(t.max()).bit_length() + 6) // 7)
    widest_frame = max(1, (int(f.max()).bit_length() + 6) // 7)
    distinct = 1 + int(np.count_nonzero(np.diff(h)))
    return len(h) * (widest_track + widest_frame) + distinct * 11


@njit(cache=True, nogil=True)
def _scan(bucket, offsets, data, bucket_bits, wanted, wanted_from, counts):  # type: ignore[no-untyped-def]
    """Add to `counts` the postings of each wanted hash; returns the index of an unreadable block, or -1."""
    for k in range(len(bucket)):
        at, end = offsets[k], offsets[k + 1]
        w, last = wanted_from[k], wanted_from[k + 1 + len(bucket)]
        base = np.int64(bucket[k]) << bucket_bits
        while at < end and w < last:
            low, at = _get(data, at, end)
            count, at = _get(data, at, end) if at >= 0 else (0, -1)
            size, at = _get(data, at, end) if at >= 0 else (0, -1)
            if at < 0 or at + size > end:
                return k
            while w < last and wanted[w] < base + low:
                w += 1
            if w < last and wanted[w] == base + low:
                counts[w] += count
            at += size
    return -1


@njit(cache=True, nogil=True)
def _fill(bucket, offsets, data, bucket_bits, wanted, wanted_from, removed, fill, track, frame):  # type: ignore[no-untyped-def]
    """Decode the postings of wanted hashes to their places; returns the index of an unreadable block, or -1."""
    for k in range(len(bucket)):
        at, end = offsets[k], offsets[k + 1]
        w, last = wanted_from[k], wanted_from[k + 1 + len(bucket)]
        base = np.int64(bucket[k]) << bucket_bits
        while at < end and w < last:
            low, at = _get(data, at, end)
            count, at = _get(data, at, end)
            size, at = _get(data, at, end)
            while w < last and wanted[w] < base + low:
                w += 1
            if w == last or wanted[w] != base + low:
                at += size
                continue
            stop, t, f, to = at + size, 0, 0, fill[w]
            for i in range(count):
                step, at = _get(data, at, stop)
                move, at = _get(data, at, stop) if at >= 0 else (0, -1)
                if at < 0:
                    return k
                f = f + move if step == 0 and i > 0 else move
                t += step
                if len(removed):
                    p = np.searchsorted(removed, t)
                    if p < len(removed) and removed[p] == t:
                        continue
                track[to] = t
                frame[to] = f
                to += 1
            fill[w] = to
            if at != stop:
                return k
    return -1


@njit(cache=True)
def _close_gaps(offsets, fill, track, frame):  # type: ignore[no-untyped-def]
    """Move the postings together after some were left out; returns the new offsets."""
    out = np.zeros(len(offsets), np.int64)
    at = 0
    for w in range(len(offsets) - 1):
        for i in range(offsets[w], fill[w]):
            track[at] = track[i]
            frame[at] = frame[i]
            at += 1
        out[w + 1] = at
    return out


@njit(cache=True)
def gather(hashes, offsets, track, frame, longest):  # type: ignore[no-untyped-def]
    """Of postings for every possible hash, those of some hashes (none for lists that are too long), as CSR arrays."""
    bounds = np.zeros(len(hashes) + 1, np.int64)
    for i in range(len(hashes)):
        count = offsets[hashes[i] + 1] - offsets[hashes[i]]
        bounds[i + 1] = bounds[i] + (count if count <= longest else 0)
    tracks = np.empty(bounds[-1], np.int32)
    frames = np.empty(bounds[-1], np.int32)
    for i in range(len(hashes)):
        start, at = offsets[hashes[i]], bounds[i]
        for k in range(bounds[i + 1] - at):
            tracks[at + k] = track[start + k]
            frames[at + k] = frame[start + k]
    return bounds, tracks, frames


def decode(blocks: Blocks, wanted: UInt32 | None = None, *, removed: Int32 = _NO_TRACKS) -> Postings:
    """The postings of many blocks at once.

    wanted: only these hashes (ascending, each once); the answer keeps them all, also those without postings. By
    default every hash of the given buckets. removed: ascending track numbers to leave out. Raises BlockError when a
    block's bytes are damaged.
    """
    return decode_parts([blocks], _hashes_of_buckets(blocks.bucket) if wanted is None else wanted, removed=removed)


def decode_parts(
    parts: Sequence[Blocks], wanted: UInt32, *, removed: Int32 = _NO_TRACKS, longest: int | None = None
) -> Postings:
    """The postings of several parts of one index together; no bytes are copied. Arguments and errors as `decode`.

    longest: hashes with more postings than this in all parts together are answered with none, and not decoded.
    """
    wanted, removed = np.asarray(wanted, np.uint32), np.asarray(removed, np.int32)
    inputs = [_kernel_input(part, wanted) for part in parts]
    counts = np.zeros(len(wanted), np.int64)
    bad = [_scan(*one, counts) for one in inputs]
    common = counts > longest if longest is not None else np.zeros(len(wanted), np.bool_)
    if common.any():
        rare = decode_parts(parts, wanted[~common], removed=removed)
        sizes = np.zeros(len(wanted), np.int64)
        sizes[~common] = np.diff(rare.offsets)
        return Postings(wanted, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), rare.track, rare.frame)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    fill = offsets[:-1].copy()
    track, frame = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.int32)
    if max(bad, default=-1) < 0:
        bad = [_fill(*one, removed, fill, track, frame) for one in inputs]
    for part, at in zip(parts, bad, strict=True):
        if at >= 0:
            raise BlockError(f"The block of bucket {part.bucket[at]} is damaged; rebuild it from the stored peaks.")
    if len(removed):
        offsets = _close_gaps(offsets, fill, track, frame)
        track, frame = track[: offsets[-1]], frame[: offsets[-1]]
    return Postings(wanted, offsets, track, frame)


def _kernel_input(blocks: Blocks, wanted: UInt32) -> _KernelInput:
    """What the kernels take: a part, and where in `wanted` each of its buckets begins and ends."""
    base = blocks.bucket.astype(np.int64) << BUCKET_BITS
    lows, highs = np.searchsorted(wanted, base), np.searchsorted(wanted, base + (1 << BUCKET_BITS))
    return (
        blocks.bucket,
        blocks.offsets,
        blocks.data,
        BUCKET_BITS,
        wanted,
        np.concatenate([lows, np.zeros(1, np.int64), highs]),
    )


def _hashes_of_buckets(buckets: Int32) -> UInt32:
    """All 64 hashes of each of the buckets, ascending."""
    base: UInt32 = np.unique(buckets).astype(np.uint32) << np.uint32(BUCKET_BITS)
    return np.add.outer(base, np.arange(1 << BUCKET_BITS, dtype=np.uint32)).ravel().astype(np.uint32)


def merge(blocks: Blocks, *, removed: Int32 = _NO_TRACKS) -> Blocks:
    """One block a bucket out of several (older and fresh parts in any order), without the removed tracks."""
    postings = decode(blocks, removed=removed)
    return encode(postings.hash, postings.track, postings.frame)
