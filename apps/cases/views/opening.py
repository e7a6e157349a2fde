"""Opening a case from a match or a cue."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.cases import selectors, services, wording
from apps.cases.forms import OpenForm
from apps.cases.models import Case
from apps.cases.services.heard import evidence_of_cue, why_not
from apps.cases.services.opening import evidence_of
from apps.cases.snapshot import Evidence
from apps.cases.views.common import signature, to_case
from apps.core.display import Link
from apps.core.forms import errors_into
from apps.monitoring.selectors import get_cue
from apps.rights.models import Match, MatchState
from apps.rights.selectors import get_match
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def from_match(request: TenantRequest, slug: str, match_id: uuid.UUID) -> HttpResponse:
    """Show what would be frozen of a match and ask for a first message."""
    require_role(request, Role.EDITOR)
    match = get_match(match_id)
    page = reverse("rights:match", kwargs={"slug": slug, "match_id": match.id})
    came_from = Link(_("Match report"), page)

    def start(text: str, signed: str, item: uuid.UUID | None) -> tuple[Case, bool]:
        return services.open_from_match(match_id=match.id, text=text, signed=signed, item=item)

    return _wizard(request, slug, match.id, came_from, _why_no_case(match), lambda: evidence_of(match), start)


@require_http_methods(["GET", "POST"])
def from_cue(request: TenantRequest, slug: str, cue_id: uuid.UUID) -> HttpResponse:
    """Show what would be frozen of a cue and ask for a first message."""
    require_role(request, Role.EDITOR)
    cue = get_cue(cue_id)
    page = reverse("monitoring:detail", kwargs={"slug": slug, "recording_id": cue.recording_id})
    came_from = Link(_("Cue sheet"), page)

    def start(text: str, signed: str, item: uuid.UUID | None) -> tuple[Case, bool]:
        return services.open_from_cue(cue_id=cue.id, text=text, signed=signed, item=item)

    return _wizard(request, slug, cue.id, came_from, why_not(cue), lambda: evidence_of_cue(cue), start)


def _why_no_case(match: Match) -> str:
    if match.already_ours:
        return _("Both sides are yours; there is nobody to open a case with.")
    if match.state == MatchState.SUPERSEDED:
        return _("A newer check replaced this match. Open the case from that one.")
    return ""


def _wizard(
    request: TenantRequest,
    slug: str,
    origin_id: uuid.UUID,
    came_from: Link,
    blocked: str,
    evidence_now: Callable[[], Evidence],
    start: Callable[[str, str, uuid.UUID | None], tuple[Case, bool]],
) -> HttpResponse:
    """One page: what is frozen, and the first message. A case that stands already is shown instead."""
    standing = selectors.case_of(origin_id)
    if standing is not None:
        messages.info(request, _("There is a case about this already."))
        return to_case(slug, standing.id)
    form = OpenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            case, is_new = start(values["text"], signature(request, values["sign"]), values["item"])
        if form.is_valid():
            told = _("The case is open, and the other side is told.")
            messages.success(request, told if is_new else _("There is a case about this already."))
            return to_case(slug, case.id)
    evidence = None if blocked else evidence_now()
    context = {
        "form": form,
        "evidence": evidence,
        "sentence": wording.finding_in_words(evidence) if evidence else "",
        "blocked": blocked,
        "cancel": came_from.href,
        "crumbs": [came_from, Link(_("Open a case"), "", current=True)],
    }
    return render(request, "cases/open.html", context, status=422 if form.errors else 200)
