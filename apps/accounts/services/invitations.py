"""Invitations: an open seat, taken by whoever holds the link that was mailed."""

import logging
import secrets
import uuid
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Invitation, User
from apps.accounts.selectors import get_invitation, hash_secret, invitation_of_token
from apps.accounts.services.members import ensure_may_grant
from apps.audit import services as audit
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.tenancy.context import bind
from apps.tenancy.models import Membership

logger = logging.getLogger(__name__)

VALID_DAYS = 14


def invite(*, email: str, role: str, by: Membership) -> tuple[Invitation, str]:
    """Open a seat and mail its link when the transaction commits. An open invitation of the address is replaced.

    Returns:
        The invitation and the link, which is stored nowhere.

    Raises:
        Forbidden: only owners invite owners.
        Conflict: the address belongs to a member already.
    """
    email = email.strip().lower()
    ensure_may_grant(by, role)
    if Membership.objects.filter(organisation_id=by.organisation_id, user__email=email).exists():
        raise Conflict(_("This person is a member already."), code="already_member")
    waiting = Invitation.objects.select_for_update().filter(email=email, accepted_at=None, revoked_at=None)
    invitation = waiting.first() or Invitation(email=email)
    invitation.role = role
    return _send(invitation, by=by, action="invitation.sent")


def resend(*, invitation_id: uuid.UUID, by: Membership) -> tuple[Invitation, str]:
    """Mail a new link with a new term; the old link is dead.

    Raises:
        NotFound: no such invitation here.
        Conflict: it was accepted.
    """
    invitation = get_invitation(invitation_id, lock=True)
    ensure_may_grant(by, invitation.role)
    if invitation.accepted_at:
        raise Conflict(_("This invitation was accepted already."), code="invitation_accepted")
    invitation.revoked_at = None
    return _send(invitation, by=by, action="invitation.sent_again")


def revoke(*, invitation_id: uuid.UUID) -> Invitation:
    """Close a seat that nobody took; revoking again changes nothing.

    Raises:
        NotFound: no such invitation here.
        Conflict: it was accepted.
    """
    invitation = get_invitation(invitation_id, lock=True)
    if invitation.accepted_at:
        message = _("This invitation was accepted already: remove the member instead.")
        raise Conflict(message, code="invitation_accepted")
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at", "updated_at"])
        _record(invitation, "invitation.revoked")
    return invitation


def accept(*, token: str, user: User) -> Membership:
    """Take the seat: the user becomes a member. Who accepts twice stays a member.

    Raises:
        NotFound: no such invitation.
        Forbidden: it was sent to another address.
        Conflict: it expired, was revoked, or was used.
    """
    found = invitation_of_token(token)
    if found is None:
        raise NotFound(_("This invitation does not exist. Ask for a new one."))
    with bind(found.organisation_id, user_id=user.id):
        invitation = get_invitation(found.id, lock=True)
        if invitation.email != user.email.lower():
            raise Forbidden(
                _("This invitation was sent to another address than the one you are signed in with."),
                code="other_address",
            )
        member = Membership.objects.select_related("organisation").filter(
            organisation_id=invitation.organisation_id, user_id=user.id
        )
        if invitation.state == "accepted" and (known := member.first()) is not None:
            return known
        if invitation.state != "open":
            raise Conflict(_("This invitation can no longer be used. Ask for a new one."), code="invitation_closed")
        membership, _created = Membership.objects.get_or_create(
            organisation_id=invitation.organisation_id, user=user, defaults={"role": invitation.role}
        )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at", "updated_at"])
        _record(invitation, "invitation.accepted")
        return membership


def _send(invitation: Invitation, *, by: Membership, action: str) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = hash_secret(token)
    invitation.invited_by_id = by.user_id
    invitation.expires_at = timezone.now() + timedelta(days=VALID_DAYS)
    invitation.save()
    _record(invitation, action)
    link = settings.SITE_URL.rstrip("/") + reverse("accounts:invitation", kwargs={"token": token})
    values = {"invitation": invitation, "organisation": by.organisation, "inviter": str(by.user), "link": link}
    subject = _("%(inviter)s invites you to %(organisation)s on Descant") % {
        "inviter": values["inviter"],
        "organisation": by.organisation.name,
    }
    body = render_to_string("accounts/email/invitation.txt", values | {"days": VALID_DAYS})
    transaction.on_commit(partial(_mail, " ".join(subject.splitlines()), body, invitation.email))
    return invitation, link


def _mail(subject: str, body: str, address: str) -> None:
    """Mail that can't be sent must not fail the request: the page shows the link as well."""
    try:
        send_mail(subject, body, None, [address])
    except OSError:
        logger.warning("An invitation could not be mailed", exc_info=True)


def _record(invitation: Invitation, action: str) -> None:
    audit.record(
        action=action,
        subject_type="invitation",
        subject_id=invitation.id,
        data={"email": invitation.email, "role": invitation.role},
    )
