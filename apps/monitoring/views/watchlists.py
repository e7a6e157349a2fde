"""Watchlists and what was heard of them."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.display import Link
from apps.core.forms import errors_into
from apps.core.tables import Column, Table
from apps.monitoring import selectors, services
from apps.monitoring.forms import WatchItemForm, WatchListForm
from apps.monitoring.views import shown
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

COLUMNS = [
    Column("track", gettext_lazy("Track"), sort="cue__title", value=lambda a: a.cue.title, optional=False),
    Column("artist", gettext_lazy("Artist"), sort="cue__artist", value=lambda a: a.cue.artist),
    Column("recording", gettext_lazy("Heard in"), sort="cue__recording__title", value=lambda a: a.cue.recording.title),
    Column(
        "source",
        gettext_lazy("Source"),
        sort="cue__recording__source__name",
        value=lambda a: a.cue.recording.source or "",
    ),
    Column("list", gettext_lazy("Watchlist"), sort="watchlist__name", value=lambda a: a.watchlist.name),
    Column("found", gettext_lazy("Found"), sort="created_at", value=lambda a: a.created_at.isoformat()),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """The lists, and the alerts of all of them, newest first."""
    membership = require_role(request)
    table = Table(request, selectors.alerts(), COLUMNS, sort="-found", caption=_("Alerts"), table_id="alerts")
    if table.wants_csv:
        return table.csv("alerts")
    context = {
        "watchlists": list(selectors.watchlists()),
        "table": table,
        "may_edit": membership.may_act_as(Role.EDITOR),
        "item_form": WatchItemForm(),
        "tabs": shown.tabs(slug, "watchlists"),
    }
    return render(request, "monitoring/watchlists.html", context)


@require_http_methods(["GET", "POST"])
def create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new watchlist."""
    require_role(request, Role.EDITOR)
    form = WatchListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.save_watchlist(watchlist_id=None, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, _("The watchlist is made. Put artists, labels or tracks on it."))
            return redirect("monitoring:watchlists", slug=slug)
    return _page(request, slug, form, _("New watchlist"))


@require_http_methods(["GET", "POST"])
def edit(request: TenantRequest, slug: str, watchlist_id: uuid.UUID) -> HttpResponse:
    """Change a watchlist."""
    require_role(request, Role.EDITOR)
    watchlist = selectors.get_watchlist(watchlist_id)
    form = WatchListForm.of(watchlist, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.save_watchlist(watchlist_id=watchlist.id, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, _("Saved."))
            return redirect("monitoring:watchlists", slug=slug)
    return _page(request, slug, form, watchlist.name)


@require_http_methods(["GET", "POST"])
def delete(request: TenantRequest, slug: str, watchlist_id: uuid.UUID) -> HttpResponse:
    """Delete a watchlist, after a question."""
    require_role(request, Role.EDITOR)
    watchlist = selectors.get_watchlist(watchlist_id)
    if request.method == "POST":
        services.delete_watchlist(watchlist_id=watchlist.id)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": watchlist.name})
        return redirect("monitoring:watchlists", slug=slug)
    question = {
        "title": _("Delete “%(title)s”?") % {"title": watchlist.name},
        "text": _("The list and its alerts go for good; cue sheets and counts stay."),
        "confirm": _("Delete"),
        "cancel_url": reverse("monitoring:watchlists", kwargs={"slug": slug}),
    }
    return render(request, "core/confirm.html", question)


@require_http_methods(["GET", "POST"])
def add_item(request: TenantRequest, slug: str, watchlist_id: uuid.UUID) -> HttpResponse:
    """Put an artist, a label or a track of ours on a list."""
    require_role(request, Role.EDITOR)
    watchlist = selectors.get_watchlist(watchlist_id)
    form = WatchItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        track_id = uuid.UUID(values["track"]) if values["track"] else None
        with errors_into(form):
            item = services.add_item(
                watchlist_id=watchlist.id,
                kind="track" if track_id else values["kind"],
                name=values["name"],
                track_id=track_id,
            )
        if form.is_valid():
            text = _("“%(title)s” is on the list “%(list)s”.")
            messages.success(request, text % {"title": item.name, "list": watchlist.name})
            return redirect("monitoring:watchlists", slug=slug)
    return _page(request, slug, form, _("Add to “%(list)s”") % {"list": watchlist.name})


@require_POST
def remove_item(request: TenantRequest, slug: str, item_id: uuid.UUID) -> HttpResponse:
    """Take something off its list; it can be put back by adding it again."""
    require_role(request, Role.EDITOR)
    item = services.remove_item(item_id=item_id)
    messages.success(
        request, _("“%(title)s” is off the list “%(list)s”.") % {"title": item.name, "list": item.watchlist.name}
    )
    return redirect("monitoring:watchlists", slug=slug)


def _page(request: TenantRequest, slug: str, form: WatchListForm | WatchItemForm, title: str) -> HttpResponse:
    back = reverse("monitoring:watchlists", kwargs={"slug": slug})
    context = {
        "form": form,
        "title": title,
        "back": back,
        "crumbs": shown.crumbs(slug, Link(_("Watchlists"), back)),
    }
    return render(request, "monitoring/form.html", context, status=422 if form.errors else 200)
