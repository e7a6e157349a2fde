"""Long recordings: the list, submitting, the cue sheet, its exports."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.core.display import Link
from apps.core.errors import DomainError, NotFound
from apps.core.formats import clock
from apps.core.forms import errors_into
from apps.core.serving import StoredFile, serve
from apps.core.tables import Column, Table
from apps.monitoring import selectors, services
from apps.monitoring.exports import export as exported
from apps.monitoring.forms import RecordingFilterForm, RecordingForm
from apps.monitoring.models import LongRecording
from apps.monitoring.storage import AUDIO_TYPES, UNKNOWN_TYPE
from apps.monitoring.views import shown
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

PEAK_POINTS = 2000
YEAR_S = 365 * 24 * 3600

COLUMNS = [
    Column("title", gettext_lazy("Recording"), sort="title", value=lambda r: r.title, optional=False),
    Column("source", gettext_lazy("Source"), sort="source__name", value=lambda r: r.source or ""),
    Column("air", gettext_lazy("On air"), sort="started_at", value=lambda r: r.started_at or ""),
    Column("length", gettext_lazy("Length"), sort="duration_s", value=lambda r: clock(r.duration_s), numeric=True),
    Column("cues", gettext_lazy("Cues"), sort="cue_count", value=lambda r: r.cue_count, numeric=True),
    Column("state", gettext_lazy("State"), sort="state", value=lambda r: r.get_state_display()),
    Column("origin", gettext_lazy("Came in"), sort="origin", value=lambda r: r.get_origin_display(), shown=False),
    Column("created", gettext_lazy("Added"), sort="created_at", value=lambda r: r.created_at.isoformat()),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All recordings, newest first."""
    membership = require_role(request)
    form = RecordingFilterForm(request.GET)
    wanted = form.wanted()
    found = selectors.recordings(wanted)
    table = Table(request, found, COLUMNS, sort="-created", caption=_("Recordings"), table_id="recordings")
    if table.wants_csv:
        return table.csv("recordings")
    may_edit = membership.may_act_as(Role.EDITOR)
    context = {
        "table": table,
        "form": form,
        "filtered": any((wanted.text, wanted.state, wanted.source)),
        "busy": any(recording.is_open for recording in table.rows),
        "may_edit": may_edit,
        "has_deleted": may_edit and selectors.deleted_recordings().exists(),
        "tabs": shown.tabs(slug, "list"),
    }
    return render(request, "monitoring/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: TenantRequest, slug: str) -> HttpResponse:
    """Submit a recording; with JavaScript the file is sent by itself and answered in JSON."""
    require_role(request, Role.EDITOR)
    data = request.POST if request.method == "POST" else None
    form = RecordingForm(data, initial={"source": request.GET.get("source", "")})
    wants_json = "application/json" in request.headers.get("Accept", "")
    if request.method == "GET":
        return _new_page(request, slug, form)
    file = request.FILES.get("files")
    if file is None or not form.is_valid():
        problem = _("No file arrived. Choose it again.") if file is None else _first_error(form)
        if wants_json:
            return JsonResponse({"detail": problem}, status=422)
        return _new_page(request, slug, form, errors=[problem])
    try:
        recording = services.receive_recording(file=file, filename=file.name or "", **form.cleaned_data)
    except DomainError as error:
        if wants_json:
            return JsonResponse({"detail": str(error.message), "code": error.code}, status=error.status)
        return _new_page(request, slug, form, errors=[str(error.message)])
    address = shown.recording_link(slug, recording)
    if wants_json:
        words = _("Received. Descant listens to it now.")
        answer = {"title": recording.title, "url": address, "status": "created", "message": words}
        return JsonResponse(answer, status=201)
    return redirect(address)


@require_GET
def detail(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """The cue sheet, or how far the listening is."""
    membership = require_role(request)
    recording = selectors.get_recording(recording_id)
    cues = selectors.cues_of(recording.id)
    gaps = selectors.gaps(recording, cues) if recording.finished_at and not recording.is_open else []
    may_edit = membership.may_act_as(Role.EDITOR)
    context: dict[str, Any] = {
        "recording": recording,
        "cues": cues,
        "rows": shown.rows(slug, recording, cues, gaps),
        "removed": selectors.cues_of(recording.id, removed=True),
        "line": shown.time_line(recording, cues, gaps),
        "sound": shown.sound(slug, recording),
        "covered": selectors.covered_share(recording, cues),
        "unknown_s": sum(gap.seconds for gap in gaps if not gap.silent),
        "may_edit": may_edit,
        "watchlists": list(selectors.watchlists()) if may_edit else [],
        "crumbs": shown.crumbs(slug, Link(recording.title, "", current=True)),
        "air_zone": recording.source.time_zone if recording.source else "UTC",
    }
    if recording.job:
        address = {"slug": slug, "job_id": recording.job.id}
        context["poll"] = reverse("jobs:card", kwargs=address)
        context["cancel"] = reverse("jobs:cancel", kwargs=address) if may_edit else ""
        context["retry"] = reverse("jobs:retry", kwargs=address) if may_edit else ""
    return render(request, "monitoring/detail.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """Change title, source and time on air."""
    require_role(request, Role.EDITOR)
    recording = selectors.get_recording(recording_id)
    form = RecordingForm.of(recording, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            services.update_recording(
                recording_id=recording.id,
                title=values["title"].strip() or recording.title,
                source=values["source"],
                started_at=values["started_at"],
            )
        if form.is_valid():
            messages.success(request, _("Saved."))
            return redirect("monitoring:detail", slug=slug, recording_id=recording.id)
    back = shown.recording_link(slug, recording)
    context = {
        "form": form,
        "title": _("Details of the recording"),
        "back": back,
        "crumbs": shown.crumbs(slug, Link(recording.title, back)),
    }
    return render(request, "monitoring/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def delete(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """Delete a recording, after a question; it can be restored for 30 days."""
    require_role(request, Role.EDITOR)
    recording = selectors.get_recording(recording_id)
    if request.method == "POST":
        services.delete_recording(recording_id=recording.id)
        link = format_html(
            '{} <a class="text-link" href="{}">{}</a>',
            _("“%(title)s” is deleted.") % {"title": recording.title},
            reverse("monitoring:deleted", kwargs={"slug": slug}),
            _("Undo"),
        )
        messages.success(request, link)
        return redirect("monitoring:list", slug=slug)
    question = {
        "title": _("Delete “%(title)s”?") % {"title": recording.title},
        "text": _("Its cue sheet and its plays go with it. It can be restored for 30 days."),
        "confirm": _("Delete"),
        "cancel_url": shown.recording_link(slug, recording),
    }
    return render(request, "core/confirm.html", question)


@require_GET
def deleted(request: TenantRequest, slug: str) -> HttpResponse:
    """Deleted recordings that can still be restored."""
    require_role(request, Role.EDITOR)
    context = {"recordings": selectors.deleted_recordings(), "crumbs": shown.crumbs(slug)}
    return render(request, "monitoring/deleted.html", context)


@require_POST
def restore(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """Bring a deleted recording back."""
    require_role(request, Role.EDITOR)
    recording = services.restore_recording(recording_id=recording_id)
    messages.success(request, _("“%(title)s” is back.") % {"title": recording.title})
    return redirect("monitoring:detail", slug=slug, recording_id=recording.id)


@require_http_methods(["GET", "POST"])
def again(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """Compare with the registry as it is now, after a question."""
    require_role(request, Role.EDITOR)
    recording = selectors.get_recording(recording_id)
    if request.method == "POST":
        services.listen_again(recording_id=recording.id)
        messages.info(request, _("Descant listens to it again."))
        return redirect("monitoring:detail", slug=slug, recording_id=recording.id)
    question = {
        "title": _("Listen to “%(title)s” again?") % {"title": recording.title},
        "text": _("It is compared with the registry as it is now. What people confirmed, corrected or added stays."),
        "confirm": _("Listen again"),
        "cancel_url": shown.recording_link(slug, recording),
    }
    return render(request, "core/confirm.html", question)


@require_GET
def export(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """The cue sheet as a file; ``?as=`` says which (csv, broadcast, cue, json)."""
    require_role(request)
    recording = selectors.get_recording(recording_id)
    made = exported(request.GET.get("as", "csv"), recording, selectors.cues_of(recording.id))
    return file_response(made)


def file_response(made: Any) -> HttpResponse:
    """An export as a download."""
    response = HttpResponse(made.content, content_type=made.media_type)
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD"])
def audio(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponseBase:
    """The sound, with ranges."""
    require_role(request)
    return serve(request, stored_file(selectors.get_recording(recording_id)))


def stored_file(recording: LongRecording) -> StoredFile:
    """How the sound of a recording is served.

    Raises:
        NotFound: it is gone.
    """
    if not recording.storage_key:
        raise NotFound(_("The sound of this recording is gone. Upload it again."))
    kind = AUDIO_TYPES.get(recording.container, UNKNOWN_TYPE)
    name = recording.filename or "recording"
    return StoredFile(recording.storage_key, kind, name, recording.id.hex, inline=kind != UNKNOWN_TYPE)


@require_safe
def waveform(request: TenantRequest, slug: str, recording_id: uuid.UUID) -> HttpResponse:
    """The outline for players."""
    require_role(request)
    recording = selectors.get_recording(recording_id)
    if not recording.outline:
        raise NotFound(_("This recording has no outline yet."))
    low, high = selectors.outline_points(recording, PEAK_POINTS)
    body = {
        "peaks": [[round(value / 127, 3) for value in side] for side in (high, low)],
        "duration_s": recording.duration_s,
    }
    response = JsonResponse(body)
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _new_page(request: TenantRequest, slug: str, form: RecordingForm, errors: list[str] | None = None) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("monitoring:new", kwargs={"slug": slug}),
        "max_bytes": settings.MONITORING_MAX_BYTES,
        "max_hours": int(settings.MONITORING_MAX_HOURS),
        "errors": errors or [],
        "has_sources": selectors.sources().exists(),
        "done": reverse("monitoring:list", kwargs={"slug": slug}),
        "crumbs": shown.crumbs(slug),
    }
    return render(request, "monitoring/new.html", context, status=422 if errors else 200)


def _first_error(form: RecordingForm) -> str:
    return next((str(text) for texts in form.errors.values() for text in texts), _("Some values are not valid."))
