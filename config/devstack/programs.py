"""Descant's own processes: web, worker and beat."""

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .folders import CHECKOUT
from .ports import local_address, port_of
from .process import Program

PROBE_SECONDS = 2.0
# Answered without the database or a log-in.
PROBE_PATH = "/static/icons.svg"


def answers(url: str) -> bool:
    """Whether the web server answers there with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as response:  # noqa: S310
            return bool(response.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def application_programs(
    *, listener: socket.socket, env: Mapping[str, str], logs: Path, state: Path, workers: int | None = None
) -> list[Program]:
    """Web on ``listener``, a worker for all queues and beat, all with ``env``.

    ``workers`` is the number of worker processes (one a core, at least two, by default).
    """
    web_env = dict(env) | {"DATABASE_POOL": "1"}
    address = local_address(listener)
    python = sys.executable
    schedule = state / "beat-schedule"

    def forget_schedule() -> None:
        """Killed in mid-write, beat leaves a file that it can't read; it holds nothing worth keeping."""
        for file in state.glob(f"{schedule.name}*"):
            file.unlink()

    count = workers or max(2, os.cpu_count() or 2)
    web = Program(
        name="web",
        command=[
            python, "-m", "gunicorn", "config.wsgi:application",
            "--bind", f"fd://{listener.fileno()}",
            "--worker-class", "gthread", "--workers", "1", "--threads", "8",
            "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket",
        ],
        cwd=CHECKOUT,
        env=web_env,
        log=logs / "web.log",
        ready=lambda: answers(f"http://{address}{PROBE_PATH}"),
        ready_seconds=60,
        pass_fds=[listener.fileno()],
    )  # fmt: skip
    worker = Program(
        name="worker",
        command=[
            python, "-m", "celery", "--app", "config.celery", "worker",
            "--queues", "cpu,io,gpu", "--pool", "prefork", "--concurrency", str(count),
            "--hostname", f"descant-{port_of(listener)}@%h",
            "--without-mingle", "--without-gossip", "--loglevel", "INFO",
        ],
        cwd=CHECKOUT,
        env=env,
        log=logs / "worker.log",
        ready=lambda: True,
        # With its supervisor gone the broker goes too, and a gentle shutdown would wait for it to come back.
        death_signal=signal.SIGKILL,
        stop_seconds=10,
    )  # fmt: skip
    beat = Program(
        name="beat",
        command=[
            python, "-m", "celery", "--app", "config.celery", "beat",
            "--schedule", str(schedule), "--pidfile=", "--loglevel", "WARNING",
        ],
        cwd=CHECKOUT,
        env=env,
        log=logs / "beat.log",
        ready=lambda: True,
        stop_seconds=5,
        before_start=forget_schedule,
    )  # fmt: skip
    return [web, worker, beat]
