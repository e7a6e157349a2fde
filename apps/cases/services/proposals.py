"""Proposals: structured terms that one side offers and the other accepts, declines or counters."""

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.cases import rules
from apps.cases.models import Case, CaseState, Deadline, DeadlineState, EntryKind, Proposal, ProposalKind, ProposalState
from apps.cases.services import channel
from apps.cases.services.deadlines import Due, new_deadline
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.ids import uuid7
from apps.tenancy.context import current_user_id

CURRENCIES = {
    "EUR": 2, "USD": 2, "GBP": 2, "CNY": 2, "JPY": 0, "KRW": 0, "CHF": 2, "SEK": 2, "NOK": 2, "DKK": 2, "PLN": 2,
    "CZK": 2, "AUD": 2, "CAD": 2, "NZD": 2, "HKD": 2, "SGD": 2, "INR": 2, "BRL": 2, "ZAR": 2, "MXN": 2,
}  # fmt: skip
"""Currencies of fees with the digits of their smallest unit (ISO 4217)."""
LARGEST_FEE = 10**15
TERRITORY_LENGTH, CREDIT_LENGTH = 300, 500


@dataclass(frozen=True)
class Terms:
    """What is proposed; which values count follows from the kind.

    Attributes:
        fee_minor: the fee of a licence in the currency's smallest unit (cents, yen).
        ends_on: last day of a licence; None is without end.
        take_down_on: the day from which it is gone.
    """

    kind: str
    fee_minor: int | None = None
    currency: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    territory: str = ""
    credit_line: str = ""
    share_percent: Decimal | None = None
    take_down_on: date | None = None
    text: str = ""


@transaction.atomic
def propose(
    *,
    case_id: uuid.UUID,
    terms: Terms,
    signed: str = "",
    answer_by: datetime | None = None,
    counters: uuid.UUID | None = None,
    item: uuid.UUID | None = None,
) -> Proposal:
    """Offer terms to the other side; with ``counters`` (the id of one of its open proposals) in its place.

    Side effects: the proposal on both sides, a deadline for the answer if one is asked for, the other side's
    notification, audit.

    Raises:
        NotFound: there is no such case or proposal here.
        InvalidInput: terms that don't fit the kind.
        Conflict: the case has ended, or the countered proposal is answered already.
    """
    case = channel.hold(case_id)
    known = channel.written(case, item)
    if known is not None and known.proposal is not None:
        return known.proposal
    channel.require(case, rules.Act.PROPOSE)
    valid, name = clean_terms(terms), channel.clean_signature(signed)
    payload: dict[str, Any] = {}
    if counters is not None:
        countered = _open_one(case, counters, by_us=False)
        _answer(countered, ProposalState.COUNTERED)
        payload |= {"answers": str(countered.item), "becomes": ProposalState.COUNTERED.value}
    proposal: Proposal = Proposal.objects.create(
        case=case, item=uuid7(), by_us=True, signed=name, author_id=current_user_id(), made_at=timezone.now(),
        counters=countered.item if counters is not None else None, **asdict(valid),
    )  # fmt: skip
    payload["proposal"] = _sent(proposal)
    deadline = None
    if answer_by is not None:
        due = Due(due_at=answer_by, for_us=False, for_them=True)
        deadline, payload["deadline"] = new_deadline(case, due, proposal)
    entry = channel.send(
        case, EntryKind.PROPOSAL, item=item, text=valid.text, signed=name, state=channel.contribution(case),
        payload=payload, proposal=proposal, deadline=deadline,
    )  # fmt: skip
    Proposal.objects.filter(id=proposal.id).update(made_at=entry.at)
    _record(case, "case.proposal_made", proposal)
    return proposal


def accept(*, case_id: uuid.UUID, proposal_id: uuid.UUID, text: str = "", signed: str = "",
           item: uuid.UUID | None = None) -> Proposal:  # fmt: skip
    """Accept the other side's proposal: the case is agreed. Raises as ``decline``."""
    return _reply(case_id, proposal_id, ProposalState.ACCEPTED, text, signed, item)


def decline(*, case_id: uuid.UUID, proposal_id: uuid.UUID, text: str = "", signed: str = "",
            item: uuid.UUID | None = None) -> Proposal:  # fmt: skip
    """Decline the other side's proposal; the case goes on.

    Raises:
        NotFound: there is no such case or proposal here.
        Conflict: it is our own, or it was answered or withdrawn meanwhile.
    """
    return _reply(case_id, proposal_id, ProposalState.DECLINED, text, signed, item)


def withdraw(*, case_id: uuid.UUID, proposal_id: uuid.UUID, text: str = "", signed: str = "",
             item: uuid.UUID | None = None) -> Proposal:  # fmt: skip
    """Take back a proposal of ours that nobody answered yet. Raises as ``decline``."""
    return _reply(case_id, proposal_id, ProposalState.WITHDRAWN, text, signed, item)


_KINDS = {
    ProposalState.ACCEPTED: EntryKind.ACCEPTED,
    ProposalState.DECLINED: EntryKind.PROPOSAL_DECLINED,
    ProposalState.WITHDRAWN: EntryKind.PROPOSAL_WITHDRAWN,
}


@transaction.atomic
def _reply(
    case_id: uuid.UUID, proposal_id: uuid.UUID, becomes: ProposalState, text: str, signed: str, item: uuid.UUID | None
) -> Proposal:
    case = channel.hold(case_id)
    known = channel.written(case, item)
    if known is not None and known.proposal is not None:
        return known.proposal
    channel.require(case, rules.Act.PROPOSE)
    proposal = _open_one(case, proposal_id, by_us=becomes == ProposalState.WITHDRAWN)
    _answer(proposal, becomes)
    channel.send(
        case,
        _KINDS[becomes],
        item=item,
        text=channel.clean_text(text, required=False),
        signed=channel.clean_signature(signed),
        state=CaseState.AGREED if becomes == ProposalState.ACCEPTED else channel.contribution(case),
        payload={"answers": str(proposal.item), "becomes": becomes.value},
        proposal=proposal,
    )
    _record(case, f"case.{_KINDS[becomes].value}", proposal)
    return proposal


def _open_one(case: Case, proposal_id: uuid.UUID, *, by_us: bool) -> Proposal:
    """An open proposal of one side of a held case."""
    found: Proposal | None = Proposal.objects.filter(case_id=case.id, id=proposal_id).first()
    if found is None:
        raise NotFound(_("There is no such proposal."))
    if found.by_us != by_us:
        message = (
            _("Only the side that made a proposal can withdraw it.")
            if by_us
            else _("This is your own proposal; the other side answers it.")
        )
        raise Conflict(message, code="wrong_side")
    if not found.is_open:
        raise Conflict(
            _("This proposal was answered or withdrawn meanwhile: %(state)s.") % {"state": found.get_state_display()},
            code="answered",
        )
    return found


def _answer(proposal: Proposal, becomes: ProposalState) -> None:
    proposal.state, proposal.answered_at = becomes, timezone.now()
    proposal.save(update_fields=["state", "answered_at", "updated_at"])
    state = DeadlineState.CANCELLED if becomes == ProposalState.WITHDRAWN else DeadlineState.MET
    Deadline.objects.filter(proposal_id=proposal.id, state=DeadlineState.OPEN).update(state=state)


def clean_terms(terms: Terms) -> Terms:
    """Terms with only what their kind has.

    Raises:
        InvalidInput: unknown kind, or a value that is missing or makes no sense, by field.
    """
    text = channel.clean_text(terms.text, required=False)
    check = {
        ProposalKind.LICENCE: _licence,
        ProposalKind.CREDIT: _credit,
        ProposalKind.SHARE: _share,
        ProposalKind.TAKE_DOWN: _take_down,
    }
    if terms.kind not in check:
        message = _("Choose what to propose: a licence, a credit, a share or a take-down.")
        raise InvalidInput(message, fields={"kind": message})
    values, fields = check[ProposalKind(terms.kind)](terms)
    if fields:
        raise InvalidInput(_("Some terms need another look."), fields=fields)
    return Terms(kind=terms.kind, text=text, **values)


Checked = tuple[dict[str, Any], dict[str, str]]


def _licence(terms: Terms) -> Checked:
    fields = {}
    if terms.fee_minor is None or not 0 <= terms.fee_minor <= LARGEST_FEE:
        fields["fee"] = _("Give the fee; 0 is free of charge.")
    if terms.currency not in CURRENCIES:
        fields["currency"] = _("Choose a currency from the list.")
    if terms.starts_on is None:
        fields["starts_on"] = _("Say from which day the licence holds.")
    elif terms.ends_on is not None and terms.ends_on < terms.starts_on:
        fields["ends_on"] = _("The licence ends before it begins.")
    territory = _line(terms.territory, TERRITORY_LENGTH)
    if not territory:
        fields["territory"] = _("Say where the licence holds, for instance worldwide.")
    values = {
        "fee_minor": terms.fee_minor,
        "currency": terms.currency,
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "territory": territory,
    }
    return values, fields


def _credit(terms: Terms) -> Checked:
    line = _line(terms.credit_line, CREDIT_LENGTH)
    return {"credit_line": line}, {} if line else {"credit_line": _("Write the credit as it shall appear.")}


def _share(terms: Terms) -> Checked:
    share = terms.share_percent
    fits = share is not None and Decimal(0) < share <= 100 and share == share.quantize(Decimal("0.01"))
    fields = {} if fits else {"share_percent": _("Give a share above 0 and up to 100 per cent, with two decimals.")}
    return {"share_percent": share, "territory": _line(terms.territory, TERRITORY_LENGTH)}, fields


def _take_down(terms: Terms) -> Checked:
    day = terms.take_down_on
    fits = day is not None and day >= timezone.localdate()
    return {"take_down_on": day}, {} if fits else {"take_down_on": _("Give a day from today on.")}


def _line(text: str, length: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:length]


def _sent(proposal: Proposal) -> dict[str, Any]:
    """A proposal as it travels: terms, and no person but the name it is signed with."""
    days = {
        name: value.isoformat() if value else None
        for name in ("starts_on", "ends_on", "take_down_on")
        for value in [getattr(proposal, name)]
    }
    return {
        "item": str(proposal.item),
        "kind": proposal.kind,
        "fee_minor": proposal.fee_minor,
        "currency": proposal.currency,
        "territory": proposal.territory,
        "credit_line": proposal.credit_line,
        "share_percent": str(proposal.share_percent) if proposal.share_percent is not None else None,
        "text": proposal.text,
        "signed": proposal.signed,
        "counters": str(proposal.counters) if proposal.counters else None,
        **days,
    }


def _record(case: Case, action: str, proposal: Proposal) -> None:
    data = {"proposal": str(proposal.item), "kind": proposal.kind, "state": proposal.state}
    record(action=action, subject_type="case", subject_id=case.id, data=data)
