"""Making proposals and answering them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.cases import selectors, wording
from apps.cases.forms import AnswerForm, ProposalForm
from apps.cases.models import Proposal, ProposalKind
from apps.cases.services import proposals
from apps.cases.views.common import case_link, crumbs, signature, to_case
from apps.core.display import Link
from apps.core.forms import errors_into
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


@require_http_methods(["GET", "POST"])
def propose(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Offer terms; the address says of which kind."""
    require_role(request, Role.EDITOR)
    return _offer(request, slug, case_id, None)


@require_http_methods(["GET", "POST"])
def counter(request: TenantRequest, slug: str, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """Offer other terms in place of a proposal of the other side."""
    require_role(request, Role.EDITOR)
    return _offer(request, slug, case_id, selectors.get_proposal(case_id, proposal_id))


def _offer(request: TenantRequest, slug: str, case_id: uuid.UUID, countered: Proposal | None) -> HttpResponse:
    membership = require_role(request, Role.EDITOR)
    case = selectors.get_case(case_id)
    kind = _kind(request, countered)
    form = ProposalForm(
        request.POST if request.method == "POST" else None, kind=kind, initial=_initial(countered, kind)
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            proposals.propose(
                case_id=case.id,
                terms=form.terms,
                signed=signature(request, values["sign"]),
                answer_by=values["answer_by"],
                counters=countered.id if countered else None,
                item=values["item"],
            )
        if form.is_valid():
            messages.success(request, _("Your proposal is made, and the other side is told."))
            return to_case(slug, case.id, "proposals")
    title = _("Make another proposal") if countered else _("Make a proposal")
    context = {
        "form": form,
        "case": case,
        "title": title,
        "countered": countered,
        "terms": wording.terms_in_words(countered) if countered else [],
        "zone": membership.organisation.time_zone,
        "kinds": _kinds(request.path, kind),
        "cancel": case_link(slug, case.id, "proposals"),
        "crumbs": crumbs(slug, _("Cases"), case, title),
    }
    return render(request, "cases/propose.html", context, status=422 if form.errors else 200)


def _kind(request: TenantRequest, countered: Proposal | None) -> ProposalKind:
    asked = request.GET.get("kind", "")
    if asked in ProposalKind.values:
        return ProposalKind(asked)
    return ProposalKind(countered.kind) if countered else ProposalKind.LICENCE


def _kinds(path: str, current: ProposalKind) -> list[Link]:
    return [Link(kind.label, f"{path}?kind={kind.value}", current=kind == current) for kind in ProposalKind]


def _initial(countered: Proposal | None, kind: ProposalKind) -> dict[str, object]:
    """The terms that are answered, to start from."""
    if countered is None or countered.kind != kind:
        return {}
    names = ("currency", "starts_on", "ends_on", "territory", "credit_line", "share_percent", "take_down_on")
    values: dict[str, object] = {name: getattr(countered, name) for name in names}
    if countered.fee_minor is not None:
        values["fee"] = wording.major(countered.fee_minor, countered.currency)
    return values


@dataclass(frozen=True)
class _Answer:
    """One way to answer a proposal."""

    service: Callable[..., Proposal]
    title: str | Promise
    text: str | Promise
    done: str | Promise
    icon: str


ACCEPT = _Answer(
    proposals.accept,
    gettext_lazy("Accept this proposal"),
    gettext_lazy("The case is agreed on these terms. Both sides keep them in the record."),
    gettext_lazy("The proposal is accepted, and the other side is told."),
    "circle-check",
)
DECLINE = _Answer(
    proposals.decline,
    gettext_lazy("Decline this proposal"),
    gettext_lazy("The case goes on; you can make another proposal."),
    gettext_lazy("The proposal is declined, and the other side is told."),
    "circle-x",
)
WITHDRAW = _Answer(
    proposals.withdraw,
    gettext_lazy("Withdraw this proposal"),
    gettext_lazy("The other side can’t accept it any more."),
    gettext_lazy("The proposal is withdrawn, and the other side is told."),
    "undo-2",
)


@require_http_methods(["GET", "POST"])
def accept(request: TenantRequest, slug: str, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """Agree on the terms of a proposal."""
    require_role(request, Role.ADMIN)
    return _reply(request, slug, case_id, proposal_id, ACCEPT)


@require_http_methods(["GET", "POST"])
def decline(request: TenantRequest, slug: str, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """Say no to a proposal."""
    require_role(request, Role.EDITOR)
    return _reply(request, slug, case_id, proposal_id, DECLINE)


@require_http_methods(["GET", "POST"])
def withdraw(request: TenantRequest, slug: str, case_id: uuid.UUID, proposal_id: uuid.UUID) -> HttpResponse:
    """Take a proposal of ours back."""
    require_role(request, Role.EDITOR)
    return _reply(request, slug, case_id, proposal_id, WITHDRAW)


def _reply(
    request: TenantRequest, slug: str, case_id: uuid.UUID, proposal_id: uuid.UUID, answer: _Answer
) -> HttpResponse:
    proposal = selectors.get_proposal(case_id, proposal_id)
    case = selectors.get_case(case_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with errors_into(form):
            answer.service(
                case_id=case.id,
                proposal_id=proposal.id,
                text=values["text"],
                signed=signature(request, values["sign"]),
                item=values["item"],
            )
        if form.is_valid():
            messages.success(request, str(answer.done))
            return to_case(slug, case.id, "proposals")
    context = {
        "form": form,
        "case": case,
        "step": answer,
        "proposal": proposal,
        "terms": wording.terms_in_words(proposal),
        "cancel": case_link(slug, case.id, "proposals"),
        "crumbs": crumbs(slug, _("Cases"), case, answer.title),
        "page": reverse("cases:detail", kwargs={"slug": slug, "case_id": case.id}),
    }
    return render(request, "cases/step.html", context, status=422 if form.errors else 200)
