"""Checking again what is registered: starting it, how far it is, and what changed."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.tables import Column, Table
from apps.rights import selectors, services
from apps.rights.models import Check
from apps.rights.services.changes import differs
from apps.rights.views.facets import CHANGES, change_name
from apps.rights.views.links import check_link, registry_crumbs
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


def change_in_words(check: Check) -> str:
    """What a re-check found different, in one line."""
    if not check.changes:
        return ""
    counted = [(name, len(check.changes.get(name, ()))) for name in CHANGES]
    said = [f"{count} {change_name(name)}" for name, count in counted if count]
    return ", ".join(said) or _("nothing changed")


def _versions(check: Check) -> str:
    changed = check.changes.get("versions", {}) if check.changes else {}
    return "; ".join(f"{before or '–'} → {after or '–'}" for before, after in changed.values())


COLUMNS = [
    Column("title", gettext_lazy("Title"), sort="subject_title", value=lambda check: check.title, optional=False),
    Column("state", gettext_lazy("State"), sort="state", value=lambda check: check.get_state_display()),
    Column("verdict", gettext_lazy("Answer"), sort="verdict", value=lambda check: check.get_verdict_display()),
    Column("change", gettext_lazy("Change"), value=change_in_words),
    Column("versions", gettext_lazy("Versions"), value=_versions),
    Column("ended", gettext_lazy("Ended"), sort="finished_at", value=lambda check: check.finished_at or ""),
]


@require_http_methods(["GET", "POST"])
def start(request: TenantRequest, slug: str) -> HttpResponse:
    """Check again what is registered, after a question that says what it means."""
    require_role(request, Role.EDITOR)
    if request.method == "POST":
        scope = request.POST.get("scope", services.OLDER)
        recheck = services.start_recheck(scope=scope)
        return redirect("rights:recheck", slug=slug, recheck_id=recheck.id)
    context = {
        "crumbs": registry_crumbs(slug, _("Registrations"), "rights:registrations", _("Check again")),
        "count": sum(1 for _subject in selectors.registered_subjects()),
        "latest": selectors.rechecks()[:5],
        "cancel": reverse("rights:registrations", kwargs={"slug": slug}),
    }
    return render(request, "rights/recheck_start.html", context)


@require_GET
def detail(request: TenantRequest, slug: str, recheck_id: uuid.UUID) -> HttpResponse:
    """One re-check: how far it is, and what is different from before."""
    membership = require_role(request)
    recheck = selectors.get_recheck(recheck_id)
    table = Table(
        request, selectors.checks_of_recheck(recheck), COLUMNS, sort="ended", caption=_("Checks"), table_id="recheck"
    )
    if table.wants_csv:
        return table.csv("recheck")
    may_act = membership.may_act_as(Role.EDITOR)
    rows = [
        {
            "check": check,
            "page": check_link(slug, check),
            "change": change_in_words(check),
            "versions": _versions(check),
            "differs": differs(check.changes),
        }
        for check in table.rows
    ]
    context = {
        "recheck": recheck,
        "table": table,
        "rows": rows,
        "crumbs": registry_crumbs(slug, _("Registrations"), "rights:registrations", _("Check again")),
    }
    if recheck.job:
        address = {"slug": slug, "job_id": recheck.job.id}
        context |= {
            "poll": reverse("jobs:card", kwargs=address),
            "cancel": reverse("jobs:cancel", kwargs=address) if may_act else "",
            "retry": reverse("jobs:retry", kwargs=address) if may_act else "",
        }
    return render(request, "rights/recheck.html", context)
