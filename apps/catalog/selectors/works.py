"""Reads of works and their scores."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext as _

from apps.catalog.iswc import normalise_iswc
from apps.catalog.models import ScoreContent, ScoreFile, Track, Work, WorkCredit, WorkEvent
from apps.catalog.selectors.tracks import matching, tracks_with_recordings
from apps.core.errors import InvalidInput, NotFound


@dataclass(frozen=True)
class WorkFilter:
    """What the list of works can be narrowed by."""

    text: str = ""
    statuses: Sequence[str] = ()
    artist_id: uuid.UUID | None = None
    iswc: str = ""


def works() -> QuerySet[Work]:
    """Works that are not deleted, newest first."""
    return Work.objects.filter(deleted_at__isnull=True).order_by("-created_at", "-id")


def deleted_works() -> QuerySet[Work]:
    """Works that can still be restored, the last deleted first."""
    return Work.objects.filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")


def works_with_scores() -> QuerySet[Any]:
    """Works with their current score in ``work.current_scores`` (none or one)."""
    return works().prefetch_related(
        Prefetch("scores", ScoreFile.objects.filter(deleted_at__isnull=True), to_attr="current_scores")
    )


def works_in_full() -> QuerySet[Any]:
    """Works with their score and, in ``work.listed_credits``, their credits in order."""
    credited = WorkCredit.objects.select_related("artist").order_by("position", "id")
    return works_with_scores().prefetch_related(Prefetch("credits", credited, to_attr="listed_credits"))


def with_work_columns(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Works with ``composer_order`` to sort by, ``recording_count``, ``note_count`` and ``file_name``."""
    current = ScoreFile.objects.filter(work_id=OuterRef("pk"), deleted_at__isnull=True)
    recorded = Track.objects.filter(work_id=OuterRef("pk"), deleted_at__isnull=True).order_by()
    counted = recorded.values("work_id").annotate(count=Count("id")).values("count")
    return queryset.annotate(
        composer_order=NullIf(Lower("composer_line"), Value("")),
        recording_count=Coalesce(Subquery(counted), 0),
        note_count=Subquery(current.values("note_count")[:1]),
        file_name=Subquery(current.values("filename")[:1]),
    )


def filter_works(queryset: QuerySet[Any], wanted: WorkFilter) -> QuerySet[Any]:
    """Narrow works; every word of the text must occur in title, subtitle, names or ISWC."""
    queryset = matching(queryset, wanted.text)
    if wanted.statuses:
        queryset = queryset.filter(status__in=wanted.statuses)
    if wanted.iswc:
        queryset = queryset.filter(iswc=normalise_iswc(wanted.iswc))
    if wanted.artist_id:
        credited = WorkCredit.objects.filter(artist_id=wanted.artist_id).values("work_id")
        queryset = queryset.filter(id__in=credited)
    return queryset


def get_work(work_id: uuid.UUID, *, deleted: bool = False) -> Work:
    """One work.

    Raises:
        NotFound: there is none with this id, or it is deleted (with ``deleted``: it is not deleted).
    """
    work: Work | None = Work.objects.filter(id=work_id, deleted_at__isnull=not deleted).first()
    if work is None:
        raise NotFound(_("There is no such work."))
    return work


def current_score(work_id: uuid.UUID) -> ScoreFile | None:
    """The score of a work, if one was uploaded."""
    return ScoreFile.objects.filter(work_id=work_id, deleted_at__isnull=True).first()


def get_score(score_id: uuid.UUID) -> ScoreFile:
    """One score that is not deleted, with its work.

    Raises:
        NotFound: there is none with this id.
    """
    score: ScoreFile | None = (
        ScoreFile.objects.select_related("work").filter(id=score_id, deleted_at__isnull=True).first()
    )
    if score is None:
        raise NotFound(_("There is no such score."))
    return score


def score_with_content(sha256: str) -> ScoreFile | None:
    """The score of the organisation that has exactly this content."""
    if not sha256:
        return None
    return ScoreFile.objects.select_related("work").filter(sha256=sha256, deleted_at__isnull=True).first()


def content_of(score_id: uuid.UUID) -> ScoreContent | None:
    """What was read in a score, once a worker has done so."""
    return ScoreContent.objects.filter(score_id=score_id).first()


def melody_of(score_id: uuid.UUID) -> bytes | None:
    """The stored melody of a score that was read."""
    stored = ScoreContent.objects.filter(score_id=score_id).values_list("melody", flat=True).first()
    return None if stored is None else bytes(stored)


def work_credits_of(work_id: uuid.UUID) -> list[WorkCredit]:
    """Who wrote what, in the order of the credits."""
    return list(WorkCredit.objects.filter(work_id=work_id).select_related("artist").order_by("position", "id"))


def work_history_of(work_id: uuid.UUID) -> QuerySet[WorkEvent]:
    """What happened to a work, newest first."""
    return WorkEvent.objects.filter(work_id=work_id).select_related("actor")


def recordings_of_work(work_id: uuid.UUID) -> QuerySet[Any]:
    """Tracks that are recordings of a work, newest first."""
    return tracks_with_recordings().filter(work_id=work_id)


def work_choices(limit: int) -> list[Work]:
    """The newest works, to choose from."""
    return list(works()[:limit])


def works_named(text: str) -> list[Work]:
    """Works that have exactly this title or this ISWC, at most two: more than one is no answer."""
    named = Q(title=text)
    with suppress(InvalidInput):
        code = normalise_iswc(text)
        named |= Q(iswc=code) if code else Q()
    return list(works().filter(named)[:2])
