"""Writes of tracks: status, details, credits, deletion and its undoing."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record
from apps.catalog.isrc import format_isrc, normalise_isrc
from apps.catalog.models import (
    TITLE_LENGTH,
    AudioAsset,
    CreditRole,
    EventKind,
    Release,
    Track,
    TrackCredit,
    TrackStatus,
)
from apps.catalog.selectors import credits_of, get_release, get_track, get_work, main_artists, works_named
from apps.catalog.services.artists import find_or_create_artist
from apps.catalog.services.history import add_event, set_track_texts
from apps.catalog.services.releases import find_or_create_release
from apps.catalog.text import clean_line
from apps.catalog.transitions import OPEN_STATUSES, may_become
from apps.core.errors import Conflict, DomainError, InvalidInput

VERSION_LENGTH = 200
NOTES_LENGTH = 10_000
MAX_TRACK_NUMBER = 999
MAX_CREDITS = 100

_LINE_LENGTHS = {
    "title": TITLE_LENGTH,
    "version": VERSION_LENGTH,
    "public_title": TITLE_LENGTH,
    "public_artist": TITLE_LENGTH,
}
TRACK_FIELDS = frozenset(
    {*_LINE_LENGTHS, "isrc", "notes", "track_number", "release", "release_title", "work", "work_named"}
)


@dataclass(frozen=True)
class CreditInput:
    """One credit as a person enters it: an artist by name."""

    name: str
    role: str = CreditRole.MAIN


@transaction.atomic
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
    track_id = track.id if isinstance(track, Track) else track
    locked = lock_track(track_id)
    wanted, before = TrackStatus(to), locked.status
    if before != wanted:
        if not may_become(before, wanted):
            message = _("A track that is “%(current)s” can't become “%(wanted)s”.") % {
                "current": locked.get_status_display(),
                "wanted": wanted.label,
            }
            raise Conflict(message, code="transition_not_allowed")
        locked.status = wanted
        locked.save(update_fields=["status", "updated_at"])
        add_event(
            locked,
            EventKind.STATUS,
            actor_id=actor.pk if actor else None,
            from_status=before,
            to_status=wanted,
            reason=reason,
            data=data,
        )
        record(
            action="track.status",
            subject_type="track",
            subject_id=locked.id,
            data={"from": before, "to": wanted.value, "reason": reason},
        )
    if isinstance(track, Track):
        track.status = locked.status
    return locked


@transaction.atomic
def create_track(*, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None) -> Track:
    """A draft without a recording yet. Arguments and errors as ``update_track``.

    Side effects: the track, artists and the release when they are new, history, audit.
    """
    track = new_draft(clean_line(str(changes.get("title") or ""))[:TITLE_LENGTH])
    return update_track(track_id=track.id, changes={"title": "", **changes}, credited=credited)


def new_draft(title: str) -> Track:
    """A draft with a title that nobody has typed. Side effects: its row, history, audit."""
    track = Track(title=title)
    set_track_texts(track, [])
    track.save(force_insert=True)
    add_event(track, EventKind.CREATED, to_status=TrackStatus.DRAFT)
    record(action="track.created", subject_type="track", subject_id=track.id, data={"title": track.title})
    return track


@transaction.atomic
def update_track(
    *,
    track_id: uuid.UUID,
    changes: Mapping[str, Any],
    credited: Sequence[CreditInput] | None = None,
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
    track = lock_track(track_id)
    before = _values(track)
    known_credits = credits_of(track.id)
    errors = _apply(track, changes)
    wanted = _checked_credits(credited, errors) if credited is not None else None
    if errors:
        raise InvalidInput(next(iter(errors.values())), fields=errors)
    after = _values(track)
    touched = {name for name in after if after[name] != before[name]}
    if wanted is not None and _set_credits(track, known_credits, wanted):
        touched.add("credits")
    if not touched:
        return track
    track.typed_fields = sorted({*track.typed_fields, *touched})
    set_track_texts(track, credits_of(track.id))
    save_track(track)
    data = {name: {"from": before.get(name), "to": after.get(name)} for name in sorted(touched - {"credits"})}
    if "credits" in touched:
        data["credits"] = {"from": _lines(known_credits), "to": _lines(credits_of(track.id))}
    add_event(track, EventKind.EDITED, data=data)
    record(action="track.updated", subject_type="track", subject_id=track.id, data=data)
    return track


@transaction.atomic
def assign_release(*, track_ids: Iterable[uuid.UUID], release_id: uuid.UUID | None) -> int:
    """Put several tracks on one release, or take them off theirs. Answers how many changed."""
    changed = 0
    for track_id in sorted(set(track_ids)):
        before = get_track(track_id).release_id
        changed += update_track(track_id=track_id, changes={"release": release_id}).release_id != before
    return changed


@transaction.atomic
def delete_track(*, track_id: uuid.UUID) -> Track:
    """Hide a track and its recording until it is restored or, after a while, purged. Deleting again changes nothing.

    Side effects: a line of history, an audit row. The recording's content may be uploaded anew meanwhile.

    Raises:
        NotFound: there never was such a track.
        Conflict: it is being checked, or the registry knows it; withdraw it first.
    """
    if Track.objects.filter(id=track_id, deleted_at__isnull=False).exists():
        return get_track(track_id, deleted=True)
    track = lock_track(track_id)
    if track.status not in OPEN_STATUSES:
        message = (
            _("A check of this track is running. Cancel it first.")
            if track.status == TrackStatus.CHECKING
            else _("The registry knows this track. Withdraw it first.")
        )
        raise Conflict(message, code="track_in_registry")
    now = timezone.now()
    track.deleted_at = now
    track.save(update_fields=["deleted_at", "updated_at"])
    AudioAsset.objects.filter(track_id=track.id, deleted_at__isnull=True).update(deleted_at=now)
    add_event(track, EventKind.DELETED)
    record(action="track.deleted", subject_type="track", subject_id=track.id, data={"title": track.title})
    return track


@transaction.atomic
def restore_track(*, track_id: uuid.UUID) -> Track:
    """Undo a deletion. A track that is not deleted stays as it is.

    Raises:
        NotFound: it was purged.
        Conflict: another track took over its ISRC or its recording meanwhile.
    """
    if not Track.objects.filter(id=track_id, deleted_at__isnull=False).exists():
        return get_track(track_id)
    track: Track = Track.objects.select_for_update(of=("self",)).get(id=track_id)
    deleted_at, track.deleted_at = track.deleted_at, None
    try:
        with transaction.atomic():
            track.save(update_fields=["deleted_at", "updated_at"])
            AudioAsset.objects.filter(track_id=track.id, deleted_at=deleted_at).update(deleted_at=None)
    except IntegrityError as error:
        message = _("Another track has its ISRC or its recording by now, so this one can't come back.")
        raise Conflict(message, code="restore_conflict") from error
    add_event(track, EventKind.RESTORED)
    record(action="track.restored", subject_type="track", subject_id=track.id, data={"title": track.title})
    return track


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
    try:
        with transaction.atomic():
            track.save()
    except IntegrityError as error:
        if "catalog_track_isrc_once" not in str(error):
            raise
        raise _isrc_taken(track) from error


def other_track_with(isrc: str, *, than: uuid.UUID) -> Track | None:
    """Another track of the organisation that has this ISRC."""
    return Track.objects.filter(isrc=isrc, deleted_at__isnull=True).exclude(id=than).first() if isrc else None


def too_long(maximum: int, count: int) -> str:
    return _("At most %(maximum)d characters fit here; this has %(count)d.") % {"maximum": maximum, "count": count}


def _apply(track: Track, changes: Mapping[str, Any]) -> dict[str, str]:
    """Set the changed fields; answers what is wrong by field."""
    unknown = set(changes) - TRACK_FIELDS
    if unknown:
        raise TypeError(f"A track has no {sorted(unknown)}")
    errors: dict[str, str] = {}
    for name, maximum in _LINE_LENGTHS.items():
        if name in changes:
            text = clean_line(str(changes[name] or ""))
            if len(text) > maximum:
                errors[name] = too_long(maximum, len(text))
            setattr(track, name, text)
    if not track.title:
        errors["title"] = _("Give the track a title.")
    if "notes" in changes:
        track.notes = str(changes["notes"] or "").replace("\x00", "")
        if len(track.notes) > NOTES_LENGTH:
            errors["notes"] = too_long(NOTES_LENGTH, len(track.notes))
    if "track_number" in changes:
        track.track_number = changes["track_number"]
        if track.track_number is not None and not 1 <= track.track_number <= MAX_TRACK_NUMBER:
            errors["track_number"] = _("A track number lies between 1 and %(maximum)d.") % {"maximum": MAX_TRACK_NUMBER}
    _apply_isrc(track, changes, errors)
    _apply_work(track, changes, errors)
    if not errors:
        _apply_release(track, changes, errors)
    return errors


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


def _checked_credits(credited: Sequence[CreditInput], errors: dict[str, str]) -> list[CreditInput]:
    checked: list[CreditInput] = []
    for credit in credited:
        name = clean_line(credit.name)
        if not name:
            continue
        if len(name) > 300:
            errors["credits"] = too_long(300, len(name))
        elif credit.role not in CreditRole.values:
            errors["credits"] = _("“%(role)s” is no role of a credit.") % {"role": credit.role}
        checked.append(CreditInput(name, credit.role))
    if len(checked) > MAX_CREDITS:
        errors["credits"] = _("A track has at most %(maximum)d credits.") % {"maximum": MAX_CREDITS}
    return checked


def _set_credits(track: Track, known: Sequence[TrackCredit], wanted: Sequence[CreditInput]) -> bool:
    """Make the credits of a track what is wanted; answers whether anything changed."""
    pairs = dict.fromkeys((find_or_create_artist(credit.name)[0].id, credit.role) for credit in wanted)
    if [(credit.artist_id, credit.role) for credit in known] == list(pairs):
        return False
    TrackCredit.objects.filter(track_id=track.id).delete()
    for position, (artist_id, role) in enumerate(pairs):
        TrackCredit.objects.create(track_id=track.id, artist_id=artist_id, role=role, position=position)
    return True


def _lines(credited: Iterable[TrackCredit]) -> list[str]:
    return [f"{credit.artist.name} ({credit.role})" for credit in credited]


def _values(track: Track) -> dict[str, Any]:
    names = [*_LINE_LENGTHS, "isrc", "notes", "track_number"]
    values: dict[str, Any] = {name: getattr(track, name) for name in names}
    values["release"] = track.release.title if track.release else ""
    values["work"] = track.work.title if track.work else ""
    return values


def _isrc_taken(track: Track) -> Conflict:
    other = other_track_with(track.isrc, than=track.id)
    message = _("%(isrc)s belongs to another track of yours, “%(title)s”. One recording has one ISRC.") % {
        "isrc": format_isrc(track.isrc),
        "title": other.full_title if other else "–",
    }
    return Conflict(message, code="isrc_taken", fields={"isrc": message})
