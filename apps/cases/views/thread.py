"""Writing in a case; who is in charge; what is unread."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.selectors import members
from apps.cases import selectors, services
from apps.cases.forms import AssignForm, MessageForm, NoteForm
from apps.cases.views.common import signature, to_case
from apps.cases.views.detail import show
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def message(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Send a message; the form is on the page of the case."""
    membership = require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    if request.method == "GET":
        return to_case(slug, case.id, "thread")
    form = MessageForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            services.thread.write_message(
                case_id=case.id, text=values["text"], signed=signature(request, values["sign"]), item=values["item"]
            )
    if not form.is_valid():
        return show(request, slug, case.id, membership, message_form=form, status=422)
    messages.success(request, _("Sent."))
    return to_case(slug, case.id, "thread")


@require_http_methods(["GET", "POST"])
def note(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Keep a note for our own side."""
    membership = require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    if request.method == "GET":
        return to_case(slug, case.id, "thread")
    form = NoteForm(request.POST, prefix="note")
    if form.is_valid():
        with errors_into(form):
            services.thread.write_note(case_id=case.id, text=form.cleaned_data["text"], item=form.cleaned_data["item"])
    if not form.is_valid():
        return show(request, slug, case.id, membership, note_form=form, status=422)
    messages.success(request, _("Noted. Only your organisation sees it."))
    return to_case(slug, case.id, "thread")


@require_http_methods(["GET", "POST"])
def assign(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Put a member in charge."""
    require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    form = AssignForm(request.POST, members=list(members()))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["assigned_to"]
        services.thread.assign(case_id=case.id, user_id=uuid.UUID(chosen) if chosen else None)
        messages.success(request, _("Saved."))
    return to_case(slug, case.id, "people")


@require_http_methods(["GET", "POST"])
def unread(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Let the case stand as unread for me."""
    membership = require_role(request)
    case = selectors.get_case(case_id)
    if request.method == "POST":
        services.thread.mark_unseen(case_id=case.id, user_id=membership.user_id)
        messages.info(request, _("Marked as unread for you."))
    return redirect("cases:list", slug=slug)
