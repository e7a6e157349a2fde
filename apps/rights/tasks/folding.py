"""One pair, one match: music that is alike because the recording is the same is told with the recording."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.rights.models import Facet
from apps.rights.services import FoundMatch

SAME_STRETCH = 0.5
"""Part of the music that is alike that must lie where the recording is alike, to say nothing of its own."""

Span = tuple[float, float]


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
        replace(match, detail={**match.detail, "folded": under[match.pair_id]})
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
