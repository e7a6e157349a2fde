"""The recogniser's front door: which registered tracks does a recording share audio with, where, and could that be
chance?
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.engine import Engine, Progress
from ml.fingerprint.extract import Peaks, extract
from ml.fingerprint.plausibility import (
    PITCH_TOLERANCE,
    RATE_TOLERANCE,
    Calibration,
    adjusted_score,
    alterations,
    chance_probability,
    shipped_calibration,
)
from ml.fingerprint.results import Kind, Match, MatchedPeak, Segment
from ml.fingerprint.store import PostingStore
from ml.fingerprint.verify import BAND_TOLERANCE, TIME_TOLERANCE, Alignment

FEWEST_PEAKS = 12
"""Silence, a click or a steady tone has fewer peaks than this; nothing can be told from them."""
WHOLE_SHARE = 0.85
"""Covered share of both recordings from which they count as the same recording."""
MOST_SEGMENTS = 200


def match(
    query: NDArray[np.float32] | Peaks,
    store: PostingStore,
    *,
    progress: Progress | None = None,
    threshold: float | None = None,
    exclude: Collection[int] = (),
    calibration: Calibration | None = None,
) -> list[Match]:
    """Registered tracks that the query shares audio with, the strongest first.

    query: mono samples at 22,050 Hz, or what `extract` made of them. threshold: matches (and segments) with a larger
    probability of being chance are left out; by default the calibrated one, at which at most one unknown recording
    in a hundred finds anything. exclude: track numbers that are not to be found. progress: called with 0 to 1 now
    and then.
    """
    peaks = query if isinstance(query, Peaks) else extract(query)
    constants = calibration or shipped_calibration()
    limit = constants.threshold if threshold is None else threshold
    registry_s = sum(store.durations.values())
    if len(peaks) < FEWEST_PEAKS or not store.durations:
        return []
    found = Engine(peaks, store, exclude).run(progress)
    if progress is not None:
        progress(1.0)
    by_track: dict[int, list[tuple[float, float, Alignment]]] = {}
    for alignment in found:
        score = adjusted_score(alignment, peaks.frames, constants)
        chance = chance_probability(score, peaks.duration_s, registry_s, constants)
        if chance <= limit:
            by_track.setdefault(alignment.track, []).append((score, chance, alignment))
    matches = [
        _match(track, _distinct(stretches), peaks, store.durations[track]) for track, stretches in by_track.items()
    ]
    return sorted(matches, key=lambda m: (-m.score, m.track))


def _distinct(stretches: list[tuple[float, float, Alignment]]) -> list[tuple[float, float, Alignment]]:
    """Strongest first, without those that lie mostly where a stronger one of the same track lies in the query."""
    kept: list[tuple[float, float, Alignment]] = []
    for stretch in sorted(stretches, key=lambda s: -s[0]):
        own = stretch[2]
        covered = max((_overlap(own, other[2]) for other in kept), default=0.0)
        if covered <= 0.3 * max(own.end - own.start, 1.0):
            kept.append(stretch)
        if len(kept) == MOST_SEGMENTS:
            break
    return kept


def _overlap(one: Alignment, other: Alignment) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def _match(track: int, stretches: list[tuple[float, float, Alignment]], peaks: Peaks, duration_s: float) -> Match:
    segments = tuple(_segment(score, chance, a, peaks.duration_s, duration_s) for score, chance, a in stretches)
    query_share = min(1.0, _union([(s.query_start_s, s.query_end_s) for s in segments]) / max(peaks.duration_s, 0.1))
    reference_share = min(
        1.0, _union([(s.reference_start_s, s.reference_end_s) for s in segments]) / max(duration_s, 0.1)
    )
    best = stretches[0][2]
    changed = alterations(best.rate, best.pitch)
    whole = query_share >= WHOLE_SHARE and reference_share >= WHOLE_SHARE
    kind = Kind.ALTERED if changed else Kind.SAME_RECORDING if whole else Kind.EXCERPT
    return Match(
        track=track,
        kind=kind,
        alterations=changed,
        score=round(stretches[0][0], 2),
        chance_probability=stretches[0][1],
        segments=segments,
        query_share=round(query_share, 3),
        reference_share=round(reference_share, 3),
    )


def _segment(score: float, chance: float, alignment: Alignment, query_s: float, reference_s: float) -> Segment:
    """Seconds, to 0.1, of a stretch; a start or end that is nearly the recording's own is taken as that."""
    frames = (alignment.start, alignment.end)
    own = [min(max(grid.frame_to_seconds(f), 0.0), query_s) for f in frames]
    other = [min(max(grid.frame_to_seconds(alignment.reference(f)), 0.0), reference_s) for f in frames]
    rate = 1.0 if abs(alignment.rate - 1) < RATE_TOLERANCE / 8 else alignment.rate
    pitch = 0.0 if abs(alignment.pitch) < PITCH_TOLERANCE else alignment.pitch / grid.BINS_PER_SEMITONE
    return Segment(
        query_start_s=round(own[0], 1),
        query_end_s=round(own[1], 1),
        reference_start_s=round(other[0], 1),
        reference_end_s=round(other[1], 1),
        tempo_ratio=round(rate, 4),
        pitch_semitones=round(pitch, 2),
        score=round(score, 2),
        chance_probability=chance,
    )


def _union(spans: Sequence[tuple[float, float]]) -> float:
    """Total length that the spans cover."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def matched_landmarks(query: Peaks, reference: Peaks, segment: Segment) -> list[MatchedPeak]:
    """The peaks that both recordings have in an aligned stretch, for a picture: in order of time."""
    own = query.between(
        (segment.query_start_s - grid.FRAME_CENTRE_S) / grid.FRAME_SECONDS - 3,
        (segment.query_end_s - grid.FRAME_CENTRE_S) / grid.FRAME_SECONDS + 3,
    )
    shift = segment.pitch_semitones * grid.BINS_PER_SEMITONE
    pairs: list[MatchedPeak] = []
    for frame, band in zip(own.frame.tolist(), own.band.tolist(), strict=True):
        query_s = grid.frame_to_seconds(frame)
        expected_s = segment.reference_start_s + segment.tempo_ratio * (query_s - segment.query_start_s)
        expected = (expected_s - grid.FRAME_CENTRE_S) / grid.FRAME_SECONDS
        # Segment times are rounded to 0.1 s, which is up to two frames on each side.
        low, high = np.searchsorted(reference.frame, [expected - 5, expected + 5])
        near = [k for k in range(low, high) if abs(reference.band[k] + shift - band) <= BAND_TOLERANCE]
        if near:
            k = min(near, key=lambda k: abs(float(reference.frame[k]) - expected))
            pairs.append(
                MatchedPeak(
                    query_s=query_s,
                    query_hz=grid.band_to_hz(band),
                    reference_s=grid.frame_to_seconds(float(reference.frame[k])),
                    reference_hz=grid.band_to_hz(float(reference.band[k])),
                )
            )
    return _consistent(pairs, segment)


def _consistent(pairs: list[MatchedPeak], segment: Segment) -> list[MatchedPeak]:
    """Those that agree on the offset to within the recogniser's own tolerance."""
    if not pairs:
        return []
    offsets = np.array([p.reference_s - segment.tempo_ratio * p.query_s for p in pairs])
    tolerance = TIME_TOLERANCE * grid.FRAME_SECONDS
    votes = [int(np.count_nonzero(np.abs(offsets - o) <= tolerance / 2)) for o in offsets]
    centre = offsets[int(np.argmax(votes))]
    return [p for p, offset in zip(pairs, offsets, strict=True) if abs(offset - centre) <= tolerance]
