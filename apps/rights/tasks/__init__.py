"""Jobs of copyright checks. What computes lies in this package's modules and is imported only when it runs."""

import uuid

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun
from apps.rights import links, services, storage
from apps.tenancy.context import bind


def _track_page(job: Job) -> str:
    return links.track_page(job.organisation, job.subject_id) if job.subject_id else ""


def _subject_page(job: Job) -> str:
    if job.subject_type == "work" and job.subject_id:
        return reverse("catalog:work", kwargs={"slug": job.organisation.slug, "work_id": job.subject_id})
    return _track_page(job)


def _recheck_page(job: Job) -> str:
    return links.recheck_page(job.organisation, job.subject_id) if job.subject_id else ""


def _match_page(job: Job) -> str:
    return links.match_page(job.organisation, job.subject_id) if job.subject_id else ""


@handler(
    "rights.check",
    queue="cpu",
    on_abandoned=services.abandon_check,
    title=_("Registry check"),
    link=_subject_page,
)
def check_recording(run: JobRun) -> None:
    """Compare a recording with the shared registry and write down the verdict with its evidence."""
    from apps.rights.tasks.check import run_check

    run_check(run, uuid.UUID(run.args["check_id"]))


@handler("rights.evidence", queue="cpu", title=_("Evidence of a match"), link=_match_page)
def show_incoming_match(run: JobRun) -> None:
    """Make pictures and excerpts of a match that another label's check found with a recording of ours."""
    from apps.rights.tasks.incoming import make_evidence

    make_evidence(run, uuid.UUID(run.args["match_id"]))


@handler(
    "rights.recheck",
    queue="cpu",
    on_abandoned=services.abandon_recheck,
    title=_("Checking again what is registered"),
    link=_recheck_page,
)
def check_again(run: JobRun) -> None:
    """Check again what is registered and say what changed."""
    from apps.rights.tasks.recheck import run_recheck

    run_recheck(run, uuid.UUID(run.args["recheck_id"]), run.args["scope"])


@shared_task(name="rights.expire", queue="io")
def expire() -> int:
    """End, in every organisation, claims of what was checked long ago and never registered; announce it before."""
    ended = 0
    for organisation_id in services.organisations_with_stale_claims():
        with bind(organisation_id):
            ended += services.expire_claims()
    return ended


@shared_task(name="rights.clean", queue="io")
def clean() -> int:
    """Delete evidence files of every organisation that no row names."""
    removed = 0
    for organisation_id in storage.organisations_with_files():
        with bind(organisation_id):
            removed += services.remove_orphan_evidence()
    return removed
