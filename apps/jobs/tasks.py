"""The Celery side of the ledger: one task runs any job, one sweeps."""

import uuid

from celery import shared_task

from apps.jobs import runner, services


@shared_task(name=services.RUN_TASK)
def run_job(job_id: str, organisation_id: str) -> None:
    """Do one job; a message that comes twice does it once."""
    runner.run(uuid.UUID(job_id), uuid.UUID(organisation_id))


@shared_task(name="jobs.sweep", queue="io")
def sweep() -> int:
    """Queue again what was lost on the way."""
    return services.sweep()
