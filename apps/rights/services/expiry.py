"""Claims of what was checked and never registered end after a while, so that nobody stands in others' way for ever."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.catalog.models import Track, TrackStatus, Work
from apps.rights import messages
from apps.rights.models import Check, Subject
from apps.rights.selectors import CLAIMED, latest_done_check
from apps.rights.services import subjects


def organisations_with_stale_claims() -> list[uuid.UUID]:
    """Organisations with a claim that ends soon or has to end."""
    oldest = settings.RIGHTS_CLAIM_DAYS - settings.RIGHTS_CLAIM_NOTICE_DAYS
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM rights_stale_claims(%s)", [oldest * 86_400.0])
        return [row[0] for row in cursor.fetchall()]


def expire_claims() -> int:
    """Announce and end old claims of the bound organisation; answers how many ended. Safe to run at any time.

    A claim ends ``RIGHTS_CLAIM_DAYS`` after its last check, and not before it was announced for
    ``RIGHTS_CLAIM_NOTICE_DAYS``. Side effects: the status (which ends the registry entry), history, notifications.
    """
    ended = 0
    for model in (Track, Work):
        for subject in model.objects.filter(status__in=CLAIMED, deleted_at=None):
            check = latest_done_check(subject)
            if check is not None and check.finished_at is not None:
                ended += _one(subject, check)
    return ended


def _one(subject: Subject, check: Check) -> bool:
    now, notice = timezone.now(), timedelta(days=settings.RIGHTS_CLAIM_NOTICE_DAYS)
    end = (check.finished_at or now) + timedelta(days=settings.RIGHTS_CLAIM_DAYS)
    if check.expiry_told_at is None:
        if now >= end - notice:
            _announce(subject, check, max(end, now + notice))
        return False
    if now < end or now < check.expiry_told_at + notice:
        return False
    reason = _("It was checked long ago and never registered.")
    subjects.transition(subject, TrackStatus.DRAFT, reason=reason, data={"check": str(check.id)})
    subjects.record(subject, "claim.expired", {"check": str(check.id)})
    subjects.notify(subject, "claim.expired", messages.EXPIRED)
    return True


def _announce(subject: Subject, check: Check, end: datetime) -> None:
    check.expiry_told_at = timezone.now()
    check.save(update_fields=["expiry_told_at", "updated_at"])
    subjects.notify(subject, "claim.expires", messages.EXPIRY_SOON, date=f"{end:%Y-%m-%d}")
