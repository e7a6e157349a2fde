"""Opening a case from a match."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.cases import selectors, services, wording
from apps.cases.forms import OpenForm
from apps.cases.services.opening import evidence_of
from apps.cases.views.common import signature, to_case
from apps.core.display import Link
from apps.core.forms import errors_into
from apps.rights.models import MatchState
from apps.rights.selectors import get_match
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def from_match(request: TenantRequest, slug: str, match_id: uuid.UUID) -> HttpResponse:
    """Show what would be frozen and ask for a first message; a case that stands already is opened instead."""
    require_role(request, Role.EDITOR)
    match = get_match(match_id)
    standing = selectors.case_of(match.id)
    if standing is not None:
        messages.info(request, _("There is a case about this match already."))
        return to_case(slug, standing.id)
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            case, is_new = services.open_from_match(
                match_id=match.id,
                text=values["text"],
                signed=signature(request, values["sign"]),
                item=values["item"],
            )
        if form.is_valid():
            told = _("The case is open, and the other side is told.")
            messages.success(request, told if is_new else _("There is a case about this match already."))
            return to_case(slug, case.id)
    report_page = reverse("rights:match", kwargs={"slug": slug, "match_id": match.id})
    evidence = evidence_of(match)
    context = {
        "form": form,
        "match": match,
        "evidence": evidence,
        "sentence": wording.finding_in_words(evidence),
        "possible": not match.already_ours and match.state != MatchState.SUPERSEDED,
        "cancel": report_page,
        "crumbs": [Link(_("Match report"), report_page), Link(_("Open a case"), "", current=True)],
    }
    return render(request, "cases/open.html", context, status=422 if form.errors else 200)
