"""A check, from the sound or the score to the verdict. No transaction is open while anything is computed."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from apps.jobs.runner import Cancelled, JobRun
from apps.rights import services
from apps.rights.models import Check
from apps.rights.services import Outcome
from apps.rights.tasks.evidence import EvidenceMaker
from apps.rights.tasks.steps import AnyCheck, Progress
from apps.rights.tasks.tracks import TrackCheck
from apps.rights.tasks.works import WorkCheck


def run_check(run: JobRun, check_id: uuid.UUID) -> None:
    """Listen, claim a place, compare with the registry in every facet, make the evidence, write the verdict.

    Killed at any point, it starts again from the beginning: the claim keeps its number, and nothing else was written.
    A check that has an answer compares only what failed.
    """
    with run.transaction():
        check = services.begin_check(check_id=check_id)
    with checking(run, check, run.progress) as outcome:
        result = {"check_id": str(check_id)}
        with run.commit(result) as job:
            if job.cancel_requested_at:
                raise Cancelled
            done = services.record_outcome(check_id=check_id, outcome=outcome)
            result["verdict"] = done.verdict


@contextmanager
def checking(run: JobRun, check: Check, progress: Progress) -> Iterator[Outcome]:
    """What a check finds; its evidence files are removed again when the block that writes it down fails."""
    maker = EvidenceMaker(run.organisation_id)
    with ExitStack() as stack:
        try:
            kind: type[AnyCheck] = WorkCheck if check.work_id else TrackCheck
            yield kind(run, check, progress, maker, stack).outcome()
        except BaseException:
            maker.discard()
            raise
