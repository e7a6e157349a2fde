"""Re-checks of what is registered."""

import uuid
from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.catalog.models import Track, Work
from apps.core.errors import NotFound
from apps.jobs.models import JobState
from apps.rights.models import Check, Recheck, Subject
from apps.rights.selectors.matching import checks
from apps.rights.selectors.overview import KEEPS_PLACE


def rechecks() -> QuerySet[Recheck]:
    """Re-checks, newest first."""
    return Recheck.objects.select_related("job", "requested_by").order_by("-created_at")


def get_recheck(recheck_id: uuid.UUID) -> Recheck:
    """One re-check.

    Raises:
        NotFound: there is none with this id here.
    """
    found: Recheck | None = rechecks().filter(id=recheck_id).first()
    if found is None:
        raise NotFound(_("There is no such re-check."))
    return found


def running_recheck() -> Recheck | None:
    """The one that waits or runs, if any."""
    return rechecks().filter(job__state__in=[JobState.QUEUED, JobState.RUNNING]).first()


def checks_of_recheck(recheck: Recheck) -> QuerySet[Check]:
    """Its checks, in the order in which they were made."""
    return checks().filter(recheck=recheck).order_by("created_at")


def registered_subjects() -> Iterator[Subject]:
    """Tracks and works that stand in the registry as registered, the oldest first."""
    for model in (Track, Work):
        yield from model.objects.filter(status__in=KEEPS_PLACE, deleted_at=None).order_by("created_at")
