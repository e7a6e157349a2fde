"""kill -9 in the middle: whoever takes over goes on at the next chunk, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from apps.jobs.models import Job, JobState
from apps.monitoring.models import Alert, Cue, LongRecording, LongRecordingState, RecordingChunk
from apps.tenancy.context import bind
from tests.integration.monitoring.helpers import broadcast, label, listen, noise, registered, song, submit
from tests.integration.registry.conftest import empty_registry

pytestmark = [pytest.mark.slow]
ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0
WORK = (
    "import sys, uuid, django; django.setup(); from apps.jobs import runner; runner.run(*map(uuid.UUID, sys.argv[1:]))"
)


@pytest.fixture
def ours(committed: None) -> Any:
    empty_registry()
    yield label("Ours")
    empty_registry()


def worker(recording: LongRecording) -> subprocess.Popen[bytes]:
    """Another process that does the job, as a worker's child does, two chunks at once."""
    env = {**os.environ, "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT), "MONITORING_CHUNKS_AT_ONCE": "2"}
    command = [sys.executable, "-c", WORK, str(recording.job_id), str(recording.organisation_id)]
    return subprocess.Popen(command, cwd=ROOT, env=env)


def chunks(ours: Any) -> dict[int, Any]:
    with bind(ours.id):
        return dict(RecordingChunk.objects.values_list("index", "created_at"))


def test_a_killed_worker_is_followed_by_one_that_goes_on(ours):
    registered(ours, song(1, 60.0), "Own song")
    sound = broadcast(noise(20), song(1, 60.0), noise(1_000), song(1, 40.0), noise(120))
    recording = submit(ours, sound)
    process = worker(recording)
    deadline = time.monotonic() + PATIENCE_S
    while not chunks(ours) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = chunks(ours)
    assert before, "no chunk was written down in time"
    assert len(before) < 5, "it was done before it could be killed"
    with bind(ours.id):
        assert Cue.objects.count() == 0
        assert LongRecording.objects.get().state == LongRecordingState.RUNNING
        # Nobody gives a sign of life any more.
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))

    assert listen(ours, recording) == JobState.SUCCEEDED
    after = chunks(ours)
    assert sorted(after) == [0, 1, 2, 3, 4]
    assert {index: after[index] for index in before} == before, "a chunk was done twice"
    with bind(ours.id):
        first, second = Cue.objects.all()
        assert [first.start_s, first.end_s] == pytest.approx([20.0, 80.0], abs=1.0)
        assert [second.start_s, second.end_s] == pytest.approx([1080.0, 1120.0], abs=1.0)
        assert Alert.objects.count() == 2
        assert Job.objects.get().attempts == 2
