"""Addresses that notifications lead to."""

import uuid

from django.urls import reverse

from apps.catalog.models import Work
from apps.rights.models import Subject
from apps.tenancy.models import Organisation

_NO_ONE = uuid.UUID(int=0)
_SLUG = "a-slug-that-stands-for-another"


def match_page(organisation: Organisation, match_id: uuid.UUID) -> str:
    """The report of a match of ours."""
    return reverse("rights:match", kwargs={"slug": organisation.slug, "match_id": match_id})


def track_page(organisation: Organisation, track_id: uuid.UUID) -> str:
    """The page of a track of ours."""
    return reverse("catalog:track", kwargs={"slug": organisation.slug, "track_id": track_id})


def subject_page(organisation: Organisation, subject: Subject) -> str:
    """The page of a track or a work of ours."""
    if isinstance(subject, Work):
        return reverse("catalog:work", kwargs={"slug": organisation.slug, "work_id": subject.id})
    return track_page(organisation, subject.id)


def check_page(organisation: Organisation, check_id: uuid.UUID) -> str:
    """The report of a check of ours."""
    return reverse("rights:check", kwargs={"slug": organisation.slug, "check_id": check_id})


def recheck_page(organisation: Organisation, recheck_id: uuid.UUID) -> str:
    """The page of a re-check of ours."""
    return reverse("rights:recheck", kwargs={"slug": organisation.slug, "recheck_id": recheck_id})


def match_page_pattern() -> str:
    """The report's address with ``{slug}`` and ``{match}`` open: the database fills in the other organisation's."""
    path = reverse("rights:match", kwargs={"slug": _SLUG, "match_id": _NO_ONE})
    return path.replace(_SLUG, "{slug}").replace(str(_NO_ONE), "{match}")
