"""Evidence of matches: pictures, matching landmarks and, where allowed, the other side's matching stretch."""

import json
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from apps.catalog.storage import local_copy
from apps.rights import storage
from apps.rights.models import EvidenceKind
from apps.rights.services import FoundMatch, StoredEvidence
from apps.tenancy.context import bind
from ml.audio import EXCERPT_MEDIA_TYPE, EXCERPT_SUFFIX, AudioError, decode, encode_excerpt, spectrogram_png
from ml.fingerprint.extract import Peaks
from ml.fingerprint.match import matched_landmarks
from ml.fingerprint.results import Segment

Samples = NDArray[np.float32]
Listen = Callable[[float, float], Samples]
"""Mono samples at 22,050 Hz between two times in seconds."""

SEGMENTS_SHOWN = 12
"""The strongest stretches of a match get pictures and sound; the others only their times."""
LONGEST_SHOWN_S = 600.0
MOST_POINTS = 4_000
LOWEST_HZ, HIGHEST_HZ = 180.0, 5_760.0
PNG, JSON = "image/png", "application/json"


class EvidenceMaker:
    """Makes evidence files for one organisation. ``discard`` removes what was stored when the work fails."""

    def __init__(self, organisation_id: uuid.UUID) -> None:
        self._organisation_id = organisation_id
        self._stored: list[str] = []

    def make(
        self,
        pair_id: uuid.UUID,
        segments: Sequence[Segment],
        listen: Listen,
        own: Peaks,
        other: Peaks,
        *,
        may_hear: bool,
    ) -> list[tuple[StoredEvidence, ...]]:
        """Files of the first segments of a match, in their order; ``may_hear`` asks for the other side's sound too."""
        shown = [_shortened(segment) for segment in segments[:SEGMENTS_SHOWN]]
        with ExitStack() as stack:
            path = stack.enter_context(_other_recording(self._organisation_id, pair_id)) if may_hear else None
            return [self._of_segment(segment, listen, own, other, path) for segment in shown]

    def excerpts(self, pair_id: uuid.UUID, spans: Sequence[tuple[float, float]]) -> list[tuple[StoredEvidence, ...]]:
        """The other side's sound in each of the first spans, in seconds; nothing where it can't be had."""
        with _other_recording(self._organisation_id, pair_id) as path:
            if path is None:
                return []
            return [self._heard(path, span) for span in spans[:SEGMENTS_SHOWN]]

    def _heard(self, path: Path, span: tuple[float, float]) -> tuple[StoredEvidence, ...]:
        shown = (span[0], min(span[1], span[0] + LONGEST_SHOWN_S))
        with suppress(AudioError, FileNotFoundError, ValueError):
            return (self._keep(EvidenceKind.OTHER_EXCERPT, EXCERPT_MEDIA_TYPE, _cut(path, shown), shown),)
        return ()

    def discard(self) -> None:
        """Remove everything that was stored."""
        storage.remove(self._stored)
        self._stored = []

    def _of_segment(
        self, segment: Segment, listen: Listen, own: Peaks, other: Peaks, path: Path | None
    ) -> tuple[StoredEvidence, ...]:
        own_span = (segment.query_start_s, segment.query_end_s)
        other_span = (segment.reference_start_s, segment.reference_end_s)
        files = [
            self._keep(EvidenceKind.OWN_SPECTROGRAM, PNG, spectrogram_png(listen(*own_span)), own_span),
            self._keep(EvidenceKind.LANDMARKS, JSON, _landmarks(own, other, segment), own_span),
        ]
        if path is not None:
            with suppress(AudioError, FileNotFoundError, ValueError):
                heard = decode(path, start_s=other_span[0], seconds=other_span[1] - other_span[0])
                files.append(self._keep(EvidenceKind.OTHER_SPECTROGRAM, PNG, spectrogram_png(heard), other_span))
                files.append(
                    self._keep(EvidenceKind.OTHER_EXCERPT, EXCERPT_MEDIA_TYPE, _cut(path, other_span), other_span)
                )
        return tuple(files)

    def _keep(self, kind: EvidenceKind, media_type: str, content: bytes, span: tuple[float, float]) -> StoredEvidence:
        key = storage.store(content, organisation_id=self._organisation_id)
        self._stored.append(key)
        return StoredEvidence(kind.value, key, media_type, len(content), *span)


def with_excerpts(maker: EvidenceMaker, match: FoundMatch) -> FoundMatch:
    """A match of music or melody with the other recording's sound at its aligned stretches."""
    spans = [(segment.other_start_s, segment.other_end_s) for segment in match.segments]
    files = maker.excerpts(match.pair_id, spans)
    segments = list(match.segments)
    segments[: len(files)] = [replace(segment, evidence=heard) for segment, heard in zip(segments, files, strict=False)]
    return replace(match, segments=tuple(segments))


def listener(samples: Samples | None, path: Path, rate_hz: int = 22_050) -> Listen:
    """Sound of our own recording: from memory where it is there, else from the file."""

    def listen(start_s: float, end_s: float) -> Samples:
        if samples is None:
            return decode(path, start_s=start_s, seconds=end_s - start_s)
        return samples[round(start_s * rate_hz) : round(end_s * rate_hz)]

    return listen


class _other_recording:  # noqa: N801 – used as a context manager only
    """The other side's file while its stretches are cut, or None when it may not be heard or is gone."""

    def __init__(self, organisation_id: uuid.UUID, pair_id: uuid.UUID) -> None:
        self._stack = ExitStack()
        self._ids = (organisation_id, pair_id)

    def __enter__(self) -> Path | None:
        organisation_id, pair_id = self._ids
        with bind(organisation_id), connection.cursor() as cursor:
            cursor.execute("SELECT storage_key FROM rights_excerpt_source(%s)", [pair_id])
            row = cursor.fetchone()
        if row is None:
            return None
        try:
            return self._stack.enter_context(local_copy(row[0]))
        except FileNotFoundError:
            return None

    def __exit__(self, *details: object) -> None:
        self._stack.close()


def _shortened(segment: Segment) -> Segment:
    """The first minutes of a very long stretch."""
    if segment.query_seconds <= LONGEST_SHOWN_S:
        return segment
    end_s = round(segment.reference_start_s + segment.tempo_ratio * LONGEST_SHOWN_S, 1)
    return replace(segment, query_end_s=segment.query_start_s + LONGEST_SHOWN_S, reference_end_s=end_s)


def _landmarks(own: Peaks, other: Peaks, segment: Segment) -> bytes:
    peaks = matched_landmarks(own, other, segment)
    step = max(1, -(-len(peaks) // MOST_POINTS))
    points = [
        [round(p.query_s, 3), round(p.query_hz, 1), round(p.reference_s, 3), round(p.reference_hz, 1)]
        for p in peaks[::step]
    ]
    return json.dumps({"points": points, "min_hz": LOWEST_HZ, "max_hz": HIGHEST_HZ}).encode()


def _cut(path: Path, span: tuple[float, float]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="descant-") as folder:
        out = Path(folder) / f"excerpt{EXCERPT_SUFFIX}"
        encode_excerpt(path, *span, out)
        return out.read_bytes()
