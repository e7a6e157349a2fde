"""The Celery side of the ledger: one task runs any job, one sweeps."""

import uuid
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.jobs import runner, services

DATABASE_AWAY_RETRY_S = 3
DATABASE_AWAY_RETRIES = 20


@shared_task(name=services.RUN_TASK, bind=True, max_retries=DATABASE_AWAY_RETRIES)
def run_job(self: Any, job_id: str, organisation_id: str) -> None:
    """Do one job; a message that comes twice does it once."""
    try:
        runner.run(uuid.UUID(job_id), uuid.UUID(organisation_id))
    except (OperationalError, InterfaceError) as error:
        # The database did not answer even for the claim. Ask again soon; should that fail too, the sweep does.
        raise self.retry(exc=error, countdown=DATABASE_AWAY_RETRY_S) from error


@shared_task(name="jobs.sweep")
def sweep() -> int:
    """Queue again what was lost on the way."""
    return services.sweep()
