"""Releases: the list, one release with its tracks, and its form."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog import selectors, services
from apps.catalog.forms import ReleaseForm, SearchForm
from apps.catalog.models import Release
from apps.catalog.presenters import sound_of
from apps.catalog.views.track_edit import MAX_SUGGESTIONS
from apps.core.display import Link
from apps.core.forms import errors_into
from apps.core.tables import Column, Table
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

COLUMNS = [
    Column("title", gettext_lazy("Title"), sort="search_text", value=lambda row: row.title, optional=False),
    Column("artist", gettext_lazy("Artist"), sort="artist__search_text", value=lambda row: row.artist or ""),
    Column("upc", gettext_lazy("UPC or EAN"), sort="upc", value=lambda row: row.upc),
    Column("date", gettext_lazy("Release date"), sort="release_date", value=lambda row: row.release_date or ""),
    Column("tracks", gettext_lazy("Tracks"), sort="track_count", value=lambda row: row.track_count, numeric=True),
    Column("created", gettext_lazy("Added"), sort="created_at", value=lambda row: row.created_at.isoformat()),
]


@require_GET
def release_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All releases."""
    membership = require_role(request)
    form = SearchForm(request.GET)
    queryset = selectors.matching(selectors.releases(), form.text())
    table = Table(request, queryset, COLUMNS, sort="-created", caption=_("Releases"), table_id="releases")
    if table.wants_csv:
        return table.csv("releases")
    values = {
        "table": table,
        "form": form,
        "is_empty": not table.total and not form.text(),
        "may_edit": membership.may_act_as(Role.EDITOR),
    }
    return render(request, "catalog/release_list.html", values)


@require_GET
def release_detail(request: TenantRequest, slug: str, release_id: uuid.UUID) -> HttpResponse:
    """One release and its tracks in order."""
    membership = require_role(request)
    release = selectors.get_release(release_id)
    tracks = selectors.tracks_of_release(release.id)
    rows = [(track, sound_of(track, next(iter(track.current_assets), None), slug)) for track in tracks]
    values = {
        "release": release,
        "rows": rows,
        "crumbs": _crumbs(slug),
        "may_edit": membership.may_act_as(Role.EDITOR),
    }
    return render(request, "catalog/release_detail.html", values)


@require_http_methods(["GET", "POST"])
def create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new release."""
    require_role(request, Role.EDITOR)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            release = services.create_release(details=form.details())
        if form.is_valid():
            messages.success(request, _("The release is made. Put tracks on it from the list of tracks."))
            return redirect("catalog:release", slug=slug, release_id=release.id)
    return _page(request, slug, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, release_id: uuid.UUID) -> HttpResponse:
    """Change a release."""
    require_role(request, Role.EDITOR)
    release = selectors.get_release(release_id)
    initial = {
        "title": release.title,
        "artist": release.artist.name if release.artist else "",
        "upc": release.upc,
        "release_date": release.release_date,
    }
    form = ReleaseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.update_release(release_id=release.id, details=form.details())
        if form.is_valid():
            messages.success(request, _("Saved."))
            return redirect("catalog:release", slug=slug, release_id=release.id)
    return _page(request, slug, form, release)


@require_http_methods(["GET", "POST"])
def delete(request: TenantRequest, slug: str, release_id: uuid.UUID) -> HttpResponse:
    """Delete a release, after a question; its tracks stay."""
    require_role(request, Role.EDITOR)
    release = selectors.get_release(release_id)
    if request.method == "POST":
        services.delete_release(release_id=release.id)
        messages.success(request, _("“%(title)s” is deleted; its tracks stay.") % {"title": release.title})
        return redirect("catalog:releases", slug=slug)
    question = {
        "title": _("Delete “%(title)s”?") % {"title": release.title},
        "text": _("Its tracks stay, without a release."),
        "confirm": _("Delete"),
        "cancel_url": reverse("catalog:release", kwargs={"slug": slug, "release_id": release.id}),
    }
    return render(request, "core/confirm.html", question)


def _page(request: TenantRequest, slug: str, form: ReleaseForm, release: Release | None) -> HttpResponse:
    list_url = reverse("catalog:releases", kwargs={"slug": slug})
    back_url = reverse("catalog:release", kwargs={"slug": slug, "release_id": release.id}) if release else list_url
    values = {
        "form": form,
        "release": release,
        "artists": selectors.artist_choices(MAX_SUGGESTIONS),
        "crumbs": [*_crumbs(slug), *([Link(release.title, back_url)] if release else [])],
        "back_url": back_url,
    }
    return render(request, "catalog/release_edit.html", values, status=422 if form.errors else 200)


def _crumbs(slug: str) -> list[Link]:
    return [Link(_("Releases"), reverse("catalog:releases", kwargs={"slug": slug}))]
