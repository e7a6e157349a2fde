"""Messages to the other side, notes for our own, who is in charge, and what a member has read."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.selectors import members
from apps.accounts.services import notify
from apps.audit.services import record
from apps.cases import messages, rules
from apps.cases.links import case_page
from apps.cases.models import Case, CaseRead, Entry, EntryKind
from apps.cases.selectors.cases import get_case
from apps.cases.services import channel
from apps.core.errors import InvalidInput
from apps.tenancy.context import current_user_id


@transaction.atomic
def write_message(*, case_id: uuid.UUID, text: str, signed: str = "", item: uuid.UUID | None = None) -> Entry:
    """Send a message to the other side. The same ``item`` again answers the message that was sent.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: nothing written, or too much.
        Conflict: the case has ended.
    """
    case = channel.hold(case_id)
    known = channel.written(case, item)
    if known is not None:
        return known
    channel.require(case, rules.Act.TALK)
    entry = channel.send(
        case,
        EntryKind.MESSAGE,
        item=item,
        text=channel.clean_text(text),
        signed=channel.clean_signature(signed),
        state=channel.contribution(case),
    )
    _record(case, "case.message_sent", entry)
    return entry


@transaction.atomic
def write_note(*, case_id: uuid.UUID, text: str, item: uuid.UUID | None = None) -> Entry:
    """Keep a note for our own side; the other side never learns of it. Allowed in every state.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: nothing written, or too much.
    """
    case = get_case(case_id)
    known = channel.written(case, item)
    if known is not None:
        return known
    entry = channel.note_down(case, EntryKind.NOTE, item=item, text=channel.clean_text(text))
    _record(case, "case.note_written", entry)
    return entry


@transaction.atomic
def assign(*, case_id: uuid.UUID, user_id: uuid.UUID | None) -> Case:
    """Put a member in charge, who alone is notified from then on; None: everybody is. Again changes nothing.

    Raises:
        NotFound: there is no such case here.
        InvalidInput: the person is no member.
    """
    get_case(case_id)
    case: Case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if case.assigned_to_id == user_id:
        return case
    member = members().filter(user_id=user_id).first() if user_id else None
    if user_id and member is None:
        message = _("Choose a member of your organisation.")
        raise InvalidInput(message, fields={"assigned_to": message})
    case.assigned_to_id = user_id
    case.save(update_fields=["assigned_to", "updated_at"])
    name = str(member.user) if member else ""
    entry = channel.note_down(case, EntryKind.ASSIGNED, data={"name": name})
    record(
        action="case.assigned", subject_type="case", subject_id=case.id,
        data={"to": str(user_id) if user_id else None, "entry": str(entry.id)},
    )  # fmt: skip
    if member is not None and user_id != current_user_id():
        actor = str(entry.author or case.organisation.name)
        params = {"actor": actor, "title": case.own_title}
        link = case_page(case.organisation, case.id)
        notify(kind="case.assigned", text=messages.ASSIGNED, params=params, link=link, recipient_id=user_id)
    return case


def mark_seen(*, case: Case, user_id: uuid.UUID) -> None:
    """Remember that a member has seen all that stands in a case now."""
    CaseRead.objects.update_or_create(
        organisation_id=case.organisation_id, case=case, user_id=user_id, defaults={"read_at": timezone.now()}
    )


@transaction.atomic
def mark_unseen(*, case_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let a case stand as unread again for one member.

    Raises:
        NotFound: there is no such case here.
    """
    CaseRead.objects.filter(case_id=get_case(case_id).id, user_id=user_id).delete()


def _record(case: Case, action: str, entry: Entry) -> None:
    record(action=action, subject_type="case", subject_id=case.id, data={"item": str(entry.item)})
