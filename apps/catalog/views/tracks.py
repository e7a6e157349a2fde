"""The list of tracks, one track, and what can be done with several at once."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog import selectors, services
from apps.catalog.forms import BulkEditForm, TrackFilterForm
from apps.catalog.models import Track
from apps.catalog.presenters import sound_of
from apps.catalog.timeline import timeline
from apps.catalog.views import several
from apps.core.components import url_or_empty
from apps.core.display import Link
from apps.core.formats import clock
from apps.core.forms import errors_into
from apps.core.tables import BulkAction, Column, Table
from apps.jobs.selectors import latest_job_of
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

HISTORY_LENGTH = 50

COLUMNS = [
    Column("title", gettext_lazy("Title"), sort="search_text", value=lambda track: track.title, optional=False),
    Column("version", gettext_lazy("Version"), sort="version", value=lambda track: track.version, shown=False),
    Column("artist", gettext_lazy("Artist"), sort="artist_order", value=lambda track: track.artist_line),
    Column("isrc", gettext_lazy("ISRC"), sort="isrc", value=lambda track: track.isrc),
    Column("release", gettext_lazy("Release"), sort="release__search_text", value=lambda track: track.release or ""),
    Column(
        "number",
        gettext_lazy("No."),
        sort="track_number",
        value=lambda track: track.track_number or "",
        numeric=True,
        shown=False,
    ),
    Column("length", gettext_lazy("Length"), sort="length_s", value=lambda track: clock(track.length_s), numeric=True),
    Column("status", gettext_lazy("Status"), sort="status", value=lambda track: track.status),
    Column("created", gettext_lazy("Added"), sort="created_at", value=lambda track: track.created_at.isoformat()),
    Column(
        "file",
        gettext_lazy("File"),
        value=lambda track: track.file_name or "",
        shown=False,
    ),
]


@require_GET
def track_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All tracks: sorted, filtered, selected, exported."""
    membership = require_role(request)
    form = TrackFilterForm(request.GET)
    queryset = selectors.filter_tracks(_rows_for(request), form.wanted())
    may_edit = membership.may_act_as(Role.EDITOR)
    bulk_url = reverse("catalog:tracks_bulk", kwargs={"slug": slug})
    table = Table(
        request,
        queryset,
        COLUMNS,
        sort="-created",
        caption=_("Tracks"),
        table_id="tracks",
        bulk_actions=_bulk_actions(slug, bulk_url) if may_edit else [],
    )
    if table.wants_csv:
        return table.csv("tracks")
    rows = [(track, sound_of(track, next(iter(track.current_assets), None), slug)) for track in table.rows]
    values = {
        "table": table,
        "rows": rows,
        "form": form,
        "may_edit": may_edit,
        "is_empty": not table.total and not selectors.tracks().exists(),
        "has_deleted": may_edit and selectors.deleted_tracks().exists(),
    }
    return render(request, "catalog/track_list.html", values)


@require_GET
def track_detail(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """One track: its sound, what is known of it, and what happened to it."""
    membership = require_role(request)
    track = selectors.get_track(track_id)
    asset = selectors.current_asset(track.id)
    job = latest_job_of("track", track.id) if asset is None or not asset.is_ready else None
    if job is not None and asset is not None and asset.is_rejected:
        job = None  # the rejection says more
    history = list(selectors.history_of(track.id)[: HISTORY_LENGTH + 1])
    values = {
        "track": track,
        "asset": asset,
        "sound": sound_of(track, asset, slug),
        "credits": selectors.credits_of(track.id),
        "history": timeline(history[:HISTORY_LENGTH]),
        "history_is_cut": len(history) > HISTORY_LENGTH,
        "job": job,
        "may_edit": membership.may_act_as(Role.EDITOR),
        "crumbs": [Link(_("Tracks"), reverse("catalog:tracks", kwargs={"slug": slug}))],
        "panel_url": url_or_empty("rights:track_panel", slug=slug, track_id=track.id),
    }
    return render(request, "catalog/track_detail.html", values)


@require_GET
def deleted(request: TenantRequest, slug: str) -> HttpResponse:
    """Deleted tracks that can still be restored."""
    require_role(request, Role.EDITOR)
    tracks = selectors.deleted_tracks()
    return render(
        request,
        "catalog/deleted.html",
        {"tracks": tracks, "crumbs": [Link(_("Tracks"), reverse("catalog:tracks", kwargs={"slug": slug}))]},
    )


@require_http_methods(["GET", "POST"])
def delete(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Delete a track, after a question; it can be restored for 30 days."""
    require_role(request, Role.EDITOR)
    track = selectors.get_track(track_id)
    if request.method == "POST":
        services.delete_track(track_id=track_id)
        undo_url = reverse("catalog:tracks_deleted", kwargs={"slug": slug})
        several.say_deleted(request, _("“%(title)s” is deleted.") % {"title": track.title}, undo_url)
        return redirect("catalog:tracks", slug=slug)
    question = {
        "title": _("Delete “%(title)s”?") % {"title": track.title},
        "text": _("It can be restored for 30 days."),
        "confirm": _("Delete"),
        "cancel_url": reverse("catalog:track", kwargs={"slug": slug, "track_id": track_id}),
    }
    return render(request, "core/confirm.html", question)


@require_POST
def restore(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Bring a deleted track back."""
    require_role(request, Role.EDITOR)
    track = services.restore_track(track_id=track_id)
    messages.success(request, _("“%(title)s” is back.") % {"title": track.title})
    return redirect("catalog:track", slug=slug, track_id=track.id)


@require_POST
def bulk(request: TenantRequest, slug: str) -> HttpResponse:
    """Do one thing with the selected tracks: ``delete``, ``edit`` (asks what to change), ``apply`` (changes it)."""
    require_role(request, Role.EDITOR)
    tracks = list(selectors.tracks().filter(id__in=several.selected(request)))
    if not tracks:
        messages.warning(request, _("Select one track or more first."))
        return redirect("catalog:tracks", slug=slug)
    action = request.POST.get("action", "")
    if action == "delete":
        return _bulk_delete(request, slug, tracks)
    form = BulkEditForm(request.POST if action == "apply" else None)
    if action == "apply" and form.is_valid():
        with errors_into(form):
            for track in tracks:
                services.update_track(track_id=track.id, changes=form.changes())
        if form.is_valid():
            text = ngettext("%(count)d track is changed.", "%(count)d tracks are changed.", len(tracks))
            messages.success(request, text % {"count": len(tracks)})
            return redirect("catalog:tracks", slug=slug)
    values = {
        "form": form,
        "tracks": tracks,
        "releases": selectors.release_choices(100),
        "crumbs": [Link(_("Tracks"), reverse("catalog:tracks", kwargs={"slug": slug}))],
    }
    return render(request, "catalog/bulk_edit.html", values, status=422 if form.errors else 200)


def _rows_for(request: TenantRequest) -> QuerySet[Any]:
    """Tracks with what this view of the list needs: a page shows recordings, an export or the order some columns."""
    wants_csv = request.GET.get("format") == "csv"
    queryset = selectors.with_artist_order(selectors.tracks() if wants_csv else selectors.tracks_with_recordings())
    needs_columns = wants_csv or request.GET.get("sort", "").endswith("length")
    return selectors.with_file_columns(queryset) if needs_columns else queryset


def _bulk_actions(slug: str, url: str) -> list[BulkAction]:
    actions = [
        BulkAction("edit", _("Edit"), url, icon="pencil"),
        BulkAction("delete", _("Delete"), url, icon="trash-2", danger=True),
    ]
    check_url = url_or_empty("rights:check_selected", slug=slug)
    if check_url:
        actions.insert(0, BulkAction("check", _("Check"), check_url, icon="fingerprint"))
    return actions


def _bulk_delete(request: TenantRequest, slug: str, tracks: list[Track]) -> HttpResponse:
    several.delete_each(
        request,
        tracks,
        lambda track_id: services.delete_track(track_id=track_id),
        undo_url=reverse("catalog:tracks_deleted", kwargs={"slug": slug}),
        deleted=lambda count: (
            ngettext("%(count)d track is deleted.", "%(count)d tracks are deleted.", count) % {"count": count}
        ),
        stay=lambda count: (
            ngettext("%(count)d more track stays.", "%(count)d more tracks stay.", count) % {"count": count}
        ),
    )
    return redirect("catalog:tracks", slug=slug)
