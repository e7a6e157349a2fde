"""The registry as the matcher sees it: PostgreSQL behind ``ml.fingerprint.store.PostingStore``."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from apps.registry.tasks.database import call_as
from apps.registry.tasks.packing import from_aggregates, from_peaks, join, select
from ml.fingerprint import blocks
from ml.fingerprint.blocks import BUCKETS, Blocks, Postings
from ml.fingerprint.extract import Peaks

PART_GONE = "RG001"
BYTES_A_QUERY = 32 * 1024**2
"""Buckets are asked for in so many at a time that an answer is about this large."""
ATTEMPTS = 3


class NoClaim(RuntimeError):
    """The entry on whose behalf the registry is searched is not (any more) the organisation's own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What one snapshot of the registry holds below an entry's number.

    segments: live parts of the index. fresh: entries that no part holds yet. hidden: entries in the parts that are
    withdrawn or later than ours. durations: seconds of every entry that can be found.
    """

    segments: list[int]
    bytes: int
    fresh: list[int]
    hidden: NDArray[np.int32]
    durations: Mapping[int, float]


class PostgresPostingStore:
    """All entries with a lower number than one's own, as they stood when the store was opened.

    Merges in the background move postings without changing them; parts that were merged away stay readable for a
    grace. Each call is a short transaction of the organisation; none is open between calls.
    """

    def __init__(self, organisation_id: uuid.UUID, number: int) -> None:
        self._organisation_id = organisation_id
        self._number = number
        self._peaks: dict[int, bytes] = {}
        self._open()

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track that can be found."""
        return self._layout.durations

    def lookup(self, hashes: NDArray[np.uint32]) -> Postings:
        """Postings of these hashes (ascending, each once)."""
        for _ in range(ATTEMPTS):
            try:
                return self._lookup(hashes)
            except psycopg.Error as error:
                if error.sqlstate != PART_GONE:
                    raise
                # The search took longer than the grace: the same postings lie elsewhere now.
                self._open()
        return self._lookup(hashes)

    def peaks(self, track: int) -> Peaks:
        """The stored peaks of one track. Raises KeyError for an unknown number."""
        return self.peaks_of([track])[track]

    def peaks_of(self, tracks: Sequence[int]) -> Mapping[int, Peaks]:
        """The stored peaks of several tracks in one query. Raises KeyError for an unknown number."""
        for unknown in (track for track in tracks if track not in self.durations):
            raise KeyError(unknown)
        self._fetch_peaks(tracks)
        return {track: Peaks.from_bytes(self._peaks[track]) for track in tracks}

    def _open(self) -> None:
        self._layout = self._read_layout()
        self._fetch_peaks(self._layout.fresh)
        self._overlay = from_peaks([(number, self._peaks[number]) for number in self._layout.fresh])

    def _read_layout(self) -> Layout:
        found = call_as(
            self._organisation_id,
            "SELECT segments, bytes, fresh, hidden, numbers, durations FROM registry_layout(%s)",
            [self._number],
        )
        if not found:
            raise NoClaim(f"Entry {self._number} is not the organisation's own.")
        segments, size, fresh, hidden, numbers, durations = found[0]
        return Layout(segments, size, fresh, np.array(hidden, np.int32), dict(zip(numbers, durations, strict=True)))

    def _lookup(self, hashes: NDArray[np.uint32]) -> Postings:
        buckets = blocks.buckets_of(hashes)
        found = [select(self._overlay, buckets), *self._read_blocks(buckets)]
        return blocks.decode(join(found), hashes, removed=self._layout.hidden)

    def _read_blocks(self, buckets: NDArray[np.int32]) -> list[Blocks]:
        if not self._layout.segments:
            return []
        share = max(1, self._layout.bytes // BYTES_A_QUERY)
        step = max(256, BUCKETS // share)
        parts = []
        for start in range(0, len(buckets), step):
            rows = call_as(
                self._organisation_id,
                "SELECT buckets, sizes, blocks FROM registry_blocks(%s, %s)",
                [self._layout.segments, buckets[start : start + step].tolist()],
            )
            parts.append(from_aggregates(*rows[0]))
        return parts

    def _fetch_peaks(self, tracks: Sequence[int]) -> None:
        missing = [track for track in tracks if track not in self._peaks]
        if not missing:
            return
        rows = call_as(
            self._organisation_id,
            "SELECT entry, peaks FROM registry_peaks_of(%s, %s)",
            [self._number, missing],
        )
        self._peaks.update((number, bytes(data)) for number, data in rows)
