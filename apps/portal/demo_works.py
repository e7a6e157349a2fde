"""The demo's works: two that are registered, with recordings in the demo's catalogues, and one that follows another."""

import uuid
from collections.abc import Sequence

from django.core.files import File

from apps.catalog.models import Track, TrackStatus, Work
from apps.catalog.services import CreditInput, receive_score, update_track
from apps.jobs import runner
from apps.portal.demo_material import Owners, Report, Score
from apps.rights.services import register_work, request_work_check
from apps.tenancy.context import bind


def seed_works(scores: Sequence[Score], ids: Owners, *, report: Report) -> None:
    """Upload and check scores of the demo, and register those that come out clear. Safe to repeat."""
    report(f"Checking {len(scores)} works …")
    for score in scores:
        organisation_id, user_id = ids[score.label]
        with bind(organisation_id, user_id=user_id):
            work_id, job_id = _upload(score)
        if job_id is not None:
            runner.run(job_id, organisation_id)
        with bind(organisation_id, user_id=user_id):
            _finish(score, work_id)


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
    if Work.objects.get(id=work_id).status == TrackStatus.CLEAR:
        register_work(work_id=work_id)
    track = Track.objects.filter(title=score.recorded_as, deleted_at=None).first() if score.recorded_as else None
    if track is not None:
        update_track(track_id=track.id, changes={"work": work_id})
