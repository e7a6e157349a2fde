"""Jobs survive kill -9 of whatever does them: each ends done, exactly once.

A real worker with its beat runs beside the test, on the run's own embedded services, which are killed and started
again. A job's effect is one row in the append-only trail, written in its last transaction.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from django.db import OperationalError, connections

from apps.audit.models import AuditEvent
from apps.jobs import runner, services
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from config.devstack.process import Child, Program, is_alive
from tests.factories import make_organisation
from tests.integration.jobs.handlers import EFFECT
from tests.services import services as run_services

pytestmark = [pytest.mark.slow]

ROOT = Path(__file__).parents[3]
HEARTBEAT_S = 2.0
# Short waits for the worker and for the test alike.
TIMES = {
    "JOBS_HEARTBEAT_TIMEOUT_SECONDS": HEARTBEAT_S,
    "JOBS_REPUBLISH_AFTER_SECONDS": 0.5,
    "JOBS_REDELIVER_AFTER_SECONDS": 1.5,
}
PATIENCE_S = 30.0


@pytest.fixture
def label(committed: None) -> Iterator[Organisation]:
    broker().flushdb()
    yield make_organisation()
    connections.close_all()


@pytest.fixture
def short_times(settings: Any) -> None:
    for name, value in TIMES.items():
        setattr(settings, name, value)


def broker() -> redis.Redis:
    return redis.Redis(unix_socket_path=str(run_services().valkey_server.socket_path), db=0)


def waiting() -> int:
    """Messages in the queue ``cpu``."""
    return int(broker().llen("cpu"))


class Worker:
    """A Celery worker with an embedded beat, in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self.child: Child | None = None
        self._descendants: list[psutil.Process] = []

    def start(self) -> None:
        self._started += 1
        env = {
            **os.environ,
            **{name: str(value) for name, value in TIMES.items()},
            "JOBS_SWEEP_SECONDS": "0.5",
            "JOBS_EXTRA_HANDLER_MODULES": "tests.integration.jobs.handlers",
        }
        schedule = str(self._folder / "beat")
        command = [sys.executable, "-m", "celery", "--app", "config.celery", "worker", "--beat", "--schedule", schedule]
        command += ["--queues", "cpu,io", "--concurrency", "2", "--without-mingle", "--without-gossip"]
        command += ["--hostname", f"test-{self._started}@%h", "--loglevel", "INFO"]
        log = self._folder / f"worker-{self._started}.log"
        self.child = Child(Program("worker", command, log, ready=lambda: True, cwd=ROOT, env=env, stop_seconds=8))
        self.child.start()

    def kill(self) -> None:
        """kill -9 of the parent alone; its pool follows by itself."""
        assert self.child is not None
        assert self.child.process is not None
        self._descendants += psutil.Process(self.child.pid).children(recursive=True)
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.process.wait()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
        for process in self._descendants:  # the embedded beat outlives its killed parent
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def log(self) -> str:
        return self.child.log_tail(40) if self.child else ""


@pytest.fixture
def worker(label: Organisation, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path)
    worker.start()
    yield worker
    worker.stop()


def submit(label: Organisation, kind: str, key: str = "k", **args: Any) -> Job:
    with bind(label.id):
        return services.submit(kind=kind, args=args, key=key)


def read(job: Job) -> Job:
    with bind(job.organisation_id):
        found: Job = Job.objects.get(id=job.id)
        return found


def effects(job: Job) -> int:
    with bind(job.organisation_id):
        return AuditEvent.objects.filter(action=EFFECT, subject_id=job.id).count()


def wait_for(what: Callable[[], object], worker: Worker | None = None) -> None:
    """Look every so often until it is so; the database may be away meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if what():
                return
        except OperationalError:
            connections.close_all()
        time.sleep(0.05)
    pytest.fail(f"It did not happen within {PATIENCE_S:.0f} s.\n{worker.log() if worker else ''}")


def began(folder: Path) -> list[int]:
    """Process ids of the attempts that have begun, in no order."""
    return [int(text) for path in folder.glob("began-*") if (text := path.read_text())]


def _reached(count: Callable[[], int], goal: int) -> bool:
    return count() >= goal


def done(job: Job) -> Callable[[], bool]:
    return lambda: read(job).state == JobState.SUCCEEDED


def test_kill_of_the_worker(label, worker, tmp_path):
    job = submit(label, "test.gate", folder=str(tmp_path))
    wait_for(lambda: began(tmp_path), worker)
    [first] = began(tmp_path)
    worker.kill()
    wait_for(lambda: not is_alive(first))
    assert (read(job).state, effects(job)) == (JobState.RUNNING, 0)

    (tmp_path / "gate").touch()
    worker.start()
    wait_for(done(job), worker)
    assert (effects(job), read(job).attempts, len(began(tmp_path))) == (1, 2, 2)


def test_kill_of_the_process_that_does_the_job(label, worker, tmp_path):
    """The worker itself lives on (as after the kernel ran out of memory) and does the job again."""
    job = submit(label, "test.gate", folder=str(tmp_path))
    wait_for(lambda: began(tmp_path), worker)
    [first] = began(tmp_path)
    os.kill(first, signal.SIGKILL)
    (tmp_path / "gate").touch()
    wait_for(done(job), worker)
    assert (effects(job), read(job).attempts) == (1, 2)


def test_kill_of_the_broker(label, worker, tmp_path):
    """A job that runs goes on; one that is submitted meanwhile is done when the broker is back."""
    running = submit(label, "test.gate", "running", folder=str(tmp_path))
    wait_for(lambda: began(tmp_path), worker)
    valkey = run_services().valkey
    assert valkey is not None
    assert valkey.process is not None
    valkey.process.kill()
    valkey.process.wait()
    try:
        before = time.monotonic()
        late = submit(label, "test.quick", "late")
        assert time.monotonic() - before < 3, "a broker that is down must not keep a request waiting"
        assert (read(late).state, read(late).published_at) == (JobState.QUEUED, None)
        (tmp_path / "gate").touch()
        wait_for(done(running), worker)
    finally:
        valkey.start()
        valkey.wait_ready()
    wait_for(done(late), worker)
    assert [effects(running), effects(late)] == [1, 1]
    assert len(began(tmp_path)) == 1


def test_kill_of_the_database(label, worker, tmp_path):
    running = submit(label, "test.gate", "running", folder=str(tmp_path))
    wait_for(lambda: began(tmp_path), worker)
    connections.close_all()
    postgres = run_services().postgres
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    (tmp_path / "gate").touch()
    time.sleep(1)  # the handler and its heartbeat meet a database that is away
    postgres.start()
    postgres.wait_ready()
    wait_for(done(running), worker)
    after = submit(label, "test.quick", "after")
    wait_for(done(after), worker)
    assert [effects(running), effects(after)] == [1, 1]
    assert read(running).attempts == 2


def test_many_jobs_under_a_worker_that_is_killed_again_and_again(label, worker):
    jobs = [submit(label, "test.mute", str(number), seconds=0.1) for number in range(24)]

    def finished() -> int:
        with bind(label.id):
            return Job.objects.filter(state=JobState.SUCCEEDED).count()

    for goal in (4, 10):
        wait_for(partial(_reached, finished, goal), worker)
        worker.kill()
        worker.start()
    wait_for(lambda: finished() == len(jobs), worker)
    assert [effects(job) for job in jobs] == [1] * len(jobs)


def test_a_mute_job_stays_alive_by_its_heartbeat(label, short_times):
    """It computes for longer than the heartbeat's timeout; the sweep must not take it away."""
    job = submit(label, "test.mute", seconds=HEARTBEAT_S * 1.75)

    def work() -> None:
        try:
            runner.run(job.id, job.organisation_id)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    swept = []
    while thread.is_alive():
        swept.append(services.sweep() if read(job).state == JobState.RUNNING else 0)
        time.sleep(0.2)
    thread.join()
    assert len(swept) >= 10
    assert sum(swept) == 0
    assert (read(job).state, read(job).attempts, effects(job)) == (JobState.SUCCEEDED, 1, 1)


def test_one_key_submitted_by_many_at_once_is_one_job(label):
    ids: list[object] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        try:
            barrier.wait()
            ids.append(submit(label, "test.quick", "same").id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(ids), len(set(ids))) == (8, 1)
    with bind(label.id):
        assert Job.objects.count() == 1
    assert waiting() == 1


def test_one_message_taken_by_many_workers_at_once_is_done_once(label):
    job = submit(label, "test.quick")
    outcomes: list[JobState | None] = []
    barrier = threading.Barrier(6)

    def work() -> None:
        try:
            barrier.wait()
            outcomes.append(runner.run(job.id, job.organisation_id))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None"] * 5 + ["succeeded"]
    assert effects(job) == 1
