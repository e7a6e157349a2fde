"""The supervisor restarts what dies, and leaves nothing behind however it ends itself."""

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from config.devstack.process import is_alive

from .helpers import start_script, wait_for

# Each program writes its pid and that of a child which ignores polite requests.
SCRIPT = """
import sys
from pathlib import Path
from config.devstack.process import Program
from config.devstack.supervisor import StopRequested, Supervisor, ignore_signals, stop_on_signals

folder = Path({folder!r})

def program(name, service=False):
    code = "trap '' TERM; sleep 300 & echo $! > {{0}}.child; trap - TERM; echo $$ > {{0}}.pid; exec sleep 300"
    return Program(
        name=name, command=["/bin/sh", "-c", code.format(name)], cwd=folder, log=folder / (name + ".log"),
        ready=lambda: (folder / (name + ".pid")).exists(), is_service=service, stop_seconds=1,
    )

supervisor = Supervisor(lambda text: print(text, flush=True))
try:
    with stop_on_signals():
        try:
            supervisor.start([program("store", service=True), program("web")])
            print("up", flush=True)
            supervisor.run()
        finally:
            ignore_signals()
            supervisor.stop()
except StopRequested:
    print("stopped", flush=True)
"""


class Supervised:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        self.process = start_script(SCRIPT.format(folder=str(folder)), self.output)
        wait_for(lambda: "up" in self.said(), "start")

    def said(self) -> str:
        return self.output.read_text()

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text() or 0)

    def pids(self) -> list[int]:
        return [self.pid(name) for name in ("store.pid", "store.child", "web.pid", "web.child")]


@pytest.fixture
def supervised(tmp_path: Path):
    running = Supervised(tmp_path)
    yield running
    for pid in [running.process.pid, *running.pids()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    running.process.wait()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_good_order(supervised: Supervised, signum: signal.Signals) -> None:
    pids = supervised.pids()

    supervised.process.send_signal(signum)

    assert supervised.process.wait(10) == 0
    assert supervised.said() == "up\nstopped\n"
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_second_signal_does_not_interrupt_stopping(supervised: Supervised) -> None:
    pids = supervised.pids()

    for _ in range(5):
        supervised.process.send_signal(signal.SIGINT)
        time.sleep(0.02)

    assert supervised.process.wait(10) == 0
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_killed_program_is_restarted_and_its_children_are_gone(supervised: Supervised) -> None:
    pid, child = supervised.pid("web.pid"), supervised.pid("web.child")

    os.kill(pid, signal.SIGKILL)

    wait_for(partial(restarted, supervised, pid), "restart")
    assert not is_alive(child)
    assert is_alive(supervised.pid("web.pid"))
    assert "web ended (killed by SIGKILL); restarting in 0.5 s." in supervised.said()


def test_restarts_slow_down(supervised: Supervised) -> None:
    for delay in ("0.5", "1", "2"):
        pid = supervised.pid("web.pid")
        os.kill(pid, signal.SIGKILL)
        wait_for(partial(says, supervised, f"restarting in {delay} s."), f"delay of {delay} s")
        wait_for(partial(restarted, supervised, pid), "restart")


def says(supervised: Supervised, text: str) -> bool:
    return text in supervised.said()


def restarted(supervised: Supervised, pid: int) -> bool:
    return supervised.pid("web.pid") not in {0, pid}


def test_programs_end_when_the_supervisor_is_killed(supervised: Supervised) -> None:
    supervised.process.kill()

    wait_for(lambda: not is_alive(supervised.pid("web.pid")), "end of web")
    wait_for(lambda: not is_alive(supervised.pid("store.pid")), "end of store")


def test_no_zombie_stays_while_the_supervisor_runs(supervised: Supervised) -> None:
    child = supervised.pid("web.child")
    os.kill(supervised.pid("web.pid"), signal.SIGKILL)

    wait_for(lambda: not Path(f"/proc/{child}").exists(), "reaping of the orphan")
    listing = subprocess.run(
        ["ps", "--ppid", str(supervised.process.pid), "-o", "stat="], capture_output=True, text=True, check=False
    )
    assert "Z" not in listing.stdout
