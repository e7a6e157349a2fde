"""From a score to a check: what the wizard and the API do with an uploaded score."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import ScoreFile, Work, WorkEvent, WorkEventKind
from apps.catalog.selectors import works
from apps.catalog.services import content_order, receive_score
from apps.core.errors import DomainError
from apps.jobs.models import Job
from apps.rights import services
from apps.rights.models import Check

SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class ReceivedScore:
    """What became of one file.

    Attributes:
        work, score: where its content lies; with ``duplicate`` they were there before.
        check: the check that was started, if one was asked for.
        job: what runs now: the check's job, or the reading; None when nothing needs doing.
        problem: why no check was started although one was asked for.
    """

    work: Work
    score: ScoreFile
    duplicate: bool
    check: Check | None = None
    job: Job | None = None
    problem: str = ""

    @property
    def message(self) -> str:
        """One sentence for the person who sent the file; empty when there is nothing to add."""
        if self.score.is_rejected:
            return self.score.error_message
        if self.duplicate:
            return _("You have this score already: “%(title)s”. It was not stored again.") % {
                "title": self.work.full_title
            }
        return self.problem


def receive_score_to_check(*, file: File, filename: str, title: str = "", check: bool) -> ReceivedScore:
    """Keep a score and, if asked for, check it against the registry at once.

    Side effects: those of ``catalog.receive_score`` and ``rights.request_work_check``. A duplicate is not checked
    again.
    """
    kept = receive_score(file=file, filename=filename, title=title, read=not check)
    if kept.duplicate or kept.rejected or not check:
        return ReceivedScore(kept.work, kept.score, kept.duplicate, job=kept.job)
    try:
        with transaction.atomic():
            started = services.request_work_check(work_id=kept.work.id)
    except DomainError as error:
        return ReceivedScore(kept.work, kept.score, kept.duplicate, problem=str(error.message))
    kept.work.refresh_from_db()
    return ReceivedScore(kept.work, kept.score, kept.duplicate, check=started, job=started.job)


def receive_scores_to_check(*, files: Iterable[tuple[File, str]], check: bool) -> list[ReceivedScore]:
    """Several files of one form, each for itself, answered in their order."""
    listed = list(files)
    received: dict[int, ReceivedScore] = {}
    for index in content_order([file for file, _name in listed]):
        file, name = listed[index]
        received[index] = receive_score_to_check(file=file, filename=name, check=check)
    return [received[index] for index in range(len(listed))]


def scores_uploaded_since(*, user_id: uuid.UUID | None, since: datetime) -> list[Work]:
    """Works whose score this person has uploaded since a moment, in the order of their arrival."""
    kinds = [WorkEventKind.UPLOADED, WorkEventKind.REPLACED]
    events = WorkEvent.objects.filter(actor_id=user_id, created_at__gte=since, kind__in=kinds)
    ids = list(events.values_list("work_id", flat=True)[:SHOWN_AT_ONCE])
    return list(works().filter(id__in=ids).order_by("created_at", "id"))
