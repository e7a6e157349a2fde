"""What several pages of cases need."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.cases.models import Case
from apps.core.display import Link, Text
from apps.tenancy.requests import TenantRequest


def case_link(slug: str, case_id: uuid.UUID, anchor: str = "") -> str:
    """The page of a case, at one of its parts."""
    page = reverse("cases:detail", kwargs={"slug": slug, "case_id": case_id})
    return f"{page}#{anchor}" if anchor else page


def to_case(slug: str, case_id: uuid.UUID, anchor: str = "") -> HttpResponse:
    return redirect(case_link(slug, case_id, anchor))


def crumbs(slug: str, label: Text, case: Case, current: Text) -> list[Link]:
    """Where one is: the list, the case, then the page."""
    return [
        Link(label, reverse("cases:list", kwargs={"slug": slug})),
        Link(case.reference, case_link(slug, case.id)),
        Link(current, "", current=True),
    ]


def signature(request: TenantRequest, wanted: bool) -> str:
    """The name under which the signed-in member writes to the other side; empty unless it is wanted."""
    return request.user.name.strip() if wanted and request.user.is_authenticated else ""
