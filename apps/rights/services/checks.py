"""Checks: starting one, and putting things right when it does not finish."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.catalog.models import Track, TrackStatus, Work
from apps.core.errors import Conflict
from apps.jobs.models import Job, JobState
from apps.jobs.services import Subject as JobSubject
from apps.jobs.services import cancel, submit
from apps.rights import messages
from apps.rights.models import OPEN_CHECK_STATES, Check, CheckState, Recheck, Subject
from apps.rights.selectors import (
    CHECKABLE,
    KEEPS_PLACE,
    checks,
    get_check,
    latest_check_of,
    latest_done_check,
    may_compare_rest,
)
from apps.rights.services import subjects
from apps.tenancy.context import current_user_id

CHECK = "rights.check"


@transaction.atomic
def start_check(*, track_id: uuid.UUID) -> Check:
    """Check a track's recording against the registry; the heavy work runs as a job (``check.job``).

    A registered track keeps its registration, its number and its status: the check says what changed. Safe to repeat:
    while a check of the same recording waits or runs, it is answered. Side effects: a check, a job, the track's
    status, history, audit.

    Raises:
        NotFound: there is no such track here.
        Conflict: the track has no usable recording, or its status allows no check.
    """
    return _started(subjects.locked_track(track_id))


@transaction.atomic
def request_work_check(*, work_id: uuid.UUID) -> Check:
    """Check a work's score against the registry. As ``start_check``.

    Raises:
        NotFound: there is no such work here.
        Conflict: the work has no usable score, or its status allows no check.
    """
    return _started(subjects.locked_work(work_id))


@transaction.atomic
def compare_rest(*, check_id: uuid.UUID) -> Check:
    """Make those comparisons of a check again that failed; the others, its matches and its place stay.

    Safe to repeat: a check that runs, or of which nothing failed, is answered as it is. Side effects: a job, audit.

    Raises:
        NotFound: there is no such check here.
        Conflict: a newer check took its place, the recording or score was replaced, or it left the registry.
    """
    check = get_check(check_id)
    subject = subjects.locked(check.subject)
    check.refresh_from_db()
    if check.is_open or not check.failed_facets:
        return check
    require_rest(check, subject)
    key = f"{check.id}:after:{check.job_id}"
    check.job = submit(kind=CHECK, args={"check_id": str(check.id)}, key=key, subject=_job_subject(subject))
    check.state, check.error_code, check.error_message = CheckState.QUEUED, "", ""
    check.save()
    _record(check, "check.rest_started", {"facets": [facet.value for facet in check.failed_facets]})
    return check


@transaction.atomic
def new_check(*, subject: Subject, recheck: Recheck | None = None) -> Check:
    """A check without a job of its own: a job that checks many does it. While another one runs, that is answered.

    Raises:
        NotFound: the subject is gone.
        Conflict: nothing can be compared, or the status allows no check.
    """
    locked = subjects.locked(subject)
    source = subjects.usable_source(locked)
    running: Check | None = (
        checks()
        .filter(**subjects.filter_of(locked), state__in=OPEN_CHECK_STATES)
        .filter(**_source_filter(locked, source))
        .first()
    )
    if running is not None:
        return running
    if locked.status not in CHECKABLE:
        raise Conflict(_("A check of this is under way already."), code="not_checkable")
    keeps_place = locked.status in KEEPS_PLACE
    check: Check = Check.objects.create(
        **{subjects.kind_of(locked): locked},
        **_source_filter(locked, source),
        requested_by_id=current_user_id(),
        keeps_place=keeps_place,
        previous=latest_done_check(locked),
        recheck=recheck,
    )
    if not keeps_place:
        subjects.transition(locked, TrackStatus.CHECKING, data={"check": str(check.id)})
    _record(check, "check.started", {"source": str(source.id), "sha256": source.sha256})
    return check


def _started(subject: Track | Work) -> Check:
    check = new_check(subject=subject)
    if check.job_id is not None or check.recheck_id is not None:
        return check
    args = {"check_id": str(check.id)}
    check.job = submit(kind=CHECK, args=args, key=str(check.id), subject=_job_subject(check.subject))
    check.save(update_fields=["job", "updated_at"])
    return check


def cancel_check(*, check_id: uuid.UUID) -> Check:
    """Stop a check: at once when it waits, at its next step when it runs. One that has ended stays as it is.

    Raises:
        NotFound: there is no such check here.
    """
    check = get_check(check_id)
    if check.is_open and check.job_id:
        cancel(job_id=check.job_id)
        check.refresh_from_db()
    return check


def begin_check(*, check_id: uuid.UUID) -> Check:
    """What a worker does first, again after a retry. Runs in the job's transaction.

    Raises:
        NotFound: the check or its subject is gone.
        Conflict: the recording or score was replaced, another check runs, or a registered one was withdrawn.
    """
    check = get_check(check_id)
    subject = subjects.refreshed(check.subject)
    source = subjects.current_source(subject)
    if source is None or source.id not in (check.asset_id, check.score_id):
        raise Conflict(_("The recording was replaced meanwhile. Start a new check."), code="recording_replaced")
    others = Check.objects.filter(**subjects.filter_of(subject), state__in=OPEN_CHECK_STATES).exclude(id=check.id)
    if others.exists():
        raise Conflict(_("Another check of this track runs already."), code="check_running")
    if check.is_answered:
        require_rest(check, subject)
    elif check.keeps_place and subject.status not in KEEPS_PLACE:
        raise Conflict(_("It was taken out of the registry meanwhile. Start a new check."), code="withdrawn_meanwhile")
    elif not check.keeps_place:
        subjects.transition(subject, TrackStatus.CHECKING, data={"check": str(check.id)})
    check.state, check.error_code, check.error_message = CheckState.RUNNING, "", ""
    check.started_at, check.finished_at = check.started_at or timezone.now(), None
    check.save()
    return check


def abandon_check(job: Job) -> None:
    """A check's job failed or was cancelled. Runs in that transaction."""
    check = checks().filter(id=job.args["check_id"]).first()
    if check is not None and check.is_open:
        give_up(check=check, failed=job.state == JobState.FAILED, code=job.error_code, message=job.error_message)


def give_up(*, check: Check, failed: bool, code: str, message: str) -> None:
    """End a check without an answer: its subject is a draft again, which ends its claim; what is registered stays.

    One that had an answer, and was to compare only what failed, has that answer still. Side effects: the check, the
    status, history, audit; a notification when it failed.
    """
    check.state = CheckState.FAILED if failed else CheckState.CANCELLED
    if check.is_answered:
        check.state = CheckState.DONE
    check.error_code, check.error_message, check.finished_at = code, message, timezone.now()
    check.save()
    subject = check.subject
    if subject.status == TrackStatus.CHECKING and not check.keeps_place:
        reason = message if failed else _("The check was cancelled.")
        subjects.transition(subject, TrackStatus.DRAFT, reason=reason, data={"check": str(check.id)})
    _record(check, "check.failed" if failed else "check.cancelled", {"code": code})
    if failed:
        subjects.notify(subject, "check.failed", messages.CHECK_FAILED, reason=message)


def require_rest(check: Check, subject: Subject) -> None:
    """Raises Conflict unless what failed in this check can be compared again in the same place."""
    newest = latest_check_of(subject)
    if newest is None or newest.id != check.id:
        raise Conflict(_("There is a newer check of this. Look at that one."), code="newer_check")
    if not may_compare_rest(subject, check, subjects.current_source(subject)):
        message = _("It was replaced or taken out of the registry meanwhile. Start a new check.")
        raise Conflict(message, code="not_comparable")


def _job_subject(subject: Subject) -> JobSubject:
    return JobSubject(subjects.kind_of(subject), subject.id)


def _source_filter(subject: Subject, source: subjects.Source) -> dict[str, uuid.UUID]:
    return {"score_id" if isinstance(subject, Work) else "asset_id": source.id}


def _record(check: Check, action: str, data: dict[str, object]) -> None:
    subjects.record(check.subject, action, {"check": str(check.id), **data})
