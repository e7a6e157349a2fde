"""Lines of a track's history, and the texts that are derived from a track and its credits."""

import uuid
from collections.abc import Iterable
from typing import Any

from apps.catalog.models import Artist, CreditRole, EventKind, Release, Track, TrackCredit, TrackEvent
from apps.catalog.text import name_key, search_key
from apps.tenancy.context import current_user_id

ARTIST_LINE_LENGTH = 1000
_BATCH = 500


def add_event(
    track: Track,
    kind: EventKind,
    *,
    actor_id: uuid.UUID | None = None,
    from_status: str = "",
    to_status: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> TrackEvent:
    """Append one line to a track's history. Side effect: one row."""
    return TrackEvent.objects.create(
        track_id=track.id,
        actor_id=actor_id or current_user_id(),
        kind=kind,
        from_status=from_status,
        to_status=to_status,
        reason=reason,
        data=data or {},
    )


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
    return line if len(line) <= ARTIST_LINE_LENGTH else line[: ARTIST_LINE_LENGTH - 1] + "…"
