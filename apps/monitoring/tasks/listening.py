"""Listening to one long recording. No transaction is open while anything is computed.

Each chunk is written down in a short transaction of its own, so that whoever takes over a killed worker's job goes on
at the next chunk. The cue sheet is stitched from all of them at the end, in one transaction.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

from apps.catalog.rejections import rejection_message
from apps.catalog.storage import local_copy
from apps.core.errors import InvalidInput
from apps.core.formats import clock
from apps.core.stopwatch import Stopwatch
from apps.jobs import said
from apps.jobs.runner import JobRun
from apps.jobs.said import Said
from apps.monitoring import services
from apps.monitoring.models import ChunkState, LongRecording
from apps.monitoring.selectors import chunks_done
from apps.monitoring.services import FoundCue, Heard, Outcome
from apps.monitoring.stitching import Stretch, chunk_limit, stitch, whole_chance
from apps.monitoring.tasks.altering import BROADCAST_STAGES
from apps.monitoring.tasks.hearing import HeardChunk, Plan, hear, plan
from apps.registry.selectors import Disclosed, disclose
from apps.registry.services import pair_of
from apps.registry.tasks import claims
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights.selectors import thresholds_of
from apps.rights.tasks import recordings as matching
from ml.audio.errors import AudioError
from ml.fingerprint.match import match

FALSE_CUE_LIMIT = 0.05
"""Probability that a whole long recording has any cue by chance, up to which cues are kept."""
SHARE_OF_CHUNKS = 0.98


class CannotListen(InvalidInput):
    """The recording can't be used; ends the job with the reason."""

    default_code = "recording_rejected"


@dataclass(frozen=True, slots=True)
class Comparing:
    """What comparing needs: where from, and which chance one chunk may have."""

    organisation_id: uuid.UUID
    number: int
    limit: float


def listen_to(run: JobRun, recording_id: uuid.UUID) -> None:
    """Hear every chunk that was not heard yet, stitch, disclose, write the cue sheet."""
    with run.transaction():
        recording = services.begin(recording_id=recording_id)
    timing = _Timing()
    with _rejecting(), local_copy(recording.storage_key) as path:
        told = plan(path, settings.MONITORING_MAX_HOURS * 3600.0)
        with run.transaction():
            services.record_plan(
                recording_id=recording_id,
                container=told.container,
                points_per_s=told.points_per_second,
                expected_s=told.expected_s,
            )
            recording.refresh_from_db()
        compared_with = _hear_rest(run, recording, path, told, timing)
    outcome = _outcome(run, recording, compared_with, timing)
    with run.commit({"recording_id": str(recording_id), "cues": len(outcome.cues)}):
        services.record_outcome(recording_id=recording_id, outcome=outcome)


def _hear_rest(run: JobRun, recording: LongRecording, path: Path, told: Plan, timing: "_Timing") -> int:
    """Compare the chunks that are missing, and write each down. Answers how many entries they were compared with."""
    with run.transaction():
        done = set(chunks_done(recording.id).values_list("index", flat=True))
    first = next(k for k in range(len(done) + 1) if k not in done)
    number = recording.listening_number or 0
    with run.transaction():
        comparing = Comparing(run.organisation_id, number, _limit(told.chunks))
    reporter = _Reporter(run, told, first)
    pieces = hear(
        path,
        longest_s=settings.MONITORING_MAX_HOURS * 3600.0,
        points_per_second=recording.outline_points_per_s,
        first=first,
    )
    reporter.report(0)
    with _Comparer(comparing, settings.MONITORING_CHUNKS_AT_ONCE) as comparer:
        for piece in timing.stepping("listen", pieces):
            if piece.index not in done:
                comparer.add(piece)
            for ready in comparer.take(all_but=comparer.at_once - 1):
                _write_down(run, recording, ready, reporter, timing)
        for ready in comparer.take(all_but=0):
            _write_down(run, recording, ready, reporter, timing)
    return len(PostgresPostingStore(run.organisation_id, number).durations)


def _limit(chunks: int) -> float:
    """The chance that one chunk may have: never more than the organisation's checks, and less for long recordings."""
    return min(thresholds_of()["recording"], chunk_limit(FALSE_CUE_LIMIT, chunks))


def _write_down(
    run: JobRun, recording: LongRecording, ready: "Ready", reporter: "_Reporter", timing: "_Timing"
) -> None:
    piece = ready.piece
    with timing.step("compare"):
        stretches = ready.stretches()
    heard = Heard(
        index=piece.index,
        start_s=piece.start_s,
        end_s=piece.end_s,
        stretches=tuple(stretches),
        outline=piece.outline,
        state=ChunkState.SILENT if piece.silent else ChunkState.HEARD,
    )
    with run.transaction():
        services.record_chunk(recording_id=recording.id, heard=heard)
    reporter.report(piece.index + 1)


@dataclass(frozen=True, slots=True)
class Ready:
    """A chunk, and what waits for (or computes) its stretches."""

    piece: HeardChunk
    stretches: Callable[[], list[Stretch]]


class _Comparer:
    """Compares chunks in threads of its own, or, one at a time, where it is asked."""

    def __init__(self, comparing: Comparing, at_once: int) -> None:
        self.at_once = max(1, at_once)
        self._comparing = comparing
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="compare") if at_once > 1 else None
        self._waiting: list[Ready] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, piece: HeardChunk) -> None:
        if self._pool is None:
            self._waiting.append(Ready(piece, partial(_compare, self._comparing, piece)))
        else:
            self._waiting.append(Ready(piece, self._pool.submit(_compare_apart, self._comparing, piece).result))

    def take(self, *, all_but: int) -> Iterator[Ready]:
        """The oldest ones, until so many are left."""
        while len(self._waiting) > all_but:
            yield self._waiting.pop(0)


def _compare_apart(comparing: Comparing, piece: HeardChunk) -> list[Stretch]:
    """In a thread of its own, with a connection of its own."""
    try:
        return _compare(comparing, piece)
    finally:
        connection.close()


def _compare(comparing: Comparing, piece: HeardChunk) -> list[Stretch]:
    """What a chunk shares with the registry; times of the whole recording."""
    if piece.silent:
        return []
    store = PostgresPostingStore(comparing.organisation_id, comparing.number)
    return [
        Stretch(
            entry=one.track,
            start_s=round(segment.query_start_s + piece.offset_s, 1),
            end_s=round(segment.query_end_s + piece.offset_s, 1),
            ref_start_s=segment.reference_start_s,
            ref_end_s=segment.reference_end_s,
            tempo_ratio=segment.tempo_ratio,
            pitch_semitones=segment.pitch_semitones,
            score=segment.score,
            chance_probability=segment.chance_probability,
        )
        for one in match(piece.peaks, store, threshold=comparing.limit, stages=BROADCAST_STAGES)
        for segment in one.segments
        if segment.chance_probability <= comparing.limit
    ]


def _outcome(run: JobRun, recording: LongRecording, compared_with: int, timing: "_Timing") -> Outcome:
    with run.transaction():
        chunks = list(chunks_done(recording.id))
    if not chunks:
        raise CannotListen(rejection_message("empty", {}), code="empty")
    stretches = [Stretch.from_json(values) for chunk in chunks for values in chunk.result]
    cues = stitch(stretches)
    with timing.step("disclose"), run.transaction():
        number = recording.listening_number or 0
        known = disclose(number, sorted({cue.entry for cue in cues}))
        standing = {entry: other for entry, other in known.items() if _may_be_named(other)}
        pairs = {entry: pair_of(number, entry) for entry in standing}
        threshold = whole_chance(_limit(len(chunks)), len(chunks))
    return Outcome(
        duration_s=max(chunk.end_s for chunk in chunks),
        compared_with=compared_with,
        extractor_version=claims.EXTRACTOR_VERSION,
        matcher_version=matching.version(),
        threshold=threshold,
        cues=tuple(
            FoundCue(_for_whole(cue, len(chunks)), standing[cue.entry], pairs[cue.entry])
            for cue in cues
            if cue.entry in standing
        ),
        seconds=timing.seconds,
    )


def _may_be_named(other: Disclosed) -> bool:
    """Registered tracks; of our own also those that were checked and not registered yet."""
    return other.registered or other.already_ours


def _for_whole(cue: Stretch, searches: int) -> Stretch:
    return replace(cue, chance_probability=whole_chance(cue.chance_probability, searches))


@contextmanager
def _rejecting() -> Iterator[None]:
    """What ml refuses ends the job with a sentence for people."""
    try:
        yield
    except AudioError as error:
        raise CannotListen(rejection_message(error.code, error.params), code=error.code) from error
    except FileNotFoundError as error:
        raise CannotListen(rejection_message("file_missing", {}), code="file_missing") from error


class _Reporter:
    """Progress with the time that is left, from the pace of this attempt."""

    def __init__(self, run: JobRun, told: Plan, first: int) -> None:
        self._run, self._told, self._first = run, told, first
        self._started = time.monotonic()

    def report(self, done: int) -> None:
        total = max(self._told.chunks, done)
        self._run.progress(SHARE_OF_CHUNKS * done / total, self._message(done, total))

    def _message(self, done: int, total: int) -> Said:
        whole = self._told.expected_s
        if whole is None:
            return said.gettext("Listening")
        heard = clock(min(whole, whole * done / total))
        fresh = done - self._first
        if fresh < 1:
            return said.gettext("%(heard)s of %(whole)s heard", heard=heard, whole=clock(whole))
        left = (time.monotonic() - self._started) / fresh * (total - done)
        return said.gettext(
            "%(heard)s of %(whole)s heard, about %(left)s left", heard=heard, whole=clock(whole), left=clock(left)
        )


class _Timing(Stopwatch):
    """Seconds spent waiting for each step."""

    def stepping(self, name: str, items: Iterator[HeardChunk]) -> Iterator[HeardChunk]:
        while True:
            with self.step(name):
                item = next(items, None)
            if item is None:
                return
            yield item
