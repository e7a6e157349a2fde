"""Reads of tracks, recordings, releases and artists."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext as _

from apps.catalog.isrc import normalise_isrc
from apps.catalog.models import (
    Artist,
    AssetWaveform,
    AudioAsset,
    CreditRole,
    Release,
    Track,
    TrackCredit,
    TrackEvent,
    WorkCredit,
)
from apps.catalog.text import name_key, search_key
from apps.core.errors import NotFound


def tracks() -> QuerySet[Track]:
    """Tracks that are not deleted, newest first."""
    return (
        Track.objects.filter(deleted_at__isnull=True).select_related("release", "work").order_by("-created_at", "-id")
    )


def deleted_tracks() -> QuerySet[Track]:
    """Tracks that can still be restored, the last deleted first."""
    return Track.objects.filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")


def tracks_with_recordings() -> QuerySet[Any]:
    """Tracks with their current recording in ``track.current_assets`` (none or one)."""
    return tracks().prefetch_related(
        Prefetch("assets", AudioAsset.objects.filter(deleted_at__isnull=True), to_attr="current_assets")
    )


def tracks_in_full() -> QuerySet[Any]:
    """Tracks with their recording and, in ``track.listed_credits``, their credits in order."""
    credited = TrackCredit.objects.select_related("artist").order_by("position", "id")
    return tracks_with_recordings().prefetch_related(Prefetch("credits", credited, to_attr="listed_credits"))


def get_track(track_id: uuid.UUID, *, deleted: bool = False) -> Track:
    """One track.

    Raises:
        NotFound: there is none with this id, or it is deleted (with ``deleted``: it is not deleted).
    """
    track: Track | None = (
        Track.objects.select_related("release", "work").filter(id=track_id, deleted_at__isnull=not deleted).first()
    )
    if track is None:
        raise NotFound(_("There is no such track."))
    return track


def current_asset(track_id: uuid.UUID) -> AudioAsset | None:
    """The recording of a track, if one was uploaded."""
    return AudioAsset.objects.filter(track_id=track_id, deleted_at__isnull=True).first()


def get_asset(asset_id: uuid.UUID) -> AudioAsset:
    """One recording that is not deleted, with its track.

    Raises:
        NotFound: there is none with this id.
    """
    asset: AudioAsset | None = (
        AudioAsset.objects.select_related("track").filter(id=asset_id, deleted_at__isnull=True).first()
    )
    if asset is None:
        raise NotFound(_("There is no such recording."))
    return asset


def asset_with_content(sha256: str) -> AudioAsset | None:
    """The recording of the organisation that has exactly this content."""
    if not sha256:
        return None
    return AudioAsset.objects.select_related("track").filter(sha256=sha256, deleted_at__isnull=True).first()


def waveform_of(asset_id: uuid.UUID) -> AssetWaveform | None:
    """The outline of a recording, once a worker has computed it."""
    return AssetWaveform.objects.filter(asset_id=asset_id, asset__deleted_at__isnull=True).first()


def credits_of(track_id: uuid.UUID) -> list[TrackCredit]:
    """Who did what, in the order of the credits."""
    return list(TrackCredit.objects.filter(track_id=track_id).select_related("artist").order_by("position", "id"))


def history_of(track_id: uuid.UUID) -> QuerySet[TrackEvent]:
    """What happened to a track, newest first."""
    return TrackEvent.objects.filter(track_id=track_id).select_related("actor")


@dataclass(frozen=True)
class TrackFilter:
    """What the list of tracks can be narrowed by."""

    text: str = ""
    statuses: Sequence[str] = ()
    release_id: uuid.UUID | None = None
    artist_id: uuid.UUID | None = None
    isrc: str = ""


def with_artist_order(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Tracks with ``artist_order`` to sort by.

    Titles sort by ``search_text``, which begins with them: no letter case, no accents, and no need of a database
    collation (the embedded server has no ICU).
    """
    return queryset.annotate(artist_order=NullIf(Lower("artist_line"), Value("")))


def with_file_columns(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Tracks with ``length_s`` and ``file_name`` of their recording, for sorting and for exports of many rows."""
    current = AudioAsset.objects.filter(track_id=OuterRef("pk"), deleted_at__isnull=True)
    return queryset.annotate(
        length_s=Subquery(current.values("duration_s")[:1]), file_name=Subquery(current.values("filename")[:1])
    )


def filter_tracks(queryset: QuerySet[Any], wanted: TrackFilter) -> QuerySet[Any]:
    """Narrow tracks; every word of the text must occur in title, version, artists, release or ISRC."""
    queryset = matching(queryset, wanted.text)
    if wanted.statuses:
        queryset = queryset.filter(status__in=wanted.statuses)
    if wanted.isrc:
        queryset = queryset.filter(isrc=normalise_isrc(wanted.isrc))
    if wanted.release_id:
        queryset = queryset.filter(release_id=wanted.release_id)
    if wanted.artist_id:
        credited = TrackCredit.objects.filter(artist_id=wanted.artist_id).values("track_id")
        queryset = queryset.filter(id__in=credited)
    return queryset


def matching(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Rows whose search text holds every word, whatever its case, accents or script."""
    for word in search_key(text).split():
        queryset = queryset.filter(search_text__contains=word)
    return queryset


def releases() -> QuerySet[Any]:
    """Releases with ``track_count``, newest first."""
    living = Count("tracks", filter=Q(tracks__deleted_at__isnull=True))
    return Release.objects.select_related("artist").annotate(track_count=living).order_by("-created_at", "-id")


def release_choices(limit: int) -> list[Release]:
    """The newest releases, to choose from."""
    return list(Release.objects.select_related("artist").order_by("-created_at", "-id")[:limit])


def artist_choices(limit: int) -> list[Artist]:
    """Artists by name, to choose from."""
    return list(Artist.objects.order_by("search_text", "id")[:limit])


def get_release(release_id: uuid.UUID) -> Release:
    """One release.

    Raises:
        NotFound: there is none with this id.
    """
    release: Release | None = releases().filter(id=release_id).first()
    if release is None:
        raise NotFound(_("There is no such release."))
    return release


def tracks_of_release(release_id: uuid.UUID) -> QuerySet[Any]:
    """Tracks in the order of the release."""
    return tracks_with_recordings().filter(release_id=release_id).order_by("track_number", "created_at", "id")


def artists() -> QuerySet[Any]:
    """Artists with ``track_count`` and ``work_count``, by name."""
    living = Q(credits__track__deleted_at__isnull=True)
    works = WorkCredit.objects.filter(artist_id=OuterRef("pk"), work__deleted_at__isnull=True).order_by()
    counted = works.values("artist_id").annotate(count=Count("work_id", distinct=True)).values("count")
    return Artist.objects.annotate(
        track_count=Count("credits__track", filter=living, distinct=True),
        work_count=Coalesce(Subquery(counted), 0),
    ).order_by("search_text", "id")


def get_artist(artist_id: uuid.UUID) -> Artist:
    """One artist.

    Raises:
        NotFound: there is none with this id.
    """
    artist: Artist | None = artists().filter(id=artist_id).first()
    if artist is None:
        raise NotFound(_("There is no such artist."))
    return artist


def artist_named(name: str) -> Artist | None:
    """The artist of this name, letter case aside."""
    return Artist.objects.filter(name_key=name_key(name)).first()


def main_artists(track_id: uuid.UUID) -> list[Artist]:
    """The main artists of a track in order."""
    return [credit.artist for credit in credits_of(track_id) if credit.role == CreditRole.MAIN]
