"""Lines of the history of tracks and works, and the texts that are derived from them and their credits."""

import uuid
from collections.abc import Iterable
from typing import Any

from apps.catalog.models import (
    Artist,
    CreditRole,
    EventKind,
    Release,
    Track,
    TrackCredit,
    TrackEvent,
    Work,
    WorkCredit,
    WorkEvent,
    WorkEventKind,
    WorkRole,
)
from apps.catalog.text import name_key, search_key
from apps.tenancy.context import current_user_id

ARTIST_LINE_LENGTH = 1000
_BATCH = 500


def add_event(
    subject: Track | Work,
    kind: EventKind | WorkEventKind,
    *,
    actor_id: uuid.UUID | None = None,
    from_status: str = "",
    to_status: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Append one line to the history of a track or a work; both know the same kinds. Side effect: one row."""
    line: dict[str, Any] = {
        "actor_id": actor_id or current_user_id(),
        "kind": kind.value,
        "from_status": from_status,
        "to_status": to_status,
        "reason": reason,
        "data": data or {},
    }
    if isinstance(subject, Track):
        TrackEvent.objects.create(track_id=subject.id, **line)
    else:
        WorkEvent.objects.create(work_id=subject.id, **line)


def set_artist_keys(artist: Artist) -> None:
    """Fill what is derived from an artist's name; the caller saves."""
    artist.name_key = name_key(artist.name)
    artist.search_text = search_key(artist.name)


def set_release_keys(release: Release) -> None:
    """Fill what is derived from a release; the caller saves."""
    release.title_key = name_key(release.title)
    artist = release.artist.name if release.artist_id and release.artist else ""
    release.search_text = search_key(f"{release.title} {artist} {release.upc}")


def refresh_track_texts(track_ids: Iterable[uuid.UUID]) -> None:
    """Recompute the artist line and the search text of tracks. Side effect: their rows."""
    wanted = list(dict.fromkeys(track_ids))
    for start in range(0, len(wanted), _BATCH):
        _refresh(wanted[start : start + _BATCH])


def _refresh(track_ids: list[uuid.UUID]) -> None:
    credited: dict[uuid.UUID, list[TrackCredit]] = {}
    for credit in (
        TrackCredit.objects.filter(track_id__in=track_ids).select_related("artist").order_by("position", "id")
    ):
        credited.setdefault(credit.track_id, []).append(credit)
    rows = list(Track.objects.filter(id__in=track_ids).select_related("release"))
    for track in rows:
        set_track_texts(track, credited.get(track.id, []))
    Track.objects.bulk_update(rows, ["artist_line", "search_text"])


def set_track_texts(track: Track, credited: Iterable[TrackCredit]) -> None:
    """Fill what is derived from a track and its credits; the caller saves."""
    listed = list(credited)
    track.artist_line = artist_line(listed)
    release = track.release.title if track.release_id and track.release else ""
    names = " ".join(dict.fromkeys(credit.artist.name for credit in listed))
    track.search_text = search_key(f"{track.title} {track.version} {track.public_title} {names} {release} {track.isrc}")


def artist_line(credited: Iterable[TrackCredit]) -> str:
    """Main artists, then the featured ones: ``Anna, Ben feat. Cy``."""
    listed = list(credited)
    main = ", ".join(credit.artist.name for credit in listed if credit.role == CreditRole.MAIN)
    featured = ", ".join(credit.artist.name for credit in listed if credit.role == CreditRole.FEATURED)
    line = f"{main} feat. {featured}" if main and featured else main or featured
    return _cut(line)


def refresh_work_texts(work_ids: Iterable[uuid.UUID]) -> None:
    """Recompute the composer line and the search text of works. Side effect: their rows."""
    wanted = list(dict.fromkeys(work_ids))
    for start in range(0, len(wanted), _BATCH):
        _refresh_works(wanted[start : start + _BATCH])


def _refresh_works(work_ids: list[uuid.UUID]) -> None:
    credited: dict[uuid.UUID, list[WorkCredit]] = {}
    for credit in WorkCredit.objects.filter(work_id__in=work_ids).select_related("artist").order_by("position", "id"):
        credited.setdefault(credit.work_id, []).append(credit)
    rows = list(Work.objects.filter(id__in=work_ids))
    for work in rows:
        set_work_texts(work, credited.get(work.id, []))
    Work.objects.bulk_update(rows, ["composer_line", "search_text"])


def set_work_texts(work: Work, credited: Iterable[WorkCredit]) -> None:
    """Fill what is derived from a work and its credits; the caller saves."""
    listed = list(credited)
    work.composer_line = composer_line(listed)
    names = " ".join(dict.fromkeys(credit.artist.name for credit in listed))
    work.search_text = search_key(f"{work.title} {work.subtitle} {work.public_title} {names} {work.iswc}")


def composer_line(credited: Iterable[WorkCredit]) -> str:
    """The composers, or whoever is credited where no composer is: ``Anna, Ben``."""
    listed = list(credited)
    composers = [credit.artist.name for credit in listed if credit.role == WorkRole.COMPOSER]
    line = ", ".join(dict.fromkeys(composers or [credit.artist.name for credit in listed]))
    return _cut(line)


def _cut(line: str) -> str:
    return line if len(line) <= ARTIST_LINE_LENGTH else line[: ARTIST_LINE_LENGTH - 1] + "…"
