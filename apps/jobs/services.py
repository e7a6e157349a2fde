"""Writes of the job ledger: submit, publish, cancel, retry, sweep."""

import logging
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.core.errors import Conflict
from apps.jobs import handlers, said
from apps.jobs.models import Job, JobState
from apps.jobs.said import Said
from apps.jobs.selectors import get_job
from apps.tenancy.context import bind, current_organisation_id, current_user_id

logger = logging.getLogger(__name__)

RUN_TASK = "jobs.run"


@dataclass(frozen=True)
class Subject:
    """What a job is about, for lists and links."""

    type: str
    id: uuid.UUID


def submit(*, kind: str, args: dict[str, Any], key: str, subject: Subject | None = None) -> Job:
    """Write a job in the ledger and publish it when the transaction commits.

    The same kind and key again answers the job that exists, so every submission is safe to repeat. A broker that is
    down fails nothing: the sweep publishes later.
    """
    handler = handlers.get(kind)
    job, created = Job.objects.get_or_create(
        organisation_id=current_organisation_id(),
        kind=kind,
        idempotency_key=key,
        defaults={
            "args": args,
            "queue": handler.queue,
            "max_attempts": handler.max_attempts,
            "created_by_id": current_user_id(),
            "subject_type": subject.type if subject else "",
            "subject_id": subject.id if subject else None,
        },
    )
    if created:
        _publish_on_commit(job)
    return job


def publish(job_id: uuid.UUID, organisation_id: uuid.UUID, queue: str) -> bool:
    """Send a job's id to its queue. Answers whether the broker took it; never raises."""
    try:
        current_app.send_task(RUN_TASK, args=[str(job_id), str(organisation_id)], queue=queue, retry=False)
    except Exception as error:
        logger.warning("The broker did not take job %s; the sweep will publish it: %s", job_id, error)
        return False
    try:
        with bind(organisation_id):
            Job.objects.filter(id=job_id).update(published_at=timezone.now())
    except Exception:
        # The message is out and the commit is done: a repetition is harmless, a failing request is not.
        logger.warning("Job %s was published, but not marked so", job_id, exc_info=True)
    return True


@transaction.atomic
def cancel(*, job_id: uuid.UUID) -> Job:
    """Stop a job: at once when it waits, at its next step when it runs. A job that has ended stays as it is."""
    job = get_job(job_id, lock=True)
    if job.state == JobState.QUEUED:
        abandon(job, state=JobState.CANCELLED)
    elif job.state == JobState.RUNNING and job.cancel_requested_at is None:
        job.cancel_requested_at = timezone.now()
        job.save(update_fields=["cancel_requested_at", "updated_at"])
    return job


@transaction.atomic
def retry(*, job_id: uuid.UUID) -> Job:
    """Queue a failed or cancelled job again; one that waits or runs stays as it is.

    Raises:
        Conflict: the job is done.
    """
    job = get_job(job_id, lock=True)
    if job.is_open:
        return job
    if job.state == JobState.SUCCEEDED:
        raise Conflict(_("This job is done; there is nothing to repeat."), code="job_done")
    job.state = JobState.QUEUED
    job.progress, job.message, job.error_code, job.error_message = 0.0, "", "", ""
    job.said = job.error_said = None
    job.attempts, job.lease, job.cancel_requested_at, job.finished_at = 0, None, None, None
    job.queued_at, job.published_at = timezone.now(), None
    job.save()
    _publish_on_commit(job)
    return job


def abandon(job: Job, *, state: JobState, code: str = "", message: Said | Promise | str = "") -> None:
    """End a locked job without a result, and let its app put right what waited for it."""
    job.state = state
    parts = message if isinstance(message, Said) else said.recovered(str(message))
    job.error_code, job.error_message, job.error_said = code, str(message), parts.kept() if parts else None
    job.lease = None
    job.finished_at = timezone.now()
    job.save()
    handler = handlers.find(job.kind)
    if handler is not None and handler.on_abandoned is not None:
        handler.on_abandoned(job)


def sweep() -> int:
    """Queue again what a dead worker held and what no broker took. Answers how many jobs were published.

    One job that can't be handled doesn't keep the others; a broker that is down ends the round.
    """
    published = 0
    for job_id, organisation_id in _due():
        try:
            job = _prepare(job_id, organisation_id)
        except Exception:
            logger.exception("The sweep could not prepare job %s", job_id)
            continue
        if job is None:
            continue
        if not publish(job.id, job.organisation_id, job.queue):
            break
        published += 1
    return published


def _prepare(job_id: uuid.UUID, organisation_id: uuid.UUID) -> Job | None:
    """A due job made ready for another worker; None when somebody else has it or it ended."""
    with bind(organisation_id):
        job: Job | None = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(id=job_id).first()
        return job if job is not None and _requeue(job) else None


def _requeue(job: Job) -> bool:
    if job.state == JobState.QUEUED:
        return True
    # It may have sent a sign of life, or ended, since the list was made.
    if job.state != JobState.RUNNING or not job.is_silent(settings.JOBS_HEARTBEAT_TIMEOUT_SECONDS):
        return False
    if job.cancel_requested_at:
        abandon(job, state=JobState.CANCELLED)
        return False
    if job.attempts >= job.max_attempts:
        message = said.gettext("The work stopped several times without an answer. Try again, or send us the file.")
        abandon(job, state=JobState.FAILED, code="worker_lost", message=message)
        return False
    job.state, job.lease = JobState.QUEUED, None
    job.queued_at, job.published_at = timezone.now(), None
    job.save(update_fields=["state", "lease", "queued_at", "published_at", "updated_at"])
    return True


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Jobs of all organisations that need publishing: only ids leave the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job_id, organisation_id FROM jobs_due(%s, %s, %s)",
            [
                settings.JOBS_HEARTBEAT_TIMEOUT_SECONDS,
                settings.JOBS_REPUBLISH_AFTER_SECONDS,
                settings.JOBS_REDELIVER_AFTER_SECONDS,
            ],
        )
        return list(cursor.fetchall())


def _publish_on_commit(job: Job) -> None:
    transaction.on_commit(partial(publish, job.id, job.organisation_id, job.queue))
