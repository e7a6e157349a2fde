"""The registry as the matcher sees it: PostgreSQL behind ``ml.fingerprint.store.PostingStore``."""

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

from apps.registry.tasks.database import call_as
from apps.registry.tasks.packing import from_aggregates, from_peaks, join
from apps.registry.tasks.parts import PartCache, cache
from ml.fingerprint import blocks
from ml.fingerprint.blocks import BUCKETS, Blocks, Postings
from ml.fingerprint.extract import Peaks

PART_GONE = "RG001"
BYTES_A_QUERY = 32 * 1024**2
"""Buckets are asked for in so many at a time that an answer is about this large."""
LEAST_BUCKETS_A_QUERY = 256
ATTEMPTS = 3
THREADS = 2


class NoClaim(RuntimeError):
    """The entry on whose behalf the registry is searched is not (any more) the organisation's own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What one snapshot of the registry holds below an entry's number.

    segments: live parts of the index, and the bytes of each. fresh: entries that no part holds yet. hidden: entries in
    the parts that are withdrawn or later than ours. durations: seconds of every entry that can be found.
    """

    segments: dict[int, int]
    fresh: list[int]
    hidden: NDArray[np.int32]
    durations: Mapping[int, float]


class PostgresPostingStore:
    """All entries with a lower number than one's own, as they stood when the store was opened.

    Merges in the background move postings without changing them; parts that were merged away stay readable for a
    grace. Each call is a short transaction of the organisation; none is open between calls.
    """

    def __init__(self, organisation_id: uuid.UUID, number: int, *, parts: PartCache = cache) -> None:
        self._organisation_id = organisation_id
        self._number = number
        self._parts = parts
        self._peaks: dict[int, bytes] = {}
        self._open()

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track that can be found."""
        return self._layout.durations

    def lookup(self, hashes: NDArray[np.uint32], longest: int | None = None) -> Postings:
        """Postings of these hashes (ascending, each once); of those with more than ``longest`` postings, none."""
        for _ in range(ATTEMPTS):
            try:
                return self._lookup(hashes, longest)
            except psycopg.Error as error:
                if error.sqlstate != PART_GONE:
                    raise
                # The search took longer than the grace: the same postings lie elsewhere now.
                self._open()
        return self._lookup(hashes, longest)

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
            "SELECT segments, sizes, fresh, hidden, numbers, durations FROM registry_layout(%s)",
            [self._number],
        )
        if not found:
            raise NoClaim(f"Entry {self._number} is not the organisation's own.")
        segments, sizes, fresh, hidden, numbers, durations = found[0]
        return Layout(
            dict(zip(segments, sizes, strict=True)),
            fresh,
            np.array(hidden, np.int32),
            dict(zip(numbers, durations, strict=True)),
        )

    def _lookup(self, hashes: NDArray[np.uint32], longest: int | None) -> Postings:
        segments = self._layout.segments
        if self._parts.fits(sum(segments.values())):
            found = [self._kept(segment) for segment in segments]
        else:
            found = [self._read(list(segments), blocks.buckets_of(hashes))]
        return self._decode([self._overlay, *found], hashes, longest)

    def _decode(self, parts: list[Blocks], hashes: NDArray[np.uint32], longest: int | None) -> Postings:
        """Each thread decodes its share of the hashes; the compiled kernels let go of the interpreter's lock."""
        shares = np.array_split(hashes, THREADS)
        hidden = self._layout.hidden
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(
                pool.map(lambda some: blocks.decode_parts(parts, some, removed=hidden, longest=longest), shares)
            )
        sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(one.offsets) for one in found)])
        track = np.concatenate([one.track for one in found])
        return Postings(hashes, np.cumsum(sizes), track, np.concatenate([one.frame for one in found]))

    def _kept(self, segment: int) -> Blocks:
        """A whole part, from this process's memory if it was read before."""
        database = connection.settings_dict
        name = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        return self._parts.get((name, segment), lambda: self._read([segment], np.arange(BUCKETS, dtype=np.int32)))

    def _read(self, segments: list[int], buckets: NDArray[np.int32]) -> Blocks:
        size = sum(self._layout.segments[segment] for segment in segments)
        step = max(LEAST_BUCKETS_A_QUERY, BUCKETS * BYTES_A_QUERY // max(size, 1))
        query = "SELECT buckets, sizes, blocks FROM registry_blocks(%s::integer[], %s::integer[])"
        answers = (
            from_aggregates(*call_as(self._organisation_id, query, [segments, buckets[at : at + step].tolist()])[0])
            for at in range(0, len(buckets), step)
        )
        return join(answers, size)

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
