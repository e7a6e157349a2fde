"""Doing one job: claim it, keep its heartbeat, write its results once."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.functional import Promise

from apps.core.errors import DomainError
from apps.jobs import handlers, said, services
from apps.jobs.models import Job, JobState
from apps.jobs.said import Said
from apps.tenancy.context import bind

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.4
MESSAGE_LENGTH = 300


class Cancelled(Exception):
    """The job's owner asked to stop it."""


class LeaseLost(Exception):
    """Another worker holds the job now: this one must not write anything more."""


class JobRun:
    """What a handler sees of its job. No transaction is open unless the handler opens one."""

    def __init__(self, job: Job) -> None:
        self.job_id: uuid.UUID = job.id
        self.organisation_id: uuid.UUID = job.organisation_id
        self.user_id: uuid.UUID | None = job.created_by_id
        self.args: dict[str, Any] = job.args
        self.lease: uuid.UUID | None = job.lease
        self.committed = False
        self._reported_at = 0.0

    def progress(self, fraction: float, message: Said | str = "") -> None:
        """Report progress (0–1), at most a few times a second.

        Raises:
            Cancelled: somebody asked to stop the job.
            LeaseLost: another worker took over.
        """
        now = time.monotonic()
        if now - self._reported_at < PROGRESS_INTERVAL_S and fraction < 1.0:
            return
        self._reported_at = now
        changes: dict[str, Any] = {"progress": min(max(fraction, 0.0), 1.0), "heartbeat_at": timezone.now()}
        if message:
            changes |= _message(message)
        with bind(self.organisation_id, user_id=self.user_id):
            job = self._mine().filter(lease=self.lease)
            if not job.update(**changes):
                raise LeaseLost
            cancelled = job.filter(cancel_requested_at__isnull=False).exists()
        if cancelled:
            raise Cancelled

    @contextmanager
    def transaction(self) -> Iterator[Job]:
        """A short transaction of the tenant that holds the job's row.

        Raises:
            LeaseLost: another worker took over; nothing is written.
        """
        with bind(self.organisation_id, user_id=self.user_id):
            job = self._mine().select_for_update(of=("self",)).first()
            if job is None or job.lease != self.lease or job.state != JobState.RUNNING:
                raise LeaseLost
            yield job

    @contextmanager
    def commit(self, result: dict[str, Any] | None = None) -> Iterator[Job]:
        """The last transaction: writes of the block and the job's end are one.

        Raises:
            LeaseLost: another worker took over; nothing is written.
            Cancelled: somebody asked to stop the job; nothing is written.
        """
        with self.transaction() as job:
            if job.cancel_requested_at is not None:
                raise Cancelled
            yield job
            job.state, job.progress, job.result = JobState.SUCCEEDED, 1.0, result or {}
            job.lease, job.finished_at, job.message = None, timezone.now(), ""
            job.said = None
            job.save()
        self.committed = True

    def _mine(self) -> Any:
        return Job.objects.filter(id=self.job_id)


def _message(message: Said | str) -> dict[str, Any]:
    """A message as the row keeps it."""
    if isinstance(message, str):
        return {"message": message[:MESSAGE_LENGTH], "said": None}
    return {"message": message.english[:MESSAGE_LENGTH], "said": message.kept()}


def run(job_id: uuid.UUID, organisation_id: uuid.UUID) -> JobState | None:
    """Do a job if it is free. Answers how it ended, or None when there was nothing to do or it must be done again.

    Raises:
        OperationalError, InterfaceError: the database did not even answer the claim.
    """
    job = _claim(job_id, organisation_id)
    if job is None:
        return None
    language = job.created_by.language if job.created_by else ""
    try:
        with translation.override(language or settings.LANGUAGE_CODE):
            return _work(JobRun(job), job.kind)
    except LeaseLost:
        logger.warning("Job %s was taken over by another worker", job_id)
    except (OperationalError, InterfaceError):
        # The database went away: the heartbeat stops, and the sweep queues the job again.
        logger.warning("Job %s lost the database and will be done again", job_id, exc_info=True)
        connection.close()
    return None


def _work(job_run: JobRun, kind: str) -> JobState:
    try:
        with _heartbeat(job_run):
            handlers.get(kind).work(job_run)
        if not job_run.committed:
            raise RuntimeError(f"Handler of {kind} ended without run.commit()")
    except Cancelled:
        return _abandon(job_run, JobState.CANCELLED)
    except DomainError as error:
        return _abandon(job_run, JobState.FAILED, error.code, error.message)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Job %s of kind %s failed", job_run.job_id, kind)
        message = said.gettext("Something went wrong on our side. Nothing of yours is lost: try again in a moment.")
        return _abandon(job_run, JobState.FAILED, "internal_error", message)
    return JobState.SUCCEEDED


def _claim(job_id: uuid.UUID, organisation_id: uuid.UUID) -> Job | None:
    """Take a waiting job, or one whose worker has gone silent; None when somebody else has it or it has ended."""
    silent = timezone.now() - timedelta(seconds=settings.JOBS_HEARTBEAT_TIMEOUT_SECONDS)
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, heartbeat_at__lt=silent)
    with bind(organisation_id):
        now = timezone.now()
        taken = Job.objects.filter(free, id=job_id).update(
            state=JobState.RUNNING,
            lease=uuid.uuid4(),
            attempts=F("attempts") + 1,
            heartbeat_at=now,
            started_at=now,
        )
        return Job.objects.select_related("created_by").get(id=job_id) if taken else None


def _abandon(job_run: JobRun, state: JobState, code: str = "", message: Said | Promise | str = "") -> JobState:
    with job_run.transaction() as job:
        services.abandon(job, state=state, code=code, message=message)
    return state


@contextmanager
def _heartbeat(job_run: JobRun) -> Iterator[None]:
    """Keep the job alive from a thread of its own while the handler computes."""
    stop = threading.Event()
    interval = settings.JOBS_HEARTBEAT_TIMEOUT_SECONDS / 4

    def beat() -> None:
        try:
            while not stop.wait(interval):
                close_old_connections()
                _beat_once(job_run)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{job_run.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=interval + 5)


def _beat_once(job_run: JobRun) -> None:
    try:
        with bind(job_run.organisation_id):
            Job.objects.filter(id=job_run.job_id, lease=job_run.lease).update(heartbeat_at=timezone.now())
    except (OperationalError, InterfaceError):
        logger.warning("No heartbeat for job %s: the database does not answer", job_run.job_id)
        connection.close()
