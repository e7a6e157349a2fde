"""The list of cases."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from apps.cases import selectors
from apps.cases.forms import CaseFilterForm
from apps.core.display import Link
from apps.core.tables import Column, Table
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest

COLUMNS = [
    Column("case", gettext_lazy("Case"), sort="reference", value=lambda case: case.reference, optional=False),
    Column("own", gettext_lazy("Ours"), sort="own_title", value=lambda case: case.own_title),
    Column("other", gettext_lazy("Theirs"), sort="other_title", value=lambda case: case.other_title),
    Column("with", gettext_lazy("With"), sort="other_organisation", value=lambda case: case.other_organisation),
    Column("state", gettext_lazy("State"), sort="state", value=lambda case: case.get_state_display()),
    Column("side", gettext_lazy("Opened by"), sort="side", value=lambda case: case.get_side_display(), shown=False),
    Column(
        "due",
        gettext_lazy("Next deadline"),
        sort="next_due",
        value=lambda case: case.next_due.isoformat() if case.next_due else "",
    ),
    Column(
        "charge",
        gettext_lazy("In charge"),
        sort="assigned_to__name",
        value=lambda case: case.assigned_to or "",
        shown=False,
    ),
    Column("latest", gettext_lazy("Latest"), sort="latest_at", value=lambda case: case.latest_at.isoformat()),
]
TABS = ("needs", "live", "agreed", "ended", "")


@require_GET
def overview(request: TenantRequest, slug: str) -> HttpResponse:
    """All cases, the latest activity first."""
    membership = require_role(request)
    form = CaseFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    rows = selectors.cases(selectors.CaseFilters(tab=tab, **wanted), user_id=membership.user_id)
    table = Table(request, rows, COLUMNS, sort="-latest", caption=_("Cases"), table_id="cases")
    if table.wants_csv:
        return table.csv("cases")
    counts = selectors.tab_counts()
    context = {
        "table": table,
        "form": form,
        "tabs": _tabs(slug, tab, counts),
        "any": counts[""],
        "matches_page": reverse("rights:matches", kwargs={"slug": slug}),
    }
    return render(request, "cases/list.html", context)


def _tabs(slug: str, current: str, counts: dict[str, int]) -> list[Link]:
    words = {
        "": _("All"),
        "needs": _("Needs us"),
        "live": _("In progress"),
        "agreed": _("Agreed"),
        "ended": _("Ended"),
    }
    page = reverse("cases:list", kwargs={"slug": slug})
    return [
        Link(word, f"{page}?tab={tab}" if tab else page, current=tab == current, count=counts[tab])
        for tab, word in words.items()
    ]
