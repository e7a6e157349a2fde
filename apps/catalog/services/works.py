"""Writes of works: status, details, credits, deletion and its undoing."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.catalog.iswc import format_iswc, normalise_iswc
from apps.catalog.models import TITLE_LENGTH, ScoreFile, Work, WorkCredit, WorkRole
from apps.catalog.selectors import get_work, work_credits_of
from apps.catalog.services.history import set_work_texts
from apps.catalog.services.subjects import CreditInput, Subjects, Words
from apps.catalog.text import clean_line
from apps.core.errors import Conflict, InvalidInput

_LINES = ("title", "subtitle", "public_title", "public_composer")
WORK_FIELDS = frozenset({*_LINES, "iswc", "notes"})


class Works(Subjects[Work]):
    """The works of the bound organisation."""

    name = "work"
    model, credit_model, file_model = Work, WorkCredit, ScoreFile
    roles = WorkRole.values
    lines = dict.fromkeys(_LINES, TITLE_LENGTH)
    code, code_once = "iswc", "catalog_work_iswc_once"
    words = Words(
        cannot_become=gettext_lazy("A work that is “%(current)s” can't become “%(wanted)s”."),
        checking=gettext_lazy("A check of this work is running. Cancel it first."),
        registered=gettext_lazy("The registry knows this work. Withdraw it first."),
        cannot_come_back=gettext_lazy("Another work has its ISWC or its score by now, so this one can't come back."),
        title_needed=gettext_lazy("Give the work a title."),
        no_role=gettext_lazy("“%(role)s” is no role of a work’s credit."),
        too_many_credits=gettext_lazy("A work has at most %(maximum)d credits."),
    )

    def get(self, subject_id: uuid.UUID, *, deleted: bool = False) -> Work:
        return get_work(subject_id, deleted=deleted)

    def credits_of(self, subject_id: uuid.UUID) -> list[WorkCredit]:
        return work_credits_of(subject_id)

    def set_texts(self, subject: Work, credited: Sequence[WorkCredit]) -> None:
        set_work_texts(subject, credited)

    def apply_more(self, subject: Work, changes: Mapping[str, Any], errors: dict[str, str]) -> None:
        unknown = set(changes) - WORK_FIELDS
        if unknown:
            raise TypeError(f"A work has no {sorted(unknown)}")
        if "iswc" in changes:
            _apply_iswc(subject, str(changes["iswc"] or ""), errors)

    def code_taken(self, subject: Work) -> Conflict:
        return _iswc_taken(subject)


WORKS = Works()


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
    return WORKS.transition(work, to, reason=reason, actor=actor, data=data)


@transaction.atomic
def create_work(*, changes: Mapping[str, Any], credited: Sequence[CreditInput] | None = None) -> Work:
    """A draft without a score yet. Arguments and errors as ``update_work``.

    Side effects: the work, artists when they are new, history, audit.
    """
    work = new_work(clean_line(str(changes.get("title") or ""))[:TITLE_LENGTH])
    return update_work(work_id=work.id, changes={"title": "", **changes}, credited=credited)


def new_work(title: str) -> Work:
    """A draft with a title that nobody has typed. Side effects: its row, history, audit."""
    return WORKS.new(title)


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
    return WORKS.update(work_id, changes, credited)


def delete_work(*, work_id: uuid.UUID) -> Work:
    """Hide a work and its score until it is restored or, after a while, purged. Deleting again changes nothing.

    Side effects: a line of history, an audit row. The score's content may be uploaded anew meanwhile.

    Raises:
        NotFound: there never was such a work.
        Conflict: it is being checked, or the registry knows it; withdraw it first.
    """
    return WORKS.delete(work_id)


def restore_work(*, work_id: uuid.UUID) -> Work:
    """Undo a deletion. A work that is not deleted stays as it is.

    Raises:
        NotFound: it was purged.
        Conflict: another work took over its ISWC or its score meanwhile.
    """
    return WORKS.restore(work_id)


def lock_work(work_id: uuid.UUID) -> Work:
    """One work, locked until the transaction ends.

    Raises:
        NotFound: there is no such work.
    """
    return WORKS.lock(work_id)


def save_work(work: Work) -> None:
    """Save a work.

    Raises:
        Conflict: another work has its ISWC.
    """
    WORKS.save(work)


def other_work_with(iswc: str, *, than: uuid.UUID) -> Work | None:
    """Another work of the organisation that has this ISWC."""
    return Work.objects.filter(iswc=iswc, deleted_at__isnull=True).exclude(id=than).first() if iswc else None


def _apply_iswc(work: Work, text: str, errors: dict[str, str]) -> None:
    try:
        work.iswc = normalise_iswc(text)
    except InvalidInput as error:
        errors["iswc"] = str(error.message)
        return
    if other_work_with(work.iswc, than=work.id):
        errors["iswc"] = str(_iswc_taken(work).message)


def _iswc_taken(work: Work) -> Conflict:
    other = other_work_with(work.iswc, than=work.id)
    message = _("%(iswc)s belongs to another work of yours, “%(title)s”. One work has one ISWC.") % {
        "iswc": format_iswc(work.iswc),
        "title": other.full_title if other else "–",
    }
    return Conflict(message, code="iswc_taken", fields={"iswc": message})
