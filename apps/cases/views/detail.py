"""The page of one case."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.selectors import members
from apps.cases import filetypes, selectors, wording
from apps.cases.forms import AssignForm, FileForm, MessageForm, NoteForm
from apps.cases.models import FileState
from apps.cases.rules import Act
from apps.cases.services.thread import mark_seen
from apps.cases.views import shown
from apps.core.display import Link
from apps.tenancy.access import require_role
from apps.tenancy.models import Membership, Role
from apps.tenancy.requests import TenantRequest


@require_GET
def page(request: TenantRequest, slug: str, case_id: uuid.UUID) -> HttpResponse:
    """Evidence, thread, proposals, deadlines, files, people, history."""
    membership = require_role(request)
    response = show(request, slug, case_id, membership)
    mark_seen(case=selectors.get_case(case_id), user_id=membership.user_id)
    return response


def show(
    request: TenantRequest,
    slug: str,
    case_id: uuid.UUID,
    membership: Membership,
    *,
    message_form: MessageForm | None = None,
    note_form: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with forms that are to be looked at again."""
    case = selectors.get_case(case_id)
    report = selectors.case_report(case, user_id=membership.user_id)
    may_act, is_admin = membership.may_act_as(Role.EDITOR), membership.may_act_as(Role.ADMIN)
    people = list(members())
    context = {
        "report": report,
        "case": case,
        "crumbs": [Link(_("Cases"), reverse("cases:list", kwargs={"slug": slug})), Link(case.reference, "", True)],
        "explained": wording.state_explained(case.state),
        "verdict": shown.verdict(report),
        "findings": shown.findings(slug, report),
        "exhibits": shown.exhibits(slug, report),
        "thread": shown.thread(slug, report, membership.user_id),
        "proposals": shown.proposals(report),
        "deadlines": shown.deadlines(report),
        "history": shown.history(report),
        "message_form": message_form or MessageForm(),
        "note_form": note_form or NoteForm(prefix="note"),
        "file_form": FileForm(),
        "assign_form": AssignForm(members=people, initial={"assigned_to": str(case.assigned_to_id or "")}),
        "accept_types": filetypes.ACCEPT,
        "max_bytes": filetypes.MOST_BYTES,
        "may_act": may_act,
        "is_admin": is_admin,
        "may": {act.value: act in report.acts for act in Act},
        "zone": case.organisation.time_zone,
        "busy": any(row.state == FileState.ARRIVING for row in report.files)
        or any(row.job and row.job.is_open for row in report.exports),
    }
    return render(request, "cases/detail.html", context, status=status)
