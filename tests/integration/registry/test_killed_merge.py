"""A maintenance process that is killed with -9, again and again, loses no posting and doubles none."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from django.db import connections

from apps.registry.tasks import merge
from apps.registry.tasks.exports import SegmentFiles
from apps.registry.tasks.parts import PartCache
from apps.registry.tasks.store import PostgresPostingStore
from ml.fingerprint import blocks
from ml.fingerprint.extract import landmarks
from tests.factories import make_organisation
from tests.integration.registry.helpers import claim

ROOT = Path(__file__).parents[3]
FULL = merge.FRESH_A_PART * merge.FAN_IN
# Small ranges and a short lease, so that a process is killed in the midst of many steps.
CODE = """
import sys
import django
django.setup()
from django.db import connections
for alias in connections:
    connections[alias].settings_dict["NAME"] = sys.argv[1]
from apps.registry.tasks import merge
merge.BYTES_A_RANGE = 4_000
merge.LEASE_S = 0.05
print("begun", flush=True)
while merge.maintain(grace_s=3600):
    pass
print("done", flush=True)
"""


def _process() -> subprocess.Popen[str]:
    database = connections["default"].settings_dict["NAME"]
    env = dict(os.environ, DJANGO_SETTINGS_MODULE="config.settings.test")
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(database)], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE
    )


def _progress() -> tuple[int, str]:
    """How far the building part has come, or its state when there is none."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT next_bucket FROM registry_segment WHERE state = 'building'")
        row = cursor.fetchone()
        cursor.execute(
            "SELECT string_agg(state || count, ' ') FROM (SELECT state, count(*) FROM registry_segment GROUP BY 1) s"
        )
        return (row[0] if row else -1), cursor.fetchone()[0]


@pytest.mark.slow
def test_kill_9_during_merges_loses_nothing_and_doubles_nothing(committed):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=6.0) for seed in range(FULL)]
    for start in range(0, FULL, merge.FRESH_A_PART):
        assert merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
    own = claim(label, 999)
    reached = []
    for _ in range(3):
        process = _process()
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        before = _progress()[0]
        deadline = time.monotonic() + 30
        while _progress()[0] <= before and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        reached.append(_progress()[0])
        process.stdout.close()
    assert reached == sorted(reached)
    assert 0 < reached[-1] < blocks.BUCKETS, reached
    time.sleep(0.1)
    last = _process()
    assert last.communicate(timeout=60)[0].endswith("done\n")
    building, states = _progress()
    assert (building, sorted(states.split())) == (-1, ["live1", f"retired{merge.FAN_IN}"])

    store = PostgresPostingStore(label.id, own.number, parts=PartCache(), segment_files=SegmentFiles(None))
    found: Counter[tuple[int, int, int]] = Counter()
    for part in store.parts(lambda: np.arange(blocks.BUCKETS, dtype=np.int32)):
        read = blocks.decode(part)
        found.update(zip(read.hash.tolist(), read.track.tolist(), read.cell.tolist(), strict=True))
    expected = set()
    for one in claimed:
        marks = landmarks(one.peaks)
        expected |= {(h, one.number, c) for h, c in zip(marks.hash.tolist(), marks.cell.tolist(), strict=True)}
    assert set(found) == expected
    assert max(found.values()) == 1
