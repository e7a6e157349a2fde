"""Files of a case: adding, sharing, fetching, deleting."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.cases import downloads, selectors
from apps.cases.forms import FileForm
from apps.cases.models import CaseFile
from apps.cases.services import files
from apps.cases.views.common import case_link, to_case
from apps.core.errors import DomainError
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def add(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Keep files: one at a time for the uploader's script, several for the plain form."""
    require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    if request.method == "GET":
        return to_case(slug, case.id, "files")
    form = FileForm(request.POST)
    share = form.is_valid() and form.cleaned_data["share"]
    sent = request.FILES.getlist("files")
    if "application/json" in request.headers.get("Accept", ""):
        if not sent:
            return JsonResponse({"detail": _("No file arrived. Choose it again.")}, status=422)
        row = files.add_file(case_id=case.id, file=sent[0], filename=sent[0].name or "", share=share)
        return JsonResponse(_answer(slug, row), status=201)
    if not sent:
        messages.error(request, _("Choose a file first."))
    for file in sent:
        try:
            files.add_file(case_id=case.id, file=file, filename=file.name or "", share=share)
        except DomainError as error:
            messages.error(request, f"{file.name}: {error.message}")
        else:
            messages.success(request, _("Shared with the other side.") if share else _("Kept for your organisation."))
    return to_case(slug, case.id, "files")


def _answer(slug: str, row: CaseFile) -> dict[str, str]:
    message = _("Shared with the other side.") if row.shared_at else _("Kept for your organisation.")
    return {
        "title": row.filename,
        "url": case_link(slug, row.case_id, "files"),
        "status": "created",
        "message": message,
    }


@require_GET
def download(request: TenantRequest, slug: str, case_id: uuid.UUID, case_file_id: uuid.UUID) -> HttpResponseBase:
    """The file itself, always for saving."""
    require_role(request)
    return downloads.case_file(request, selectors.get_file(case_id, case_file_id))


@require_http_methods(["GET", "POST"])
def share(request: TenantRequest, slug: str, case_id: uuid.UUID, case_file_id: uuid.UUID) -> HttpResponse:
    """Let the other side have a file of ours, after a question."""
    require_role(request, Role.EDITOR)
    row = selectors.get_file(case_id, case_file_id)
    if request.method == "GET":
        title = _("Share “%(name)s”?") % {"name": row.filename}
        return _asked(request, slug, row, title, _("The other side gets a copy. It can’t be taken back."), _("Share"))
    files.share_file(case_id=case_id, file_id=row.id)
    messages.success(request, _("Shared with the other side."))
    return to_case(slug, case_id, "files")


@require_http_methods(["GET", "POST"])
def remove(request: TenantRequest, slug: str, case_id: uuid.UUID, case_file_id: uuid.UUID) -> HttpResponse:
    """Delete a file that only we have, after a question."""
    require_role(request, Role.EDITOR)
    row = selectors.get_file(case_id, case_file_id)
    if request.method == "GET":
        title = _("Delete “%(name)s”?") % {"name": row.filename}
        return _asked(request, slug, row, title, _("Only your organisation has it; it is gone for good."), _("Delete"))
    files.remove_file(case_id=case_id, file_id=row.id)
    messages.success(request, _("Deleted."))
    return to_case(slug, case_id, "files")


def _asked(request: TenantRequest, slug: str, row: CaseFile, title: str, text: str, confirm: str) -> HttpResponse:
    """The question before something that can't be undone."""
    cancel = case_link(slug, row.case_id, "files")
    question = {"title": title, "text": text, "confirm": confirm, "cancel_url": cancel}
    return render(request, "core/confirm.html", question)
