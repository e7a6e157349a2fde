"""Several parts of an index become one, range by range of buckets, without tracks that are gone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.bits import SLACK
from ml.fingerprint.blocks import (
    BUCKET_BITS,
    BUCKETS,
    PREFIX_BITS,
    Part,
    Tracks,
    drop_common,
    stop_limit,
)
from ml.fingerprint.elias import open_block, read_keys, write_block

GONE = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """How positions of the sources become positions of the merged part.

    tracks: the merged part's. moves: for each source its tracks' new starts, GONE for those left out.
    """

    tracks: Tracks
    moves: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, sources: Sequence[Tracks], removed: Sequence[int] | NDArray[np.int32] = ()) -> "Plan":
        """The sources' tracks one after the other, without the removed numbers."""
        number = np.concatenate([np.zeros(0, np.int32), *(s.number for s in sources)])
        cells = np.concatenate([np.zeros(0, np.int64), *(np.diff(s.starts) for s in sources)])
        keep = ~np.isin(number, np.asarray(removed, np.int32))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.where(keep, cells, 0))])
        moved = np.where(keep, starts[:-1], GONE)
        bounds = np.cumsum([len(s.number) for s in sources], dtype=np.int64)[:-1]
        kept = np.concatenate([starts[:-1][keep], starts[-1:]])
        return cls(Tracks(number[keep], kept), tuple(np.split(moved, bounds)))


@njit(cache=True, nogil=True)
def _merge_bucket(column, data, starts, bounds, spans, moves, span, limit, bucket, out, at, stopped):  # type: ignore[no-untyped-def]
    """Append one bucket's merged block to `out`; column: where each source's block begins and ends in `data`."""
    total = 0
    for p in range(len(spans)):
        if column[p, 0] != column[p, 1]:
            total += open_block(data, column[p, 0], spans[p] << PREFIX_BITS)[0]
    if total == 0:
        return at
    keys = np.empty(total, np.int64)
    merged = np.empty(total, np.int64)
    n = 0
    for p in range(len(spans)):
        if column[p, 0] == column[p, 1]:
            continue
        own = starts[bounds[p] + p : bounds[p + 1] + p + 1]
        block = open_block(data, column[p, 0], spans[p] << PREFIX_BITS)
        read_keys(data, block, keys)
        for i in range(block[0]):
            prefix = keys[i] // spans[p]
            position = keys[i] - prefix * spans[p]
            place = np.searchsorted(own, position, side="right") - 1
            move = moves[bounds[p] + place]
            if move >= 0:
                merged[n] = prefix * span + position - own[place] + move
                n += 1
    ordered = np.sort(merged[:n])
    n = drop_common(ordered, n, span, limit, bucket, stopped)
    return write_block(ordered, n, span << PREFIX_BITS, out, at) if n else at


@njit(cache=True, nogil=True)
def _merge(first, edges, data, starts, bounds, spans, moves, span, limit, out):  # type: ignore[no-untyped-def]
    ends = np.zeros(edges.shape[1], np.int64)
    stopped = [np.int64(0)]
    for k in range(edges.shape[1] - 1):
        column = edges[:, k : k + 2]
        ends[k + 1] = _merge_bucket(
            column, data, starts, bounds, spans, moves, span, limit, first + k, out, ends[k], stopped
        )
    return ends, np.array(stopped[1:], np.uint32)


def merge_range(sources: Sequence[Part], plan: Plan, first: int, last: int) -> Part:
    """The merged blocks of buckets `first` to `last` (not included); the other buckets are empty."""
    pieces = [s.data[s.offsets[first] : s.offsets[last]] for s in sources]
    bases = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(piece) for piece in pieces])])
    edges = np.stack(
        [s.offsets[first : last + 1] - s.offsets[first] + at for s, at in zip(sources, bases[:-1], strict=True)]
    )
    # A posting costs at most the growth of the axis more, and a block its rounding.
    out = np.zeros(2 * int(bases[-1]) + (last - first) * 64 + SLACK, np.uint8)
    ends, stopped = _merge(
        first,
        edges,
        np.concatenate([*pieces, np.zeros(SLACK, np.uint8)]),
        np.concatenate([s.tracks.starts for s in sources]),
        np.concatenate([[0], np.cumsum([len(s.tracks.number) for s in sources])]).astype(np.int64),
        np.array([s.tracks.span for s in sources], np.int64),
        np.concatenate(plan.moves),
        plan.tracks.span,
        stop_limit(plan.tracks.span),
        out,
    )
    offsets = np.zeros(BUCKETS + 1, np.int64)
    offsets[first : last + 1] = ends
    offsets[last + 1 :] = ends[-1]
    before = np.concatenate([np.zeros(0, np.uint32), *(s.stopped for s in sources)])
    inside = before[(before >> BUCKET_BITS >= first) & (before >> BUCKET_BITS < last)]
    return Part.of(plan.tracks, offsets, out[: ends[-1] + SLACK].copy(), np.union1d(stopped, inside).astype(np.uint32))


def merge(sources: Sequence[Part], removed: Sequence[int] | NDArray[np.int32] = ()) -> Part:
    """One part of several, without the removed tracks."""
    if not sources:
        return Part.empty()
    return merge_range(sources, Plan.of([s.tracks for s in sources], removed), 0, BUCKETS)
