"""Comparing a melody, of a score or as heard in a recording, with those that are registered."""

import math
import time
import uuid
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from typing import Any

from apps.registry.selectors import Disclosed
from apps.registry.tasks import similarity
from apps.registry.tasks.similarity import Kind
from apps.rights.models import Alteration, Facet, MatchKind
from apps.rights.services import FoundMatch, FoundSegment
from apps.rights.tasks import why
from apps.rights.tasks.comparison import DONE, Candidate, Comparison
from ml.similarity.melody.calibration import CALIBRATION_FILE, shipped_calibration
from ml.similarity.melody.line import BACKGROUND_FILE
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.search import MIN_NOTES, VERSION, MelodyMatch

SECONDS_A_QUARTER = 0.5
"""For scores without a tempo: 120 quarters a minute, as programs play them."""


def version() -> str:
    """Names search, background and constants."""
    return why.calibrated(VERSION, CALIBRATION_FILE, BACKGROUND_FILE)


def compare(
    organisation_id: uuid.UUID,
    number: int,
    query: Melody,
    kinds: Sequence[Kind[Melody]],
    *,
    threshold: float,
    everyone: bool,
    progress: similarity.Progress,
) -> Comparison:
    """Melodies like this one, and how near the likest one came when there is none."""
    started = time.monotonic()
    found = [
        similarity.search(organisation_id, number, kind, query, threshold=1.0, everyone=everyone, progress=progress)
        for kind in kinds
    ]
    count = sum(part.compared_with for part in found)
    matches = sorted((row for part in found for row in part.matches), key=lambda row: (-row[1].score, row[0]))
    ranked = [(match.score, match.chance_probability) for _number, match, _melody in matches]
    candidates = tuple(
        Candidate(
            entry, partial(_found, query, match, other, ranked, place, threshold, count), match.chance_probability
        )
        for place, (entry, match, other) in enumerate(matches)
        if match.chance_probability <= threshold
    )
    return Comparison(
        Facet.MELODY,
        DONE,
        version=version(),
        threshold=threshold,
        compared_with=count,
        candidates=candidates,
        nearest=_nearest(matches, threshold) if not candidates else None,
        seconds=time.monotonic() - started,
        facts={
            "notes": len(query),
            "too_few_notes": len(query) < MIN_NOTES,
            "seconds_reading": round(sum(part.seconds_reading for part in found), 3),
        },
    )


def needed_at(match: MelodyMatch, threshold: float) -> float:
    """The score at which this search would have reported a melody, for a threshold of one's own.

    The match says it for the shipped threshold. Chance follows Gumbel's law, a straight line in the double logarithm
    of the probability, so that two points on it give a third.
    """
    shipped = shipped_calibration().threshold
    run = _gumbel(match.chance_probability) - _gumbel(shipped)
    if not 0 < match.chance_probability < 1 or not run:
        return match.score_needed
    slope = (match.score - match.score_needed) / run
    return round(match.score_needed + slope * (_gumbel(threshold) - _gumbel(shipped)), 2)


def _gumbel(chance: float) -> float:
    return -math.log(-math.log1p(-min(max(chance, 1e-300), 1 - 1e-12)))


def _nearest(matches: Sequence[tuple[int, MelodyMatch, Melody]], threshold: float) -> dict[str, Any] | None:
    if not matches:
        return None
    best = matches[0][1]
    return {"score": best.score, "chance": best.chance_probability, "needed": needed_at(best, threshold)}


def _found(
    query: Melody,
    match: MelodyMatch,
    other_melody: Melody,
    ranked: list[tuple[float, float]],
    place: int,
    threshold: float,
    count: int,
    pair_id: uuid.UUID,
    other: Disclosed,
) -> FoundMatch:
    own, theirs = _side(query, match.query_span), _side(other_melody, match.reference_span)
    detail = {
        "own": own,
        "other": theirs,
        "pairs": [[a - match.query_span[0], b - match.reference_span[0]] for a, b in match.aligned_notes],
        "gains": list(match.gains),
        "transposition": -match.transposition_semitones,
        "why": why.evidence(
            score=match.score,
            chance=match.chance_probability,
            threshold=threshold,
            needed=needed_at(match, threshold),
            compared_with=count,
            runner_up=why.next_best(ranked, place),
            parts=_parts(match),
            facts={"aligned_notes": len(match.aligned_notes), "same_pitch": _same_pitch(query, other_melody, match)},
        ),
    }
    segment = _segment(query, other_melody, match)
    return FoundMatch(
        pair_id=pair_id,
        other=other,
        facet=Facet.MELODY.value,
        kind=MatchKind.MELODY.value,
        alterations=_alterations(-match.transposition_semitones),
        score=match.score,
        chance_probability=match.chance_probability,
        own_share=_share(match.aligned_notes, 0, len(query)),
        other_share=_share(match.aligned_notes, 1, len(other_melody)),
        segments=(segment,),
        version=version(),
        threshold=threshold,
        detail=detail,
    )


def _parts(match: MelodyMatch) -> list[tuple[str, float]]:
    """Bits that agreeing notes bring, and what differences and left-out notes take away."""
    brought = sum(gain for gain in match.gains if gain > 0)
    return [("notes_that_agree", brought), ("differences", match.score - brought)]


def _same_pitch(query: Melody, other: Melody, match: MelodyMatch) -> int:
    """Aligned notes of exactly the same pitch, the transposition taken off."""
    shift = match.transposition_semitones
    return sum(query.notes[a].pitch + shift == other.notes[b].pitch for a, b in match.aligned_notes)


def _segment(query: Melody, other: Melody, match: MelodyMatch) -> FoundSegment:
    own_start, own_end = _seconds(query, match.query_span)
    other_start, other_end = _seconds(other, match.reference_span)
    timed = query.in_seconds and other.in_seconds and own_end > own_start
    return FoundSegment(
        own_start_s=round(own_start, 1),
        own_end_s=round(own_end, 1),
        other_start_s=round(other_start, 1),
        other_end_s=round(other_end, 1),
        tempo_ratio=round((other_end - other_start) / (own_end - own_start), 3) if timed else None,
        pitch_semitones=float(-match.transposition_semitones),
        confidence=1.0 - match.chance_probability,
        score=match.score,
    )


def _seconds(melody: Melody, span: tuple[int, int]) -> tuple[float, float]:
    pace = melody.seconds_per_quarter or SECONDS_A_QUARTER
    last = melody.notes[span[1]]
    return melody.notes[span[0]].onset * pace, (last.onset + last.duration) * pace


def _side(melody: Melody, span: tuple[int, int]) -> dict[str, Any]:
    """Notes of a stretch as [start, length, pitch] in seconds of the piece, and where all bars up to its end start."""
    pace = melody.seconds_per_quarter or SECONDS_A_QUARTER
    notes = melody.notes[span[0] : span[1] + 1]
    start, end = notes[0].onset, max(note.onset + note.duration for note in notes)
    return {
        "notes": [[round(n.onset * pace, 3), round(n.duration * pace, 3), n.pitch] for n in notes],
        "bars": [round(bar * pace, 3) for bar in melody.bars if bar < end],
        "first_bar": _bar(melody, start),
        "last_bar": _bar(melody, notes[-1].onset),
        "first_note": span[0],
        "has_tempo": melody.in_seconds,
    }


def _bar(melody: Melody, onset: float) -> int | None:
    """The number of a bar, counted from 1; None where no bars are known."""
    return bisect_right(melody.bars, onset + 1e-6) or None if melody.bars else None


def _share(pairs: Sequence[tuple[int, int]], side: int, notes: int) -> float:
    return round(min(1.0, len({pair[side] for pair in pairs}) / max(notes, 1)), 3)


def _alterations(semitones: int) -> tuple[str, ...]:
    if not semitones:
        return ()
    return (Alteration.HIGHER.value if semitones > 0 else Alteration.LOWER.value,)
