"""The two sides' common lock, and sending entries to the other side through functions of the database."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.cases import rules
from apps.cases.links import case_page_pattern
from apps.cases.models import Case, CaseState, Entry, EntryKind, Side
from apps.cases.selectors.cases import get_case
from apps.core.errors import Conflict, InvalidInput
from apps.core.ids import uuid7
from apps.tenancy.context import current_user_id

TEXT_LENGTH = 10_000
SIGNED_LENGTH = 150


@dataclass(frozen=True)
class Opened:
    """What the database answered to opening a case: a new one, or the one that stands."""

    reference: str
    is_new: bool
    at: datetime


def open_channel(
    *, reference: str, origin: str, pair_id: uuid.UUID, names: dict[str, str], evidence: str, item: uuid.UUID,
    text: str, signed: str,
) -> Opened:  # fmt: skip
    """Make the other side's case and the channel between both; an older case about the same is answered instead."""
    arguments: list[Any] = [
        reference,
        origin,
        pair_id,
        json.dumps(names),
        evidence,
        item,
        text,
        signed,
        case_page_pattern(),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_reference, is_new, opened_at FROM cases_open(%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s)",
            arguments,
        )
        return Opened(*cursor.fetchone())


def hold(case_id: uuid.UUID) -> Case:
    """Our case, locked against the other side until the transaction ends.

    Raises:
        NotFound: there is no such case here.
        Conflict: the other organisation left Descant.
    """
    reference = get_case(case_id).reference
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_state, is_alone FROM cases_hold(%s)", [reference])
        row = cursor.fetchone()
    if row is None or row[1]:
        raise Conflict(_("The other organisation is no longer here. The case can be read and exported."), code="alone")
    case: Case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    return case


def standing(case: Case) -> rules.Standing:
    return rules.Standing(case.state, case.side, case.state_at, case.reopened)


def require(case: Case, act: rules.Act) -> None:
    """Refuse what the state of a held case does not allow.

    Raises:
        Conflict: with what to do instead.
    """
    if act in rules.allowed(standing(case), timezone.now()):
        return
    messages = {
        rules.Act.TALK: _("This case has ended. Open it again to go on."),
        rules.Act.PROPOSE: _("This case has ended. Open it again to go on."),
        rules.Act.DECLINE: _("A case can be declined by the side that it was addressed to, until it is agreed."),
        rules.Act.WITHDRAW: _("A case can be withdrawn by the side that opened it, until it is agreed."),
        rules.Act.CLOSE: _("This case has ended already."),
        rules.Act.REOPEN: _(
            "This case can't be opened again: it has not ended, or too long ago, or too often, or the other side "
            "withdrew it."
        ),
    }
    raise Conflict(messages[act], code="wrong_state")


def written(case: Case, item: uuid.UUID | None) -> Entry | None:
    """The entry of ours that this item became already, when a request is repeated."""
    if item is None:
        return None
    found: Entry | None = Entry.objects.filter(case_id=case.id, item=item).first()
    return found


def send(
    case: Case,
    kind: EntryKind,
    *,
    item: uuid.UUID | None = None,
    text: str = "",
    signed: str = "",
    data: dict[str, Any] | None = None,
    state: CaseState | None = None,
    payload: dict[str, Any] | None = None,
    **about: Any,
) -> Entry:
    """Write an entry on both sides of a held case. ``about`` are our own rows: proposal, file, deadline.

    Side effects: our entry and case; the other side's rows and notification.
    """
    entry_item = item or uuid7()
    content = {"text": text, "signed": signed, "data": data or {}, **(payload or {})}
    changed = state.value if state and state != case.state else None
    arguments: list[Any] = [case.reference, entry_item, kind.value, json.dumps(content), changed, case_page_pattern()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_sequence, entry_at FROM cases_send(%s, %s, %s, %s::jsonb, %s, %s)", arguments)
        sequence, at = cursor.fetchone()
    case.latest_at = at
    if changed:
        case.state, case.state_at = changed, at
    case.save(update_fields=["latest_at", "state", "state_at", "reopened", "updated_at"])
    entry: Entry = Entry.objects.create(
        case=case,
        item=entry_item,
        kind=kind,
        sequence=sequence,
        at=at,
        by_us=True,
        text=text,
        signed=signed,
        data=data or {},
        author_id=current_user_id(),
        **about,
    )
    return entry


def note_down(case: Case, kind: EntryKind, *, item: uuid.UUID | None = None, text: str = "", **about: Any) -> Entry:
    """Write an entry that only our side sees."""
    now = timezone.now()
    Case.objects.filter(id=case.id).update(latest_at=now, updated_at=now)
    entry: Entry = Entry.objects.create(
        case=case, item=item or uuid7(), kind=kind, at=now, by_us=True, text=text, author_id=current_user_id(), **about
    )
    return entry


def contribution(case: Case) -> CaseState:
    """The state of a case after a message, file or proposal of ours."""
    return rules.after_contribution(case.state, Side(case.side))


def clean_text(text: str, *, field: str = "text", required: bool = True) -> str:
    """What somebody wrote, without what can't be stored.

    Raises:
        InvalidInput: empty although required, or too long.
    """
    cleaned = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if required and not cleaned:
        message = _("Write something first.")
    elif len(cleaned) > TEXT_LENGTH:
        message = _("At most %(maximum)d characters, please; send the rest as a file.") % {"maximum": TEXT_LENGTH}
    else:
        return cleaned
    raise InvalidInput(message, code="text_needed", fields={field: message})


def clean_signature(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:SIGNED_LENGTH]
