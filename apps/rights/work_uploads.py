"""What the wizard and the API do with an uploaded score."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.core.files.base import File

from apps.catalog.models import Work, WorkEvent, WorkEventKind
from apps.catalog.selectors import works
from apps.catalog.services import receive_score
from apps.rights import services
from apps.rights.receiving import SHOWN_AT_ONCE, Received, checked, receive_each


def receive_score_to_check(*, file: File, filename: str, title: str = "", check: bool) -> Received:
    """Keep a score and, if asked for, check it against the registry at once.

    Side effects: those of ``catalog.receive_score`` and ``rights.request_work_check``. A duplicate is not checked
    again.
    """
    kept = receive_score(file=file, filename=filename, title=title, read=not check)
    received = Received(kept.work, kept.score, kept.duplicate, job=kept.job)
    if kept.duplicate or kept.rejected or not check:
        return received
    return checked(received, partial(services.request_work_check, work_id=kept.work.id))


def receive_scores_to_check(*, files: Iterable[tuple[File, str]], check: bool) -> list[Received]:
    """Several files of one form, each for itself, answered in their order."""
    return receive_each(files, lambda file, name: receive_score_to_check(file=file, filename=name, check=check))


def scores_uploaded_since(*, user_id: uuid.UUID | None, since: datetime) -> list[Work]:
    """Works whose score this person has uploaded since a moment, in the order of their arrival."""
    kinds = [WorkEventKind.UPLOADED, WorkEventKind.REPLACED]
    events = WorkEvent.objects.filter(actor_id=user_id, created_at__gte=since, kind__in=kinds)
    ids = list(events.values_list("work_id", flat=True)[:SHOWN_AT_ONCE])
    return list(works().filter(id__in=ids).order_by("created_at", "id"))
