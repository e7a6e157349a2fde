"""Comparing the sound of a recording with all registered recordings."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from apps.registry.selectors import Disclosed
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights.models import Facet
from apps.rights.services import FoundMatch, FoundSegment
from apps.rights.tasks import why
from apps.rights.tasks.comparison import DONE, Candidate, Comparison
from apps.rights.tasks.evidence import EvidenceMaker, Listen
from ml.fingerprint.extract import Peaks
from ml.fingerprint.match import match as find
from ml.fingerprint.plausibility import CALIBRATION_FILE, chance_probability, shipped_calibration
from ml.fingerprint.results import Match, Segment

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Sound:
    """What the evidence of a recording match is made from."""

    peaks: Peaks
    listen: Listen
    maker: EvidenceMaker


def version() -> str:
    """Names the matcher's constants: another calibration is another version."""
    return why.calibrated("votes-1", CALIBRATION_FILE)


def compare(
    store: PostgresPostingStore, peaks: Peaks, sound: Callable[[], Sound], *, threshold: float, progress: Progress
) -> Comparison:
    """Recordings that share sound; ``sound`` is asked for when there is evidence to make."""
    started = time.monotonic()
    found = find(peaks, store, threshold=threshold, progress=progress)
    ranked = [(match.score, match.chance_probability) for match in found]
    return Comparison(
        Facet.RECORDING,
        DONE,
        version=version(),
        threshold=threshold,
        compared_with=len(store.durations),
        candidates=tuple(
            Candidate(match.track, partial(_found, match, ranked, place, store, sound, threshold))
            for place, match in enumerate(found)
        ),
        seconds=time.monotonic() - started,
        facts={"needed": needed_for(peaks.duration_s, store, threshold), "peaks": len(peaks)},
    )


def needed_for(query_s: float, store: PostgresPostingStore, threshold: float) -> float | None:
    """The score at which a recording of this length would count in this registry."""
    registry_s, constants = sum(store.durations.values()), shipped_calibration()
    if not registry_s:
        return None
    return why.score_needed(lambda score: chance_probability(score, query_s, registry_s, constants), threshold)


def _found(
    match: Match,
    ranked: list[tuple[float, float]],
    place: int,
    store: PostgresPostingStore,
    sound: Callable[[], Sound],
    threshold: float,
    pair_id: uuid.UUID,
    other: Disclosed,
) -> FoundMatch:
    source = sound()
    files = source.maker.make(
        pair_id,
        match.segments,
        source.listen,
        source.peaks,
        store.peaks(match.track),
        may_hear=other.shares_excerpts or other.already_ours,
    )
    segments = [found_segment(segment) for segment in match.segments]
    segments[: len(files)] = [
        replace(segment, evidence=of_segment) for segment, of_segment in zip(segments, files, strict=False)
    ]
    return FoundMatch(
        pair_id=pair_id,
        other=other,
        facet=Facet.RECORDING.value,
        kind=match.kind.value,
        alterations=tuple(alteration.value for alteration in match.alterations),
        score=match.score,
        chance_probability=match.chance_probability,
        own_share=match.query_share,
        other_share=match.reference_share,
        segments=tuple(segments),
        version=version(),
        threshold=threshold,
        detail={"why": _why(match, ranked, place, store, source.peaks, threshold)},
    )


def _why(
    match: Match,
    ranked: list[tuple[float, float]],
    place: int,
    store: PostgresPostingStore,
    peaks: Peaks,
    threshold: float,
) -> dict[str, Any]:
    return why.evidence(
        score=match.score,
        chance=match.chance_probability,
        threshold=threshold,
        needed=needed_for(peaks.duration_s, store, threshold),
        compared_with=len(store.durations),
        runner_up=why.next_best(ranked, place),
    )


def found_segment(segment: Segment) -> FoundSegment:
    return FoundSegment(
        own_start_s=segment.query_start_s,
        own_end_s=segment.query_end_s,
        other_start_s=segment.reference_start_s,
        other_end_s=segment.reference_end_s,
        tempo_ratio=segment.tempo_ratio,
        pitch_semitones=segment.pitch_semitones,
        confidence=segment.confidence,
        score=segment.score,
    )
