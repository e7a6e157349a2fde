"""How often what was heard, over time and by source."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import Count, Max, QuerySet, Sum

from apps.monitoring.models import DayCount

Step = Literal["day", "week", "month"]
MOST_STEPS = 400


@dataclass(frozen=True)
class PlayFilters:
    """Which counts: days from ``since`` to ``until`` (both included), of one source, of one track, only our own."""

    since: date
    until: date
    source_id: uuid.UUID | None = None
    track_key: str = ""
    ours: bool = False


@dataclass(frozen=True)
class TrackPlays:
    """One track over the whole time."""

    track_key: str
    title: str
    artist: str
    label: str
    already_ours: bool
    track_id: uuid.UUID | None
    plays: int
    seconds: float
    sources: int
    last_day: date


@dataclass(frozen=True)
class Series:
    """Plays in each step of time: ``starts[i]`` is the first day of step i."""

    step: Step
    starts: Sequence[date]
    plays: Sequence[int]
    seconds: Sequence[float]


def play_counts(filters: PlayFilters) -> QuerySet[DayCount]:
    """Day counts that fit."""
    found = DayCount.objects.filter(day__gte=filters.since, day__lte=filters.until)
    if filters.source_id:
        found = found.filter(source_id=filters.source_id)
    if filters.track_key:
        found = found.filter(track_key=filters.track_key)
    return found.filter(already_ours=True) if filters.ours else found


def plays_by_track(filters: PlayFilters) -> list[TrackPlays]:
    """Tracks, the most played first."""
    rows = (
        play_counts(filters)
        .values("track_key")
        .annotate(
            total=Sum("plays"),
            length=Sum("seconds"),
            places=Count("source_id", distinct=True),
            last=Max("day"),
            newest=Max("title"),
            by=Max("artist"),
            owner=Max("label"),
        )
        .order_by("-total", "-length", "track_key")
    )
    own = {
        row["track_key"]: row["track_id"]
        for row in play_counts(filters).filter(already_ours=True).values("track_key", "track_id").distinct()
    }
    return [_track_plays(row, own) for row in rows]


def plays_by_source(filters: PlayFilters) -> list[dict[str, Any]]:
    """For each source: ``source_id``, ``name``, ``plays``, ``seconds``, ``tracks``."""
    rows = (
        play_counts(filters)
        .order_by()
        .values("source_id", "source__name")
        .annotate(total=Sum("plays"), length=Sum("seconds"), tracks=Count("track_key", distinct=True))
        .order_by("-total")
    )
    return [
        {
            "source_id": row["source_id"],
            "name": row["source__name"] or "",
            "plays": row["total"],
            "seconds": row["length"],
            "tracks": row["tracks"],
        }
        for row in rows
    ]


def series(filters: PlayFilters, step: Step) -> Series:
    """Plays by day, week (from Monday) or month; steps without plays are zero."""
    plays: dict[date, int] = {}
    seconds: dict[date, float] = {}
    rows = play_counts(filters).order_by().values("day").annotate(total=Sum("plays"), length=Sum("seconds"))
    for row in rows:
        start = step_start(row["day"], step)
        plays[start] = plays.get(start, 0) + row["total"]
        seconds[start] = seconds.get(start, 0.0) + row["length"]
    starts = _steps(filters.since, filters.until, step)
    return Series(step, starts, [plays.get(s, 0) for s in starts], [seconds.get(s, 0.0) for s in starts])


def step_start(day: date, step: Step) -> date:
    """The first day of the step that a day lies in."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _steps(since: date, until: date, step: Step) -> list[date]:
    starts: list[date] = []
    at = step_start(since, step)
    while at <= until and len(starts) < MOST_STEPS:
        starts.append(at)
        if step == "month":
            at = (at + timedelta(days=32)).replace(day=1)
        else:
            at += timedelta(days=7 if step == "week" else 1)
    return starts


def _track_plays(row: Mapping[str, Any], own: Mapping[str, uuid.UUID | None]) -> TrackPlays:
    key = row["track_key"]
    return TrackPlays(
        track_key=key,
        title=row["newest"],
        artist=row["by"],
        label=row["owner"],
        already_ours=key in own,
        track_id=own.get(key),
        plays=row["total"],
        seconds=row["length"],
        sources=row["places"],
        last_day=row["last"],
    )
