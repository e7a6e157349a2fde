"""Writes of releases."""

import datetime
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog.models import TITLE_LENGTH, Artist, Release, Track
from apps.catalog.selectors import get_release
from apps.catalog.services.artists import find_or_create_artist
from apps.catalog.services.history import refresh_track_texts, set_release_keys
from apps.catalog.text import clean_line, name_key
from apps.catalog.upc import normalise_upc
from apps.core.errors import Conflict, InvalidInput
from apps.tenancy.context import current_organisation_id


@dataclass(frozen=True)
class ReleaseDetails:
    """What a person says of a release; the artist by name, empty for none."""

    title: str
    artist: str = ""
    upc: str = ""
    release_date: datetime.date | None = None


def create_release(*, details: ReleaseDetails) -> Release:
    """A new release. Side effects: its artist when it is new, an audit row.

    Raises:
        InvalidInput: no title, or one that is too long; a malformed UPC.
        Conflict: another release has this UPC.
    """
    release = Release()
    _apply(release, details)
    _save(release, insert=True)
    record(action="release.created", subject_type="release", subject_id=release.id, data={"title": release.title})
    return release


@transaction.atomic
def update_release(*, release_id: uuid.UUID, details: ReleaseDetails) -> Release:
    """Change a release. Side effects: search texts of its tracks, an audit row when something changed.

    Raises:
        NotFound: there is no such release.
        InvalidInput, Conflict: as ``create_release``.
    """
    release = get_release(release_id)
    before = _values(release)
    _apply(release, details)
    if _values(release) == before:
        return release
    _save(release, insert=False)
    refresh_track_texts(Track.objects.filter(release_id=release.id).values_list("id", flat=True))
    record(
        action="release.updated",
        subject_type="release",
        subject_id=release.id,
        data={"from": before, "to": _values(release)},
    )
    return release


@transaction.atomic
def delete_release(*, release_id: uuid.UUID) -> None:
    """Delete a release; its tracks stay, without a release.

    Raises:
        NotFound: there is no such release.
    """
    release = get_release(release_id)
    track_ids = list(Track.objects.filter(release_id=release.id).values_list("id", flat=True))
    Track.objects.filter(release_id=release.id).update(release_id=None)
    release.delete()
    refresh_track_texts(track_ids)
    record(action="release.deleted", subject_type="release", subject_id=release_id, data={"title": release.title})


def find_or_create_release(
    *,
    title: str,
    artist: Artist | None = None,
    release_date: datetime.date | None = None,
    by_anyone: bool = False,
) -> Release:
    """The release of this title and artist, made when there is none. Safe under concurrency.

    ``by_anyone`` takes the oldest release of this title, whoever made it: a person has typed the title alone.
    """
    title = clean_line(title)[:TITLE_LENGTH]
    with connection.cursor() as cursor:
        # Two tracks of one album are analysed at the same time: they must find one release.
        lock = f"catalog.release:{current_organisation_id()}:{name_key(title)}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
    same_title = Release.objects.filter(title_key=name_key(title)).select_related("artist").order_by("created_at", "id")
    if not by_anyone:
        same_title = same_title.filter(artist_id=artist.id if artist else None)
    known: Release | None = same_title.first()
    if known:
        return known
    details = ReleaseDetails(title=title, artist=artist.name if artist else "", release_date=release_date)
    return create_release(details=details)


def _apply(release: Release, details: ReleaseDetails) -> None:
    errors: dict[str, str] = {}
    release.title = clean_line(details.title)
    if not release.title:
        errors["title"] = _("Give the release a title.")
    elif len(release.title) > TITLE_LENGTH:
        errors["title"] = _("A title has at most %(maximum)d characters; this one has %(count)d.") % {
            "maximum": TITLE_LENGTH,
            "count": len(release.title),
        }
    try:
        release.upc = normalise_upc(details.upc)
    except InvalidInput as error:
        errors["upc"] = str(error.message)
    if errors:
        raise InvalidInput(next(iter(errors.values())), fields=errors)
    release.release_date = details.release_date
    release.artist = find_or_create_artist(details.artist)[0] if clean_line(details.artist) else None
    set_release_keys(release)


def _save(release: Release, *, insert: bool) -> None:
    try:
        with transaction.atomic():
            release.save(force_insert=insert)
    except IntegrityError as error:
        if "catalog_release_upc_once" not in str(error):
            raise
        message = _("Another release of yours has this UPC.")
        raise Conflict(message, code="upc_taken", fields={"upc": message}) from error


def _values(release: Release) -> dict[str, str]:
    return {
        "title": release.title,
        "artist": release.artist.name if release.artist else "",
        "upc": release.upc,
        "release_date": str(release.release_date or ""),
    }
