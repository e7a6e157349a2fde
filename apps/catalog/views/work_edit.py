"""Making works, changing what they say, and their scores."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.catalog import selectors, services
from apps.catalog.forms import ScoreForm, WorkCreditFormSet, WorkForm, credits_from
from apps.catalog.models import Work
from apps.catalog.services.scores import SCORE_MAX_BYTES
from apps.catalog.views.track_edit import MAX_SUGGESTIONS, MORE_ROWS
from apps.core.display import Link
from apps.core.errors import DomainError
from apps.core.forms import errors_into
from apps.core.scores import SCORE_TYPES
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def create(request: TenantRequest, slug: str) -> HttpResponse:
    """A work without a score: title, ISWC and credits by hand."""
    require_role(request, Role.EDITOR)
    return _form_page(request, slug, None)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """The form of a work with its credits. ``more`` adds empty lines and keeps what was typed."""
    require_role(request, Role.EDITOR)
    return _form_page(request, slug, selectors.get_work(work_id))


@require_http_methods(["GET", "POST"])
def upload(request: TenantRequest, slug: str) -> HttpResponse:
    """One score or many; each becomes a work. Answers JSON to the uploader, which sends them one by one."""
    require_role(request, Role.EDITOR)
    if request.method == "GET":
        return _upload_page(request, slug, [])
    files = [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)]
    if _wants_json(request):
        return _one(files[0] if files else None, slug, None)
    if not files:
        return _upload_page(request, slug, [_("Choose at least one score.")])
    results = _received(request, files)
    kept = [result for result in results if not result.duplicate and not result.rejected]
    for result in results:
        if result.duplicate or result.rejected:
            messages.warning(request, f"{result.score.filename}: {score_upload_message(result)}")
    if len(results) == 1:
        return redirect("catalog:work", slug=slug, work_id=results[0].work.id)
    if kept:
        text = ngettext("%(count)d score is being read.", "%(count)d scores are being read.", len(kept))
        messages.success(request, text % {"count": len(kept)})
    return redirect("catalog:works", slug=slug)


@require_http_methods(["GET", "POST"])
def score(request: TenantRequest, slug: str, work_id: uuid.UUID) -> HttpResponse:
    """Replace the score of a work, or give it one. Answers JSON to the uploader."""
    require_role(request, Role.EDITOR)
    work = selectors.get_work(work_id)
    file = request.FILES.get("file")
    errors: list[str] = []
    if request.method == "POST" and _wants_json(request):
        return _one(file if isinstance(file, UploadedFile) else None, slug, work)
    if request.method == "POST" and isinstance(file, UploadedFile):
        try:
            result = services.receive_score(file=file, filename=file.name or "", work_id=work.id)
        except DomainError as error:
            errors = [str(error.message)]
        else:
            say = messages.warning if result.duplicate or result.rejected else messages.success
            say(request, score_upload_message(result, wanted=work))
            return redirect("catalog:work", slug=slug, work_id=result.work.id)
    elif request.method == "POST":
        errors = [_("Choose a file first.")]
    values = {
        "work": work,
        "score": selectors.current_score(work.id),
        "form": ScoreForm(),
        "errors": errors,
        "accept": SCORE_TYPES,
        "max_bytes": SCORE_MAX_BYTES,
        "crumbs": _crumbs(slug, work),
    }
    return render(request, "catalog/score.html", values, status=422 if errors else 200)


def score_upload_message(result: services.ScoreUpload, *, wanted: Work | None = None) -> str:
    """What became of an upload, in a sentence."""
    if result.duplicate:
        if wanted is not None and wanted.id == result.work.id:
            return _("This work has exactly this score already; nothing was stored.")
        return _("Your organisation has exactly this score already, as “%(title)s”; nothing was stored twice.") % {
            "title": result.work.full_title
        }
    if result.rejected:
        return result.score.error_message
    return _("Received; it is being read now.")


def _received(request: TenantRequest, files: list[UploadedFile]) -> list[services.ScoreUpload]:
    """Each file for itself; one that is refused is named. In an order of their content: see ``content_order``."""
    results = []
    for index in services.content_order(files):
        file = files[index]
        try:
            results.append(services.receive_score(file=file, filename=file.name or ""))
        except DomainError as error:
            messages.warning(request, f"{file.name}: {error.message}")
    return results


def _one(file: UploadedFile | None, slug: str, work: Work | None) -> HttpResponse:
    """The uploader's request: one file, answered in JSON."""
    if file is None:
        return JsonResponse({"detail": _("No file arrived. Choose it again.")}, status=422)
    try:
        result = services.receive_score(file=file, filename=file.name or "", work_id=work.id if work else None)
    except DomainError as error:
        return JsonResponse({"message": str(error.message), "detail": error.code}, status=error.status)
    state = "duplicate" if result.duplicate else "rejected" if result.rejected else "created"
    answer = {
        "title": result.work.full_title,
        "url": reverse("catalog:work", kwargs={"slug": slug, "work_id": result.work.id}),
        "status": state,
        "message": score_upload_message(result, wanted=work),
    }
    return JsonResponse(answer, status=200 if result.duplicate else 201)


def _form_page(request: TenantRequest, slug: str, work: Work | None) -> HttpResponse:
    if request.method == "POST" and "more" in request.POST:
        kept = {name: request.POST.get(name, "") for name in WorkForm.base_fields}
        return _page(request, slug, work, WorkForm(kept), WorkCreditFormSet(_more_lines(request)))
    if request.method == "POST":
        form, formset = WorkForm(request.POST), WorkCreditFormSet(request.POST)
        saved = _saved(form, formset, work) if form.is_valid() & formset.is_valid() else None
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("catalog:work", slug=slug, work_id=saved.id)
        return _page(request, slug, work, form, formset, status=422)
    if work is None:
        return _page(request, slug, None, WorkForm(), WorkCreditFormSet())
    known = [{"name": credit.artist.name, "role": credit.role} for credit in selectors.work_credits_of(work.id)]
    return _page(request, slug, work, WorkForm(initial=WorkForm.initial_of(work)), WorkCreditFormSet(initial=known))


def _saved(form: WorkForm, formset: Any, work: Work | None) -> Work | None:
    """The work with what was typed; None when the service found something wrong, which the form then says."""
    credited, saved = credits_from(formset), None
    with errors_into(form):
        if work is None:
            saved = services.create_work(changes=form.changes(), credited=credited)
        else:
            saved = services.update_work(work_id=work.id, changes=form.changes(), credited=credited)
    return saved


def _page(
    request: TenantRequest, slug: str, work: Work | None, form: WorkForm, formset: Any, *, status: int = 200
) -> HttpResponse:
    list_url = reverse("catalog:works", kwargs={"slug": slug})
    values = {
        "work": work,
        "form": form,
        "formset": formset,
        "artists": selectors.artist_choices(MAX_SUGGESTIONS),
        "crumbs": _crumbs(slug, work),
        "back_url": reverse("catalog:work", kwargs={"slug": slug, "work_id": work.id}) if work else list_url,
    }
    return render(request, "catalog/work_edit.html", values, status=status)


def _upload_page(request: TenantRequest, slug: str, errors: list[str]) -> HttpResponse:
    values = {"errors": errors, "accept": SCORE_TYPES, "max_bytes": SCORE_MAX_BYTES, "crumbs": _crumbs(slug, None)}
    return render(request, "catalog/works_upload.html", values, status=422 if errors else 200)


def _wants_json(request: TenantRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _crumbs(slug: str, work: Work | None) -> list[Link]:
    links = [Link(_("Works"), reverse("catalog:works", kwargs={"slug": slug}))]
    if work is not None:
        links.append(Link(work.full_title, reverse("catalog:work", kwargs={"slug": slug, "work_id": work.id})))
    return links


def _more_lines(request: TenantRequest) -> QueryDict:
    data = request.POST.copy()
    name = f"{WorkCreditFormSet.get_default_prefix()}-TOTAL_FORMS"
    count = data.get(name) or ""
    data[name] = str((int(count) if count.isdecimal() and len(count) < 4 else 0) + MORE_ROWS)
    return data
