"""Reads about people, keys, invitations and notifications."""

import hashlib
import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import ApiKey, Invitation, Notification, NotificationRead
from apps.core.errors import NotFound
from apps.tenancy.context import bind, current_organisation_id
from apps.tenancy.models import Membership


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: secrets are long and random, so a plain hash is enough to store them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def api_key_of_secret(secret: str) -> ApiKey | None:
    """The working key with this secret, in whichever organisation, with its organisation and creator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id, organisation_id FROM api_key_tenant(%s)", [hash_secret(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    with bind(row[1]):
        key: ApiKey | None = ApiKey.objects.select_related("organisation", "created_by").filter(id=row[0]).first()
    return key


def api_keys() -> QuerySet[ApiKey]:
    """All keys of the bound organisation, newest first."""
    return ApiKey.objects.select_related("created_by").order_by("-created_at")


def get_api_key(key_id: uuid.UUID, *, lock: bool = False) -> ApiKey:
    """One key of the bound organisation.

    Raises:
        NotFound: there is none with this id.
    """
    rows = ApiKey.objects.select_for_update(of=("self",)) if lock else ApiKey.objects
    key: ApiKey | None = rows.filter(id=key_id).first()
    if key is None:
        raise NotFound(_("There is no such API key."))
    return key


def members() -> QuerySet[Membership]:
    """The members of the bound organisation with their users."""
    return (
        Membership.objects.filter(organisation_id=current_organisation_id())
        .select_related("user", "organisation")
        .order_by("created_at")
    )


def get_member(member_id: uuid.UUID, *, lock: bool = False) -> Membership:
    """One member of the bound organisation.

    Raises:
        NotFound: there is none with this id.
    """
    rows = members().select_for_update(of=("self",)) if lock else members()
    member = rows.filter(id=member_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def waiting_invitations() -> QuerySet[Invitation]:
    """Invitations of the bound organisation that nobody accepted or revoked, newest first."""
    rows = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    return rows.select_related("invited_by").order_by("-created_at")


def get_invitation(invitation_id: uuid.UUID, *, lock: bool = False) -> Invitation:
    """One invitation of the bound organisation.

    Raises:
        NotFound: there is none with this id.
    """
    rows = Invitation.objects.select_related("organisation", "invited_by")
    if lock:
        rows = rows.select_for_update(of=("self",))
    invitation: Invitation | None = rows.filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound(_("There is no such invitation."))
    return invitation


@dataclass(frozen=True)
class FoundInvitation:
    """Where an invitation lies; nothing of it is known before its tenant is bound."""

    id: uuid.UUID
    organisation_id: uuid.UUID


def invitation_of_token(token: str) -> FoundInvitation | None:
    """The invitation whose link carries the token, in whichever organisation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT invitation_id, organisation_id FROM invitation_by_token(%s)", [hash_secret(token)])
        row = cursor.fetchone()
    return FoundInvitation(*row) if row else None


def visible_notifications(user_id: uuid.UUID) -> QuerySet[Notification]:
    """What the bound organisation tells this user, newest first; each row carries ``is_read``."""
    mine = Q(recipient_id=user_id) | Q(recipient_id=None)
    rows = Notification.objects.filter(mine).annotate(is_read=_read_by(user_id))
    return rows.order_by("-created_at")


def unread_notifications(user_id: uuid.UUID) -> QuerySet[Notification]:
    """Those of them that the user has not read."""
    return visible_notifications(user_id).filter(~_read_by(user_id))


def unread_count(user_id: uuid.UUID) -> int:
    """How many notifications the user has not read in the bound organisation."""
    return unread_notifications(user_id).count()


def _read_by(user_id: uuid.UUID) -> Exists:
    return Exists(NotificationRead.objects.filter(notification_id=OuterRef("pk"), user_id=user_id))


def get_notification(notification_id: uuid.UUID, user_id: uuid.UUID) -> Notification:
    """One notification that the user may see.

    Raises:
        NotFound: there is none with this id.
    """
    notification = visible_notifications(user_id).filter(id=notification_id).first()
    if notification is None:
        raise NotFound(_("There is no such notification."))
    return notification
