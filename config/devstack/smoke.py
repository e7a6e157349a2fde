"""`make smoke`: a fresh system does the product's main job over HTTP, with two recordings, and stops.

A label signs up, uploads a recording, it comes out clear and is registered. A second label uploads a stretch of it as
a telephone would carry it, and is shown where it comes from.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import DevstackError
from .folders import CHECKOUT
from .ports import listen, local_address
from .process import follow_parent, group_members
from .programs import application_programs
from .run import application_environment, manage, say
from .services import EphemeralServices
from .supervisor import StopRequested, Supervisor, stop_on_signals
from .visitor import Visitor

LOG_LINES = 30
VERDICT_SECONDS = 90.0
POLL_SECONDS = 0.1
EXCERPT_START_S = 20.0
EXCERPT_SECONDS = 15.0
ALIGNMENT_S = 0.5
LARGEST_WEB_BYTES = 250 * 1024**2
PASSWORD = "quiet-lantern-orchard"  # noqa: S105 – of a system that lives for a minute
API_SCOPES = ("tracks:read", "tracks:write", "registrations:read", "registrations:write", "jobs:read")

# Runs apart: only workers and `python -m ml` load numerical libraries.
RENDER = """
import sys
from pathlib import Path
from ml.audio.decoding import decode
from ml.audio.effects import phone_quality
from ml.audio.writing import write_audio
from ml.symbolic.demo import make_track
from ml.symbolic.demo_works import WORKS

folder, start, seconds, rate = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), 44_100
make_track(next(work for work in WORKS if work.key == "jeanie"), folder)
recording = next(folder.iterdir())
samples = decode(recording, sample_rate=rate, start_s=start, seconds=seconds)
write_audio(folder / "heard-on-the-phone.wav", phone_quality(samples, rate), 8_000)
print(recording)
"""


@dataclass
class Label:
    """One label in the fresh system: its address, its person's browser and its key."""

    name: str
    slug: str
    person: Visitor
    program: Visitor


@dataclass
class Steps:
    """Says what is done, and how long each step took."""

    count: int = field(default=0, init=False)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        self.count += 1
        begun = time.monotonic()
        yield
        say(f"{self.count:3}. {text:66} {time.monotonic() - begun:6.2f} s")


def require(condition: bool, complaint: str) -> None:
    """Go on only if ``condition`` holds.

    Raises:
        DevstackError: it does not; ``complaint`` says what is off.
    """
    if not condition:
        raise DevstackError(complaint)


def smoke() -> int:
    """Do it all; the exit code."""
    if os.environ.get("DESCANT_FOLLOW_PARENT"):
        follow_parent()
    begun = time.monotonic()
    try:
        with stop_on_signals(), tempfile.TemporaryDirectory(prefix="descant-smoke-") as name:
            _run(Path(name))
    except StopRequested:
        say("Interrupted; everything is stopped.")
        return 130
    except DevstackError as error:
        say(f"\nSMOKE FAILED after {time.monotonic() - begun:.0f} s: {error}")
        return 1
    say(f"Smoke run passed in {time.monotonic() - begun:.0f} s.")
    return 0


def _run(folder: Path) -> None:
    folder.chmod(0o755)
    steps, supervisor, services = Steps(), Supervisor(say), EphemeralServices(folder)
    with ExitStack() as stack:
        listener = stack.enter_context(closing(listen("127.0.0.1", 0)))
        stack.callback(services.stop)
        stack.callback(supervisor.stop)
        try:
            site = f"http://{local_address(listener)}"
            env = _start(steps, supervisor, services, listener, folder, site)
            recording, excerpt = _render(steps, folder / "music", env)
            _main_job(steps, site, recording, excerpt)
            _measure_web(steps, supervisor)
        except DevstackError:
            _show_logs(folder / "logs")
            raise
        with steps.step("Everything stops"):
            groups = [*supervisor.pids().values(), services.postgres.pid]
            supervisor.stop()
            services.stop()
            require(not any(map(group_members, groups)), "Processes are left after stopping.")


def _start(
    steps: Steps, supervisor: Supervisor, services: EphemeralServices, listener: socket.socket, folder: Path, site: str
) -> dict[str, str]:
    with steps.step("PostgreSQL and Valkey start"):
        services.start()
    env = application_environment(os.environ, services.environment(), folder / "media", site)
    with steps.step("The database gets its tables"):
        manage(env, "migrate", "--database", "owner", "--verbosity", "0")
    with steps.step("Web, worker and beat start"):
        programs = application_programs(listener=listener, env=env, logs=folder / "logs", state=folder)
        supervisor.start(programs)
    return env


def _render(steps: Steps, folder: Path, env: dict[str, str]) -> tuple[Path, Path]:
    """A recording of public-domain music, and a stretch of it as a telephone carries it."""
    folder.mkdir()
    with steps.step("A recording and a phone-quality excerpt of it are made"):
        arguments = [str(folder), str(EXCERPT_START_S), str(EXCERPT_SECONDS)]
        made = subprocess.run(
            [sys.executable, "-c", RENDER, *arguments],
            cwd=CHECKOUT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        require(made.returncode == 0, f"Rendering failed:\n{made.stderr}")
    return Path(made.stdout.strip()), folder / "heard-on-the-phone.wav"


def _main_job(steps: Steps, site: str, recording: Path, excerpt: Path) -> None:
    with steps.step("Two people sign up, each founds a label and makes an API key"):
        first, second = _found_label(site, "Smoke One"), _found_label(site, "Smoke Two")
        first.person.submit(f"/o/{first.slug}/settings/", _published(first.name)).expect(200)

    with steps.step("The first label uploads its recording: the check comes out clear"):
        track_id = _upload_and_check(first, recording, "clear")["track"]["id"]

    with steps.step("It is registered and gets a certificate that anyone can verify"):
        registration = first.program.post(f"/api/v1/tracks/{track_id}/register/").expect(201).json
        title = registration["track"]["title"]
        certificate = registration["certificate"]
        page = Visitor(site).get(f"/verify/{certificate['code']}/").expect(200).text
        require(certificate["sha256"] in page, "The verification page lacks the recording's SHA-256.")
        pdf = first.program.get(f"/api/v1/registrations/{registration['id']}/certificate/").expect(200)
        require(pdf.body.startswith(b"%PDF-"), "The certificate is no PDF.")

    with steps.step("The second label uploads the excerpt: a conflict is found"):
        found = _upload_and_check(second, excerpt, "conflict")
    with steps.step("Its report names the recording and the aligned times"):
        match_id = _check_report(second, found["track"]["id"], title, first.name)
        page = second.person.get(f"/o/{second.slug}/registry/matches/{match_id}/").expect(200).text
        require(title in page, "The page of the report lacks the title of the registered recording.")
        pdf = second.person.get(f"/o/{second.slug}/registry/matches/{match_id}/report.pdf").expect(200)
        require(pdf.body.startswith(b"%PDF-"), "The report is no PDF.")

    with steps.step("The first label sees it too, and neither reads the other's track"):
        incoming = first.program.get("/api/v1/matches/?direction=incoming").expect(200).json["results"]
        require([match["track"]["id"] for match in incoming] == [track_id], f"Incoming matches: {incoming}")
        second.program.post(f"/api/v1/tracks/{track_id}/check/").expect(404)
        second.person.get(f"/o/{second.slug}/catalogue/tracks/{track_id}/").expect(404)
        second.person.get(f"/o/{first.slug}/catalogue/tracks/{track_id}/").expect(404)


def _found_label(site: str, name: str) -> Label:
    """A person signs up, founds a label and makes a key for a program."""
    person = Visitor(site)
    email = f"{name.lower().replace(' ', '.')}@smoke.example"
    account = [("name", name), ("email", email), ("password1", PASSWORD), ("password2", PASSWORD)]
    person.submit("/accounts/signup/", account).expect(200)
    home = person.submit("/organisations/new/", [("name", name), ("kind", "label")]).expect(200)
    slug = _find(r"/o/([\w-]+)/", home.address, f"Founding a label led to {home.address}.")
    scopes = [("scopes", scope) for scope in API_SCOPES]
    page = person.submit(f"/o/{slug}/api-keys/", [("name", "smoke"), *scopes]).expect(200)
    key = _find(r"\b(dsc_[\w-]{16,})", page.text, "The page of API keys shows no new key.")
    return Label(name, slug, person, Visitor(site, key=key))


def _find(pattern: str, text: str, complaint: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise DevstackError(complaint)
    return found[1]


def _published(name: str) -> list[tuple[str, str]]:
    """Settings with which the other side may hear the matching seconds."""
    return [
        ("name", name),
        ("public_name", name),
        ("time_zone", "UTC"),
        ("contact_route", "rights@smoke.example"),
        ("share_excerpts", "on"),
    ]


def _upload_and_check(label: Label, file: Path, verdict: str) -> dict[str, Any]:
    """Upload ``file`` and wait for its check; the answer to the upload."""
    answer = label.program.upload("/api/v1/uploads/", {"check": "true"}, file).expect(202)
    location = answer.headers["Location"]
    deadline = time.monotonic() + VERDICT_SECONDS
    while (job := label.program.get(location).expect(200).json)["state"] in {"queued", "running"}:
        require(time.monotonic() < deadline, f"The check takes longer than {VERDICT_SECONDS:.0f} s: {job}")
        time.sleep(POLL_SECONDS)
    require(job["state"] == "succeeded", f"The check did not succeed: {job}")
    upload: dict[str, Any] = answer.json
    check = label.program.get(upload["check"]["url"]).expect(200).json
    require(check["verdict"] == verdict, f"{file.name}: the verdict is {check['verdict']!r}, expected {verdict!r}.")
    return upload


def _check_report(label: Label, track_id: str, title: str, registrant: str) -> str:
    """Read the one match of the excerpt and compare it with how the excerpt was made; its id."""
    matches = label.program.get(f"/api/v1/matches/?track={track_id}").expect(200).json["results"]
    require(len(matches) == 1, f"Expected one match, got {len(matches)}.")
    other = matches[0]["other"]
    require(other["title"] == title, f"The match names {other['title']!r}, expected {title!r}.")
    require(other["organisation"] == registrant, f"The match names {other['organisation']!r}, expected {registrant!r}.")
    segments = label.program.get(matches[0]["url"]).expect(200).json["segments"]
    require(bool(segments), "The report has no aligned segment.")
    for segment in segments:
        shift = segment["other_start_s"] - segment["own_start_s"]
        require(
            abs(shift - EXCERPT_START_S) <= ALIGNMENT_S,
            f"A segment is aligned {shift:.2f} s apart; the excerpt starts at {EXCERPT_START_S} s.",
        )
    return str(matches[0]["id"])


def _measure_web(steps: Steps, supervisor: Supervisor) -> None:
    with steps.step("The web process stays small"):
        sizes = [resident_bytes(pid) for pid in group_members(supervisor.pids()["web"])]
        require(max(sizes) < LARGEST_WEB_BYTES, f"A web process holds {max(sizes) / 1024**2:.0f} MiB.")
    say(f"     largest web process: {max(sizes) / 1024**2:.0f} MiB")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _show_logs(logs: Path) -> None:
    """The ends of all logs, as the folder is about to go."""
    for log in sorted(logs.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        say(f"\n--- {log.name}\n" + "\n".join(lines))
