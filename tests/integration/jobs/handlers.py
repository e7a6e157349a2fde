"""Kinds of jobs that only tests have; workers load them through ``JOBS_EXTRA_HANDLER_MODULES``.

Their effect is one row in the audit trail, written in ``run.commit``: the trail is append-only, so a job that was done
twice would show.
"""

import os
import time
from pathlib import Path

from apps.audit.services import record
from apps.core.errors import Conflict
from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun

EFFECT = "test.effect"
ABANDONED = "test.abandoned"
GATE_SECONDS = 60.0


def _abandoned(job: Job) -> None:
    record(action=ABANDONED, subject_id=job.id, data={"state": job.state, "code": job.error_code})


def _commit(run: JobRun) -> None:
    with run.commit({"answer": 42}):
        record(action=EFFECT, subject_id=run.job_id)


@handler("test.quick", on_abandoned=_abandoned, max_attempts=2, title="A quick test", link=lambda job: f"/at/{job.id}/")
def quick(run: JobRun) -> None:
    """Reports once and commits."""
    run.progress(0.5, "half way")
    _commit(run)


@handler("test.gate", on_abandoned=_abandoned)
def gate(run: JobRun) -> None:
    """Says that it began (a file with its process id), then waits for a gate to open, then commits."""
    folder = Path(run.args["folder"])
    (folder / f"began-{run.lease}").write_text(str(os.getpid()))
    deadline = time.monotonic() + GATE_SECONDS
    while not (folder / "gate").exists() and time.monotonic() < deadline:
        run.progress(0.3, "waiting at the gate")
        time.sleep(0.05)
    _commit(run)


@handler("test.mute")
def mute(run: JobRun) -> None:
    """Computes without a word: only the heartbeat thread says that it lives."""
    time.sleep(run.args["seconds"])
    _commit(run)


@handler("test.refused", on_abandoned=_abandoned)
def refused(run: JobRun) -> None:
    """Breaks a rule of the product after it wrote something."""
    with run.transaction():
        record(action="test.step", subject_id=run.job_id)
    raise Conflict("This file is no recording: upload another.", code="not_audio")


@handler("test.crash", on_abandoned=_abandoned)
def crash(run: JobRun) -> None:
    """Has a bug that shows in its last transaction."""
    with run.commit():
        record(action=EFFECT, subject_id=run.job_id)
        raise ZeroDivisionError


@handler("test.careless")
def careless(run: JobRun) -> None:
    """Forgets to commit."""
