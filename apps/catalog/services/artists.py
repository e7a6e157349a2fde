"""Writes of artists."""

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog.models import Artist, Release, TrackCredit, WorkCredit
from apps.catalog.selectors import artist_named, get_artist
from apps.catalog.services.history import (
    refresh_track_texts,
    refresh_work_texts,
    set_artist_keys,
    set_release_keys,
)
from apps.catalog.text import clean_line
from apps.core.errors import Conflict, InvalidInput

NAME_LENGTH = 300


def find_or_create_artist(name: str) -> tuple[Artist, bool]:
    """The artist of this name, made when there is none; letter case does not make two. Safe under concurrency.

    Raises:
        InvalidInput: the name is empty or too long.
    """
    name = _checked_name(name)
    known = artist_named(name)
    if known:
        return known, False
    artist = Artist(name=name)
    set_artist_keys(artist)
    try:
        with transaction.atomic():
            artist.save(force_insert=True)
    except IntegrityError:
        known = artist_named(name)
        if known is None:
            raise
        return known, False
    record(action="artist.created", subject_type="artist", subject_id=artist.id, data={"name": name})
    return artist, True


def create_artist(*, name: str) -> Artist:
    """A new artist, or the one that has this name already.

    Raises:
        InvalidInput: the name is empty or too long.
    """
    return find_or_create_artist(name)[0]


@transaction.atomic
def rename_artist(*, artist_id: uuid.UUID, name: str) -> Artist:
    """Give an artist another name. Side effects: its releases and tracks show it at once; an audit row.

    Raises:
        NotFound: there is no such artist.
        InvalidInput: the name is empty or too long.
        Conflict: another artist has this name; merge them instead.
    """
    artist = get_artist(artist_id)
    name = _checked_name(name)
    if name == artist.name:
        return artist
    other = artist_named(name)
    if other is not None and other.id != artist.id:
        message = _("There is an artist of this name already. Merge the two instead.")
        raise Conflict(message, code="artist_exists", fields={"name": message})
    before, artist.name = artist.name, name
    set_artist_keys(artist)
    artist.save(update_fields=["name", "name_key", "search_text", "updated_at"])
    _refresh_uses(artist)
    record(action="artist.renamed", subject_type="artist", subject_id=artist.id, data={"from": before, "to": name})
    return artist


@transaction.atomic
def merge_artists(*, source_id: uuid.UUID, target_id: uuid.UUID) -> Artist:
    """Move every credit and release of one artist to another, and delete the first. Merging again changes nothing.

    Raises:
        NotFound: the target does not exist.
        InvalidInput: an artist can't be merged into itself.
    """
    if source_id == target_id:
        message = _("Choose another artist: this one can't be merged into itself.")
        raise InvalidInput(message, code="same_artist", fields={"into": message})
    target = get_artist(target_id)
    source: Artist | None = Artist.objects.select_for_update(of=("self",)).filter(id=source_id).first()
    if source is None:
        return target
    taken = set(TrackCredit.objects.filter(artist_id=target_id).values_list("track_id", "role"))
    for credit in TrackCredit.objects.filter(artist_id=source_id):
        if (credit.track_id, credit.role) in taken:
            credit.delete()
            continue
        credit.artist_id = target_id
        credit.save(update_fields=["artist", "updated_at"])
    _move_work_credits(source_id, target_id)
    Release.objects.filter(artist_id=source_id).update(artist_id=target_id)
    source.delete()
    _refresh_uses(target)
    record(
        action="artist.merged",
        subject_type="artist",
        subject_id=target.id,
        data={"from": source.name, "from_id": str(source_id), "to": target.name},
    )
    return target


def _move_work_credits(source_id: uuid.UUID, target_id: uuid.UUID) -> None:
    taken = set(WorkCredit.objects.filter(artist_id=target_id).values_list("work_id", "role"))
    for credit in WorkCredit.objects.filter(artist_id=source_id):
        if (credit.work_id, credit.role) in taken:
            credit.delete()
            continue
        credit.artist_id = target_id
        credit.save(update_fields=["artist", "updated_at"])


def _refresh_uses(artist: Artist) -> None:
    refresh_work_texts(WorkCredit.objects.filter(artist_id=artist.id).values_list("work_id", flat=True))
    refresh_track_texts(TrackCredit.objects.filter(artist_id=artist.id).values_list("track_id", flat=True))
    rows = list(Release.objects.filter(artist_id=artist.id).select_related("artist"))
    for release in rows:
        set_release_keys(release)
    Release.objects.bulk_update(rows, ["title_key", "search_text"])


def _checked_name(name: str) -> str:
    name = clean_line(name)
    message = ""
    if not name:
        message = _("Give the artist a name.")
    elif len(name) > NAME_LENGTH:
        message = _("A name has at most %(maximum)d characters; this one has %(count)d.") % {
            "maximum": NAME_LENGTH,
            "count": len(name),
        }
    if message:
        raise InvalidInput(message, fields={"name": message})
    return name
