"""Benchmark commands run themselves on services of their own, and pass on what they were asked."""

from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core.stopwatch import Stopwatch
from config.devstack import services


class Services:
    """Stands for the services; nothing is started."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def environment(self):
        return {"DATABASE_URL": "postgres://elsewhere"}


@pytest.mark.parametrize(
    ("command", "asked", "passed"),
    [
        (
            "benchmark_registry",
            {"tracks": [3, 4], "checks": 2},
            ["--tracks", "3", "4", "--checks", "2"],
        ),
        (
            "benchmark_registry_size",
            {"tracks": [7], "music": Path("songs")},
            ["--tracks", "7", "--music", str(Path("songs").resolve())],
        ),
        (
            "benchmark_monitoring",
            {"hours": [0.5], "tracks": [9]},
            ["--hours", "0.5", "--tracks", "9"],
        ),
    ],
)
def test_a_benchmark_migrates_and_then_runs_itself_inside(monkeypatch, command, asked, passed):
    monkeypatch.delenv("MONITORING_CHUNKS_AT_ONCE", raising=False)
    monkeypatch.setattr(services, "EphemeralServices", Services)
    runs = []
    monkeypatch.setattr("apps.core.benchmarks.subprocess.run", lambda words, **more: runs.append((words[2:], more)))
    call_command(command, **asked)
    (migrated, _), (measured, more) = runs
    assert migrated[:1] == ["migrate"]
    assert measured == [command, "--inside", *passed]
    assert more["env"]["DATABASE_URL"] == "postgres://elsewhere"
    assert more["env"].get("MONITORING_CHUNKS_AT_ONCE") == ("2" if command == "benchmark_monitoring" else None)


def test_a_step_taken_twice_is_added_up(monkeypatch):
    times = iter([10.0, 11.5, 20.0, 20.25])
    monkeypatch.setattr("apps.core.stopwatch.time.monotonic", lambda: next(times))
    watch = Stopwatch()
    for _ in range(2):
        with watch.step("compare"):
            pass
    assert watch.seconds == {"compare": 1.75}
