"""Keeps a list of programs running, and ends them all."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from .process import Child, Program, end_group, process_table

PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.2
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
# A program that ran this long is taken to be healthy: its next restart is quick again.
HEALTHY_SECONDS = 60.0

Say = Callable[[str], None]


class StopRequested(BaseException):
    """Someone pressed Ctrl-C, closed the terminal or sent SIGTERM."""


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignore_signals() -> None:
    """From now on ignore the signals that ask to stop, as stopping is under way.

    Not by a handler: Python takes handlers back, to the deadly default, before the process is gone.
    """
    for signum in STOP_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `StopRequested`.

    After it the program is about to end, so further signals are ignored for good: an impatient second Ctrl-C
    must not cut the stopping short.
    """

    def request(signum: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise StopRequested

    before = {signum: signal.signal(signum, request) for signum in STOP_SIGNALS}
    try:
        yield
    except StopRequested:
        raise
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for signum, handler in handlers.items():
        signal.signal(signum, handler)


@dataclass
class _Watched:
    child: Child
    delay: float = FIRST_DELAY_SECONDS
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Starts programs in order, restarts those that end, stops all in reverse order.

    A program that ends is restarted after half a second, then after twice as long each time, up to 30 s.
    """

    say: Say
    _watched: list[_Watched] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        # Orphans of a killed child come to us, so that none stays behind, not even as a zombie.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, programs: Sequence[Program]) -> None:
        """Start ``programs`` together and wait until each answers.

        Raises:
            DevstackError: one of them did not come up.
        """
        added = []
        for program in programs:
            watched = _Watched(Child(program))
            self._watched.append(watched)
            watched.child.start()
            added.append(watched)
        for watched in added:
            watched.child.wait_ready()

    def pids(self) -> dict[str, int]:
        """Process ids by program."""
        return {watched.child.program.name: watched.child.pid for watched in self._watched}

    def tend(self) -> None:
        """Look once after every program: notice an end, restart when due."""
        now = time.monotonic()
        for watched in self._watched:
            child = watched.child
            if watched.restart_at is not None:
                if now >= watched.restart_at:
                    watched.restart_at = None
                    child.start()
            elif (code := child.exit_code()) is not None:
                end_group(child.pid)
                if now - child.started_at > HEALTHY_SECONDS:
                    watched.delay = FIRST_DELAY_SECONDS
                watched.restart_at = now + watched.delay
                self.say(
                    f"{child.program.name} ended ({_reason(code)}); restarting in {watched.delay:g} s. "
                    f"Its log: {child.program.log}"
                )
                watched.delay = min(watched.delay * 2, LONGEST_DELAY_SECONDS)
        self._reap_orphans()

    def run(self) -> None:
        """Tend the programs until `StopRequested` is raised."""
        while True:
            self.tend()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop all programs: applications together, then the services under them."""
        for services in (False, True):
            group = [w.child for w in self._watched if w.child.program.is_service is services]
            for child in group:
                child.request_stop()
            begun = time.monotonic()
            for child in group:
                child.finish(begun + child.program.stop_seconds)
        self._watched.clear()
        self._reap_orphans()

    def _reap_orphans(self) -> None:
        known = {w.child.process.pid for w in self._watched if w.child.process is not None}
        for entry in process_table():
            if entry.is_zombie and entry.parent == os.getpid() and entry.pid not in known:
                os.waitpid(entry.pid, os.WNOHANG)


def _reason(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
