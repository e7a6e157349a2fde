"""Writes of tracks: status, details, credits, deletion and its undoing."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.catalog.isrc import format_isrc, normalise_isrc
from apps.catalog.models import TITLE_LENGTH, AudioAsset, CreditRole, Release, Track, TrackCredit
from apps.catalog.selectors import credits_of, get_release, get_track, get_work, main_artists, works_named
from apps.catalog.services.history import set_track_texts
from apps.catalog.services.releases import find_or_create_release
from apps.catalog.services.subjects import CreditInput, Subjects, Words, too_long
from apps.catalog.text import clean_line
from apps.core.errors import Conflict, DomainError, InvalidInput

VERSION_LENGTH = 200
MAX_TRACK_NUMBER = 999

_LINE_LENGTHS = {
    "title": TITLE_LENGTH,
    "version": VERSION_LENGTH,
    "public_title": TITLE_LENGTH,
    "public_artist": TITLE_LENGTH,
}
TRACK_FIELDS = frozenset(
    {*_LINE_LENGTHS, "isrc", "notes", "track_number", "release", "release_title", "work", "work_named"}
)


class Tracks(Subjects[Track]):
    """The tracks of the bound organisation."""

    name = "track"
    model, credit_model, file_model = Track, TrackCredit, AudioAsset
    roles = CreditRole.values
    lines = _LINE_LENGTHS
    code, code_once = "isrc", "catalog_track_isrc_once"
    words = Words(
        cannot_become=gettext_lazy("A track that is “%(current)s” can't become “%(wanted)s”."),
        checking=gettext_lazy("A check of this track is running. Cancel it first."),
        registered=gettext_lazy("The registry knows this track. Withdraw it first."),
        cannot_come_back=gettext_lazy(
            "Another track has its ISRC or its recording by now, so this one can't come back."
        ),
        title_needed=gettext_lazy("Give the track a title."),
        no_role=gettext_lazy("“%(role)s” is no role of a credit."),
        too_many_credits=gettext_lazy("A track has at most %(maximum)d credits."),
    )

    def get(self, subject_id: uuid.UUID, *, deleted: bool = False) -> Track:
        return get_track(subject_id, deleted=deleted)

    def lock(self, subject_id: uuid.UUID) -> Track:
        return lock_track(subject_id)

    def credits_of(self, subject_id: uuid.UUID) -> list[TrackCredit]:
        return credits_of(subject_id)

    def set_texts(self, subject: Track, credited: Sequence[TrackCredit]) -> None:
        set_track_texts(subject, credited)

    def values(self, subject: Track) -> dict[str, Any]:
        return {
            **super().values(subject),
            "track_number": subject.track_number,
            "release": subject.release.title if subject.release else "",
            "work": subject.work.title if subject.work else "",
        }

    def apply_more(self, subject: Track, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
        unknown = set(changes) - TRACK_FIELDS
        if unknown:
            raise TypeError(f"A track has no {sorted(unknown)}")
        if "track_number" in changes:
            number = subject.track_number = changes["track_number"]
            if number is not None and not 1 <= number <= MAX_TRACK_NUMBER:
                most = {"maximum": MAX_TRACK_NUMBER}
                errors["track_number"] = _("A track number lies between 1 and %(maximum)d.") % most
        _apply_isrc(subject, changes, errors)
        _apply_work(subject, changes, errors)
        if not errors:
            _apply_release(subject, changes, errors)

    def code_taken(self, subject: Track) -> Conflict:
        return _isrc_taken(subject)


TRACKS = Tracks()


def transition_track(
    *,
    track: Track | uuid.UUID,
    to: str,
    reason: str = "",
    actor: User | None = None,
    data: dict[str, Any] | None = None,
) -> Track:
    """Change a track's status; the only way to do so. A track that has it already stays as it is.

    Locks the track's row. Side effects: a line of history, an audit row. The object handed in shows the new status.

    Raises:
        NotFound: there is no such track.
        Conflict: the status can't be reached from the present one.
    """
    return TRACKS.transition(track, to, reason=reason, actor=actor, data=data)


@transaction.atomic
def create_track(*, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None) -> Track:
    """A draft without a recording yet. Arguments and errors as ``update_track``.

    Side effects: the track, artists and the release when they are new, history, audit.
    """
    track = new_draft(clean_line(str(changes.get("title") or ""))[:TITLE_LENGTH])
    return update_track(track_id=track.id, changes={"title": "", **changes}, credited=credited)


def new_draft(title: str) -> Track:
    """A draft with a title that nobody has typed. Side effects: its row, history, audit."""
    return TRACKS.new(title)


def update_track(
    *, track_id: uuid.UUID, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None
) -> Track:
    """Change what a track says; what a person has typed is never overwritten by tags later.

    Args:
        changes: any of ``TRACK_FIELDS``; ``release`` is an id or None, ``release_title`` finds or makes a release;
            ``work`` is an id or None, ``work_named`` the title or ISWC of a work that is there already.
        credited: all credits in order, or None to leave them.

    Side effects: artists and the release when they are new, a line of history and an audit row when something changed.

    Raises:
        NotFound: there is no such track.
        InvalidInput: with every wrong field in ``fields``.
        Conflict: another track has this ISRC.
    """
    return TRACKS.update(track_id, changes, credited)


@transaction.atomic
def assign_release(*, track_ids: Iterable[uuid.UUID], release_id: uuid.UUID | None) -> int:
    """Put several tracks on one release, or take them off theirs. Answers how many changed."""
    changed = 0
    for track_id in sorted(set(track_ids)):
        before = get_track(track_id).release_id
        changed += update_track(track_id=track_id, changes={"release": release_id}).release_id != before
    return changed


def delete_track(*, track_id: uuid.UUID) -> Track:
    """Hide a track and its recording until it is restored or, after a while, purged. Deleting again changes nothing.

    Side effects: a line of history, an audit row. The recording's content may be uploaded anew meanwhile.

    Raises:
        NotFound: there never was such a track.
        Conflict: it is being checked, or the registry knows it; withdraw it first.
    """
    return TRACKS.delete(track_id)


def restore_track(*, track_id: uuid.UUID) -> Track:
    """Undo a deletion. A track that is not deleted stays as it is.

    Raises:
        NotFound: it was purged.
        Conflict: another track took over its ISRC or its recording meanwhile.
    """
    return TRACKS.restore(track_id)


def lock_track(track_id: uuid.UUID) -> Track:
    """One track, locked until the transaction ends.

    Raises:
        NotFound: there is no such track.
    """
    get_track(track_id)
    locked: Track = Track.objects.select_for_update(of=("self",)).select_related("release", "work").get(id=track_id)
    return locked


def save_track(track: Track) -> None:
    """Save a track.

    Raises:
        Conflict: another track has its ISRC.
    """
    TRACKS.save(track)


def other_track_with(isrc: str, *, than: uuid.UUID) -> Track | None:
    """Another track of the organisation that has this ISRC."""
    return Track.objects.filter(isrc=isrc, deleted_at__isnull=True).exclude(id=than).first() if isrc else None


def _apply_isrc(track: Track, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
    if "isrc" not in changes:
        return
    try:
        track.isrc = normalise_isrc(str(changes["isrc"] or ""))
    except InvalidInput as error:
        errors["isrc"] = str(error.message)
        return
    if other_track_with(track.isrc, than=track.id):
        errors["isrc"] = str(_isrc_taken(track).message)


def _apply_release(track: Track, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
    if "release" in changes:
        chosen = changes["release"]
        release_id = chosen.id if isinstance(chosen, Release) else chosen
        try:
            track.release = get_release(release_id) if release_id else None
        except DomainError as error:
            errors["release"] = str(error.message)
    if "release_title" in changes:
        title = clean_line(str(changes["release_title"] or ""))
        if len(title) > TITLE_LENGTH:
            errors["release_title"] = too_long(TITLE_LENGTH, len(title))
        elif not track.release or track.release.title != title:
            artist = next(iter(main_artists(track.id)), None)
            track.release = find_or_create_release(title=title, artist=artist, by_anyone=True) if title else None


def _apply_work(track: Track, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
    if "work" in changes:
        try:
            track.work = get_work(changes["work"]) if changes["work"] else None
        except DomainError as error:
            errors["work"] = str(error.message)
    if "work_named" not in changes:
        return
    name = clean_line(str(changes["work_named"] or ""))
    if track.work and name == track.work.title:
        return
    found = works_named(name) if name else []
    if len(found) > 1:
        errors["work_named"] = _("Several works have this title. Give the ISWC of the right one.")
    elif name and not found:
        errors["work_named"] = _("No work of yours has this title or ISWC. Add the work first.")
    else:
        track.work = found[0] if found else None


def _isrc_taken(track: Track) -> Conflict:
    other = other_track_with(track.isrc, than=track.id)
    message = _("%(isrc)s belongs to another track of yours, “%(title)s”. One recording has one ISRC.") % {
        "isrc": format_isrc(track.isrc),
        "title": other.full_title if other else "–",
    }
    return Conflict(message, code="isrc_taken", fields={"isrc": message})
