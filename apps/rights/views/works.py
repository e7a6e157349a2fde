"""What the registry adds to the page of a work: where it stands, and the acts that are open."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.models import Work
from apps.catalog.selectors import get_work
from apps.core.errors import DomainError
from apps.core.forms import errors_into
from apps.rights import selectors, services
from apps.rights.forms import WithdrawForm
from apps.rights.views.links import registry_crumbs, subject_link
from apps.rights.views.tracks import render_panel, selected_ids
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_GET
def panel(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """The registry's part of a work's page, a fragment."""
    membership = require_role(request)
    found = selectors.work_panel(get_work(work_id))
    return render_panel(request, slug, found, may_act=membership.may_act_as(Role.EDITOR))


@require_http_methods(["GET", "POST"])
def check(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Start a check and go to it. GET leads to the work, where the button is."""
    require_role(request, Role.EDITOR)
    work = get_work(work_id)
    if request.method == "GET":
        return _back(slug, work)
    started = services.request_work_check(work_id=work.id)
    return redirect("rights:check", slug=slug, check_id=started.id)


@require_http_methods(["GET", "POST"])
def check_selected(request: TenantRequest, slug: str) -> HttpResponse:
    """Check the works that were ticked in the catalogue's list; those that can't be are named with the reason."""
    require_role(request, Role.EDITOR)
    started = 0
    for work_id in selected_ids(request):
        work = get_work(work_id)
        try:
            with transaction.atomic():
                services.request_work_check(work_id=work.id)
            started += 1
        except DomainError as error:
            messages.warning(request, f"{work.full_title}: {error.message}")
    if started:
        text = ngettext("%(count)d check has started.", "%(count)d checks have started.", started)
        messages.success(request, text % {"count": started})
    return redirect("rights:checks", slug=slug)


@require_http_methods(["GET", "POST"])
def register(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Register a work that may be registered. GET leads to the work, where the button is."""
    require_role(request, Role.EDITOR)
    work = get_work(work_id)
    if request.method == "POST":
        services.register_work(work_id=work.id)
        messages.success(
            request, _("“%(title)s” is registered. Its certificate is ready.") % {"title": work.full_title}
        )
    return _back(slug, work)


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Take a work out of the registry, after a question and with a reason."""
    require_role(request, Role.EDITOR)
    work = get_work(work_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.withdraw_work(work_id=work.id, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, _("“%(title)s” is withdrawn from the registry.") % {"title": work.full_title})
            return _back(slug, work)
    context = {
        "form": form,
        "work": work,
        "crumbs": registry_crumbs(slug, _("Registrations"), "rights:registrations", work.full_title),
        "cancel": subject_link(slug, work),
    }
    return render(request, "rights/withdraw_work.html", context, status=422 if form.errors else 200)


def _back(slug: str, work: Work) -> HttpResponse:
    return redirect(subject_link(slug, work))
