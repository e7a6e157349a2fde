"""Telling members what they should know."""

import uuid
from typing import Any

from apps.accounts.models import Notification, NotificationRead
from apps.accounts.selectors import unread_notifications


def notify(
    *, kind: str, text: str, params: dict[str, Any] | None = None, link: str = "", recipient_id: uuid.UUID | None = None
) -> Notification:
    """Tell a member, or everybody in the bound organisation. Side effect: one row.

    Args:
        kind: a stable name such as ``match.found``.
        text: an English message id with ``%(name)s`` places, marked with ``gettext_noop`` where it is written; it is
            translated when it is read.
        params: the values of the places; JSON only.
        link: a path within the site.
        recipient_id: the one member it is for; everybody by default.
    """
    notification: Notification = Notification.objects.create(
        kind=kind, text=text, params=params or {}, link=link, recipient_id=recipient_id
    )
    return notification


def mark_read(*, user_id: uuid.UUID, notification_id: uuid.UUID | None = None) -> int:
    """Mark one notification, or all that the user sees, as read by the user. Answers how many were unread."""
    unread = unread_notifications(user_id)
    if notification_id is not None:
        unread = unread.filter(id=notification_id)
    rows = [
        NotificationRead(organisation_id=notification.organisation_id, notification=notification, user_id=user_id)
        for notification in unread
    ]
    NotificationRead.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
