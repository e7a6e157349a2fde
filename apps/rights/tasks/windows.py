"""Long recordings: their music and lead voice are compared in stretches, and what is found is told of the whole.

A search of n stretches has n chances of a coincidence (Bonferroni): each is held to the n-th part of the limit, and
what it finds is told with n times its own chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from apps.registry.selectors import Disclosed
from apps.rights.services import FoundMatch, FoundSegment
from apps.rights.tasks.comparison import Candidate, Comparison

Printed = TypeVar("Printed")
Progress = Callable[[float], None]
Compare = Callable[[Any, float, Progress], Comparison]


@dataclass(frozen=True)
class Stretch(Generic[Printed]):
    """A part of a recording, in seconds from its beginning, as one comparison sees it."""

    start_s: float
    end_s: float
    printed: Printed


def compare(
    stretches: Sequence[Stretch[Printed]],
    duration_s: float,
    with_registry: Compare,
    *,
    threshold: float,
    progress: Progress,
) -> Comparison:
    """Each stretch with the registry; of several that find the same entry, the surest counts.

    with_registry: compares one print, given its own limit of chance and its own progress.
    """
    if len(stretches) == 1 and stretches[0].start_s == 0:
        return with_registry(stretches[0].printed, threshold, progress)
    count = len(stretches)
    done = [
        with_registry(stretch.printed, threshold / count, partial(_part, progress, place, count))
        for place, stretch in enumerate(stretches)
    ]
    surest: dict[int, Candidate] = {}
    for stretch, comparison in zip(stretches, done, strict=True):
        for candidate in comparison.candidates:
            known = surest.get(candidate.number)
            if known is None or candidate.chance < known.chance:
                told = partial(_told, candidate, stretch, duration_s, count, threshold)
                surest[candidate.number] = Candidate(candidate.number, told, candidate.chance)
    nearest = min((one.nearest for one in done if one.nearest), key=lambda one: float(one["chance"]), default=None)
    return replace(
        done[0],
        threshold=threshold,
        compared_with=max(one.compared_with for one in done),
        candidates=tuple(sorted(surest.values(), key=lambda one: one.chance)),
        nearest=_nearest(nearest, count) if nearest and not surest else None,
        seconds=sum(one.seconds for one in done),
        facts=done[0].facts | {"stretches": count},
    )


def _part(progress: Progress, place: int, count: int, fraction: float) -> None:
    progress((place + fraction) / count)


def _nearest(nearest: dict[str, Any], count: int) -> dict[str, Any]:
    return nearest | {"chance": _of_many(nearest["chance"], count)}


def _of_many(chance: float, count: int) -> float:
    return min(1.0, chance * count)


def _told(
    candidate: Candidate,
    stretch: Stretch[Any],
    duration_s: float,
    count: int,
    threshold: float,
    pair_id: UUID,
    other: Disclosed,
) -> FoundMatch:
    """The match of a stretch as one of the whole recording."""
    found = candidate.build(pair_id, other)
    chance = _of_many(found.chance_probability, count)
    detail = _later(found.detail, stretch.start_s)
    detail["why"] = detail.get("why", {}) | {"chance": chance, "threshold": threshold}
    return replace(
        found,
        chance_probability=chance,
        threshold=threshold,
        own_share=found.own_share * min(1.0, (stretch.end_s - stretch.start_s) / max(duration_s, 1e-6)),
        segments=tuple(_moved(segment, stretch.start_s, 1.0 - chance) for segment in found.segments),
        detail=detail,
    )


def _moved(segment: FoundSegment, by_s: float, confidence: float) -> FoundSegment:
    return replace(
        segment,
        own_start_s=segment.own_start_s + by_s,
        own_end_s=segment.own_end_s + by_s,
        confidence=min(segment.confidence, confidence),
    )


def _later(detail: dict[str, Any], by_s: float) -> dict[str, Any]:
    """What is drawn of our side, so many seconds later (see ``apps.rights.detail``)."""
    made = dict(detail)
    if "own" in detail:
        made["own"] = _own_later(detail["own"], by_s)
    for name in ("strips", "pieces"):
        if name in detail:
            made[name] = [_later(part, by_s) for part in detail[name]]
    if "path" in detail:
        made["path"] = [[round(own_s + by_s, 3), other_s] for own_s, other_s in detail["path"]]
    return made


def _own_later(own: dict[str, Any], by_s: float) -> dict[str, Any]:
    made = dict(own)
    for name in ("start_s", "end_s"):
        if name in own:
            made[name] = own[name] + by_s
    if "notes" in own:
        made["notes"] = [[round(note[0] + by_s, 3), *note[1:]] for note in own["notes"]]
    if "bars" in own:
        made["bars"] = [round(bar + by_s, 3) for bar in own["bars"]]
    return made
