"""Jobs of monitoring. What computes lies in this package's modules and is imported only when it runs."""

import logging
import uuid

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun
from apps.monitoring import links, services
from apps.monitoring.services import cleanup, digests
from apps.monitoring.services.recordings import LISTEN
from apps.tenancy.context import bind

logger = logging.getLogger(__name__)


def _page(job: Job) -> str:
    return links.recording_page(job.organisation, job.subject_id) if job.subject_id else ""


@handler(
    LISTEN, queue="cpu", on_abandoned=services.abandon, max_attempts=20, title=_("Listening to a broadcast"), link=_page
)
def listen_to_recording(run: JobRun) -> None:
    """Listen to a long recording chunk by chunk and write its cue sheet."""
    from apps.monitoring.tasks.listening import listen_to

    listen_to(run, uuid.UUID(run.args["recording_id"]))


@shared_task(name="monitoring.visit_folders", queue="io")
def visit_folders() -> int:
    """Fetch what is new in watched folders."""
    from apps.monitoring.tasks.folders import visit_all

    return visit_all()


@shared_task(name="monitoring.digest", queue="io")
def send_digests() -> int:
    """Tell every organisation what was heard of its watchlists. One that fails does not keep the others."""
    told = 0
    for organisation_id in digests.due_organisations():
        try:
            with bind(organisation_id):
                told += digests.send_digest()
        except Exception:
            logger.exception("The digest of organisation %s was not sent", organisation_id)
    return told


@shared_task(name="monitoring.clean", queue="io")
def clean() -> int:
    """Delete recordings that were deleted a month ago, of every organisation."""
    removed = 0
    for organisation_id in cleanup.purgeable_organisations():
        with bind(organisation_id):
            removed += cleanup.purge_recordings()
    return removed
