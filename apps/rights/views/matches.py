"""Matches: the list, the report, the decision."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import chroma
from apps.core.formats import percent
from apps.core.forms import errors_into
from apps.core.melodies import is_untimed
from apps.core.tables import Column, Table
from apps.rights import downloads, explain, problems, selectors, services, wording
from apps.rights.forms import DecisionForm, MatchFilterForm
from apps.rights.models import Facet, Match, MatchState
from apps.rights.views import evidence as shown
from apps.rights.views.links import check_link, match_link, registry_crumbs, subject_link
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

COLUMNS = [
    Column(
        "track",
        gettext_lazy("Yours"),
        sort="subject_title",
        value=lambda match: match.title,
        optional=False,
    ),
    Column("other", gettext_lazy("Is like"), sort="other_title", value=lambda match: match.other_title),
    Column("artist", gettext_lazy("By"), sort="other_artist", value=lambda match: match.other_artist, shown=False),
    Column("owner", gettext_lazy("Of"), sort="other_organisation", value=lambda match: match.other_organisation),
    Column("facet", gettext_lazy("Alike in"), sort="facet", shown=False, value=lambda m: m.get_facet_display()),
    Column("kind", gettext_lazy("Kind"), sort="kind", value=lambda match: match.get_kind_display()),
    Column("share", gettext_lazy("Share of yours"), sort="own_share", value=lambda m: m.own_share, numeric=True),
    Column("sure", gettext_lazy("How sure"), sort="chance_probability", value=lambda match: _sure(match)),
    Column("direction", gettext_lazy("Found by"), sort="direction", value=lambda match: match.get_direction_display()),
    Column("state", gettext_lazy("State"), sort="state", value=lambda match: match.get_state_display()),
    Column("found", gettext_lazy("Found"), sort="created_at", value=lambda match: match.created_at.isoformat()),
]


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All matches, found by our checks and by those of others."""
    require_role(request)
    form = MatchFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = selectors.matches(selectors.MatchFilters(**wanted))
    table = Table(request, found, COLUMNS, sort="-found", caption=_("Matches"), table_id="matches")
    if table.wants_csv:
        return table.csv("matches")
    rows = [
        {"match": match, "sureness": _sure(match), "figure": _figure(match), "share": percent(match.own_share)}
        for match in table.rows
    ]
    context = {"table": table, "rows": rows, "form": form, "filtered": any(wanted.values())}
    return render(request, "rights/matches.html", context)


def _sure(match: Match) -> str:
    return wording.sureness_in_words(selectors.sureness(match))


def _figure(match: Match) -> str:
    return wording.chance_in_words(match.chance_probability)


@require_GET
def report(request: TenantRequest, slug: str, match_id: uuid.UUID) -> HttpResponse:
    """The match report."""
    membership = require_role(request)
    match = selectors.get_match(match_id)
    return _report(request, slug, match, DecisionForm(), may_act=membership.may_act_as(Role.EDITOR))


@require_http_methods(["GET", "POST"])
def decide(request: TenantRequest, slug: str, match_id: uuid.UUID) -> HttpResponse:
    """Decide about a match; the form is on the report."""
    require_role(request, Role.EDITOR)
    match = selectors.get_match(match_id)
    if request.method == "GET":
        return redirect(f"{match_link(slug, match)}#decide")
    form = DecisionForm(request.POST)
    if form.is_valid():
        with errors_into(form):
            services.decide_match(match_id=match.id, kind=form.cleaned_data["kind"], reason=form.cleaned_data["reason"])
    if not form.is_valid():
        return _report(request, slug, selectors.get_match(match_id), form, may_act=True, status=422)
    messages.success(request, _("Your decision is recorded, and the other side is told. You can undo it for an hour."))
    return redirect("rights:match", slug=slug, match_id=match_id)


@require_http_methods(["GET", "POST"])
def undo(request: TenantRequest, slug: str, decision_id: uuid.UUID) -> HttpResponse:
    """Take a decision back, after a question."""
    require_role(request, Role.EDITOR)
    decision = selectors.get_decision(decision_id)
    if request.method == "POST":
        services.undo_decision(decision_id=decision.id)
        messages.success(request, _("The decision is taken back, and the other side is told."))
        return redirect("rights:match", slug=slug, match_id=decision.match_id)
    question = {
        "title": _("Take this decision back?"),
        "text": _("The match is open again as it was before, and the other side is told."),
        "confirm": _("Take it back"),
        "cancel_url": reverse("rights:match", kwargs={"slug": slug, "match_id": decision.match_id}),
    }
    return render(request, "core/confirm.html", question)


@require_GET
def pdf(request: TenantRequest, slug: str, match_id: uuid.UUID) -> HttpResponse:
    """The report as a PDF."""
    require_role(request)
    return downloads.match_pdf(selectors.match_report(selectors.get_match(match_id)))


@require_GET
def evidence(request: TenantRequest, slug: str, match_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponseBase:
    """One evidence file of a match: a picture, landmarks, or a stretch of sound that the other side shares."""
    require_role(request)
    return downloads.evidence(request, selectors.get_evidence(match_id, evidence_id))


def _report(
    request: TenantRequest, slug: str, match: Match, form: DecisionForm, *, may_act: bool, status: int = 200
) -> HttpResponse:
    full = selectors.match_report(match)
    chosen = _chosen_segment(request, len(full.segments))
    context: dict[str, Any] = {
        "report": full,
        "match": match,
        "verdict": shown.verdict(full),
        "alignment": shown.alignment(slug, full),
        "segments": shown.segment_rows(slug, full, chosen),
        "picture": shown.landmark_picture(slug, full, chosen),
        "harmony": chroma.pictures(match.detail),
        "tune": chroma.pictures(match.detail, "melody"),
        "roll": shown.melody_roll(full),
        "sounds": shown.sounds(slug, full),
        "why": explain.of_match(match, compared_with=full.compared_with),
        "folded": shown.folded(full),
        "pieces": shown.pieces(full),
        "untimed": is_untimed(match.detail),
        "other_heading": _("The other work") if full.other.is_work else _("The other recording"),
        "check_page": check_link(slug, match.check_run) if match.check_run else "",
        "left": problems.not_compared(match.check_run) if match.check_run else [],
        "facet": Facet(match.facet).value,
        "history": shown.history(full),
        "form": form,
        "may_decide": may_act and match.state != MatchState.SUPERSEDED and not full.other.already_ours,
        "may_act": may_act,
        "crumbs": registry_crumbs(slug, _("Matches"), "rights:matches", match.title),
        "subject_page": subject_link(slug, match.subject),
        "other_page": subject_link(slug, match.other_work or match.other_track),
        "kind": shown.kind(full),
        "direction": shown.direction(full),
        "shares": shown.shares(full),
    }
    return render(request, "rights/match.html", context, status=status)


def _chosen_segment(request: TenantRequest, count: int) -> int:
    """Which stretch the pictures show; the address says it, counted from 1."""
    asked = request.GET.get("stretch", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    return number - 1 if 1 <= number <= count else 0
