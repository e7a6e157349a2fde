"""What the registry adds to the page of a track: where it stands, and the acts that are open."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.selectors import get_track
from apps.core.errors import DomainError
from apps.core.forms import errors_into
from apps.rights import selectors, services
from apps.rights.forms import WithdrawForm
from apps.rights.views.checks import verdict_of
from apps.rights.views.links import act_link, registry_crumbs, rest_link, track_link
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_GET
def panel(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """The registry's part of a track's page, a fragment."""
    membership = require_role(request)
    return render_panel(
        request, slug, selectors.track_panel(get_track(track_id)), may_act=membership.may_act_as(Role.EDITOR)
    )


def render_panel(request: TenantRequest, slug: str, found: selectors.SubjectPanel, *, may_act: bool) -> HttpResponse:
    """The registry's part of the page of a track or a work."""
    subject = found.subject
    context = {
        "panel": found,
        "verdict": verdict_of(found.check, found.conflicts) if found.check else None,
        "may_act": may_act,
        "poll": act_link(slug, subject, "panel"),
        "check_url": act_link(slug, subject, "check"),
        "register_url": act_link(slug, subject, "register"),
        "rest_url": rest_link(slug, found.check) if found.check else "",
        "withdraw_url": act_link(slug, subject, "withdraw"),
        "busy": found.check is not None and found.check.is_open,
    }
    response = render(request, "rights/track_panel.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def check(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Start a check and go to it. GET leads to the track, where the button is."""
    require_role(request, Role.EDITOR)
    track = get_track(track_id)
    if request.method == "GET":
        return _back(slug, track.id)
    started = services.start_check(track_id=track.id)
    return redirect("rights:check", slug=slug, check_id=started.id)


@require_http_methods(["GET", "POST"])
def check_selected(request: TenantRequest, slug: str) -> HttpResponse:
    """Check the tracks that were ticked in the catalogue's list; those that can't be are named with the reason."""
    require_role(request, Role.EDITOR)
    started = 0
    for track_id in selected_ids(request):
        track = get_track(track_id)
        try:
            with transaction.atomic():
                services.start_check(track_id=track.id)
            started += 1
        except DomainError as error:
            messages.warning(request, f"{track.full_title}: {error.message}")
    if started:
        text = ngettext("%(count)d check has started.", "%(count)d checks have started.", started)
        messages.success(request, text % {"count": started})
    return redirect("rights:checks", slug=slug)


@require_http_methods(["GET", "POST"])
def register(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Register a track that may be registered. GET leads to the track, where the button is."""
    require_role(request, Role.EDITOR)
    track = get_track(track_id)
    if request.method == "POST":
        services.register(track_id=track.id)
        messages.success(
            request, _("“%(title)s” is registered. Its certificate is ready.") % {"title": track.full_title}
        )
    return _back(slug, track.id)


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Take a track out of the registry, after a question and with a reason."""
    require_role(request, Role.EDITOR)
    track = get_track(track_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_into(form):
            services.withdraw(track_id=track.id, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, _("“%(title)s” is withdrawn from the registry.") % {"title": track.full_title})
            return _back(slug, track.id)
    context = {
        "form": form,
        "track": track,
        "crumbs": registry_crumbs(slug, _("Registrations"), "rights:registrations", track.full_title),
        "cancel": track_link(slug, track.id) or reverse("rights:registrations", kwargs={"slug": slug}),
    }
    return render(request, "rights/withdraw.html", context, status=422 if form.errors else 200)


def _back(slug: str, track_id: uuid.UUID) -> HttpResponse:
    return redirect(track_link(slug, track_id) or reverse("rights:registrations", kwargs={"slug": slug}))


def selected_ids(request: TenantRequest) -> list[uuid.UUID]:
    """The ticked rows; what is no id is no row of ours."""
    found = []
    for value in request.POST.getlist("selected"):
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return found
