"""The wizard for works: drop scores, watch their checks, read the answers."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.services.scores import SCORE_MAX_BYTES
from apps.core.errors import DomainError
from apps.core.scores import SCORE_TYPES
from apps.rights.forms import RegisterForm
from apps.rights.views.links import subject_link
from apps.rights.views.wizard import progress_page, row_of, since_of, since_query, step_labels
from apps.rights.work_uploads import (
    ReceivedScore,
    receive_score_to_check,
    receive_scores_to_check,
    scores_uploaded_since,
)
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def wizard(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose scores; each is kept and, unless one says no, checked at once."""
    require_role(request, Role.EDITOR)
    since = timezone.now()
    if request.method == "GET":
        return _form(request, slug, RegisterForm(), since)
    form = RegisterForm(request.POST)
    check_now = form.is_valid() and form.cleaned_data["check_now"]
    files = request.FILES.getlist("files")
    if "application/json" in request.headers.get("Accept", ""):
        return _one(request, slug, check=check_now)
    if not files:
        return _form(request, slug, form, since, errors=[_("Choose at least one score.")])
    for received in receive_scores_to_check(files=[(file, file.name or "") for file in files], check=check_now):
        if received.message:
            messages.warning(request, f"{received.score.filename}: {received.message}")
    return redirect(_progress_link(slug, since))


@require_GET
def progress(request: TenantRequest, slug: str) -> HttpResponse:
    """What became of the scores that one has just uploaded; asks again while something runs."""
    require_role(request)
    since = since_of(request)
    rows = [row_of(slug, work) for work in scores_uploaded_since(user_id=request.user.pk, since=since)]
    return progress_page(request, "rights/register_works_progress.html", rows, _progress_link(slug, since))


def _form(
    request: TenantRequest, slug: str, form: RegisterForm, since: datetime, errors: list[str] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("rights:register_work", kwargs={"slug": slug}),
        "accept": SCORE_TYPES,
        "max_bytes": SCORE_MAX_BYTES,
        "poll": _progress_link(slug, since),
        "errors": errors or [],
        "steps": step_labels(),
    }
    return render(request, "rights/register_works.html", context, status=422 if errors else 200)


def _one(request: TenantRequest, slug: str, *, check: bool) -> HttpResponse:
    """The uploader's request: one file, answered in JSON."""
    file = request.FILES.get("files")
    if file is None:
        return JsonResponse({"detail": _("No file arrived. Choose it again.")}, status=422)
    try:
        received = receive_score_to_check(file=file, filename=file.name or "", check=check)
    except DomainError as error:
        return JsonResponse({"detail": str(error.message), "code": error.code}, status=error.status)
    return JsonResponse(_answer(slug, received), status=200 if received.duplicate else 201)


def _answer(slug: str, received: ReceivedScore) -> dict[str, Any]:
    message = received.message
    if not message:
        message = _("Received. The check has started.") if received.check else _("Received.")
    status = "duplicate" if received.duplicate else "rejected" if received.score.is_rejected else "created"
    return {
        "title": received.work.full_title,
        "url": subject_link(slug, received.work),
        "status": status,
        "message": message,
    }


def _progress_link(slug: str, since: datetime) -> str:
    return reverse("rights:register_works_progress", kwargs={"slug": slug}) + since_query(since)
