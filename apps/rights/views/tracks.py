"""What the registry adds to the page of a track: where it stands, and the acts that are open."""

import uuid
from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.catalog.selectors import get_track
from apps.rights import selectors, services
from apps.rights.views.acts import back, check_each, register_it, selected_ids, withdraw_it
from apps.rights.views.checks import verdict_of
from apps.rights.views.links import act_link, rest_link
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
        return back(slug, track)
    started = services.start_check(track_id=track.id)
    return redirect("rights:check", slug=slug, check_id=started.id)


@require_http_methods(["GET", "POST"])
def check_selected(request: TenantRequest, slug: str) -> HttpResponse:
    """Check the tracks that were ticked in the catalogue's list; those that can't be are named with the reason."""
    require_role(request, Role.EDITOR)
    ticked = [get_track(track_id) for track_id in selected_ids(request)]
    return check_each(request, slug, ticked, lambda track: services.start_check(track_id=track.id))


@require_http_methods(["GET", "POST"])
def register(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Register a track that may be registered. GET leads to the track, where the button is."""
    require_role(request, Role.EDITOR)
    track = get_track(track_id)
    return register_it(request, slug, track, partial(services.register, track_id=track.id))


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, track_id: uuid.UUID) -> HttpResponse:
    """Take a track out of the registry, after a question and with a reason."""
    require_role(request, Role.EDITOR)
    track = get_track(track_id)
    text = _(
        "The recording is found no more by other labels’ checks, and its certificate says that it was withdrawn. The "
        "track and its recording stay in your catalogue; you can check and register it again."
    )
    return withdraw_it(request, slug, track, lambda reason: services.withdraw(track_id=track.id, reason=reason), text)
