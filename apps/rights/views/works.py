"""What the registry adds to the page of a work: where it stands, and the acts that are open."""

import uuid
from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.selectors import get_work
from apps.rights import selectors, services
from apps.rights.views.acts import back, check_each, register_it, selected_ids, withdraw_it
from apps.rights.views.tracks import render_panel
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
        return back(slug, work)
    started = services.request_work_check(work_id=work.id)
    return redirect("rights:check", slug=slug, check_id=started.id)


@require_http_methods(["GET", "POST"])
def check_selected(request: TenantRequest, slug: str) -> HttpResponse:
    """Check the works that were ticked in the catalogue's list; those that can't be are named with the reason."""
    require_role(request, Role.EDITOR)
    ticked = [get_work(work_id) for work_id in selected_ids(request)]
    return check_each(request, slug, ticked, lambda work: services.request_work_check(work_id=work.id))


@require_http_methods(["GET", "POST"])
def register(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Register a work that may be registered. GET leads to the work, where the button is."""
    require_role(request, Role.EDITOR)
    work = get_work(work_id)
    return register_it(request, slug, work, partial(services.register_work, work_id=work.id))


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Take a work out of the registry, after a question and with a reason."""
    require_role(request, Role.EDITOR)
    work = get_work(work_id)
    text = _(
        "The work is found no more by other labels’ checks, and its certificate says that it was withdrawn. The work "
        "and its score stay in your catalogue; you can check and register it again."
    )
    return withdraw_it(request, slug, work, lambda reason: services.withdraw_work(work_id=work.id, reason=reason), text)
