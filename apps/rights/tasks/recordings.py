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
from ml.fingerprint.match import survey
from ml.fingerprint.plausibility import CALIBRATION_FILE, score_needed, shipped_calibration
from ml.fingerprint.results import Evidence, Match, Nearest, Segment
from ml.fingerprint.versions import INDEX_VERSION, MATCHER_VERSION

Progress = Callable[[float], None]
SMALLEST_CHANCE = 1e-12
"""No threshold is taken for smaller: the score that it needs must be finite."""


@dataclass(frozen=True)
class Sound:
    """What the evidence of a recording match is made from."""

    peaks: Peaks
    listen: Listen
    maker: EvidenceMaker


def version() -> str:
    """Names matcher, index and calibration: what answers otherwise has another version."""
    return why.calibrated(f"votes-{MATCHER_VERSION}-index-{INDEX_VERSION}", CALIBRATION_FILE)


def compare(
    store: PostgresPostingStore, peaks: Peaks, sound: Callable[[], Sound], *, threshold: float, progress: Progress
) -> Comparison:
    """Recordings that share sound, and how near the likest one came when there is none.

    ``sound`` is asked for when there is evidence to make.
    """
    started = time.monotonic()
    surveyed = survey(peaks, store, threshold=threshold, progress=progress)
    found = surveyed.matches
    ranked = [(match.score, match.chance_probability) for match in found]
    return Comparison(
        Facet.RECORDING,
        DONE,
        version=version(),
        threshold=threshold,
        compared_with=len(store.durations),
        candidates=tuple(
            Candidate(
                match.track, partial(_found, match, ranked, place, store, sound, threshold), match.chance_probability
            )
            for place, match in enumerate(found)
        ),
        nearest=None if found else _nearest(surveyed.nearest),
        seconds=time.monotonic() - started,
        facts={"needed": needed_for(peaks.duration_s, store, threshold), "peaks": len(peaks)},
    )


def needed_for(query_s: float, store: PostgresPostingStore, threshold: float) -> float | None:
    """The score at which a recording of this length would count in this registry."""
    registry_s = sum(store.durations.values())
    if not registry_s:
        return None
    chance = min(max(threshold, SMALLEST_CHANCE), 1 - SMALLEST_CHANCE)
    return round(score_needed(chance, query_s, registry_s, shipped_calibration()), 2)


def _nearest(nearest: Nearest | None) -> dict[str, Any] | None:
    """How near the likest came; not whose it is."""
    if nearest is None:
        return None
    return {"score": nearest.score, "chance": nearest.chance_probability, "needed": nearest.score_needed}


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
    weighed = match.evidence
    return why.evidence(
        score=match.score,
        chance=match.chance_probability,
        threshold=threshold,
        needed=needed_for(peaks.duration_s, store, threshold),
        compared_with=len(store.durations),
        runner_up=_beside(weighed) or why.next_best(ranked, place),
        parts=_parts(weighed),
        facts={"agreeing_peaks": round(weighed.agreeing_peaks), "peaks": len(peaks)} if weighed else {},
    )


def _parts(weighed: Evidence | None) -> list[tuple[str, float]]:
    """What the score adds up from: the landmarks of the strongest stretch, less what speaks against it."""
    if weighed is None:
        return []
    costs = (
        ("alteration", weighed.alteration_penalty),
        ("shortness", weighed.stretch_penalty),
        ("short_query", weighed.length_penalty),
        ("few_peaks", weighed.sparse_penalty),
        ("rival", weighed.runner_up_penalty),
    )
    gains = [("landmarks", weighed.score), ("whole_spectrum", weighed.dense_gain)]
    return [*((name, gain) for name, gain in gains if gain), *((name, -cost) for name, cost in costs if cost)]


def _beside(weighed: Evidence | None) -> dict[str, Any] | None:
    """The next best at the same time of the recording, counted or not; not whose it is."""
    if weighed is None or weighed.runner_up_score is None:
        return None
    return {"score": weighed.runner_up_score, "chance": weighed.runner_up_chance_probability}


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
