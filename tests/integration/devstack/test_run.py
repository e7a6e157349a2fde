"""`python -m config.devstack run`, as `make run` calls it, from start to stop, without the demo."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config.devstack.folders import CHECKOUT
from config.devstack.ports import listen, port_of

from .helpers import clean_env, processes_with, wait_for

pytestmark = pytest.mark.slow


class System:
    """One `make run` with its state in a folder of its own."""

    def __init__(self, state: Path, port: int, **env: str) -> None:
        self.state = state
        state.parent.mkdir(parents=True, exist_ok=True)
        self.output = state.parent / f"{state.name}.{time.monotonic_ns()}.txt"
        self.begun = time.monotonic()
        more = {"DESCANT_STATE": str(state), "DESCANT_DEMO": "0", "PORT": str(port)} | env
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.devstack", "run"],
                cwd=CHECKOUT, stdout=file, stderr=subprocess.STDOUT, env=clean_env(**more),
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        wait_for(lambda: "Ctrl-C stops everything" in self.said() or self.process.poll() is not None, "start", 90)
        assert self.process.poll() is None, self.said()

    @property
    def address(self) -> str:
        found = re.search(r"Descant is at (http://\S+)", self.said())
        assert found is not None, self.said()
        return found[1]

    def location(self, what: str) -> str:
        """Where data or sockets are; the state folder itself before that is decided."""
        if not (self.state / "location").exists():
            return str(self.state)
        lines = dict(line.split(" ", 1) for line in (self.state / "location").read_text().splitlines())
        return lines[what]

    def status(self, path: str = "/static/icons.svg") -> int:
        with urllib.request.urlopen(self.address + path, timeout=5) as response:
            return int(response.status)

    def left(self) -> list[int]:
        """Processes that still have to do with this system."""
        marks = [str(self.state), self.location("data"), self.location("sockets")]
        return sorted({pid for mark in marks for pid in processes_with(mark)})

    def stop(self, signum: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(signum)
        return self.process.wait(40)

    def count_migrations(self) -> int:
        url = f"postgres://descant_owner@/descant?host={self.location('sockets')}"
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def systems(open_folder: Path):
    """Starts systems and sees to it that none outlives the test."""
    started: list[System] = []

    def start(name: str, port: int, **env: str) -> System:
        system = System(open_folder / name, port, **env)
        started.append(system)
        return system

    yield start
    for system in started:
        if system.process.poll() is None:
            system.process.kill()
            system.process.wait()
    for system in started:
        wait_for(partial(leaves_nothing, system), "end of everything")


def leaves_nothing(system: System) -> bool:
    return system.left() == []


def server_pid(system: System) -> int | None:
    try:
        return int((Path(system.location("data")) / "postgres" / "postmaster.pid").read_text().split()[0])
    except (OSError, IndexError):
        return None


def test_runs_twice_survives_a_killed_database_and_leaves_nothing(systems) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        first = systems("a b", port_of(taken))
        first.wait_until_up()

        assert f"Port {port_of(taken)} is taken; using {first.address.rpartition(':')[2]}." in first.said()
        assert first.status() == 200
        migrations = first.count_migrations()
        assert migrations > 10

        killed = server_pid(first)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: "PostgreSQL ended (killed by SIGKILL)" in first.said(), "notice")
        wait_for(lambda: server_pid(first) not in {None, killed}, "restart")
        wait_for(lambda: answers(first), "recovery", 30)
        assert first.count_migrations() == migrations

        assert first.stop() == 0
        assert first.left() == []
        assert not Path(first.location("sockets")).exists()
        assert first.said().endswith(f"Stopped; no process is left. Your data stays in {first.state}.\n")

    second = systems("a b", 0)
    second.wait_until_up()
    assert time.monotonic() - second.begun < 15
    assert second.count_migrations() == migrations
    assert second.stop(signal.SIGTERM) == 0
    assert second.left() == []


def answers(system: System) -> bool:
    try:
        return system.count_migrations() > 0
    except psycopg.OperationalError:
        return False


def test_two_systems_at_once_and_a_third_in_the_same_place(systems) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    one, two = systems("one", port), systems("two", port)
    one.wait_until_up()
    two.wait_until_up()

    assert one.address != two.address
    assert (one.status(), two.status()) == (200, 200)

    third = systems("one", 0)
    assert third.process.wait(20) == 1
    assert f"already runs from this checkout (process {one.process.pid})" in third.said()

    # Even SIGKILL leaves nothing running, and the next start finds the data in order.
    one.process.kill()
    one.process.wait()
    wait_for(partial(leaves_nothing, one), "end of everything")
    assert two.status() == 200
    again = systems("one", 0)
    again.wait_until_up()
    assert again.count_migrations() == two.count_migrations()


def test_an_unusable_database_url_ends_with_a_message(systems) -> None:
    system = systems("x", 0, DATABASE_URL="postgres://u:secret@127.0.0.1:1/d")

    assert system.process.wait(30) == 1
    assert "DATABASE_URL (postgres://u@127.0.0.1:1/d) does not answer" in system.said()
    assert "secret" not in system.said()
    assert "Traceback" not in system.said()
