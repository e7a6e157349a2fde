"""An organisation's home: what needs me, what changed, how are we doing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.selectors import visible_notifications
from apps.catalog.models import TrackStatus
from apps.catalog.selectors import tracks, works
from apps.core.components import url_or_empty
from apps.core.needs import Need, gathered
from apps.rights import selectors
from apps.rights.models import Direction, MatchState
from apps.rights.models import Verdict as CheckVerdict
from apps.tenancy.access import require_role
from apps.tenancy.models import OrganisationKind, Role
from apps.tenancy.requests import TenantRequest

CHANGES = 8


@require_GET
def organisation_home(request: TenantRequest, slug: str) -> HttpResponse:
    """The first page after signing in."""
    membership = require_role(request)
    summary = selectors.home_summary()
    is_label = membership.organisation.kind == OrganisationKind.LABEL
    context = {
        "summary": summary,
        "needs": [*_needs(slug, summary), *gathered(slug, membership.user_id)],
        "changes": list(visible_notifications(membership.user_id)[:CHANGES]),
        "track_count": tracks().count(),
        "work_count": works().count(),
        "clear_count": summary.clear_to_register + summary.clear_works,
        "is_label": is_label,
        "may_act": is_label and membership.may_act_as(Role.EDITOR),
        "is_new": is_label and not summary.recent_checks and not tracks().exists() and not works().exists(),
        "checks_page": reverse("rights:checks", kwargs={"slug": slug}),
        "registrations_page": reverse("rights:registrations", kwargs={"slug": slug}),
        "tracks_page": url_or_empty("catalog:tracks", slug=slug),
        "works_page": url_or_empty("catalog:works", slug=slug),
    }
    return render(request, "rights/home.html", context)


def _needs(slug: str, summary: selectors.HomeSummary) -> list[Need]:
    matches = reverse("rights:matches", kwargs={"slug": slug})
    checks = reverse("rights:checks", kwargs={"slug": slug})
    listed = f"{url_or_empty('catalog:tracks', slug=slug)}?status={TrackStatus.CLEAR}"
    clear_works = f"{url_or_empty('catalog:works', slug=slug)}?status={TrackStatus.CLEAR}"
    needs = [
        Need(
            summary.open_conflicts,
            ngettext(
                "match of your recordings and works waits for a decision",
                "matches of your recordings and works wait for a decision",
                summary.open_conflicts,
            ),
            f"{matches}?state={MatchState.OPEN}&direction={Direction.OUTGOING}&of=others",
            "triangle-alert",
        ),
        Need(
            summary.open_incoming,
            ngettext(
                "match with something new of another label waits for a look",
                "matches with something new of other labels wait for a look",
                summary.open_incoming,
            ),
            f"{matches}?state={MatchState.OPEN}&direction={Direction.INCOMING}&of=others",
            "bell",
        ),
        Need(
            summary.incomplete,
            ngettext(
                "recording or work could not be compared in every way",
                "recordings and works could not be compared in every way",
                summary.incomplete,
            ),
            f"{checks}?verdict={CheckVerdict.INCOMPLETE}",
            "circle-help",
        ),
        Need(
            summary.clear_to_register,
            ngettext("clear track can be registered", "clear tracks can be registered", summary.clear_to_register),
            listed,
            "badge-check",
        ),
        Need(
            summary.clear_works,
            ngettext("clear work can be registered", "clear works can be registered", summary.clear_works),
            clear_works,
            "badge-check",
        ),
    ]
    return [need for need in needs if need.count]
