"""Home, a new organisation, and an organisation's settings."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.forms import NewOrganisationForm, OrganisationForm
from apps.accounts.models import User
from apps.accounts.services.organisations import OrganisationSettings, create_organisation, update_organisation
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.middleware import LAST_ORGANISATION
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@login_required
@require_GET
def home(request: TenantRequest) -> HttpResponse:
    """Where a person belongs: the organisation used last, or the page of listeners, who belong to none."""
    slugs = [membership.organisation.slug for membership in request.memberships]
    if not slugs:
        return render(request, "accounts/listener_home.html")
    last = request.session.get(LAST_ORGANISATION)
    return redirect("organisation_home", slug=last if last in slugs else slugs[0])


@login_required
@require_http_methods(["GET", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    """Found an organisation, and own it."""
    form = NewOrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            organisation = create_organisation(
                name=form.cleaned_data["name"], kind=form.cleaned_data["kind"], owner_id=cast(User, request.user).id
            )
            messages.success(request, _("%(name)s is ready.") % {"name": organisation.name})
            return redirect("organisation_home", slug=organisation.slug)
    return render(request, "tenancy/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str) -> HttpResponse:
    """Name, time zone, and what the registry may show to others."""
    organisation = require_role(request, Role.ADMIN).organisation
    names = ("name", "time_zone", "public_name", "contact_route", "share_excerpts")
    form = OrganisationForm(request.POST or None, initial={name: getattr(organisation, name) for name in names})
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            update_organisation(organisation=organisation, settings=OrganisationSettings(**form.cleaned_data))
            messages.success(request, _("The settings are saved."))
            return redirect("tenancy:settings", slug=slug)
    return render(request, "tenancy/settings.html", {"form": form}, status=422 if form.errors else 200)
