"""Pages of checks."""

import uuid
from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.components import SURENESS
from apps.core.display import Verdict
from apps.core.tables import Column, Table
from apps.rights import problems, selectors, services, wording
from apps.rights.forms import CheckFilterForm
from apps.rights.models import Check, Match
from apps.rights.models import Verdict as CheckVerdict
from apps.rights.views.facets import changes_shown, earlier_findings, facet_rows
from apps.rights.views.links import act_link, check_link, registry_crumbs, rest_link, subject_link
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

# What the recogniser does not find is rare (see docs/performance.md), but no single figure of a check says how rare.
SURENESS_OF_CLEAR = "likely"

SURENESS_OF_INCOMPLETE = "unsure"

COLUMNS = [
    Column("track", _("Title"), sort="subject_title", value=lambda check: check.title, optional=False),
    Column("state", _("State"), sort="state", value=lambda check: check.get_state_display()),
    Column("verdict", _("Answer"), sort="verdict", value=lambda check: check.get_verdict_display()),
    Column("compared", _("Compared with"), sort="compared_with", value=lambda c: c.compared_with, numeric=True),
    Column("asked", _("Asked"), sort="created_at", value=lambda check: check.created_at.isoformat()),
    Column("ended", _("Ended"), sort="finished_at", value=lambda check: check.finished_at or "", shown=False),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All checks, newest first."""
    require_role(request)
    form = CheckFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    checks = selectors.checks(
        text=wanted.get("text", ""), state=wanted.get("state", ""), verdict=wanted.get("verdict", "")
    )
    table = Table(request, checks, COLUMNS, sort="-asked", caption=_("Checks"), table_id="checks")
    if table.wants_csv:
        return table.csv("checks")
    context = {"table": table, "form": form, "filtered": any(wanted.values())}
    return render(request, "rights/checks.html", context)


@require_GET
def detail(request: TenantRequest, slug: str, check_id: uuid.UUID) -> HttpResponse:
    """One check: how far, or what each of its comparisons found, why, and what changed since the one before."""
    membership = require_role(request)
    check = selectors.get_check(check_id)
    found = list(selectors.matches(selectors.MatchFilters(include_superseded=True)).filter(check_run=check))
    context = {
        "check": check,
        "verdict": verdict_of(check, found),
        "facets": facet_rows(slug, check, found),
        "changes": changes_shown(slug, check),
        "earlier": earlier_findings(check, found),
        "subject_page": subject_link(slug, check.subject),
        "register_page": act_link(slug, check.subject, "register"),
        "check_page": act_link(slug, check.subject, "check"),
        "left": problems.not_compared(check),
        "rest_page": _rest_page(slug, check) if membership.may_act_as(Role.EDITOR) else "",
        "previous_page": check_link(slug, check.previous) if check.previous else "",
        "crumbs": registry_crumbs(slug, _("Checks"), "rights:checks", check.title),
        "may_act": membership.may_act_as(Role.EDITOR),
    }
    if check.job:
        address = {"slug": slug, "job_id": check.job.id}
        context["poll"] = reverse("jobs:card", kwargs=address)
        context["cancel"] = reverse("jobs:cancel", kwargs=address) if context["may_act"] else ""
        context["retry"] = reverse("jobs:retry", kwargs=address) if context["may_act"] else ""
    return render(request, "rights/check.html", context)


@require_http_methods(["GET", "POST"])
def compare_rest(request: TenantRequest, slug: str, check_id: uuid.UUID) -> HttpResponse:
    """Compare what failed, in the same check. GET leads to the check, where the button is."""
    require_role(request, Role.EDITOR)
    check = selectors.get_check(check_id)
    if request.method == "POST":
        services.compare_rest(check_id=check.id)
    return redirect("rights:check", slug=slug, check_id=check.id)


def verdict_of(check: Check, found: Sequence[Match]) -> Verdict | None:
    """The answer of a check in the component of all automated results; None while there is none.

    A conflict is as sure as the surest of the matches ``found``; the answer leads with the strongest kind.
    """
    if not check.verdict:
        return None
    degrees = {selectors.sureness(match) for match in found} or {SURENESS_OF_CLEAR}
    surest = next(degree for degree in SURENESS if degree in degrees)
    clear = check.verdict == CheckVerdict.CLEAR
    if check.verdict == CheckVerdict.INCOMPLETE:
        surest = SURENESS_OF_INCOMPLETE
    versions = sorted({facet["version"] for facet in check.facets.values() if facet.get("version")})
    return Verdict(
        answer=wording.answer_of_check(check, found),
        sureness=surest,  # type: ignore[arg-type]
        figure=wording.compared_in_words(check),
        model=str(_("Melody comparison")) if check.about_work else str(_("Recogniser")),
        version=", ".join(versions) or f"{check.extractor_version} / {check.matcher_version}".strip(" /"),
        computed_at=check.finished_at,
        wrong=_("Compare the rest first.")
        if check.failed_facets
        else _("Upload a better copy, or check again later: the registry grows."),
        tone="calm" if clear else "attention",
    )


def _rest_page(slug: str, check: Check) -> str:
    """Where what failed is compared again; empty when that can't be done."""
    newest = selectors.latest_check_of(check.subject)
    source = check.score if check.about_work else check.asset
    if check.is_open or newest is None or newest.id != check.id:
        return ""
    if not selectors.may_compare_rest(check.subject, check, source):
        return ""
    return rest_link(slug, check)
