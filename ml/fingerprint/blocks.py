"""Codec of postings: parts of an index, in blocks of 64 pair hashes.

A posting says "hash h occurs in track n in cell c" (a cell is eight frames, 0.19 s). Inside a part the tracks lie one
after the other on one axis of cells, so that a posting is a single position, a track may be of any length, and nothing
is spent on track numbers. A hash has 30 bits: 21 of the pair of peaks, 9 of the third peak (`extract`). Block b holds
the postings of pair hashes 64·b to 64·b + 63 as one ascending sequence of keys

    (low 6 bits of the pair hash, check, position) = ((low << 9) | check) · span + position

in the code of Elias ("Efficient storage and retrieval by content and address of static files", JACM 1974) and Fano:
count (LEB128), where every 512th zero of the upper bits lies (4 bytes each), lower bits of all keys, upper bits in
unary. So a list is found without reading what stands before it, lists of a common pair can be read for one check
alone, and a posting costs two bits more than the logarithm of the mean gap, at any density.

Pure functions over bytes and arrays; where the bytes are kept (a file, a `bytea` column) is the store's affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.bits import SLACK
from ml.fingerprint.elias import open_block, read_keys, seek_on, write_block
from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.grid import CELL_FRAMES, CHECK_BITS, HASH_BITS, PAIR_BITS

BUCKET_BITS = 6
BUCKETS = 1 << (PAIR_BITS - BUCKET_BITS)
PREFIX_BITS = BUCKET_BITS + CHECK_BITS
GAP_CELLS = 32
"""Cells between tracks, half of them before frame 0: a query may begin before the track and end after it."""
LEAST_STOP, STOP_SHARE = 512, 1 / 1000
"""A pair with more postings in a part than both (the share is of the part's cells) is left out: it tells nothing."""
SPAN_LIMIT = 1 << 36
HEAD = 6
LEAST_RANKED = 1 << 20
"""Postings from which a part is worth a table of its lists (some 90 recordings)."""

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
_NONE = np.zeros(0, np.int32)


class BlockError(FingerprintError, ValueError):
    """A block's bytes can't be read; the message says which bucket."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where tracks lie on a part's axis: number (k,) int32 in order of position; starts (k + 1,) int64 in cells."""

    number: Int32
    starts: Int64

    @classmethod
    def of(cls, number: Sequence[int] | Int32, frames: Sequence[int] | Int64) -> "Tracks":
        """One after the other: tracks of so many frames."""
        cells = -(-np.asarray(frames, np.int64) // CELL_FRAMES) + GAP_CELLS
        return cls(np.asarray(number, np.int32), np.concatenate([np.zeros(1, np.int64), np.cumsum(cells)]))

    @property
    def span(self) -> int:
        """Cells of the whole axis; at least one."""
        return max(1, int(self.starts[-1]))

    def to_bytes(self) -> bytes:
        """Eight bytes a track: its number and its cells."""
        return np.stack([self.number, np.diff(self.starts)]).astype("<u4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Tracks":
        """What `to_bytes` wrote."""
        number, cells = np.frombuffer(data, "<u4").reshape(2, -1)
        return cls(number.astype(np.int32), np.concatenate([np.zeros(1, np.int64), np.cumsum(cells, dtype=np.int64)]))


@dataclass(frozen=True, slots=True)
class Part:
    """An immutable part of an index, or some buckets of it.

    offsets: (BUCKETS + 1,) int64; the block of bucket b is data[offsets[b]:offsets[b + 1]], empty when it has none.
    data: uint8, with at least SLACK bytes after the last block. heads: (BUCKETS, HEAD), what `open_block` says of each,
    read once. hidden: (k,) bool, tracks not to be found. stopped:
    ascending pair hashes that were too common to keep. ranks: (2**21,) uint32, the rank in its block of each pair's
    first posting, or nothing (see `ranked`).
    """

    tracks: Tracks
    offsets: Int64
    data: Bytes
    heads: Int64
    stopped: UInt32 = field(default_factory=lambda: np.zeros(0, np.uint32))
    hidden: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    ranks: UInt32 = field(default_factory=lambda: np.zeros(0, np.uint32))

    @classmethod
    def of(cls, tracks: Tracks, offsets: Int64, data: Bytes, stopped: UInt32 | None = None) -> "Part":
        """A part of blocks that were read from somewhere. Raises BlockError when a block's length is wrong."""
        if len(data) < offsets[-1] + SLACK:
            raise BlockError("The blocks are cut short; rebuild them from the stored peaks.")
        heads = np.zeros((BUCKETS, HEAD), np.int64)
        bad = _read_heads(offsets, data, tracks.span << PREFIX_BITS, heads)
        if bad >= 0:
            raise BlockError(f"The block of bucket {bad} is damaged; rebuild it from the stored peaks.")
        return cls(tracks, offsets, data, heads, np.zeros(0, np.uint32) if stopped is None else stopped)

    @property
    def size(self) -> int:
        """Bytes of the blocks."""
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def memory(self) -> int:
        """Bytes of the blocks and of what is kept beside them."""
        return self.size + self.heads.nbytes + self.ranks.nbytes

    def ranked(self) -> "Part":
        """The same part with a table (8 MB) of where each pair's postings begin, if it is large enough to pay.

        Without it a search finds every list by several reads at places far apart.
        """
        if len(self.ranks) or count(self) < LEAST_RANKED:
            return self
        ranks = np.zeros(BUCKETS << BUCKET_BITS, np.uint32)
        _rank(self.heads, self.data, self.tracks.span, ranks)
        return replace(self, ranks=ranks)

    def hiding(self, hidden: NDArray[np.bool_]) -> "Part":
        """The same part with other hidden tracks."""
        return replace(self, hidden=hidden)

    @classmethod
    def empty(cls) -> "Part":
        """No tracks at all."""
        return cls.of(Tracks.of([], []), np.zeros(BUCKETS + 1, np.int64), np.zeros(SLACK, np.uint8))


@dataclass(frozen=True, slots=True)
class Postings:
    """Decoded postings, ordered by hash (30 bits), track's place in its part, cell. All (n,).

    hash: uint32. track, cell: int32.
    """

    hash: UInt32
    track: Int32
    cell: Int32

    def __len__(self) -> int:
        return len(self.hash)


@njit(cache=True)
def drop_common(keys, count, span, limit, bucket, stopped):  # type: ignore[no-untyped-def]
    """Take the pairs with more than `limit` postings out of ascending keys; returns the new count."""
    pair_span = span << CHECK_BITS
    kept = i = 0
    while i < count:
        pair = keys[i] // pair_span
        end = i
        while end < count and keys[end] // pair_span == pair:
            end += 1
        if end - i > limit:
            stopped.append(np.int64((bucket << BUCKET_BITS) | pair))
        else:
            for k in range(i, end):
                keys[kept] = keys[k]
                kept += 1
        i = end
    return kept


@njit(cache=True, nogil=True)
def _encode(hashes, positions, span, limit, out):  # type: ignore[no-untyped-def]
    """Blocks of postings ordered by hash and position; returns offsets and the pairs that were too common."""
    offsets = np.zeros(BUCKETS + 1, np.int64)
    stopped = [np.int64(0)]
    universe = np.int64(span) << PREFIX_BITS
    keys = np.empty(1024, np.int64)
    i = at = 0
    for bucket in range(BUCKETS):
        start = i
        while i < len(hashes) and np.int64(hashes[i]) >> PREFIX_BITS == bucket:
            i += 1
        if i - start > len(keys):
            keys = np.empty(2 * (i - start), np.int64)
        count, last = 0, np.int64(-1)
        for k in range(start, i):
            key = (np.int64(hashes[k]) & ((1 << PREFIX_BITS) - 1)) * span + positions[k]
            if key != last:
                keys[count] = key
                last = key
                count += 1
        count = drop_common(keys, count, span, limit, bucket, stopped)
        if count:
            at = write_block(keys, count, universe, out, at)
        offsets[bucket + 1] = at
    return offsets, np.array(stopped[1:], np.uint32)


def stop_limit(span: int) -> int:
    """Postings of one pair that a part of so many cells keeps at most."""
    return max(LEAST_STOP, int(span * STOP_SHARE))


def _bound(count: int, span: int) -> int:
    """Bytes that blocks of so many postings together can't exceed."""
    return count * ((span << PREFIX_BITS).bit_length() // 8 + 3) + min(count, BUCKETS) * 16 + SLACK


def encode(hashes: UInt32, places: Int32, cells: Int32, tracks: Tracks) -> Part:
    """A part of these postings, in any order; equal postings are kept once.

    hashes: (n,), below 2**30. places: which of the `tracks`, by its place in them. cells: of the first peak, from the
    track's start. Raises ValueError for a hash of more than 30 bits, and cells or places outside.
    """
    if len(hashes) and (hashes.max() >> HASH_BITS or places.min() < 0 or places.max() >= len(tracks.number)):
        raise ValueError("postings need hashes below 2**30 and tracks of the part")
    room = np.diff(tracks.starts)[places] - GAP_CELLS
    if len(cells) and (cells.min() < 0 or np.any(cells >= np.maximum(room, 1))):
        raise ValueError("postings need cells of 0 or more, within the track")
    if tracks.span >= SPAN_LIMIT:
        raise ValueError("a part can't hold that many hours; build several")
    positions = tracks.starts[places] + GAP_CELLS // 2 + cells
    order = np.lexsort((positions, hashes))
    out = np.zeros(_bound(len(hashes), tracks.span), np.uint8)
    offsets, stopped = _encode(hashes[order], positions[order], tracks.span, stop_limit(tracks.span), out)
    return Part.of(tracks, offsets, out[: offsets[-1] + SLACK].copy(), stopped)


@njit(cache=True, nogil=True)
def _read_heads(offsets, data, universe, heads):  # type: ignore[no-untyped-def]
    """Fill `heads`; returns the first bucket whose block has not the length that its count asks for, or -1."""
    for bucket in range(len(offsets) - 1):
        start, end = offsets[bucket], offsets[bucket + 1]
        if start == end:
            continue
        if end < start:
            return bucket
        block = open_block(data, start, universe)
        if block[5] != end:
            return bucket
        for k in range(HEAD):
            heads[bucket, k] = block[k]
    return -1


@njit(cache=True, nogil=True)
def _rank(heads, data, span, ranks):  # type: ignore[no-untyped-def]
    for bucket in range(len(heads)):
        if heads[bucket, 0] == 0:
            continue
        head = heads[bucket]
        block = (head[0], head[1], head[2], head[3], head[4], head[5])
        rank = bit = np.int64(0)
        for low in range(1, 1 << BUCKET_BITS):
            rank, bit = seek_on(data, block, (low << CHECK_BITS) * span, rank, bit)
            ranks[(bucket << BUCKET_BITS) | low] = rank


@njit(cache=True, nogil=True)
def _decode(offsets, data, universe, keys, buckets):  # type: ignore[no-untyped-def]
    n = 0
    for bucket in range(BUCKETS):
        if offsets[bucket] == offsets[bucket + 1]:
            continue
        block = open_block(data, offsets[bucket], universe)
        read_keys(data, block, keys[n:])
        buckets[n : n + block[0]] = bucket
        n += block[0]


def count(part: Part) -> int:
    """How many postings a part holds."""
    return int(part.heads[:, 0].sum())


def decode(part: Part, *, removed: Sequence[int] | Int32 = _NONE) -> Postings:
    """All postings of a part (track: its number), without the hidden and removed tracks."""
    total = count(part)
    keys, buckets = np.empty(total, np.int64), np.empty(total, np.int64)
    _decode(part.offsets, part.data, part.tracks.span << PREFIX_BITS, keys, buckets)
    prefix, position = np.divmod(keys, part.tracks.span)
    place = np.searchsorted(part.tracks.starts, position, side="right") - 1
    gone = np.isin(part.tracks.number, removed)
    if len(part.hidden):
        gone |= part.hidden
    keep = ~gone[place]
    hashes = ((buckets << PREFIX_BITS) | prefix)[keep].astype(np.uint32)
    cells = (position - part.tracks.starts[place] - GAP_CELLS // 2)[keep].astype(np.int32)
    return Postings(hashes, part.tracks.number[place][keep], cells)


def join(parts: Sequence[Postings]) -> Postings:
    """Postings of several parts together, ordered by hash, track number, cell."""
    columns = [np.concatenate([np.zeros(0, kind), *(getattr(p, name) for p in parts)]) for name, kind in _COLUMNS]
    order = np.lexsort((columns[2], columns[1], columns[0]))
    return Postings(*(column[order] for column in columns))


_COLUMNS = (("hash", np.uint32), ("track", np.int32), ("cell", np.int32))


def lookup(parts: Sequence[Part], hashes: UInt32) -> Postings:
    """The postings of these hashes (30 bits) in all parts together: for tests and explanations, not for searches."""
    everything = join([decode(part) for part in parts])
    keep = np.isin(everything.hash, hashes)
    return Postings(everything.hash[keep], everything.track[keep], everything.cell[keep])
