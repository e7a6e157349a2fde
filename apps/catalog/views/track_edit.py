"""Changing what a track says, and its recording."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.catalog import selectors, services
from apps.catalog.forms import CreditFormSet, RecordingForm, TrackForm, credits_from
from apps.catalog.models import Track
from apps.core.display import Link
from apps.core.errors import DomainError
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

MAX_SUGGESTIONS = 300
MORE_ROWS = 5


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """The form of a track with its credits. ``more`` adds empty lines and keeps what was typed."""
    require_role(request, Role.EDITOR)
    track = selectors.get_track(track_id)
    known = [{"name": credit.artist.name, "role": credit.role} for credit in selectors.credits_of(track.id)]
    if request.method == "POST" and "more" in request.POST:
        return _page(request, slug, track, TrackForm(_kept(request)), CreditFormSet(_more_lines(request)))
    if request.method == "POST":
        form, formset = TrackForm(request.POST), CreditFormSet(request.POST)
        if form.is_valid() & formset.is_valid():
            with errors_into(form):
                services.update_track(track_id=track.id, changes=form.changes(), credited=credits_from(formset))
            if form.is_valid():
                messages.success(request, _("Saved."))
                return redirect("catalog:track", slug=slug, track_id=track.id)
        return _page(request, slug, track, form, formset, status=422)
    return _page(request, slug, track, TrackForm(initial=TrackForm.initial_of(track)), CreditFormSet(initial=known))


@require_http_methods(["GET", "POST"])
def recording(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Replace the recording of a track, or give it one. Answers JSON to the uploader."""
    require_role(request, Role.EDITOR)
    track = selectors.get_track(track_id)
    wants_json = "application/json" in request.headers.get("Accept", "")
    form = RecordingForm(request.POST or None, request.FILES or None)
    errors: list[str] = []
    if request.method == "POST":
        file = request.FILES.get("file")
        if isinstance(file, UploadedFile):
            try:
                result = services.receive_upload(file=file, filename=file.name or "", track_id=track.id)
            except DomainError as error:
                if wants_json:
                    return JsonResponse({"message": str(error.message), "detail": error.code}, status=error.status)
                errors = [str(error.message)]
            else:
                return _answer(request, slug, track, result, wants_json=wants_json)
        else:
            errors = [_("Choose a file first.")]
    values = {
        "track": track,
        "asset": selectors.current_asset(track.id),
        "form": form,
        "errors": errors,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "crumbs": _crumbs(slug, track),
    }
    return render(request, "catalog/recording.html", values, status=422 if errors else 200)


def _answer(
    request: TenantRequest, slug: str, track: Track, result: services.UploadResult, *, wants_json: bool
) -> HttpResponse:
    url = reverse("catalog:track", kwargs={"slug": slug, "track_id": result.track.id})
    message = upload_message(result, wanted=track)
    if wants_json:
        if result.rejected:
            return JsonResponse({"message": message, "detail": result.asset.error_code}, status=422)
        status = "duplicate" if result.duplicate else "created"
        return JsonResponse(
            {"title": result.track.title, "url": url, "status": status, "message": message},
            status=200 if result.duplicate else 201,
        )
    (messages.warning if result.duplicate or result.rejected else messages.success)(request, message)
    return redirect(url)


def upload_message(result: services.UploadResult, *, wanted: Track | None = None) -> str:
    """What became of an upload, in a sentence."""
    if result.duplicate:
        if wanted is not None and wanted.id == result.track.id:
            return _("This track has exactly this recording already; nothing was stored.")
        return _("Your organisation has exactly this recording already, as “%(title)s”; nothing was stored twice.") % {
            "title": result.track.full_title
        }
    if result.rejected:
        return result.asset.error_message
    return _("Received; it is being listened to now.")


def _page(
    request: TenantRequest, slug: str, track: Track, form: TrackForm, formset: Any, *, status: int = 200
) -> HttpResponse:
    values = {
        "track": track,
        "form": form,
        "formset": formset,
        "releases": selectors.release_choices(MAX_SUGGESTIONS),
        "artists": selectors.artist_choices(MAX_SUGGESTIONS),
        "works": selectors.work_choices(MAX_SUGGESTIONS),
        "crumbs": _crumbs(slug, track),
        "back_url": reverse("catalog:track", kwargs={"slug": slug, "track_id": track.id}),
    }
    return render(request, "catalog/track_edit.html", values, status=status)


def _crumbs(slug: str, track: Track) -> list[Link]:
    return [
        Link(_("Tracks"), reverse("catalog:tracks", kwargs={"slug": slug})),
        Link(track.full_title, reverse("catalog:track", kwargs={"slug": slug, "track_id": track.id})),
    ]


def _kept(request: TenantRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in TrackForm.base_fields}


def _more_lines(request: TenantRequest) -> QueryDict:
    data = request.POST.copy()
    name = f"{CreditFormSet.get_default_prefix()}-TOTAL_FORMS"
    data[name] = str(_number(data.get(name)) + MORE_ROWS)
    return data


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else 0
