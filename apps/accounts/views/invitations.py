"""The page behind the link of an invitation."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.selectors import get_invitation, invitation_of_token
from apps.accounts.services import invitations
from apps.core.errors import NotFound
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Role
from apps.tenancy.requests import TenantRequest

GONE = 410


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: TenantRequest, token: str) -> HttpResponse:
    """Say who invites and to what; POST accepts.

    Whoever is not signed in signs up or in first and comes back here.
    """
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and user is not None:
        membership = invitations.accept(token=token, user=user)
        messages.success(request, _("Welcome to %(name)s.") % {"name": membership.organisation.name})
        return redirect("organisation_home", slug=membership.organisation.slug)
    return _page(request, token, user)


def _page(request: TenantRequest, token: str, user: User | None) -> HttpResponse:
    found = invitation_of_token(token)
    if found is None:
        raise NotFound(_("This invitation does not exist. Ask for a new one."))
    with bind(found.organisation_id, user_id=user.id if user else None):
        invitation = get_invitation(found.id)
        members = Membership.objects.filter(organisation_id=found.organisation_id)
        is_member = user is not None and members.filter(user=user).exists()
    if is_member and invitation.state == "accepted":
        return redirect("organisation_home", slug=invitation.organisation.slug)
    here = request.path
    next_query = urlencode({"next": here})
    values = {
        "invitation": invitation,
        "inviting_organisation": invitation.organisation,
        "role": Role(invitation.role).label,
        "is_other_address": user is not None and user.email.lower() != invitation.email,
        "log_in_url": f"{reverse('account_login')}?{next_query}",
        "sign_up_url": f"{reverse('account_signup')}?{next_query}",
        "next": here,
    }
    status = 200 if invitation.state == "open" else GONE
    return render(request, "accounts/invitation.html", values, status=status)
