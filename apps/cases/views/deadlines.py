"""Setting and settling deadlines."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.cases import selectors
from apps.cases.forms import DeadlineForm
from apps.cases.models import DeadlineState
from apps.cases.services import deadlines
from apps.cases.views.common import case_link, crumbs, to_case
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def add(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Set a deadline."""
    membership = require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    form = DeadlineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        due = deadlines.Due(
            due_at=values["due_at"],
            for_us=values["for_whom"] in ("us", "both"),
            for_them=values["for_whom"] in ("them", "both"),
            text=values["text"],
        )
        with errors_into(form):
            deadlines.set_deadline(case_id=case.id, due=due, item=values["item"])
        if form.is_valid():
            messages.success(request, _("The deadline is set. Both sides see it and are reminded."))
            return to_case(slug, case.id, "deadlines")
    context = {
        "form": form,
        "case": case,
        "zone": membership.organisation.time_zone,
        "cancel": case_link(slug, case.id),
        "crumbs": crumbs(slug, _("Cases"), case, _("Set a deadline")),
    }
    return render(request, "cases/deadline.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def met(request: TenantRequest, slug: str, case_id: uuid.UUID, deadline_id: uuid.UUID) -> HttpResponse:
    """What was due is done."""
    require_role(request, Role.EDITOR)
    return _settle(request, slug, case_id, deadline_id, DeadlineState.MET, _("Mark this deadline as met?"))


@require_http_methods(["GET", "POST"])
def cancel(request: TenantRequest, slug: str, case_id: uuid.UUID, deadline_id: uuid.UUID) -> HttpResponse:
    """The deadline holds no more."""
    require_role(request, Role.EDITOR)
    return _settle(request, slug, case_id, deadline_id, DeadlineState.CANCELLED, _("Cancel this deadline?"))


def _settle(
    request: TenantRequest, slug: str, case_id: uuid.UUID, deadline_id: uuid.UUID, outcome: DeadlineState, title: str
) -> HttpResponse:
    deadline = selectors.get_deadline(case_id, deadline_id)
    if request.method == "POST":
        deadlines.settle_deadline(case_id=case_id, deadline_id=deadline.id, outcome=outcome)
        messages.success(request, _("Saved, and the other side is told."))
        return to_case(slug, case_id, "deadlines")
    question = {
        "title": title,
        "text": _("The other side is told."),
        "confirm": _("Yes"),
        "cancel_url": case_link(slug, case_id, "deadlines"),
    }
    return render(request, "core/confirm.html", question)
