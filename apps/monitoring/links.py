"""Addresses that notifications and jobs lead to."""

import uuid

from django.urls import reverse

from apps.tenancy.models import Organisation


def recording_page(organisation: Organisation, recording_id: uuid.UUID) -> str:
    """The cue sheet of a recording."""
    return reverse("monitoring:detail", kwargs={"slug": organisation.slug, "recording_id": recording_id})


def sources_page(organisation: Organisation) -> str:
    return reverse("monitoring:sources", kwargs={"slug": organisation.slug})
