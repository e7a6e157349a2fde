"""The wizard: drop recordings, watch their checks, read the answers."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.errors import DomainError
from apps.rights.forms import RegisterForm
from apps.rights.uploads import Received, receive_recording, receive_recordings, uploaded_since
from apps.rights.views.links import track_link
from apps.rights.views.wizard import progress_page, row_of, since_of, since_query, step_labels
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def wizard(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose files; each is kept and, unless one says no, checked at once."""
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
        return _form(request, slug, form, since, errors=[_("Choose at least one recording.")])
    for received in receive_recordings(files=[(file, file.name or "") for file in files], check=check_now):
        if received.message:
            messages.warning(request, f"{received.asset.filename}: {received.message}")
    return redirect(_progress_link(slug, since))


@require_GET
def progress(request: TenantRequest, slug: str) -> HttpResponse:
    """What became of the recordings that one has just uploaded; asks again while something runs."""
    require_role(request)
    since = since_of(request)
    rows = [row_of(slug, track) for track in uploaded_since(user_id=request.user.pk, since=since)]
    return progress_page(request, "rights/register_progress.html", rows, _progress_link(slug, since))


def _form(
    request: TenantRequest, slug: str, form: RegisterForm, since: datetime, errors: list[str] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("rights:register", kwargs={"slug": slug}),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "poll": _progress_link(slug, since),
        "errors": errors or [],
        "steps": step_labels(),
    }
    return render(request, "rights/register.html", context, status=422 if errors else 200)


def _one(request: TenantRequest, slug: str, *, check: bool) -> HttpResponse:
    """The uploader's request: one file, answered in JSON."""
    file = request.FILES.get("files")
    if file is None:
        return JsonResponse({"detail": _("No file arrived. Choose it again.")}, status=422)
    try:
        received = receive_recording(file=file, filename=file.name or "", check=check)
    except DomainError as error:
        return JsonResponse({"detail": str(error.message), "code": error.code}, status=error.status)
    return JsonResponse(_answer(slug, received), status=200 if received.duplicate else 201)


def _answer(slug: str, received: Received) -> dict[str, Any]:
    message = received.message
    if not message:
        message = _("Received. The check has started.") if received.check else _("Received.")
    status = "duplicate" if received.duplicate else "rejected" if received.asset.is_rejected else "created"
    return {
        "title": received.track.full_title,
        "url": track_link(slug, received.track.id),
        "status": status,
        "message": message,
    }


def _progress_link(slug: str, since: datetime) -> str:
    return reverse("rights:register_progress", kwargs={"slug": slug}) + since_query(since)
