"""Artists: the list, one artist with what it is on, its name, and merging two that are one."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog import selectors, services
from apps.catalog.forms import ArtistForm, MergeForm, SearchForm
from apps.catalog.models import Artist
from apps.catalog.presenters import sound_of
from apps.catalog.views.track_edit import MAX_SUGGESTIONS
from apps.core.display import Link
from apps.core.forms import errors_into
from apps.core.tables import Column, Table
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

SHOWN_TRACKS = 50
COLUMNS = [
    Column("name", gettext_lazy("Name"), sort="search_text", value=lambda row: row.name, optional=False),
    Column("tracks", gettext_lazy("Tracks"), sort="track_count", value=lambda row: row.track_count, numeric=True),
    Column("works", gettext_lazy("Works"), sort="work_count", value=lambda row: row.work_count, numeric=True),
    Column("created", gettext_lazy("Added"), sort="created_at", value=lambda row: row.created_at.isoformat()),
]


@require_GET
def artist_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All artists."""
    membership = require_role(request)
    form = SearchForm(request.GET)
    queryset = selectors.matching(selectors.artists(), form.text())
    table = Table(request, queryset, COLUMNS, sort="name", caption=_("Artists"), table_id="artists")
    if table.wants_csv:
        return table.csv("artists")
    values = {
        "table": table,
        "form": form,
        "is_empty": not table.total and not form.text(),
        "may_edit": membership.may_act_as(Role.EDITOR),
    }
    return render(request, "catalog/artist_list.html", values)


@require_GET
def artist_detail(request: TenantRequest, slug: str, artist_id: uuid.UUID) -> HttpResponse:
    """One artist, its releases, and the newest tracks that credit it."""
    membership = require_role(request)
    artist = selectors.get_artist(artist_id)
    wanted = selectors.TrackFilter(artist_id=artist.id)
    tracks = selectors.filter_tracks(selectors.tracks_with_recordings(), wanted)[:SHOWN_TRACKS]
    list_url = reverse("catalog:tracks", kwargs={"slug": slug})
    values = {
        "artist": artist,
        "releases": selectors.releases().filter(artist_id=artist.id),
        "rows": [(track, sound_of(track, next(iter(track.current_assets), None), slug)) for track in tracks],
        "tracks_url": f"{list_url}?artist={artist.id}",
        "works": selectors.filter_works(selectors.works(), selectors.WorkFilter(artist_id=artist.id))[:SHOWN_TRACKS],
        "crumbs": _crumbs(slug),
        "may_edit": membership.may_act_as(Role.EDITOR),
    }
    return render(request, "catalog/artist_detail.html", values)


@require_http_methods(["GET", "POST"])
def create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new artist; a name that exists leads to its artist."""
    require_role(request, Role.EDITOR)
    form = ArtistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            artist = services.create_artist(name=form.cleaned_data["name"])
        if form.is_valid():
            return redirect("catalog:artist", slug=slug, artist_id=artist.id)
    return _page(request, slug, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, artist_id: uuid.UUID) -> HttpResponse:
    """Rename an artist."""
    require_role(request, Role.EDITOR)
    artist = selectors.get_artist(artist_id)
    form = ArtistForm(request.POST or None, initial={"name": artist.name})
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.rename_artist(artist_id=artist.id, name=form.cleaned_data["name"])
        if form.is_valid():
            messages.success(request, _("Saved."))
            return redirect("catalog:artist", slug=slug, artist_id=artist.id)
    return _page(request, slug, form, artist)


@require_http_methods(["GET", "POST"])
def merge(request: TenantRequest, slug: str, artist_id: uuid.UUID) -> HttpResponse:
    """Merge an artist into another one that it really is."""
    require_role(request, Role.EDITOR)
    artist = selectors.get_artist(artist_id)
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        target = selectors.artist_named(form.cleaned_data["into"])
        if target is None:
            form.add_error("into", _("There is no artist of this name. Choose one of yours."))
        else:
            with errors_into(form):
                services.merge_artists(source_id=artist.id, target_id=target.id)
            if form.is_valid():
                text = _("“%(name)s” is now part of “%(into)s”.")
                messages.success(request, text % {"name": artist.name, "into": target.name})
                return redirect("catalog:artist", slug=slug, artist_id=target.id)
    values = {
        "form": form,
        "artist": artist,
        "artists": [row for row in selectors.artist_choices(MAX_SUGGESTIONS) if row.id != artist.id],
        "crumbs": _crumbs(slug, artist),
        "back_url": reverse("catalog:artist", kwargs={"slug": slug, "artist_id": artist.id}),
    }
    return render(request, "catalog/artist_merge.html", values, status=422 if form.errors else 200)


def _page(request: TenantRequest, slug: str, form: ArtistForm, artist: Artist | None) -> HttpResponse:
    crumbs = _crumbs(slug, artist)
    values = {"form": form, "artist": artist, "crumbs": crumbs, "back_url": crumbs[-1].href}
    return render(request, "catalog/artist_edit.html", values, status=422 if form.errors else 200)


def _crumbs(slug: str, artist: Artist | None = None) -> list[Link]:
    crumbs = [Link(_("Artists"), reverse("catalog:artists", kwargs={"slug": slug}))]
    if artist is not None:
        crumbs.append(Link(artist.name, reverse("catalog:artist", kwargs={"slug": slug, "artist_id": artist.id})))
    return crumbs
