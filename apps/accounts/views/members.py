"""Members of an organisation and the invitations that wait."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors
from apps.accounts.forms import InvitationForm, RoleForm
from apps.accounts.services import invitations, members
from apps.core.errors import InvalidInput
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Membership, Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """Everybody sees who belongs here; administrators invite (POST) and manage."""
    membership = require_role(request, Role.ADMIN if request.method == "POST" else Role.VIEWER)
    form = InvitationForm(request.POST or None, by=membership)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            _invitation, link = invitations.invite(**form.cleaned_data, by=membership)
            return _sent(request, slug, form.cleaned_data["email"], link)
    return _members_page(request, membership, form)


@require_POST
def change_role(request: TenantRequest, slug: str, member_id: uuid.UUID) -> HttpResponse:
    """Give a member another role."""
    membership = require_role(request, Role.ADMIN)
    form = RoleForm(request.POST, by=membership)
    selectors.get_member(member_id)
    if not form.is_valid():
        raise InvalidInput(_("Choose a role from the list."))
    member = members.change_role(member_id=member_id, role=form.cleaned_data["role"], by=membership)
    role = Role(member.role).label
    messages.success(request, _("%(name)s is now: %(role)s.") % {"name": member.user, "role": role})
    return redirect("accounts:members", slug=slug)


@require_http_methods(["GET", "POST"])
def remove(request: TenantRequest, slug: str, member_id: uuid.UUID) -> HttpResponse:
    """Take somebody out of the organisation, after a question."""
    membership = require_role(request, Role.ADMIN)
    member = selectors.get_member(member_id)
    if request.method == "POST":
        members.remove_member(member_id=member_id, by=membership)
        messages.success(request, _("%(name)s is no longer a member.") % {"name": member.user})
        return redirect("home" if member.user_id == membership.user_id else _members_url(slug))
    question = {
        "title": _("Remove %(name)s?") % {"name": member.user},
        "text": _("They lose access at once. What they uploaded and decided stays."),
        "confirm": _("Remove"),
        "cancel_url": _members_url(slug),
    }
    return render(request, "core/confirm.html", question)


@require_http_methods(["GET", "POST"])
def leave(request: TenantRequest, slug: str) -> HttpResponse:
    """Leave the organisation oneself, after a question."""
    membership = require_role(request, Role.VIEWER)
    if request.method == "POST":
        members.remove_member(member_id=membership.id, by=membership)
        messages.success(request, _("You left %(name)s.") % {"name": membership.organisation.name})
        return redirect("home")
    question = {
        "title": _("Leave %(name)s?") % {"name": membership.organisation.name},
        "text": _("You lose access at once. An administrator can invite you again."),
        "confirm": _("Leave"),
        "cancel_url": _members_url(slug),
    }
    return render(request, "core/confirm.html", question)


@require_http_methods(["GET", "POST"])
def resend(request: TenantRequest, slug: str, invitation_id: uuid.UUID) -> HttpResponse:
    """Mail a new link; the old one is dead. GET (a reload, a log-in in between) leads to the list."""
    membership = require_role(request, Role.ADMIN)
    if request.method == "GET":
        selectors.get_invitation(invitation_id)
        return redirect("accounts:members", slug=slug)
    invitation, link = invitations.resend(invitation_id=invitation_id, by=membership)
    return _sent(request, slug, invitation.email, link)


@require_http_methods(["GET", "POST"])
def revoke(request: TenantRequest, slug: str, invitation_id: uuid.UUID) -> HttpResponse:
    """Close an open seat, after a question."""
    require_role(request, Role.ADMIN)
    invitation = selectors.get_invitation(invitation_id)
    if request.method == "POST":
        invitations.revoke(invitation_id=invitation_id)
        messages.success(request, _("The invitation of %(email)s is revoked.") % {"email": invitation.email})
        return redirect("accounts:members", slug=slug)
    question = {
        "title": _("Revoke the invitation of %(email)s?") % {"email": invitation.email},
        "text": _("The link that was mailed stops working."),
        "confirm": _("Revoke"),
        "cancel_url": _members_url(slug),
    }
    return render(request, "core/confirm.html", question)


def _sent(request: TenantRequest, slug: str, email: str, link: str) -> HttpResponse:
    """Show the link once: mail may be slow or end up in a spam folder."""
    membership = require_role(request, Role.ADMIN)
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
    return _members_page(request, membership, InvitationForm(by=membership), link=link, email=email)


def _members_page(
    request: TenantRequest, membership: Membership, form: InvitationForm, link: str = "", email: str = ""
) -> HttpResponse:
    may_manage = membership.may_act_as(Role.ADMIN)
    values = {
        "members": selectors.members(),
        "invitations": selectors.waiting_invitations() if may_manage else [],
        "roles": [(role.value, role.label) for role in Role if membership.may_act_as(role)],
        "may_manage": may_manage,
        "form": form,
        "link": link,
        "email": email,
    }
    response = render(request, "accounts/members.html", values, status=422 if form.errors else 200)
    if link:
        response["Cache-Control"] = "no-store"
    return response


def _members_url(slug: str) -> str:
    return reverse("accounts:members", kwargs={"slug": slug})
