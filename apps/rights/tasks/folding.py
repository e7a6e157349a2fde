"""One pair, one match: music that is alike because the recording is the same is told with the recording."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apps.registry.selectors import Disclosed
from apps.rights.models import Check, Facet, Match, MatchSegment, MatchState
from apps.rights.services import FoundMatch, FoundSegment

SAME_STRETCH = 0.5
"""Part of the music that is alike that must lie where the recording is alike, to say nothing of its own."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Story:
    """What a check tells: matches found now, and what becomes of those that the same check had found before.

    absorbed: ids of those that are told with a recording now. folded: what recording matches say of them, by id.
    """

    matches: tuple[FoundMatch, ...]
    absorbed: tuple[uuid.UUID, ...] = ()
    folded: dict[uuid.UUID, dict[str, Any]] = field(default_factory=dict)


def one_story(check: Check, made: Sequence[FoundMatch]) -> Story:
    """What was found, without repetitions; also of a check that found something before and compares the rest now."""
    standing = _standing(check) if check.is_answered else {}
    new = {_key(match) for match in made}
    before = {key: match for key, (_id, match) in standing.items() if key not in new}
    kept = {_key(match): match for match in folded([*before.values(), *made])}
    return Story(
        matches=tuple(match for key, match in kept.items() if key in new),
        absorbed=tuple(standing[key][0] for key in before if key not in kept),
        folded={standing[key][0]: kept[key].detail["folded"] for key, match in before.items() if _differs(kept, match)},
    )


def folded(found: Sequence[FoundMatch]) -> tuple[FoundMatch, ...]:
    """The matches, without those that say of the same stretch of a pair what its recording match says already.

    What they say is kept under ``folded`` of the recording match. A cover that reaches far beyond a shared sample
    stays a match of its own.
    """
    recordings = {match.pair_id: match for match in found if match.facet == Facet.RECORDING}
    under: dict[Any, dict[str, Any]] = {}
    kept = []
    for match in found:
        main = recordings.get(match.pair_id)
        if main is not None and match is not main and _within(match, main):
            under.setdefault(match.pair_id, {})[match.facet] = _summary(match)
        else:
            kept.append(match)
    return tuple(
        replace(match, detail={**match.detail, "folded": match.detail.get("folded", {}) | under[match.pair_id]})
        if match.facet == Facet.RECORDING and match.pair_id in under
        else match
        for match in kept
    )


def _within(match: FoundMatch, main: FoundMatch) -> bool:
    spans = [(segment.own_start_s, segment.own_end_s) for segment in match.segments]
    shared = [(segment.own_start_s, segment.own_end_s) for segment in main.segments]
    whole = sum(end - start for start, end in _joined(spans))
    common = sum(
        max(0.0, min(end, other_end) - max(start, other_start))
        for start, end in _joined(spans)
        for other_start, other_end in _joined(shared)
    )
    return common >= SAME_STRETCH * whole


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _summary(match: FoundMatch) -> dict[str, Any]:
    return {
        "score": match.score,
        "chance": match.chance_probability,
        "version": match.version,
        "threshold": match.threshold,
        "transposition": int(match.best.pitch_semitones),
        "why": match.detail.get("why", {}),
    }


def _key(match: FoundMatch) -> tuple[uuid.UUID, str]:
    return match.pair_id, match.facet


def _differs(kept: dict[tuple[uuid.UUID, str], FoundMatch], before: FoundMatch) -> bool:
    after = kept.get(_key(before))
    return after is not None and after.detail.get("folded") != before.detail.get("folded")


def _standing(check: Check) -> dict[tuple[uuid.UUID, str], tuple[uuid.UUID, FoundMatch]]:
    """Matches that a check found before, with what is needed to compare their stretches."""
    rows = Match.objects.filter(check_run=check).exclude(state=MatchState.SUPERSEDED).prefetch_related("segments")
    return {(row.pair_id, row.facet): (row.id, _again(row)) for row in rows}


def _again(row: Match) -> FoundMatch:
    return FoundMatch(
        pair_id=row.pair_id,
        other=Disclosed(
            number=0,
            title=row.other_title,
            artist=row.other_artist,
            organisation=row.other_organisation,
            contact=row.other_contact,
            registered=row.other_registered,
            shares_excerpts=row.other_shares_excerpts,
            duration_s=row.other_duration_s,
            already_ours=row.already_ours,
            own_track=row.other_track_id,
            subject=row.other_kind,
            own_work=row.other_work_id,
        ),
        kind=row.kind,
        alterations=tuple(row.alterations),
        score=row.score,
        chance_probability=row.chance_probability,
        own_share=row.own_share,
        other_share=row.other_share,
        segments=tuple(_segment(segment) for segment in row.segments.all()),
        facet=row.facet,
        version=row.version,
        threshold=row.threshold,
        detail=row.detail,
    )


def _segment(row: MatchSegment) -> FoundSegment:
    return FoundSegment(
        own_start_s=row.own_start_s,
        own_end_s=row.own_end_s,
        other_start_s=row.other_start_s,
        other_end_s=row.other_end_s,
        tempo_ratio=row.tempo_ratio,
        pitch_semitones=row.pitch_semitones,
        confidence=row.confidence,
        score=row.score,
    )
