"""One supervised process: started in its own session, told to die with its parent, stopped as a whole group."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .account import Account, give
from .errors import DevstackError

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """Return a function for the child, between fork and exec, that ties its life to the present process.

    The kernel clears the setting when the child changes its user, so it must run after that:
    `subprocess` calls ``preexec_fn`` last.
    """
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the call
            os._exit(1)

    return prepare


def follow_parent(signum: signal.Signals = signal.SIGTERM) -> None:
    """Have the present process receive ``signum`` when the process that started it dies, even by SIGKILL."""
    _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """One row of the system's process table."""

    pid: int
    state: str
    parent: int
    group: int

    @property
    def is_zombie(self) -> bool:
        return self.state == "Z"


def look_up(pid: int) -> Entry | None:
    """The process with this id, or None."""
    try:
        # The name in parentheses may itself hold blanks and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Entry(pid, fields[0], int(fields[1]), int(fields[2]))


def process_table() -> Iterator[Entry]:
    """All processes of this machine that we may see."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (entry := look_up(int(folder.name))) is not None:
            yield entry


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists and is not a zombie."""
    entry = look_up(pid)
    return entry is not None and not entry.is_zombie


def group_members(group: int) -> list[int]:
    """Ids of the living processes of a process group."""
    return [entry.pid for entry in process_table() if entry.group == group and not entry.is_zombie]


def end_group(group: int) -> None:
    """Kill what is left of a process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Program:
    """What to run and how to know that it is up.

    ``ready`` answers at once and raises nothing; ``before_start`` clears what a killed predecessor left behind.
    ``is_service`` marks what the others need: it is stopped after them.
    ``death_signal`` is what the process gets when its supervisor dies, ``stop_signal`` what ends it in good order.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    cwd: Path = Path("/")
    env: Mapping[str, str] | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    ready_seconds: float = 30.0
    pass_fds: Sequence[int] = ()
    is_service: bool = False
    before_start: Callable[[], None] = _nothing


@dataclass
class Child:
    """A running (or not yet, or no longer running) `Program`."""

    program: Program
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the program; its output is appended to its log.

        Call it from the main thread: the kernel ties "dies with its parent" to the thread that forked.
        """
        program = self.program
        program.before_start()
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            give(program.log, program.account)
            user = {}
            if program.account is not None:
                user = {"user": program.account.uid, "group": program.account.gid, "extra_groups": []}
            self.process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.cwd,
                env=None if program.env is None else dict(program.env),
                start_new_session=True,
                pass_fds=tuple(program.pass_fds),
                preexec_fn=die_with_parent(program.death_signal),
                **user,  # type: ignore[call-overload]
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """The id of the process (and of its group)."""
        if self.process is None:
            raise DevstackError(f"{self.program.name} has not been started")
        return self.process.pid

    def exit_code(self) -> int | None:
        """The exit code, or None while it runs (or before it started)."""
        return None if self.process is None else self.process.poll()

    def wait_ready(self, give_up: Callable[[], bool] = lambda: False) -> None:
        """Wait until the program answers.

        Raises:
            DevstackError: it ended or did not answer in time; the message carries the end of its log.
        """
        deadline = time.monotonic() + self.program.ready_seconds
        while not self.program.ready():
            code = self.exit_code()
            if code is not None:
                raise DevstackError(f"{self.program.name} ended with code {code} while starting.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise DevstackError(
                    f"{self.program.name} did not answer within {self.program.ready_seconds:.0f} s.\n{self.log_tail()}"
                )
            if give_up():
                return
            time.sleep(POLL_SECONDS)

    def request_stop(self) -> None:
        """Ask the program to end in good order; returns at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.program.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait until ``deadline`` (monotonic clock) for the program to end, then kill what is left of its group."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        end_group(self.process.pid)

    def stop(self) -> None:
        """Stop the program and everything in its group; harmless when it is not running."""
        self.request_stop()
        self.finish(time.monotonic() + self.program.stop_seconds)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the program's log, for an error message."""
        try:
            text = self.program.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
