"""Sources and their watched folders."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.display import Link
from apps.core.forms import errors_into
from apps.monitoring import selectors, services
from apps.monitoring.forms import FolderForm, SourceForm
from apps.monitoring.services import folders as watched
from apps.monitoring.views import shown
from apps.tenancy.access import require_role
from apps.tenancy.models import Organisation, Role
from apps.tenancy.requests import TenantRequest

FolderOrSource = SourceForm | FolderForm


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """Sources, watched folders, and where the folders are."""
    membership = require_role(request)
    organisation = _organisation(request)
    buckets = watched.allowed_buckets(organisation)
    context = {
        "sources": list(selectors.sources()),
        "archived": list(selectors.sources(archived=True)),
        "folders": list(selectors.folders()),
        "may_watch": bool(buckets),
        "local_folder": f"{watched.LOCAL_FOLDER}/{organisation.id}/" if "" in buckets else "",
        "own_folder": f"{organisation.id}/",
        "may_edit": membership.may_act_as(Role.EDITOR),
        "may_set": membership.may_act_as(Role.ADMIN),
        "tabs": shown.tabs(slug, "sources"),
    }
    return render(request, "monitoring/sources.html", context)


@require_http_methods(["GET", "POST"])
def create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new source."""
    require_role(request, Role.EDITOR)
    form = SourceForm(request.POST or None, initial={"time_zone": _organisation(request).time_zone})
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.save_source(source_id=None, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, _("The source is made."))
            return redirect("monitoring:sources", slug=slug)
    return _page(request, slug, form, _("New source"))


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, source_id: uuid.UUID) -> HttpResponse:
    """Change a source."""
    require_role(request, Role.EDITOR)
    source = selectors.get_source(source_id)
    form = SourceForm.of(source, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.save_source(source_id=source.id, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, _("Saved."))
            return redirect("monitoring:sources", slug=slug)
    return _page(request, slug, form, source.name)


@require_POST
def archive(request: TenantRequest, slug: str, source_id: uuid.UUID) -> HttpResponse:
    """Take a source out of the choices, or (``back``) put it in again."""
    require_role(request, Role.EDITOR)
    back = "back" in request.POST
    source = services.archive_source(source_id=source_id, archived=not back)
    text = _("“%(title)s” is back.") if back else _("“%(title)s” is archived. It can be brought back below.")
    messages.success(request, text % {"title": source.name})
    return redirect("monitoring:sources", slug=slug)


@require_http_methods(["GET", "POST"])
def create_folder(request: TenantRequest, slug: str) -> HttpResponse:
    """Watch a folder."""
    require_role(request, Role.ADMIN)
    buckets = watched.allowed_buckets(_organisation(request))
    form = FolderForm(request.POST or None, buckets=buckets, initial={"source": request.GET.get("source", "")})
    if request.method == "POST" and form.is_valid() and _saved_folder(form, None):
        messages.success(request, _("The folder is watched from now on."))
        return redirect("monitoring:sources", slug=slug)
    return _page(request, slug, form, _("Watch a folder"))


@require_http_methods(["GET", "POST"])
def edit_folder(request: TenantRequest, slug: str, folder_id: uuid.UUID) -> HttpResponse:
    """Change a watched folder, or stop watching it for a while."""
    require_role(request, Role.ADMIN)
    folder = selectors.get_folder(folder_id)
    form = FolderForm.of(folder, request.POST or None, watched.allowed_buckets(_organisation(request)))
    if request.method == "POST" and form.is_valid() and _saved_folder(form, folder.id):
        messages.success(request, _("Saved."))
        return redirect("monitoring:sources", slug=slug)
    return _page(request, slug, form, _("Watched folder"))


@require_http_methods(["GET", "POST"])
def remove_folder(request: TenantRequest, slug: str, folder_id: uuid.UUID) -> HttpResponse:
    """Watch a folder no more, after a question."""
    require_role(request, Role.ADMIN)
    folder = selectors.get_folder(folder_id)
    if request.method == "POST":
        watched.remove_folder(folder_id=folder.id)
        messages.success(request, _("The folder is not watched any more. Its recordings stay."))
        return redirect("monitoring:sources", slug=slug)
    question = {
        "title": _("Watch this folder no more?"),
        "text": _("Recordings that came from it stay. If you watch it again, everything in it is fetched again."),
        "confirm": _("Watch it no more"),
        "cancel_url": reverse("monitoring:sources", kwargs={"slug": slug}),
    }
    return render(request, "core/confirm.html", question)


def _saved_folder(form: FolderForm, folder_id: uuid.UUID | None) -> bool:
    values = form.cleaned_data
    with errors_into(form):
        watched.save_folder(
            folder_id=folder_id,
            source_id=values["source"].id,
            bucket=values["bucket"],
            prefix=values["prefix"],
            enabled=values["enabled"],
        )
    return form.is_valid()


def _organisation(request: TenantRequest) -> Organisation:
    if request.organisation is None:
        raise RuntimeError("The tenant's middleware bound no organisation")
    return request.organisation


def _page(request: TenantRequest, slug: str, form: FolderOrSource, title: str) -> HttpResponse:
    back = reverse("monitoring:sources", kwargs={"slug": slug})
    context = {"form": form, "title": title, "back": back, "crumbs": shown.crumbs(slug, Link(_("Sources"), back))}
    return render(request, "monitoring/form.html", context, status=422 if form.errors else 200)
