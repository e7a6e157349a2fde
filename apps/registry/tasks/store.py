"""The registry as the matcher sees it: PostgreSQL behind ``ml.fingerprint.store.PostingStore``."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from apps.registry.tasks import damage
from apps.registry.tasks.database import call_as
from apps.registry.tasks.exports import LEAST_BYTES, SegmentFiles, files
from apps.registry.tasks.packing import Row, from_peaks, readable, readable_part
from apps.registry.tasks.parts import PartCache, cache
from ml.fingerprint import blocks
from ml.fingerprint.blocks import BUCKETS, Part, Postings, Tracks
from ml.fingerprint.extract import Peaks
from ml.fingerprint.files import PartWriter
from ml.fingerprint.store import FORMAT, Wanted

PART_GONE = "RG001"
BYTES_A_QUERY = 32 * 1024**2
"""Pages are asked for in so many at a time that an answer is about this large."""
LEAST_PAGES_A_QUERY = 16
ATTEMPTS = 3
NO_PEAKS = Peaks(np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.uint8), 0)


class NoClaim(RuntimeError):
    """The entry on whose behalf the registry is searched is not (any more) the organisation's own."""


class PartGone(RuntimeError):
    """A part was merged away, and its rows deleted, since the layout was read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A live part of the index: bytes of its pages, and how many buckets a page holds."""

    id: int
    uid: uuid.UUID
    size: int
    width: int


@dataclass(frozen=True, slots=True)
class Table:
    """Which entries lie where in a segment, and which pairs it doesn't keep."""

    tracks: Tracks
    stopped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What one snapshot of the registry holds below an entry's number.

    segments: live parts of the index. fresh: entries that no part holds yet. numbers, durations: every entry that can
    be found, ascending, and its seconds.
    """

    segments: tuple[Segment, ...]
    fresh: list[int]
    numbers: NDArray[np.int32]
    durations: Mapping[int, float]


class PostgresPostingStore:
    """All entries with a lower number than one's own, as they stood when the store was opened.

    Merges in the background move postings without changing them; parts that were merged away stay readable for a
    grace. Large segments are mapped from files that this machine's workers share (``exports``), small ones kept in
    memory; what can be neither is read by page. Each call is a short transaction of the organisation; none is open
    between calls.
    """

    def __init__(
        self,
        organisation_id: uuid.UUID,
        number: int,
        *,
        parts: PartCache = cache,
        segment_files: SegmentFiles | None = None,
    ) -> None:
        self._organisation_id = organisation_id
        self._number = number
        self._parts = parts
        self._files = files() if segment_files is None else segment_files
        self._peaks: dict[int, bytes] = {}
        self._tables: dict[uuid.UUID, Table] = {}
        self._open()

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track that can be found."""
        return self._layout.durations

    def parts(self, wanted: Wanted) -> Iterator[Part]:
        """All parts, with at least the wanted buckets in each; what may not be found is hidden.

        Parts that fit nowhere else are read one after the other, so that few are in memory at a time.
        """
        given: set[uuid.UUID] = set()
        yield self._hiding(self._overlay)
        for attempt in range(ATTEMPTS):
            try:
                for segment in self._layout.segments:
                    if segment.uid not in given:
                        part = self._part(segment, wanted)
                        given.add(segment.uid)
                        yield self._hiding(part)
                return
            except PartGone:
                # The search took longer than the grace: the same postings lie elsewhere now. What was given away
                # already may come again as part of something larger; that finds nothing new.
                if attempt == ATTEMPTS - 1:
                    raise
                self._open()

    def lookup(self, hashes: NDArray[np.uint32]) -> Postings:
        """Postings of these hashes (30 bits), for tests and explanations."""
        buckets = np.unique(hashes >> np.uint32(blocks.PREFIX_BITS)).astype(np.int32)
        return blocks.lookup(list(self.parts(lambda: buckets)), hashes)

    def peaks(self, track: int) -> Peaks:
        """The stored peaks of one track. Raises KeyError for an unknown number."""
        return self.peaks_of([track])[track]

    def peaks_of(self, tracks: Sequence[int]) -> Mapping[int, Peaks]:
        """The stored peaks of several tracks in one query. Raises KeyError for an unknown number.

        What can't be read is reported, and answered with no peaks at all: nothing is aligned with them.
        """
        for unknown in (track for track in tracks if track not in self.durations):
            raise KeyError(unknown)
        self._fetch_peaks(tracks)
        found = dict(readable((track, self._peaks[track]) for track in tracks))
        return {track: found.get(track, NO_PEAKS) for track in tracks}

    def _open(self) -> None:
        self._layout = self._read_layout()
        self._fetch_peaks(self._layout.fresh)
        self._overlay = from_peaks([(number, self._peaks[number]) for number in self._layout.fresh])
        self._parts.keep_only([segment.uid for segment in self._layout.segments])

    def _read_layout(self) -> Layout:
        found = call_as(
            self._organisation_id,
            "SELECT segments, uids, sizes, widths, fresh, numbers, durations FROM registry_layout(%s, %s)",
            [self._number, FORMAT],
        )
        if not found:
            raise NoClaim(f"Entry {self._number} is not the organisation's own.")
        ids, uids, sizes, widths, fresh, numbers, durations = found[0]
        segments = tuple(Segment(*row) for row in zip(ids, uids, sizes, widths, strict=True))
        return Layout(segments, fresh, np.array(numbers, np.int32), dict(zip(numbers, durations, strict=True)))

    def _hiding(self, part: Part) -> Part:
        """The part with everything hidden that is withdrawn, or was claimed after our own entry."""
        return part.hiding(~np.isin(part.tracks.number, self._layout.numbers))

    def _part(self, segment: Segment, wanted: Wanted) -> Part:
        known = self._parts.find(segment.uid)
        if known is not None:
            return known
        if segment.size >= LEAST_BYTES:
            mapped = self._files.part(segment.uid, self._table(segment).tracks, lambda to: self._export(segment, to))
            if mapped is not None:
                mapped = mapped.ranked()
                self._parts.map(segment.uid, mapped)
                return mapped
        if self._parts.fits(sum(one.size for one in self._layout.segments if one.size < LEAST_BYTES) + segment.size):
            return self._parts.get(
                segment.uid, lambda: self._read(segment, np.arange(BUCKETS, dtype=np.int32)).ranked()
            )
        return self._read(segment, wanted())

    def _table(self, segment: Segment) -> Table:
        if segment.uid not in self._tables:
            query = "SELECT layout, stopped FROM registry_segment_tables(%s::integer[])"
            found = call_as(self._organisation_id, query, [[segment.id]])
            if not found:
                raise PartGone(segment.id)
            self._tables[segment.uid] = Table(_tracks(segment, bytes(found[0][0])), tuple(found[0][1]))
        return self._tables[segment.uid]

    def _read(self, segment: Segment, buckets: NDArray[np.int32]) -> Part:
        """A part with at least these buckets, from the database."""
        pages = np.unique(buckets // segment.width)
        step = max(LEAST_PAGES_A_QUERY, BUCKETS // segment.width * BYTES_A_QUERY // max(segment.size, 1))
        rows = [self._pages(segment, pages[at : at + step].tolist()) for at in range(0, len(pages), step)]
        row = (
            b"".join(bytes(r[0] or b"") for r in rows),
            b"".join(bytes(r[1] or b"") for r in rows),
            b"".join(bytes(r[2] or b"") for r in rows),
        )
        table = self._table(segment)
        return self._part_of(row, segment, table)

    def _part_of(self, row: Row, segment: Segment, table: Table) -> Part:
        """Pages of a segment; those that can't be read are reported and left out."""
        return readable_part(
            row, segment.width, table.tracks, table.stopped, lambda error: damage.report_segment(segment.id, error)
        )

    def _pages(self, segment: Segment, pages: list[int]) -> Row:
        query = "SELECT pages, sizes, bodies FROM registry_pages(%s, %s::integer[])"
        try:
            row: Row = call_as(self._organisation_id, query, [segment.id, pages])[0]
        except psycopg.Error as error:
            if error.sqlstate != PART_GONE:
                raise
            raise PartGone(segment.id) from error
        return row

    def _export(self, segment: Segment, to: PartWriter) -> None:
        """Write a whole segment to a file, some pages at a time; then clean up after segments that are gone."""
        count = BUCKETS // segment.width
        step = max(LEAST_PAGES_A_QUERY, count * BYTES_A_QUERY // max(segment.size, 1))
        table = self._table(segment)
        for at in range(0, count, step):
            end = min(count, at + step)
            row = self._pages(segment, list(range(at, end)))
            part = self._part_of(row, segment, table)
            to.add(part, at * segment.width, end * segment.width)
        standing = call_as(self._organisation_id, "SELECT registry_segments_standing()")[0][0]
        self._files.collect(standing)

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


def _tracks(segment: Segment, data: bytes) -> Tracks:
    """Which entries a segment holds; none when that can't be read, so that nothing of it is found."""
    try:
        return Tracks.from_bytes(data)
    except ValueError as error:
        damage.report_segment(segment.id, error)
        return Tracks.of([], [])
