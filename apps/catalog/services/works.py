"""Writes of works: status, details, credits, deletion and its undoing."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record
from apps.catalog.iswc import format_iswc, normalise_iswc
from apps.catalog.models import TITLE_LENGTH, ScoreFile, TrackStatus, Work, WorkCredit, WorkEventKind, WorkRole
from apps.catalog.selectors import get_work, work_credits_of
from apps.catalog.services.artists import NAME_LENGTH, find_or_create_artist
from apps.catalog.services.history import add_work_event, set_work_texts
from apps.catalog.services.tracks import MAX_CREDITS, NOTES_LENGTH, CreditInput, too_long
from apps.catalog.text import clean_line
from apps.catalog.transitions import OPEN_STATUSES, may_become
from apps.core.errors import Conflict, InvalidInput

_LINES = ("title", "subtitle", "public_title", "public_composer")
WORK_FIELDS = frozenset({*_LINES, "iswc", "notes"})


@transaction.atomic
def transition_work(
    *,
    work: Work | uuid.UUID,
    to: str,
    reason: str = "",
    actor: User | None = None,
    data: dict[str, Any] | None = None,
) -> Work:
    """Change a work's status; the only way to do so. A work that has it already stays as it is.

    Locks the work's row. Side effects: a line of history, an audit row. The object handed in shows the new status.

    Raises:
        NotFound: there is no such work.
        Conflict: the status can't be reached from the present one.
    """
    locked = lock_work(work.id if isinstance(work, Work) else work)
    wanted, before = TrackStatus(to), locked.status
    if before != wanted:
        if not may_become(before, wanted):
            message = _("A work that is “%(current)s” can't become “%(wanted)s”.") % {
                "current": locked.get_status_display(),
                "wanted": wanted.label,
            }
            raise Conflict(message, code="transition_not_allowed")
        locked.status = wanted
        locked.save(update_fields=["status", "updated_at"])
        add_work_event(
            locked,
            WorkEventKind.STATUS,
            actor_id=actor.pk if actor else None,
            from_status=before,
            to_status=wanted,
            reason=reason,
            data=data,
        )
        record(
            action="work.status",
            subject_type="work",
            subject_id=locked.id,
            data={"from": before, "to": wanted.value, "reason": reason},
        )
    if isinstance(work, Work):
        work.status = locked.status
    return locked


@transaction.atomic
def create_work(*, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None) -> Work:
    """A draft without a score yet. Arguments and errors as ``update_work``.

    Side effects: the work, artists when they are new, history, audit.
    """
    work = new_work(clean_line(str(changes.get("title") or ""))[:TITLE_LENGTH])
    return update_work(work_id=work.id, changes={"title": "", **changes}, credited=credited)


def new_work(title: str) -> Work:
    """A draft with a title that nobody has typed. Side effects: its row, history, audit."""
    work = Work(title=title)
    set_work_texts(work, [])
    work.save(force_insert=True)
    add_work_event(work, WorkEventKind.CREATED, to_status=TrackStatus.DRAFT)
    record(action="work.created", subject_type="work", subject_id=work.id, data={"title": work.title})
    return work


@transaction.atomic
def update_work(
    *, work_id: uuid.UUID, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None
) -> Work:
    """Change what a work says; what a person has typed is never overwritten by a file later.

    Args:
        changes: any of ``WORK_FIELDS``.
        credited: all credits in order (roles of ``WorkRole``), or None to leave them.

    Side effects: artists when they are new, a line of history and an audit row when something changed.

    Raises:
        NotFound: there is no such work.
        InvalidInput: with every wrong field in ``fields``.
        Conflict: another work has this ISWC.
    """
    work = lock_work(work_id)
    before, known = _values(work), work_credits_of(work.id)
    errors = _apply(work, changes)
    wanted = _checked_credits(credited, errors) if credited is not None else None
    if errors:
        raise InvalidInput(next(iter(errors.values())), fields=errors)
    after = _values(work)
    touched = {name for name in after if after[name] != before[name]}
    if wanted is not None and set_work_credits(work, known, wanted):
        touched.add("credits")
    if not touched:
        return work
    work.typed_fields = sorted({*work.typed_fields, *touched})
    now_credited = work_credits_of(work.id)
    set_work_texts(work, now_credited)
    save_work(work)
    data: dict[str, Any] = {name: {"from": before[name], "to": after[name]} for name in sorted(touched - {"credits"})}
    if "credits" in touched:
        data["credits"] = {"from": _lines(known), "to": _lines(now_credited)}
    add_work_event(work, WorkEventKind.EDITED, data=data)
    record(action="work.updated", subject_type="work", subject_id=work.id, data=data)
    return work


@transaction.atomic
def delete_work(*, work_id: uuid.UUID) -> Work:
    """Hide a work and its score until it is restored or, after a while, purged. Deleting again changes nothing.

    Side effects: a line of history, an audit row. The score's content may be uploaded anew meanwhile.

    Raises:
        NotFound: there never was such a work.
        Conflict: it is being checked, or the registry knows it; withdraw it first.
    """
    if Work.objects.filter(id=work_id, deleted_at__isnull=False).exists():
        return get_work(work_id, deleted=True)
    work = lock_work(work_id)
    if work.status not in OPEN_STATUSES:
        message = (
            _("A check of this work is running. Cancel it first.")
            if work.status == TrackStatus.CHECKING
            else _("The registry knows this work. Withdraw it first.")
        )
        raise Conflict(message, code="work_in_registry")
    now = timezone.now()
    work.deleted_at = now
    work.save(update_fields=["deleted_at", "updated_at"])
    ScoreFile.objects.filter(work_id=work.id, deleted_at__isnull=True).update(deleted_at=now)
    add_work_event(work, WorkEventKind.DELETED)
    record(action="work.deleted", subject_type="work", subject_id=work.id, data={"title": work.title})
    return work


@transaction.atomic
def restore_work(*, work_id: uuid.UUID) -> Work:
    """Undo a deletion. A work that is not deleted stays as it is.

    Raises:
        NotFound: it was purged.
        Conflict: another work took over its ISWC or its score meanwhile.
    """
    if not Work.objects.filter(id=work_id, deleted_at__isnull=False).exists():
        return get_work(work_id)
    work: Work = Work.objects.select_for_update(of=("self",)).get(id=work_id)
    deleted_at, work.deleted_at = work.deleted_at, None
    try:
        with transaction.atomic():
            work.save(update_fields=["deleted_at", "updated_at"])
            ScoreFile.objects.filter(work_id=work.id, deleted_at=deleted_at).update(deleted_at=None)
    except IntegrityError as error:
        message = _("Another work has its ISWC or its score by now, so this one can't come back.")
        raise Conflict(message, code="restore_conflict") from error
    add_work_event(work, WorkEventKind.RESTORED)
    record(action="work.restored", subject_type="work", subject_id=work.id, data={"title": work.title})
    return work


def lock_work(work_id: uuid.UUID) -> Work:
    """One work, locked until the transaction ends.

    Raises:
        NotFound: there is no such work.
    """
    get_work(work_id)
    locked: Work = Work.objects.select_for_update(of=("self",)).get(id=work_id)
    return locked


def save_work(work: Work) -> None:
    """Save a work.

    Raises:
        Conflict: another work has its ISWC.
    """
    try:
        with transaction.atomic():
            work.save()
    except IntegrityError as error:
        if "catalog_work_iswc_once" not in str(error):
            raise
        raise _iswc_taken(work) from error


def other_work_with(iswc: str, *, than: uuid.UUID) -> Work | None:
    """Another work of the organisation that has this ISWC."""
    return Work.objects.filter(iswc=iswc, deleted_at__isnull=True).exclude(id=than).first() if iswc else None


def set_work_credits(work: Work, known: Sequence[WorkCredit], wanted: Sequence[CreditInput]) -> bool:
    """Make the credits of a work what is wanted; answers whether anything changed."""
    pairs = dict.fromkeys((find_or_create_artist(credit.name)[0].id, credit.role) for credit in wanted)
    if [(credit.artist_id, credit.role) for credit in known] == list(pairs):
        return False
    WorkCredit.objects.filter(work_id=work.id).delete()
    for position, (artist_id, role) in enumerate(pairs):
        WorkCredit.objects.create(work_id=work.id, artist_id=artist_id, role=role, position=position)
    return True


def _apply(work: Work, changes: Mapping[str, Any]) -> dict[str, str]:
    """Set the changed fields; answers what is wrong by field."""
    unknown = set(changes) - WORK_FIELDS
    if unknown:
        raise TypeError(f"A work has no {sorted(unknown)}")
    errors: dict[str, str] = {}
    for name in _LINES:
        if name in changes:
            text = clean_line(str(changes[name] or ""))
            if len(text) > TITLE_LENGTH:
                errors[name] = too_long(TITLE_LENGTH, len(text))
            setattr(work, name, text)
    if not work.title:
        errors["title"] = _("Give the work a title.")
    if "notes" in changes:
        work.notes = str(changes["notes"] or "").replace("\x00", "")
        if len(work.notes) > NOTES_LENGTH:
            errors["notes"] = too_long(NOTES_LENGTH, len(work.notes))
    if "iswc" in changes:
        _apply_iswc(work, str(changes["iswc"] or ""), errors)
    return errors


def _apply_iswc(work: Work, text: str, errors: dict[str, str]) -> None:
    try:
        work.iswc = normalise_iswc(text)
    except InvalidInput as error:
        errors["iswc"] = str(error.message)
        return
    if other_work_with(work.iswc, than=work.id):
        errors["iswc"] = str(_iswc_taken(work).message)


def _checked_credits(credited: Sequence[CreditInput], errors: dict[str, str]) -> list[CreditInput]:
    checked: list[CreditInput] = []
    for credit in credited:
        name = clean_line(credit.name)
        if not name:
            continue
        if len(name) > NAME_LENGTH:
            errors["credits"] = too_long(NAME_LENGTH, len(name))
        elif credit.role not in WorkRole.values:
            errors["credits"] = _("“%(role)s” is no role of a work’s credit.") % {"role": credit.role}
        checked.append(CreditInput(name, credit.role))
    if len(checked) > MAX_CREDITS:
        errors["credits"] = _("A work has at most %(maximum)d credits.") % {"maximum": MAX_CREDITS}
    return checked


def _lines(credited: Iterable[WorkCredit]) -> list[str]:
    return [f"{credit.artist.name} ({credit.role})" for credit in credited]


def _values(work: Work) -> dict[str, Any]:
    return {name: getattr(work, name) for name in (*_LINES, "iswc", "notes")}


def _iswc_taken(work: Work) -> Conflict:
    other = other_work_with(work.iswc, than=work.id)
    message = _("%(iswc)s belongs to another work of yours, “%(title)s”. One work has one ISWC.") % {
        "iswc": format_iswc(work.iswc),
        "title": other.full_title if other else "–",
    }
    return Conflict(message, code="iswc_taken", fields={"iswc": message})
