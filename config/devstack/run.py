"""`make run`: the whole system for one checkout, until Ctrl-C."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from .environment import external_database, plan, shown
from .errors import DevstackError
from .folders import CHECKOUT, Folders, lasting_folders, state_folder
from .ports import PREFERRED_PORT, listen, local_address, port_of
from .postgres import SUPERUSER, EmbeddedPostgres
from .process import die_with_parent, follow_parent
from .programs import application_programs
from .roles import apply_roles, create_database
from .services import DATABASE
from .supervisor import StopRequested, Supervisor, ignore_signals, stop_on_signals
from .valkey import EmbeddedValkey

LARGEST_LOG_BYTES = 8 * 1024**2
SETTINGS_MODULE = "config.settings.dev"


def say(message: str) -> None:
    """Print at once, also into a pipe."""
    print(message, flush=True)


def run() -> int:
    """Start everything, tend it until asked to stop, stop it; the exit code."""
    if os.environ.get("DESCANT_FOLLOW_PARENT"):
        follow_parent()
    begun = time.monotonic()
    supervisor = Supervisor(say)
    try:
        with stop_on_signals():
            folders = lasting_folders(state_folder())
            with only_one(folders.state), closing(_listener()) as listener:
                try:
                    say(_start(supervisor, folders, listener, begun))
                    supervisor.run()
                finally:
                    ignore_signals()
                    supervisor.stop()
                    shutil.rmtree(folders.run, ignore_errors=True)
    except StopRequested:
        say(f"\nStopped; no process is left. Your data stays in {state_folder()}.")
        return 0
    except DevstackError as error:
        say(f"\n{error}")
        return 1
    return 0


def _listener() -> socket.socket:
    preferred = int(os.environ.get("PORT") or PREFERRED_PORT)
    listener = listen(os.environ.get("HOST") or "127.0.0.1", preferred)
    if port_of(listener) != preferred:
        say(f"Port {preferred} is taken; using {port_of(listener)}.")
    return listener


def _start(supervisor: Supervisor, folders: Folders, listener: socket.socket, begun: float) -> str:
    """Start services and programs; the text that greets the person at the terminal."""
    turn_logs(folders.logs)
    urls = start_services(supervisor, folders, os.environ)
    env = application_environment(os.environ, urls, folders.media, f"http://{local_address(listener)}")
    say("Bringing the database up to date …")
    manage(env, "migrate", "--database", "owner", "--verbosity", "0")
    web, *workers = application_programs(listener=listener, env=env, logs=folders.logs, state=folders.state)
    supervisor.start([web])
    # The demo does its jobs itself, so the workers come after it.
    logins = seed_demo(env, folders)
    supervisor.start(workers)
    return "\n".join(
        [
            "",
            f"Descant is at {env['SITE_URL']}   (up in {time.monotonic() - begun:.0f} s)",
            *(["", logins.rstrip()] if logins.strip() else []),
            "",
            f"Logs: {folders.logs}",
            "Ctrl-C stops everything.",
        ]
    )


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the checkout for this run; a second run of the same checkout is turned away."""
    path = state / "running"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DevstackError(
                f"Descant already runs from this checkout (process {file.read().strip() or 'unknown'}). "
                "Stop it first with Ctrl-C, or clone the repository a second time."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def turn_logs(logs: Path) -> None:
    """Set large logs aside, one generation."""
    logs.mkdir(parents=True, exist_ok=True)
    for log in logs.glob("*.log"):
        if log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))


def start_services(supervisor: Supervisor, folders: Folders, environ: Mapping[str, str]) -> dict[str, str]:
    """Start the embedded services that the environment does not replace; the URLs of all services."""
    wanted = plan(environ)
    urls = {name: environ[name] for name in ("BROKER_URL", "CACHE_URL") if environ.get(name)}
    postgres, valkey = EmbeddedPostgres(folders), EmbeddedValkey(folders)
    programs = []
    if wanted.embedded_postgres:
        if not postgres.cluster.exists():
            say("Creating the embedded PostgreSQL …")
        postgres.initialise()
        programs.append(postgres.program())
    if wanted.embedded_valkey:
        valkey.initialise()
        programs.append(valkey.program())
        urls = {"BROKER_URL": valkey.broker_url, "CACHE_URL": valkey.cache_url} | urls
    supervisor.start(programs)
    if wanted.embedded_postgres:
        create_database(postgres.url("postgres", SUPERUSER), DATABASE)
        apply_roles(postgres.url(DATABASE, SUPERUSER))
        roles = {"DATABASE_URL": "runtime", "DATABASE_OWNER_URL": "owner", "DATABASE_PLATFORM_URL": "platform"}
        urls |= {name: postgres.url(DATABASE, f"descant_{role}") for name, role in roles.items()}
    else:
        say(f"Using the PostgreSQL of DATABASE_URL: {shown(environ['DATABASE_URL'])}")
        urls |= external_database(environ)
    for name in ("BROKER_URL", "CACHE_URL"):
        if environ.get(name):
            say(f"Using {name}: {shown(environ[name])}")
    return urls


def application_environment(
    environ: Mapping[str, str], urls: Mapping[str, str], media: Path, site_url: str
) -> dict[str, str]:
    """The environment of Descant's own processes: the caller's, the services' URLs, development settings."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE,
        "MEDIA_ROOT": str(media),
        "REGISTRY_SEGMENT_DIR": str(media.with_name("segments")),
        "SITE_URL": site_url,
        "PYTHONUNBUFFERED": "1",
        # One thread a process: the workers are what runs in parallel.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    media.mkdir(parents=True, exist_ok=True)
    return defaults | dict(environ) | dict(urls)


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """Run a management command to its end and return what it printed.

    Raises:
        DevstackError: it failed; the message carries its output.
    """
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    ) as process:
        output: str
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise DevstackError(f"manage.py {' '.join(arguments)} failed:\n{output.strip()}")
    return output


def has_command(name: str) -> bool:
    """Whether one of the applications brings management command ``name``."""
    return any(CHECKOUT.glob(f"apps/*/management/commands/{name}.py"))


def seed_demo(env: Mapping[str, str], folders: Folders) -> str:
    """Make the demo once for each database and return its log-ins; without a demo, say why and go on."""
    if env.get("DESCANT_DEMO") == "0" or not has_command("seed_demo"):
        return ""
    key = hashlib.sha256(env["DATABASE_URL"].encode()).hexdigest()[:8]
    logins = folders.data / f"demo-logins-{key}.txt"
    if not logins.exists():
        say("Making the demo (once): labels with music, a minute or two …")
        try:
            manage(env, "seed_demo")
            logins.write_text(manage(env, "seed_demo", "--print-logins"))
        except DevstackError as error:
            (folders.logs / "demo.log").write_text(f"{error}\n")
            return f"The demo could not be made; the next start tries again. Why: {folders.logs / 'demo.log'}"
    return logins.read_text()
