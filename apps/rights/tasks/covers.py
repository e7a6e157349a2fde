"""Comparing a recording's harmony and tune with those of all registered recordings."""

import time
import uuid
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.registry.selectors import Disclosed
from apps.registry.tasks import similarity
from apps.registry.tasks.prints import COVERS
from apps.rights.models import Alteration, Facet, MatchKind
from apps.rights.services import FoundMatch, FoundSegment
from apps.rights.tasks import why
from apps.rights.tasks.comparison import DONE, Candidate, Comparison
from ml.similarity.cover.explain import explain
from ml.similarity.cover.features import CoverPrint, excerpt
from ml.similarity.cover.plausibility import CALIBRATION_FILE, score_needed, shipped_calibration
from ml.similarity.cover.search import VERSION, CoverMatch, CoverSegment

Chroma = NDArray[np.float32]

STRIPS = 3
"""Stretches whose chroma is drawn."""
MOST_COLUMNS = 240
MOST_POINTS = 400
STRONGEST_PIECES = 5
SAME_TEMPO_WITHIN = 0.02
"""A performance's tempo is not known better than this."""
LEVELS = 15


def version() -> str:
    """Names print, search and constants."""
    return why.calibrated(f"cover-{VERSION}", CALIBRATION_FILE)


def compare(
    organisation_id: uuid.UUID,
    number: int,
    query: CoverPrint,
    *,
    threshold: float,
    everyone: bool,
    progress: similarity.Progress,
) -> Comparison:
    """Recordings of the same music, and how near the likest one came when there is none."""
    started = time.monotonic()
    found = similarity.search(
        organisation_id, number, COVERS, query, threshold=1.0, everyone=everyone, progress=progress
    )
    ranked = [(match.score, match.chance_probability) for _number, match, _print in found.matches]
    candidates = tuple(
        Candidate(
            entry,
            partial(_found, query, match, other, ranked, place, threshold, found.compared_with),
            match.chance_probability,
        )
        for place, (entry, match, other) in enumerate(found.matches)
        if match.chance_probability <= threshold
    )
    return Comparison(
        Facet.COVER,
        DONE,
        version=version(),
        threshold=threshold,
        compared_with=found.compared_with,
        candidates=candidates,
        nearest=_nearest(query, [m for _entry, m, _print in found.matches], threshold, found.compared_with)
        if not candidates
        else None,
        seconds=time.monotonic() - started,
        facts={"seconds_reading": round(found.seconds_reading, 3)},
    )


def _nearest(query: CoverPrint, matches: list[CoverMatch], threshold: float, count: int) -> dict[str, Any] | None:
    if not matches:
        return None
    best = matches[0]
    needed = score_needed(threshold, query.duration_s, count, shipped_calibration(), best.unrelated)
    return {"score": best.score, "chance": best.chance_probability, "needed": round(needed, 2)}


def _found(
    query: CoverPrint,
    match: CoverMatch,
    other_print: CoverPrint,
    ranked: list[tuple[float, float]],
    place: int,
    threshold: float,
    count: int,
    pair_id: uuid.UUID,
    other: Disclosed,
) -> FoundMatch:
    explained = explain(query, other_print, match, tracks=count, threshold=threshold)
    detail = {
        "transposition": match.transposition_semitones,
        "strips": [
            _strip(query, other_print, match, segment)
            for segment in sorted(match.segments, key=lambda s: s.query_start_s - s.query_end_s)[:STRIPS]
        ],
        "pieces": [
            {
                "own": {"start_s": piece.query_start_s, "end_s": piece.query_end_s},
                "other": {"start_s": piece.reference_start_s, "end_s": piece.reference_end_s},
                "harmony": piece.harmony,
                "melody": piece.melody,
            }
            for piece in explained.pieces[:STRONGEST_PIECES]
        ],
        "why": why.evidence(
            score=match.score,
            chance=match.chance_probability,
            threshold=threshold,
            needed=explained.score_needed,
            compared_with=count,
            runner_up=why.next_best(ranked, place),
            parts=_parts(match, explained.strongest_score),
            facts={
                "harmony_only": explained.harmony_only,
                "melody_only": explained.melody_only,
                "other_key": explained.runner_up_score,
            },
        ),
    }
    return FoundMatch(
        pair_id=pair_id,
        other=other,
        facet=Facet.COVER.value,
        kind=MatchKind.COVER.value,
        alterations=_alterations(match),
        score=match.score,
        chance_probability=match.chance_probability,
        own_share=min(match.query_share, 1.0),
        other_share=min(match.reference_share, 1.0),
        segments=tuple(_segment(match, segment) for segment in match.segments),
        version=version(),
        threshold=threshold,
        detail=detail,
    )


def _parts(match: CoverMatch, strongest: float) -> list[tuple[str, float]]:
    parts = [("strongest_stretch", strongest)]
    further = match.score - strongest
    return [*parts, ("further_stretches", further)] if further > 0.01 else parts


def _segment(match: CoverMatch, segment: CoverSegment) -> FoundSegment:
    return FoundSegment(
        own_start_s=segment.query_start_s,
        own_end_s=segment.query_end_s,
        other_start_s=segment.reference_start_s,
        other_end_s=segment.reference_end_s,
        tempo_ratio=segment.tempo_ratio,
        pitch_semitones=float(match.transposition_semitones),
        confidence=1.0 - match.chance_probability,
        score=segment.score,
    )


def _alterations(match: CoverMatch) -> tuple[str, ...]:
    found = []
    if abs(match.tempo_ratio - 1.0) > SAME_TEMPO_WITHIN:
        found.append(Alteration.FASTER.value if match.tempo_ratio > 1 else Alteration.SLOWER.value)
    if match.transposition_semitones:
        found.append(Alteration.HIGHER.value if match.transposition_semitones > 0 else Alteration.LOWER.value)
    return tuple(found)


def _strip(query: CoverPrint, other: CoverPrint, match: CoverMatch, segment: CoverSegment) -> dict[str, Any]:
    """Chroma of one aligned stretch on both sides, each in its own key, and the path between them."""
    within = [
        [own_s, other_s] for own_s, other_s in match.path if segment.query_start_s <= own_s <= segment.query_end_s
    ]
    step = max(1, -(-len(within) // MOST_POINTS))
    return {
        "own": _chroma(query, segment.query_start_s, segment.query_end_s),
        "other": _chroma(other, segment.reference_start_s, segment.reference_end_s),
        "path": within[::step],
    }


def _chroma(source: CoverPrint, start_s: float, end_s: float) -> dict[str, Any]:
    harmony, melody = excerpt(source, start_s, end_s)
    return {"start_s": start_s, "end_s": end_s, "harmony": _rows(harmony), "melody": _rows(melody)}


def _rows(chroma: Chroma) -> list[str]:
    """Twelve rows, C first, a hexadecimal digit a column."""
    group = max(1, -(-chroma.shape[1] // MOST_COLUMNS))
    whole = chroma.shape[1] // group * group
    columns = chroma[:, :whole].reshape(12, -1, group).mean(axis=2)
    return ["".join(f"{round(float(value) * LEVELS):x}" for value in row) for row in columns]
