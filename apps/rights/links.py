"""Addresses that notifications lead to."""

import uuid

from django.urls import reverse

from apps.tenancy.models import Organisation

_NO_ONE = uuid.UUID(int=0)
_SLUG = "a-slug-that-stands-for-another"


def match_page(organisation: Organisation, match_id: uuid.UUID) -> str:
    """The report of a match of ours."""
    return reverse("rights:match", kwargs={"slug": organisation.slug, "match_id": match_id})


def track_page(organisation: Organisation, track_id: uuid.UUID) -> str:
    """The page of a track of ours."""
    return reverse("catalog:track", kwargs={"slug": organisation.slug, "track_id": track_id})


def match_page_pattern() -> str:
    """The report's address with ``{slug}`` and ``{match}`` open: the database fills in the other organisation's."""
    path = reverse("rights:match", kwargs={"slug": _SLUG, "match_id": _NO_ONE})
    return path.replace(_SLUG, "{slug}").replace(str(_NO_ONE), "{match}")
