"""Checking again what is registered: everything, or what was checked with an older version."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import Track, Work
from apps.core.errors import DomainError, InvalidInput, NotFound
from apps.jobs.models import Job, JobState
from apps.jobs.services import Subject as JobSubject
from apps.jobs.services import submit
from apps.rights import messages
from apps.rights.links import recheck_page
from apps.rights.models import OPEN_CHECK_STATES, Check, CheckState, Recheck, Subject
from apps.rights.selectors import get_recheck, latest_done_check, registered_subjects, running_recheck
from apps.rights.services import changes, subjects
from apps.rights.services.checks import begin_check, give_up, new_check
from apps.tenancy.context import current_user_id

RECHECK = "rights.recheck"
OLDER, ALL = "older", "all"
SCOPES = (OLDER, ALL)
Versions = Mapping[str, Mapping[str, str]]
"""For tracks and for works: the version of each comparison."""


@transaction.atomic
def start_recheck(*, scope: str) -> Recheck:
    """Check again what is registered, one after the other in one job; nothing loses its registration or number.

    scope: ``older``, what was checked with another version of a comparison; ``all``. While one runs, it is answered.
    Side effects: a row, a job, audit.

    Raises:
        InvalidInput: another scope.
    """
    if scope not in SCOPES:
        message = _("Choose what to check again: “older” or “all”.")
        raise InvalidInput(message, fields={"scope": message})
    running = running_recheck()
    if running is not None:
        return running
    recheck: Recheck = Recheck.objects.create(requested_by_id=current_user_id())
    recheck.job = submit(
        kind=RECHECK,
        args={"recheck_id": str(recheck.id), "scope": scope},
        key=str(recheck.id),
        subject=JobSubject("recheck", recheck.id),
    )
    recheck.save(update_fields=["job", "updated_at"])
    record(action="recheck.started", subject_type="recheck", subject_id=recheck.id, data={"scope": scope})
    return recheck


def list_subjects(*, recheck_id: uuid.UUID, scope: str, versions: Versions) -> Recheck:
    """What is to be checked again, listed once; a job that was killed goes on with the same list."""
    recheck = get_recheck(recheck_id)
    if not recheck.subjects:
        chosen = [subject for subject in registered_subjects() if scope == ALL or _is_older(subject, versions)]
        recheck.subjects = [[subjects.kind_of(subject), str(subject.id)] for subject in chosen]
        recheck.save(update_fields=["subjects", "updated_at"])
    return recheck


def next_check(*, recheck: Recheck, kind: str, subject_id: uuid.UUID) -> Check | None:
    """The check of one subject, begun; None when it is done already, gone, or cannot be checked now."""
    model = Work if kind == "work" else Track
    subject: Subject | None = model.objects.filter(id=subject_id, deleted_at=None).first()
    if subject is None:
        return None
    done = Check.objects.filter(recheck=recheck, **subjects.filter_of(subject)).exclude(state__in=OPEN_CHECK_STATES)
    if done.exists():
        return None
    try:
        check = new_check(subject=subject, recheck=recheck)
        return begin_check(check_id=check.id) if check.recheck_id == recheck.id else None
    except DomainError:
        return None


def finish_recheck(*, recheck_id: uuid.UUID) -> dict[str, Any]:
    """Write the end down and tell whoever asked. Answers the counts."""
    recheck = get_recheck(recheck_id)
    checks = list(Check.objects.filter(recheck=recheck))
    counts = {
        "total": recheck.total,
        "done": sum(check.state == CheckState.DONE for check in checks),
        "failed": sum(check.state == CheckState.FAILED for check in checks),
        "changed": sum(changes.differs(check.changes) for check in checks),
    }
    recheck.finished_at = timezone.now()
    recheck.save(update_fields=["finished_at", "updated_at"])
    record(action="recheck.done", subject_type="recheck", subject_id=recheck.id, data=counts)
    notify(
        kind="recheck.done",
        text=messages.recheck(counts["done"], counts["changed"]),
        params={"count": counts["done"], "changed": counts["changed"]},
        link=recheck_page(recheck.organisation, recheck.id),
    )
    return {"recheck_id": str(recheck.id), **counts}


def abandon_recheck(job: Job) -> None:
    """The job failed or was cancelled: the check that was under way ends, what was found before it stays."""
    try:
        recheck = get_recheck(uuid.UUID(job.args["recheck_id"]))
    except NotFound:
        return
    for check in Check.objects.filter(recheck=recheck, state__in=OPEN_CHECK_STATES):
        give_up(check=check, failed=job.state == JobState.FAILED, code=job.error_code, message=job.error_message)
    recheck.finished_at = timezone.now()
    recheck.save(update_fields=["finished_at", "updated_at"])


def _is_older(subject: Subject, versions: Versions) -> bool:
    check = latest_done_check(subject)
    return check is None or changes.versions_of(check) != dict(versions[subjects.kind_of(subject)])
