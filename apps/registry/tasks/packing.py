"""Parts of the index as they come from the registry's functions and go to them."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from apps.registry.tasks import damage
from ml.fingerprint.blocks import BUCKETS, BlockError, Part, Tracks
from ml.fingerprint.extract import FingerprintError, Peaks
from ml.fingerprint.pages import PageError, pages, unpack
from ml.fingerprint.store import part_of

Row = tuple[bytes | None, bytes | None, bytes | None]
MOST_BAD_PAGES = 16


def from_row(row: Row, width: int, tracks: Tracks, stopped: Sequence[int]) -> Part:
    """The part of an answer of ``registry_pages``: PostgreSQL packs numbers big-endian; nothing found is NULL.

    Raises BlockError for pages that can't be read.
    """
    numbers, sizes = (np.frombuffer(packed or b"", ">i4").astype(np.int32) for packed in row[:2])
    return unpack(numbers, sizes, bytes(row[2] or b""), width, tracks, stopped)


def readable_part(
    row: Row, width: int, tracks: Tracks, stopped: Sequence[int], tell: Callable[[BlockError], None]
) -> Part:
    """As ``from_row``, without the pages that can't be read: what they hold is not found, all else is.

    Where that many can't be read, none is: each one costs another pass.
    """
    numbers, sizes = (np.frombuffer(packed or b"", ">i4").astype(np.int32) for packed in row[:2])
    body = bytes(row[2] or b"")
    for _ in range(MOST_BAD_PAGES if len(tracks.number) else 0):
        try:
            return unpack(numbers, sizes, body, width, tracks, stopped)
        except PageError as error:
            tell(error)
            at, start = error.place, int(sizes[: error.place].sum())
            body = body[:start] + body[start + int(sizes[at]) :]
            numbers, sizes = np.delete(numbers, at), np.delete(sizes, at)
    return unpack(numbers[:0], sizes[:0], b"", width, tracks, stopped)


def readable(stored: Iterable[tuple[int, bytes]]) -> list[tuple[int, Peaks]]:
    """The peaks of entries; those that can't be read are reported and left out."""
    found = []
    for number, data in stored:
        try:
            found.append((number, Peaks.from_bytes(data)))
        except FingerprintError as error:
            damage.report(damage.PEAKS, number, error)
    return found


def from_peaks(stored: Iterable[tuple[int, bytes]]) -> Part:
    """The part of entries that no segment holds yet, from (number, stored peaks); without what can't be read."""
    return part_of(readable(stored))


def columns(part: Part, width: int, first: int = 0, last: int = BUCKETS) -> tuple[list[int], list[bytes]]:
    """Page numbers and pages of some buckets, as ``registry_merge_write`` takes them."""
    made = list(pages(part, width, first, last))
    return [number for number, _ in made], [body for _, body in made]
