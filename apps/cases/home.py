"""What cases tell on the home page: proposals to answer, near deadlines, cases that nobody answered, news."""

import uuid

from django.urls import reverse
from django.utils.translation import ngettext

from apps.cases import selectors
from apps.core.needs import Need


def needs(slug: str, user_id: uuid.UUID | None) -> list[Need]:
    """What waits for the organisation, or for this member, in cases."""
    counts = selectors.home_counts(user_id)
    page = reverse("cases:list", kwargs={"slug": slug})
    return [
        Need(
            counts.proposals,
            ngettext("proposal waits for your answer", "proposals wait for your answer", counts.proposals),
            f"{page}?tab=needs",
            "tag",
        ),
        Need(
            counts.unanswered,
            ngettext(
                "case of another label waits for a first answer",
                "cases of other labels wait for a first answer",
                counts.unanswered,
            ),
            f"{page}?state=open&side=answerer",
            "scale",
        ),
        Need(
            counts.deadlines,
            ngettext("deadline of yours ends within a week", "deadlines of yours end within a week", counts.deadlines),
            f"{page}?deadline=near",
            "timer",
        ),
        Need(
            counts.unread,
            ngettext("case has news that you have not read", "cases have news that you have not read", counts.unread),
            f"{page}?unread=on",
            "mail",
        ),
    ]
