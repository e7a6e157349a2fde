"""Parts of the index as they come from the registry's functions and go to them."""

from collections.abc import Sequence

import numpy as np

from ml.fingerprint.blocks import BUCKETS, Part, Tracks
from ml.fingerprint.extract import Peaks
from ml.fingerprint.pages import pages, unpack
from ml.fingerprint.store import part_of

Row = tuple[bytes | None, bytes | None, bytes | None]


def from_row(row: Row, width: int, tracks: Tracks, stopped: Sequence[int]) -> Part:
    """The part of an answer of ``registry_pages``: PostgreSQL packs numbers big-endian; nothing found is NULL."""
    numbers, sizes = (np.frombuffer(packed or b"", ">i4").astype(np.int32) for packed in row[:2])
    return unpack(numbers, sizes, bytes(row[2] or b""), width, tracks, stopped)


def from_peaks(stored: Sequence[tuple[int, bytes]]) -> Part:
    """The part of entries that no segment holds yet, from (number, stored peaks)."""
    return part_of([(number, Peaks.from_bytes(data)) for number, data in stored])


def columns(part: Part, width: int, first: int = 0, last: int = BUCKETS) -> tuple[list[int], list[bytes]]:
    """Page numbers and pages of some buckets, as ``registry_merge_write`` takes them."""
    made = list(pages(part, width, first, last))
    return [number for number, _ in made], [body for _, body in made]
