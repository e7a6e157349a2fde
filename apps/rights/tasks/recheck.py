"""Checking again what is registered, one after the other, in one job that can be killed and goes on."""

import logging
import uuid

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.jobs import said
from apps.jobs.runner import Cancelled, JobRun, LeaseLost
from apps.jobs.said import Said
from apps.rights import services
from apps.rights.models import Check, Facet, Recheck
from apps.rights.services.changes import named
from apps.rights.tasks import covers, melodies, recordings
from apps.rights.tasks.check import checking
from apps.rights.tasks.tracks import TrackCheck
from apps.rights.tasks.works import WorkCheck

logger = logging.getLogger(__name__)


def current_versions() -> dict[str, dict[str, str]]:
    """The version of each comparison that a check of a track, and of a work, makes now."""
    made = {Facet.RECORDING: recordings.version(), Facet.COVER: covers.version(), Facet.MELODY: melodies.version()}
    return {
        name: {facet.value: named(kept.version, made[facet]) for facet, kept in kind.prints().items()}
        for name, kind in (("track", TrackCheck), ("work", WorkCheck))
    }


def run_recheck(run: JobRun, recheck_id: uuid.UUID, scope: str) -> None:
    """Check each subject again and write each answer down before the next one is begun."""
    run.progress(0.0, said.gettext("Looking for what was checked with an older version"))
    with run.transaction():
        recheck = services.list_subjects(recheck_id=recheck_id, scope=scope, versions=current_versions())
    for position, (kind, subject_id) in enumerate(recheck.subjects):
        with run.transaction():
            check = services.next_check(recheck=recheck, kind=kind, subject_id=uuid.UUID(subject_id))
        if check is not None:
            _one(run, recheck, position, check)
    with run.transaction():
        result = services.finish_recheck(recheck_id=recheck_id)
    with run.commit(result):
        pass


def _one(run: JobRun, recheck: Recheck, position: int, check: Check) -> None:
    message = said.gettext(
        "%(number)d of %(total)d: %(title)s", number=position + 1, total=recheck.total, title=check.title
    )

    def report(fraction: float, _step: Said) -> None:
        run.progress((position + fraction) / recheck.total, message)

    try:
        with checking(run, check, report) as outcome, run.transaction():
            services.record_outcome(check_id=check.id, outcome=outcome)
    except (Cancelled, LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("Check %s of a re-check failed", check.id)
        code, told = "internal_error", _("Something went wrong on our side.")
        if isinstance(error, DomainError):
            code, told = error.code, str(error.message)
        with run.transaction():
            services.give_up(check=check, failed=True, code=code, message=told)
