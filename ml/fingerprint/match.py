"""The recogniser's front door: which registered tracks does a recording share audio with, where, and could that be
chance?
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.engine import STAGES, Engine, Progress, Stage
from ml.fingerprint.extract import Peaks, extract
from ml.fingerprint.plausibility import (
    PITCH_TOLERANCE,
    RATE_TOLERANCE,
    Calibration,
    Weighed,
    alteration_cost,
    alterations,
    chance_probability,
    dense_gain,
    length_cost,
    score_needed,
    shipped_calibration,
    shortness,
    sparse_cost,
    weigh_all,
)
from ml.fingerprint.results import Evidence, Kind, Match, MatchedPeak, Nearest, Place, Segment, Survey
from ml.fingerprint.store import PostingStore
from ml.fingerprint.verify import BAND_TOLERANCE, TIME_TOLERANCE, Alignment

FEWEST_PEAKS = 12
"""Silence, a click or a steady tone has fewer peaks than this; nothing can be told from them."""
WHOLE_SHARE = 0.85
"""Covered share of both recordings from which they count as the same recording."""
MOST_SEGMENTS = 200
SHADOW, SHADOW_MARGIN = 0.1, 20.0
"""Beside a match that is so many nepers stronger, another one must be this much less likely to be chance."""
WORTH_REFINING = 0.05
"""Chance probability up to which a stretch's place and borders are worth finding out."""
MERGE_FRAMES, MERGE_OFFSET_FRAMES = 5.0 / grid.FRAME_SECONDS, 6.0
"""Stretches on one line with at most so large a gap in the query and jump on the reference are one."""


def match(
    query: NDArray[np.float32] | Peaks,
    store: PostingStore,
    *,
    progress: Progress | None = None,
    threshold: float | None = None,
    exclude: Collection[int] = (),
    calibration: Calibration | None = None,
    stages: Sequence[Stage] = STAGES,
) -> list[Match]:
    """Registered tracks that the query shares audio with, the strongest first.

    query: mono samples at 22,050 Hz, or what `extract` made of them. threshold: matches (and segments) with a larger
    probability of being chance are left out; by default the calibrated one, at which at most one unknown recording
    in a hundred finds anything. exclude: track numbers that are not to be found. progress: called with 0 to 1 now
    and then. stages: what is tried (see `engine.STAGES`); fewer cost less and find less.
    """
    found = survey(
        query, store, progress=progress, threshold=threshold, exclude=exclude, calibration=calibration, stages=stages
    )
    return list(found.matches)


def survey(
    query: NDArray[np.float32] | Peaks,
    store: PostingStore,
    *,
    progress: Progress | None = None,
    threshold: float | None = None,
    exclude: Collection[int] = (),
    calibration: Calibration | None = None,
    stages: Sequence[Stage] = STAGES,
) -> Survey:
    """As `match`, with how near the strongest came: what explains an empty answer."""
    peaks = query if isinstance(query, Peaks) else extract(query)
    constants = calibration or shipped_calibration()
    limit = constants.threshold if threshold is None else threshold
    registry_s = sum(store.durations.values())
    if len(peaks) < FEWEST_PEAKS or not store.durations:
        return Survey((), None)
    engine = Engine(peaks, store, exclude, stages)
    found = engine.run(progress)
    if progress is not None:
        progress(1.0)
    by_track: dict[int, list[Stretch]] = {}
    strong: list[Stretch] = []
    ordered = weigh_all(found, peaks.frames, constants)
    for weighed in ordered:
        chance = chance_probability(weighed.net, peaks.duration_s, registry_s, constants)
        stretch = Stretch(weighed.net, chance, weighed.alignment, weighed)
        if chance > limit or (chance > SHADOW * limit and _in_shadow(stretch, strong)):
            continue
        by_track.setdefault(weighed.alignment.track, []).append(stretch)
        if chance <= SHADOW * limit and len(strong) < MOST_SEGMENTS:
            strong.append(stretch)
    scale = _Scale.of(limit, peaks, registry_s, constants)
    matches = [
        _match(track, _maximal(stretches, engine), peaks, store.durations[track], scale)
        for track, stretches in by_track.items()
    ]
    return Survey(tuple(sorted(matches, key=lambda m: (-m.score, m.track))), _nearest(ordered, scale))


def _nearest(ordered: Sequence[Weighed], scale: "_Scale") -> Nearest | None:
    if not ordered:
        return None
    net = max(weighed.net for weighed in ordered)
    return Nearest(round(net, 2), scale.chance_of(net), round(scale.score_needed, 2))


@dataclass(frozen=True, slots=True)
class _Scale:
    """What the evidence of a query's stretches is held against."""

    limit: float
    score_needed: float
    query_frames: int
    chance_of: Callable[[float], float]
    constants: Calibration

    @classmethod
    def of(cls, limit: float, peaks: Peaks, registry_s: float, constants: Calibration) -> "_Scale":
        needed = score_needed(min(max(limit, 1e-12), 0.999), peaks.duration_s, registry_s, constants)
        return cls(
            limit,
            needed,
            peaks.frames,
            lambda net: chance_probability(net, peaks.duration_s, registry_s, constants),
            constants,
        )

    def evidence(self, stretch: "Stretch") -> Evidence:
        """How the stretch's score came about."""
        found, constants = stretch.weighed.alignment, self.constants
        other = stretch.weighed.runner_up
        return Evidence(
            score=round(found.score, 2),
            alteration_penalty=round(alteration_cost(found.rate, found.pitch, constants), 2),
            stretch_penalty=round(constants.stretch_penalty * shortness(found, self.query_frames), 2),
            length_penalty=round(length_cost(self.query_frames, constants), 2),
            sparse_penalty=round(sparse_cost(found, constants), 2),
            runner_up_penalty=round(stretch.weighed.adjusted - stretch.weighed.net, 2),
            adjusted_score=round(stretch.score, 2),
            chance_probability=stretch.chance,
            threshold=self.limit,
            score_needed=round(self.score_needed, 2),
            agreeing_peaks=round(found.hits, 1),
            runner_up_track=None if other is None else other.alignment.track,
            runner_up_score=None if other is None else round(other.net, 2),
            runner_up_chance_probability=None if other is None else self.chance_of(other.net),
            dense_gain=round(dense_gain(found, constants), 2),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """An alignment that is worth reporting, with what it scores and the other places of the track that fit as well.

    score: net of all penalties. weighed: as the search found it; `alignment` is refined afterwards.
    """

    score: float
    chance: float
    alignment: Alignment
    weighed: Weighed
    repeats: tuple[Alignment, ...] = ()


def _maximal(stretches: Sequence[Stretch], engine: Engine) -> list[Stretch]:
    """The stretches of one track at their best place, with their true borders, merged; strongest first.

    Score and chance stay those of the search, which the calibration knows; what is surely chance is left as it is.
    """
    kept = _distinct(stretches)
    if not kept or kept[0].chance > WORTH_REFINING:
        return kept
    return _merged([_extended(s, engine) for s in _distinct([_placed(s, engine) for s in kept])])


def _placed(stretch: Stretch, engine: Engine) -> Stretch:
    best, *others = engine.places(stretch.alignment)
    return replace(stretch, alignment=best, repeats=tuple(others))


def _extended(stretch: Stretch, engine: Engine) -> Stretch:
    return replace(stretch, alignment=engine.extended(stretch.alignment))


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches that lie on one line and (nearly) touch become one, with the stronger one's evidence."""
    kept: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda s: -s.score):
        for at, other in enumerate(kept):
            if _one_line(stretch.alignment, other.alignment):
                low = min(stretch.alignment.start, other.alignment.start)
                high = max(stretch.alignment.end, other.alignment.end)
                kept[at] = replace(other, alignment=replace(other.alignment, start=low, end=high))
                break
        else:
            kept.append(stretch)
    return kept


def _one_line(one: Alignment, other: Alignment) -> bool:
    """Whether two stretches continue each other."""
    gap = max(one.start, other.start) - min(one.end, other.end)
    meeting = 0.5 * (max(one.start, other.start) + min(one.end, other.end))
    return (
        gap <= MERGE_FRAMES
        and abs(one.rate - other.rate) <= RATE_TOLERANCE
        and abs(one.pitch - other.pitch) <= PITCH_TOLERANCE
        and abs(one.reference(meeting) - other.reference(meeting)) <= MERGE_OFFSET_FRAMES
    )


def _in_shadow(stretch: Stretch, strong: Sequence[Stretch]) -> bool:
    """Whether a far stronger stretch of another track explains half of the same time already."""
    own = stretch.alignment
    return any(
        other.alignment.track != own.track
        and other.score > stretch.score + SHADOW_MARGIN
        and _overlap(own, other.alignment) >= 0.5 * (own.end - own.start)
        for other in strong
    )


def _distinct(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Strongest first, without those that lie mostly where a stronger one of the same track lies in the query."""
    kept: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda s: -s.score):
        own = stretch.alignment
        covered = max((_overlap(own, other.alignment) for other in kept), default=0.0)
        if covered <= 0.3 * max(own.end - own.start, 1.0):
            kept.append(stretch)
        if len(kept) == MOST_SEGMENTS:
            break
    return kept


def _overlap(one: Alignment, other: Alignment) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def _match(track: int, stretches: Sequence[Stretch], peaks: Peaks, duration_s: float, scale: _Scale) -> Match:
    segments = tuple(_segment(s, peaks.duration_s, duration_s, scale) for s in stretches)
    query_share = min(1.0, _union([(s.query_start_s, s.query_end_s) for s in segments]) / max(peaks.duration_s, 0.1))
    reference_share = min(
        1.0, _union([(s.reference_start_s, s.reference_end_s) for s in segments]) / max(duration_s, 0.1)
    )
    best = stretches[0].alignment
    changed = alterations(best.rate, best.pitch)
    whole = query_share >= WHOLE_SHARE and reference_share >= WHOLE_SHARE
    kind = Kind.ALTERED if changed else Kind.SAME_RECORDING if whole else Kind.EXCERPT
    return Match(
        track=track,
        kind=kind,
        alterations=changed,
        score=round(stretches[0].score, 2),
        chance_probability=stretches[0].chance,
        segments=segments,
        query_share=round(query_share, 3),
        reference_share=round(reference_share, 3),
    )


def _span(alignment: Alignment, start: float, end: float, reference_s: float) -> tuple[float, float]:
    """Seconds, to 0.1, on the reference of two query frames."""
    first, last = (
        round(min(max(grid.frame_to_seconds(alignment.reference(f)), 0.0), reference_s), 1) for f in (start, end)
    )
    return first, last


def _segment(stretch: Stretch, query_s: float, reference_s: float, scale: _Scale) -> Segment:
    """Seconds, to 0.1, of a stretch."""
    alignment = stretch.alignment
    own = [min(max(grid.frame_to_seconds(f), 0.0), query_s) for f in (alignment.start, alignment.end)]
    other = _span(alignment, alignment.start, alignment.end, reference_s)
    repeats = [(_span(a, alignment.start, alignment.end, reference_s), a.score) for a in stretch.repeats]
    rate = 1.0 if abs(alignment.rate - 1) < RATE_TOLERANCE / 8 else alignment.rate
    pitch = 0.0 if abs(alignment.pitch) < PITCH_TOLERANCE else alignment.pitch / grid.BINS_PER_SEMITONE
    return Segment(
        query_start_s=round(own[0], 1),
        query_end_s=round(own[1], 1),
        reference_start_s=other[0],
        reference_end_s=other[1],
        tempo_ratio=round(rate, 4),
        pitch_semitones=round(pitch, 2),
        score=round(stretch.score, 2),
        chance_probability=stretch.chance,
        repeats=tuple(Place(low, high, round(score, 2)) for (low, high), score in repeats),
        evidence=scale.evidence(stretch),
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
