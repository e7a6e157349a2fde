"""Ending a case and opening it again: each asks for a reason on a page of its own."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.cases import selectors
from apps.cases.forms import EndForm
from apps.cases.models import Case
from apps.cases.services import states
from apps.cases.views.common import case_link, crumbs, signature, to_case
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@dataclass(frozen=True)
class _Step:
    """One way to change the state of a case."""

    service: Callable[..., Case]
    title: str | Promise
    text: str | Promise
    done: str | Promise
    icon: str


DECLINE = _Step(
    states.decline_case,
    gettext_lazy("Decline the case"),
    gettext_lazy("You do not go into it. Open proposals and deadlines end; either side can open the case again."),
    gettext_lazy("The case is declined, and the other side is told."),
    "circle-x",
)
WITHDRAW = _Step(
    states.withdraw_case,
    gettext_lazy("Withdraw the case"),
    gettext_lazy("You take it back. Open proposals and deadlines end; only you can open the case again."),
    gettext_lazy("The case is withdrawn, and the other side is told."),
    "undo-2",
)
CLOSE = _Step(
    states.close_case,
    gettext_lazy("Close the case"),
    gettext_lazy("Nothing is left to do. Open proposals and deadlines end; either side can open the case again."),
    gettext_lazy("The case is closed, and the other side is told."),
    "archive",
)
REOPEN = _Step(
    states.reopen_case,
    gettext_lazy("Open the case again"),
    gettext_lazy("The discussion goes on where it stood. This is possible for 90 days, three times a side."),
    gettext_lazy("The case is open again, and the other side is told."),
    "rotate-ccw",
)


@require_http_methods(["GET", "POST"])
def decline(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """The addressed side does not go into the case."""
    require_role(request, Role.ADMIN)
    return _step(request, slug, case_id, DECLINE)


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """The opening side takes the case back."""
    require_role(request, Role.ADMIN)
    return _step(request, slug, case_id, WITHDRAW)


@require_http_methods(["GET", "POST"])
def close(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """End the case."""
    require_role(request, Role.ADMIN)
    return _step(request, slug, case_id, CLOSE)


@require_http_methods(["GET", "POST"])
def reopen(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Go on with a case that has ended."""
    require_role(request, Role.ADMIN)
    return _step(request, slug, case_id, REOPEN)


def _step(request: TenantRequest, slug: str, case_id: uuid.UUID, step: _Step) -> HttpResponse:
    case = selectors.get_case(case_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            step.service(
                case_id=case.id,
                reason=values["reason"],
                signed=signature(request, values["sign"]),
                item=values["item"],
            )
        if form.is_valid():
            messages.success(request, str(step.done))
            return to_case(slug, case.id)
    context = {
        "form": form,
        "case": case,
        "step": step,
        "cancel": case_link(slug, case.id),
        "crumbs": crumbs(slug, _("Cases"), case, step.title),
    }
    return render(request, "cases/step.html", context, status=422 if form.errors else 200)
