"""The demo's case: two labels talk about a match, and a licence is on the table. Safe to repeat."""

import uuid
from datetime import date, timedelta

from django.utils import timezone

from apps.cases import services
from apps.cases.models import Case
from apps.cases.services import deadlines, proposals, thread
from apps.cases.services.proposals import Terms
from apps.portal.demo_material import Owners
from apps.rights.models import Direction, Match, MatchState
from apps.tenancy.context import bind

SPACE = uuid.UUID("6f1d3a52-5f0c-4f7e-9a54-0c5d6a3be8d1")
OPENING = (
    "Our altered excerpt turned out to be similar to your recording. It was made as an exercise and nothing is "
    "published yet. Could we license the passage?"
)
ANSWER = "Thank you for asking first. Which passage do you need, for how long, and where will it be heard?"
REPLY = "The passage in the report, for three years, on streaming services everywhere."
NOTE = "Budget: up to 400 euros for three years."


def open_demo_case(owners: Owners, title: str) -> bool:
    """Open the case from the match that the altered excerpt has with the other label. Answers whether there is one.

    Args:
        owners: whose the excerpt may be.
        title: of the excerpt.
    """
    for key, (organisation_id, user_id) in owners.items():
        with bind(organisation_id, user_id=user_id):
            match = Match.objects.filter(
                track__title=title, direction=Direction.OUTGOING, already_ours=False, state=MatchState.OPEN
            ).order_by("created_at").first()  # fmt: skip
            if match is None:
                continue
            case, _is_new = services.open_from_match(match_id=match.id, text=OPENING, item=_item("opening"))
            reference = case.reference
        others = [owner for other, owner in owners.items() if other != key]
        _talk((organisation_id, user_id), others, reference)
        return True
    return False


def _talk(opener: tuple[uuid.UUID, uuid.UUID], others: list[tuple[uuid.UUID, uuid.UUID]], reference: str) -> None:
    for organisation_id, user_id in others:
        with bind(organisation_id, user_id=user_id):
            theirs = Case.objects.filter(reference=reference).first()
            if theirs is None:
                continue
            thread.write_message(case_id=theirs.id, text=ANSWER, item=_item("answer"))
            due = deadlines.Due(timezone.now() + timedelta(days=14), for_them=True, text="Say how the passage is used")
            deadlines.set_deadline(case_id=theirs.id, due=due, item=_item("deadline"))
    with bind(opener[0], user_id=opener[1]):
        ours = Case.objects.get(reference=reference)
        thread.write_message(case_id=ours.id, text=REPLY, item=_item("reply"))
        thread.write_note(case_id=ours.id, text=NOTE, item=_item("note"))
        start = date(timezone.localdate().year + 1, 1, 1)
        terms = Terms(
            "licence", 30_000, "EUR", start, date(start.year + 2, 12, 31), "worldwide", text="For streaming only."
        )
        proposals.propose(
            case_id=ours.id, terms=terms, answer_by=timezone.now() + timedelta(days=10), item=_item("proposal")
        )


def _item(name: str) -> uuid.UUID:
    """The same for every seeding, so that nothing is said twice."""
    return uuid.uuid5(SPACE, name)
