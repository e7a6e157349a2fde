"""The demo's works: two that are registered, with recordings in the demo's catalogues, and one that follows another."""

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from django.core.files import File

from apps.accounts.models import User
from apps.catalog.models import Track, TrackStatus
from apps.catalog.services import CreditInput, receive_score, update_track
from apps.jobs import runner
from apps.portal.demo import LABELS, Report
from apps.rights.services import register_work, request_work_check
from apps.tenancy.context import bind
from apps.tenancy.selectors import memberships_of


class Score(Protocol):
    """What the demo needs to know of a made score (``ml.symbolic.demo_scores.DemoScore``)."""

    @property
    def label(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def title(self) -> str: ...

    @property
    def composer(self) -> str: ...

    @property
    def recorded_as(self) -> str: ...

    @property
    def conflicts(self) -> bool: ...


def seed_works(scores: Sequence[Score], *, report: Report) -> None:
    """Upload and check the demo's scores, and register those that come out clear. Safe to repeat.

    Those that shall conflict come last: a check finds what was claimed before it. The labels stand already.
    """
    report(f"Checking {len(scores)} works …")
    owners = {label.key: _owner(label.email) for label in LABELS}
    for score in _in_order(scores):
        organisation_id, user_id = owners[score.label]
        with bind(organisation_id, user_id=user_id):
            work_id, job_id = _upload(score)
        if job_id is not None:
            runner.run(job_id, organisation_id)
        with bind(organisation_id, user_id=user_id):
            _finish(score, work_id)


def _in_order(scores: Iterable[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: score.conflicts)


def _owner(email: str) -> tuple[uuid.UUID, uuid.UUID]:
    user: User = User.objects.get(email=email)
    with bind(None, user_id=user.id):
        return memberships_of(user.id)[0].organisation_id, user.id


def _upload(score: Score) -> tuple[uuid.UUID, uuid.UUID | None]:
    """Keep a score and ask for its check; answers the work's id and the job's while there is something to do."""
    with score.path.open("rb") as stream:
        work = receive_score(
            file=File(stream, name=score.path.name),
            filename=score.path.name,
            changes={"title": score.title},
            credited=[CreditInput(score.composer, "composer")],
            read=False,
        ).work
    if work.status not in (TrackStatus.DRAFT, TrackStatus.CHECKING):
        return work.id, None
    return work.id, request_work_check(work_id=work.id).job_id


def _finish(score: Score, work_id: uuid.UUID) -> None:
    if not score.conflicts:
        register_work(work_id=work_id)
    track = Track.objects.filter(title=score.recorded_as, deleted_at=None).first() if score.recorded_as else None
    if track is not None:
        update_track(track_id=track.id, changes={"work": work_id})
