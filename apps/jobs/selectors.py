"""Reads of the job ledger."""

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.jobs.models import OPEN_STATES, Job


def get_job(job_id: uuid.UUID, *, lock: bool = False) -> Job:
    """One job of the bound organisation, on request with its row locked.

    Raises:
        NotFound: there is none with this id.
    """
    rows = (
        Job.objects.select_for_update(of=("self",))
        if lock
        else Job.objects.select_related("created_by", "organisation")
    )
    job: Job | None = rows.filter(id=job_id).first()
    if job is None:
        raise NotFound(_("There is no such job."))
    return job


def recent_jobs() -> QuerySet[Job]:
    """Jobs of the bound organisation, newest first."""
    return Job.objects.select_related("created_by", "organisation").order_by("-created_at")


def open_jobs() -> QuerySet[Job]:
    """Jobs that wait or run."""
    return recent_jobs().filter(state__in=OPEN_STATES)


def latest_job_of(subject_type: str, subject_id: uuid.UUID) -> Job | None:
    """The newest job about one thing."""
    return recent_jobs().filter(subject_type=subject_type, subject_id=subject_id).first()
