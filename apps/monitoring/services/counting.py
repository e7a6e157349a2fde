"""Plays a day: made anew from the cues that stand, whenever one of them changes."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q

from apps.catalog.text import name_key
from apps.monitoring.models import STANDING, Cue, DayCount, LongRecording, MonitoringSource
from apps.tenancy.context import current_organisation_id

KEY_LENGTH = 200
# A cue that an edit moved may begin on the day before; a recording lasts a day at most.
AROUND = timedelta(days=2)


@dataclass(frozen=True)
class SourceDay:
    """One day of one source (None: recordings without a source)."""

    source_id: uuid.UUID | None
    day: date


def zone_of(source: MonitoringSource | None) -> ZoneInfo:
    """In whose days its plays are counted."""
    try:
        return ZoneInfo(source.time_zone) if source is not None else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def days_of(recording: LongRecording) -> set[SourceDay]:
    """The days that a recording's cues count for."""
    zone = zone_of(recording.source)
    cues = Cue.objects.filter(recording_id=recording.id)
    return {SourceDay(recording.source_id, recording.on_air_at(cue.start_s).astimezone(zone).date()) for cue in cues}


def recount(recording: LongRecording, also: Iterable[SourceDay] = ()) -> None:
    """Make the counts of a recording's days anew, and of further ones. Side effect: their rows."""
    for source_day in sorted(days_of(recording) | set(also), key=lambda s: (str(s.source_id), s.day)):
        _recount_day(source_day)


def track_key(cue: Cue) -> str:
    """What is one track in the counts: one of our own, an entry of the registry, or a name that somebody typed."""
    if cue.track_id is not None:
        return f"track:{cue.track_id}"
    if cue.entry_number is not None:
        return f"#{cue.entry_number}"
    return f"name:{name_key(f'{cue.title} {cue.artist}')}"[:KEY_LENGTH]


def _recount_day(wanted: SourceDay) -> None:
    source = MonitoringSource.objects.filter(id=wanted.source_id).first() if wanted.source_id else None
    DayCount.objects.filter(source_id=wanted.source_id, day=wanted.day).delete()
    rows: dict[str, DayCount] = {}
    for cue in _cues_of_day(wanted.source_id, wanted.day, zone_of(source)):
        key = track_key(cue)
        row = rows.setdefault(
            key,
            DayCount(
                organisation_id=current_organisation_id(),
                day=wanted.day,
                source_id=wanted.source_id,
                track_key=key,
                track_id=cue.track_id,
                title=cue.title,
                artist=cue.artist,
                label=cue.label,
                already_ours=cue.already_ours,
            ),
        )
        row.plays += 1
        row.seconds += cue.seconds
    DayCount.objects.bulk_create(rows.values())


def _cues_of_day(source_id: uuid.UUID | None, day: date, zone: ZoneInfo) -> list[Cue]:
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    on_air = Q(recording__started_at__gt=start - AROUND, recording__started_at__lt=end)
    arrived = Q(recording__started_at=None, recording__created_at__gt=start - AROUND, recording__created_at__lt=end)
    cues = Cue.objects.filter(
        on_air | arrived, recording__source_id=source_id, recording__deleted_at=None, state__in=STANDING
    ).select_related("recording")
    return [cue for cue in cues if start <= cue.recording.on_air_at(cue.start_s) < end]
