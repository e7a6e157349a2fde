"""Ending a case and opening it again."""

import uuid

from django.db import transaction

from apps.audit.services import record
from apps.cases import rules
from apps.cases.models import Case, CaseState, Deadline, DeadlineState, EntryKind, Proposal, ProposalState
from apps.cases.services import channel

_ENDS = {
    rules.Act.DECLINE: (EntryKind.DECLINED, CaseState.DECLINED),
    rules.Act.WITHDRAW: (EntryKind.WITHDRAWN, CaseState.WITHDRAWN),
    rules.Act.CLOSE: (EntryKind.CLOSED, CaseState.CLOSED),
}


def decline_case(*, case_id: uuid.UUID, reason: str, signed: str = "", item: uuid.UUID | None = None) -> Case:
    """The addressed side does not go into the case. Raises as ``close_case``."""
    return _end(case_id, rules.Act.DECLINE, reason, signed, item)


def withdraw_case(*, case_id: uuid.UUID, reason: str, signed: str = "", item: uuid.UUID | None = None) -> Case:
    """The side that opened the case takes it back. Raises as ``close_case``."""
    return _end(case_id, rules.Act.WITHDRAW, reason, signed, item)


def close_case(*, case_id: uuid.UUID, reason: str, signed: str = "", item: uuid.UUID | None = None) -> Case:
    """End a case with a closing word that both sides keep; open proposals lapse, open deadlines are cancelled.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: no word given.
        Conflict: its state does not allow it.
    """
    return _end(case_id, rules.Act.CLOSE, reason, signed, item)


@transaction.atomic
def reopen_case(*, case_id: uuid.UUID, reason: str, signed: str = "", item: uuid.UUID | None = None) -> Case:
    """Go on with a case that has ended; see ``rules.may_reopen``.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: no reason given.
        Conflict: the rules don't allow it.
    """
    case = channel.hold(case_id)
    if channel.written(case, item) is not None:
        return case
    channel.require(case, rules.Act.REOPEN)
    text = channel.clean_text(reason, field="reason")
    case.reopened += 1
    channel.send(
        case, EntryKind.REOPENED, item=item, text=text, signed=channel.clean_signature(signed),
        state=CaseState.IN_DISCUSSION,
    )  # fmt: skip
    _record(case, "case.reopened", text)
    return case


@transaction.atomic
def _end(case_id: uuid.UUID, act: rules.Act, reason: str, signed: str, item: uuid.UUID | None) -> Case:
    case = channel.hold(case_id)
    if channel.written(case, item) is not None:
        return case
    channel.require(case, act)
    text = channel.clean_text(reason, field="reason")
    kind, state = _ENDS[act]
    entry = channel.send(
        case, kind, item=item, text=text, signed=channel.clean_signature(signed), state=state, payload={"ends": True}
    )
    Proposal.objects.filter(case_id=case.id, state=ProposalState.OPEN).update(
        state=ProposalState.LAPSED, answered_at=entry.at
    )
    Deadline.objects.filter(case_id=case.id, state=DeadlineState.OPEN).update(state=DeadlineState.CANCELLED)
    _record(case, f"case.{kind.value}", text)
    return case


def _record(case: Case, action: str, reason: str) -> None:
    record(action=action, subject_type="case", subject_id=case.id, data={"reason": reason})
