"""Addresses that notifications and jobs lead to."""

import uuid

from django.urls import reverse

from apps.tenancy.models import Organisation

_NO_ONE = uuid.UUID(int=0)
_SLUG = "a-slug-that-stands-for-another"


def case_page(organisation: Organisation, case_id: uuid.UUID) -> str:
    """The page of a case of ours."""
    return reverse("cases:detail", kwargs={"slug": organisation.slug, "case_id": case_id})


def case_page_pattern() -> str:
    """A case's address with ``{slug}`` and ``{case}`` open: the database fills in the other organisation's."""
    path = reverse("cases:detail", kwargs={"slug": _SLUG, "case_id": _NO_ONE})
    return path.replace(_SLUG, "{slug}").replace(str(_NO_ONE), "{case}")
