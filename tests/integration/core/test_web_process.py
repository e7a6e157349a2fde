"""The web process stays small: no numerical library is in it, and it uses less than 250 MB after serving pages."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connections

from apps.accounts.models import ApiScope
from apps.accounts.services.api_keys import create_api_key
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from config.devstack.process import Child, Program, process_table
from tests.factories import make_organisation, make_user, signed_in
from tests.factories_catalog import make_recording
from tests.integration.tenancy.examples_rights import Case, make_case
from tests.services import services as run_services

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
HEAVY = {"torch", "librosa", "numba", "llvmlite", "numpy", "scipy", "av", "soundfile", "soxr", "music21", "pretty_midi"}
LARGEST_RSS_MB = 250

EVERYTHING_LOADED = """
import json, sys
import config.wsgi
from django.urls import get_resolver
def walk(patterns):
    for entry in patterns:
        walk(getattr(entry, "url_patterns", []))
walk(get_resolver().url_patterns)
from django.template.loader import get_template
get_template("base.html")
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_no_numerical_library_is_imported():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = [sys.executable, "-c", EVERYTHING_LOADED]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    loaded = set(json.loads(ended.stdout.splitlines()[-1]))
    assert {"django", "celery", "rest_framework", "apps", "config"} <= loaded
    assert loaded & HEAVY == set()


@dataclass
class Web:
    """A running gunicorn with one worker, and a member's session and key."""

    child: Child
    port: int
    cookie: str
    key: str

    def get(self, path: str, *, api: bool = False) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}"} if api else {"Cookie": f"sessionid={self.cookie}"}
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    @property
    def workers(self) -> list[int]:
        return [entry.pid for entry in process_table() if entry.parent == self.child.pid]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def label(committed: None) -> Organisation:
    return make_organisation("Aurora")


@pytest.fixture
def case(label: Organisation) -> Case:
    user = make_user()
    with bind(label.id):
        for number in range(3):
            make_recording(filename=f"Track {number}.wav")
        return make_case("web", user)


@pytest.fixture
def web(label: Organisation, tmp_path: Path) -> Iterator[Web]:
    user = make_user()
    with bind(label.id):
        from apps.tenancy.models import Membership

        Membership.objects.create(organisation=label, user=user, role="owner")
        _key, secret = create_api_key(name="Test", scopes=ApiScope.values)
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "60"]
    from django.conf import settings

    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_POOL": "1"}
    environment["TEST_MEDIA_ROOT"] = str(settings.MEDIA_ROOT)
    child = Child(Program("web", command, tmp_path / "web.log", ready=lambda: True, cwd=ROOT, env=environment))
    child.start()
    server = Web(child, port, signed_in(user).cookies["sessionid"].value, secret)
    try:
        deadline = time.monotonic() + 40
        while True:
            try:
                server.get("/")
                break
            except OSError:
                assert time.monotonic() < deadline, child.log_tail()
                time.sleep(0.1)
        yield server
    finally:
        child.stop()


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) / 1024


def test_it_stays_small_after_serving_every_kind_of_page(web, label, case):
    slug = f"/o/{label.slug}"
    track = case.check.track_id
    pages = [
        "/", "/home/", "/accounts/login/", "/accounts/profile/", f"{slug}/", f"{slug}/members/", f"{slug}/settings/",
        f"{slug}/api-keys/", f"{slug}/notifications/", f"{slug}/jobs/", f"{slug}/catalogue/tracks/",
        f"{slug}/catalogue/tracks/{track}/", f"{slug}/catalogue/artists/", f"{slug}/catalogue/releases/",
        f"{slug}/catalogue/search/?q=track", f"{slug}/registry/register/", f"{slug}/registry/registrations/",
        f"{slug}/registry/matches/", f"{slug}/registry/matches/{case.match.id}/",
        f"{slug}/registry/matches/{case.match.id}/report.pdf",
        f"{slug}/registry/certificates/{case.certificate.id}/", f"/verify/{case.certificate.code}/", "/api/schema/",
    ]  # fmt: skip
    calls = [
        "/api/v1/tracks/",
        f"/api/v1/tracks/{track}/",
        "/api/v1/matches/",
        "/api/v1/jobs/",
        "/api/v1/registrations/",
    ]
    for _ in range(3):
        statuses = {page: web.get(page) for page in pages} | {call: web.get(call, api=True) for call in calls}
        assert {page: status for page, status in statuses.items() if status not in (200, 302)} == {}
    [worker] = web.workers
    mapped = Path(f"/proc/{worker}/maps").read_text()
    assert "psycopg" in mapped
    assert [name for name in sorted(HEAVY) if re.search(rf"site-packages/{name}(\.libs)?/", mapped)] == []
    rss = _rss_mb(worker)
    print(f"RSS of the web process: {rss:.0f} MB")
    assert rss < LARGEST_RSS_MB


def test_it_survives_a_restart_of_the_database(web, label):
    """The pool notices dead connections: the first request after the restart is answered."""
    page = f"/o/{label.slug}/members/"
    assert [web.get(page) for _ in range(4)] == [200] * 4
    connections.close_all()
    postgres = run_services().postgres
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    assert web.get(page) == 500, "there is no page without its database"
    postgres.start()
    postgres.wait_ready()
    assert [web.get(page) for _ in range(4)] == [200] * 4
