"""Deadlines: setting one, settling it, and the clockwork that reminds and notices what was missed."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.cases import messages, rules
from apps.cases.links import case_page
from apps.cases.models import Case, Deadline, DeadlineState, Entry, EntryKind, Proposal
from apps.cases.services import channel
from apps.cases.wording import moment_in_words
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.ids import uuid7

SOONEST = timedelta(hours=1)
LATEST = timedelta(days=5 * 366)
TEXT_LENGTH = 300


@dataclass(frozen=True)
class Due:
    """A deadline as somebody sets it."""

    due_at: datetime
    for_us: bool = False
    for_them: bool = True
    text: str = ""


@transaction.atomic
def set_deadline(*, case_id: uuid.UUID, due: Due, item: uuid.UUID | None = None) -> Deadline:
    """Set a deadline for the other side, for ours, or for both; both see it and are reminded.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: in the past, too far away, or for nobody.
        Conflict: the case has ended.
    """
    case = channel.hold(case_id)
    known = channel.written(case, item)
    if known is not None and known.deadline is not None:
        return known.deadline
    channel.require(case, rules.Act.TALK)
    row, payload = new_deadline(case, due)
    entry = channel.send(case, EntryKind.DEADLINE, item=item, payload={"deadline": payload}, deadline=row)
    _settle_time(row, entry)
    _record(case, "case.deadline_set", row)
    return row


@transaction.atomic
def settle_deadline(
    *, case_id: uuid.UUID, deadline_id: uuid.UUID, outcome: str, item: uuid.UUID | None = None
) -> Deadline:
    """Mark a deadline that our side set as met, or cancel it. Again changes nothing.

    Raises:
        NotFound: there is no such case or deadline here.
        InvalidInput: unknown outcome.
        Conflict: the other side set it, it belongs to a proposal, or it is settled already.
    """
    case = channel.hold(case_id)
    row: Deadline | None = Deadline.objects.filter(case_id=case.id, id=deadline_id).first()
    if row is None:
        raise NotFound(_("There is no such deadline."))
    if outcome not in (DeadlineState.MET, DeadlineState.CANCELLED):
        message = _("Say whether it was met or is cancelled.")
        raise InvalidInput(message, fields={"outcome": message})
    if row.state == outcome:
        return row
    if not row.set_by_us:
        raise Conflict(_("The other side set this deadline; only it can settle it."), code="not_yours")
    if row.proposal_id:
        raise Conflict(_("This deadline ends when the proposal is answered or withdrawn."), code="of_a_proposal")
    if row.state not in (DeadlineState.OPEN, DeadlineState.MISSED):
        raise Conflict(_("This deadline is settled already."), code="settled")
    row.state = DeadlineState(outcome)
    row.save(update_fields=["state", "updated_at"])
    kind = EntryKind.DEADLINE_MET if outcome == DeadlineState.MET else EntryKind.DEADLINE_CANCELLED
    payload = {"settles": str(row.item), "outcome": row.state}
    channel.send(case, kind, item=item, data=_data(row), payload=payload, deadline=row)
    _record(case, f"case.{kind.value}", row)
    return row


def new_deadline(case: Case, due: Due, proposal: Proposal | None = None) -> tuple[Deadline, dict[str, Any]]:
    """Our row of a new deadline of a held case, and what is sent of it.

    Raises:
        InvalidInput: in the past, too far away, or for nobody.
    """
    now = timezone.now()
    fields = {}
    if not now + SOONEST <= due.due_at <= now + LATEST:
        fields["due_at"] = _("Choose a time at least an hour and at most five years from now.")
    if not (due.for_us or due.for_them):
        fields["for_whom"] = _("Say for whom the deadline is.")
    if fields:
        raise InvalidInput(next(iter(fields.values())), fields=fields)
    text = " ".join(due.text.replace("\x00", "").split())[:TEXT_LENGTH]
    row: Deadline = Deadline.objects.create(
        case=case, item=uuid7(), set_by_us=True, for_us=due.for_us, for_them=due.for_them, due_at=due.due_at, text=text,
        proposal=proposal, set_at=now,
    )  # fmt: skip
    payload = {
        "item": str(row.item),
        "for_us": row.for_us,
        "for_them": row.for_them,
        "due_at": row.due_at.isoformat(),
        "text": text,
    }
    return row, payload


def organisations_with_work() -> list[uuid.UUID]:
    """Organisations whose cases need the clockwork now: only ids leave the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM cases_due()")
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def remind_and_notice(*, now: datetime | None = None) -> int:
    """Remind the bound organisation of near deadlines and note the missed ones, each once. Answers how many."""
    moment = now or timezone.now()
    rows = Deadline.objects.select_for_update(of=("self",)).select_related("case__organisation")
    told = 0
    for row in rows.filter(state=DeadlineState.OPEN, due_at__lte=moment + rules.REMIND_BEFORE):
        if row.due_at <= moment:
            _notice_missed(row)
            told += 1
        elif row.reminded_at is None and rules.remind_at(row.set_at, row.due_at) <= moment:
            row.reminded_at = moment
            row.save(update_fields=["reminded_at", "updated_at"])
            _tell(row, "case.reminder", messages.REMINDER_OURS if row.for_us else messages.REMINDER_THEIRS)
            told += 1
    return told


def _notice_missed(row: Deadline) -> None:
    row.state = DeadlineState.MISSED
    row.save(update_fields=["state", "updated_at"])
    channel.note_down(row.case, EntryKind.DEADLINE_MISSED, data=_data(row), deadline=row)
    _tell(row, "case.deadline_missed", messages.MISSED_OURS if row.for_us else messages.MISSED_THEIRS)
    _record(row.case, "case.deadline_missed", row)


def _tell(row: Deadline, kind: str, text: str) -> None:
    case = row.case
    params = {
        "title": case.own_title,
        "organisation": case.other_organisation,
        "due": moment_in_words(row.due_at, case.organisation.time_zone),
    }
    link = case_page(case.organisation, case.id)
    notify(kind=kind, text=text, params=params, link=link, recipient_id=case.assigned_to_id)


def _settle_time(row: Deadline, entry: Entry) -> None:
    Deadline.objects.filter(id=row.id).update(set_at=entry.at)
    row.set_at = entry.at


def _data(row: Deadline) -> dict[str, Any]:
    return {"due_at": row.due_at.isoformat(), "text": row.text}


def _record(case: Case, action: str, row: Deadline) -> None:
    data = {"deadline": str(row.item), **_data(row)}
    record(action=action, subject_type="case", subject_id=case.id, data=data)
