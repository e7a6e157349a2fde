"""Pages: the blocks of several consecutive buckets in one value, as a table keeps them.

A page begins with a bit for each of its buckets that says whether it has a block; the blocks follow without lengths,
which are known from each block's first bytes. Few rows of some 16 KB cost a table little; a row for every block would
cost more than the small blocks.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.bits import SLACK
from ml.fingerprint.blocks import BUCKETS, PREFIX_BITS, BlockError, Part, Tracks
from ml.fingerprint.elias import open_block

PAGE_BYTES = 16 * 1024
"""About what a page of an average part should hold."""

Int32 = NDArray[np.int32]


class PageError(BlockError):
    """A page's bytes don't fit together; place: which one of those that were given."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


def page_width(size: int) -> int:
    """How many buckets a page of a part of so many bytes holds: a power of two, at least 8."""
    width = BUCKETS
    while width > 8 and size * width > PAGE_BYTES * BUCKETS:
        width //= 2
    return width


def pages(part: Part, width: int, first: int = 0, last: int = BUCKETS) -> Iterator[tuple[int, bytes]]:
    """The pages of buckets `first` to `last` (multiples of the width) that have any block: (page number, bytes)."""
    present = np.diff(part.offsets) > 0
    for bucket in range(first, last, width):
        if not present[bucket : bucket + width].any():
            continue
        bits = np.packbits(present[bucket : bucket + width], bitorder="little").tobytes()
        low, high = part.offsets[bucket], part.offsets[bucket + width]
        yield bucket // width, bits + part.data[low:high].tobytes()


@njit(cache=True, nogil=True)
def _unpack(numbers, bounds, body, width, universe, offsets, out):  # type: ignore[no-untyped-def]
    """Copy blocks to `out` and fill `offsets`; returns the index of an unreadable page, or -1."""
    front = width // 8
    to = 0
    reached = 0
    for k in range(len(numbers)):
        base = numbers[k] * width
        if base < reached or base + width >= len(offsets) or bounds[k] + front > bounds[k + 1]:
            return k
        for bucket in range(reached, base + 1):
            offsets[bucket] = to
        at = bounds[k] + front
        for b in range(width):
            offsets[base + b] = to
            if (body[bounds[k] + (b >> 3)] >> (b & 7)) & 1:
                if at >= bounds[k + 1]:
                    return k
                end = open_block(body, at, universe)[5]
                if end > bounds[k + 1]:
                    return k
                out[to : to + end - at] = body[at:end]
                to += end - at
                at = end
        if at != bounds[k + 1]:
            return k
        reached = base + width
    offsets[reached:] = to
    return -1


def unpack(numbers: Int32, sizes: Int32, body: bytes, width: int, tracks: Tracks, stopped: Sequence[int] = ()) -> Part:
    """The part that these pages (ascending, of so many bytes each, one after the other) are of; other buckets are
    empty.

    Raises PageError for a page whose bytes don't fit together.
    """
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    data = np.zeros(len(body) + SLACK, np.uint8)
    data[: len(body)] = np.frombuffer(body, np.uint8)
    offsets, out = np.zeros(BUCKETS + 1, np.int64), np.zeros(len(body) + SLACK, np.uint8)
    bad = _unpack(numbers.astype(np.int64), bounds, data, width, tracks.span << PREFIX_BITS, offsets, out)
    if bad >= 0:
        raise PageError(f"Page {numbers[bad]} of a part is damaged; rebuild the part from the stored peaks.", bad)
    return Part.of(tracks, offsets, out[: offsets[-1] + SLACK], np.array(stopped, np.uint32))
