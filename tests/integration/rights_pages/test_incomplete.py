"""What could not be compared, on the pages, in lists, on paper and in the API; and the button that compares it."""

import re

import pytest
from django.utils import timezone, translation

from apps.catalog.models import Track, TrackStatus
from apps.jobs.models import Job
from apps.rights.models import Certificate, Check, Registration
from apps.rights.pdf import certificate as paper
from apps.tenancy.context import bind
from tests.factories_catalog import make_asset
from tests.integration.api.conftest import Api
from tests.integration.rights_pages.conftest import make_desk

pytestmark = pytest.mark.django_db

DONE = {"state": "done", "version": "v", "threshold": 0.01, "compared_with": 7, "seconds": 1.0}
FAILED = {"state": "failed", "version": "", "threshold": None, "compared_with": 0, "error_code": "internal_error"}
SKIPPED = {"state": "skipped", "version": "", "threshold": None, "compared_with": 0, "error_code": "no_melody"}


def _check(title="Night train", *, verdict="incomplete", cover=FAILED, melody=SKIPPED):
    """A check as its rows stand."""
    asset = make_asset(filename=f"{title}.wav", ingest=False)
    Track.objects.filter(id=asset.track_id).update(title=title, status=verdict)
    return Check.objects.create(
        track=asset.track, asset=asset, state="done", verdict=verdict, compared_with=7, digest="ab" * 32,
        facets={"recording": DONE, "cover": cover, "melody": melody}, entry_number=5, finished_at=timezone.now(),
    )  # fmt: skip


def _text(response):
    bare = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare).replace("&nbsp;", " ")


def test_the_page_says_what_is_missing_and_compares_it_on_a_press(aurora):
    with bind(aurora.organisation.id):
        check = _check()
    text = _text(aurora.get("rights:check", check_id=check.id))
    assert (
        "Nothing similar was found so far, but not everything could be compared: the comparison of music is missing."
        in text
    )
    assert "How sure: unsure" in text
    assert "Could not be compared This comparison did not finish" in text
    assert "Not applicable No lead voice was heard that could be compared." in text
    assert "Compare the rest" in text
    assert "Register it now" not in text
    assert "Compare the rest" in _text(aurora.get("rights:track_panel", track_id=check.track_id))
    for _press in range(2):
        answer = aurora.post("rights:check_rest", check_id=check.id)
        assert answer.headers["Location"] == aurora.url("rights:check", check_id=check.id)
    with bind(aurora.organisation.id):
        assert Job.objects.get().args == {"check_id": str(check.id)}
    running = _text(aurora.get("rights:check", check_id=check.id))
    assert "the comparison of music is missing" in running
    assert "Comparing the rest" in running


def test_a_viewer_reads_it_and_cannot_press(aurora):
    viewer = make_desk(aurora.organisation, "viewer", "Vera Viewer")
    with bind(aurora.organisation.id):
        check = _check()
    assert (
        viewer.url("rights:check_rest", check_id=check.id)
        not in viewer.get("rights:check", check_id=check.id).content.decode()
    )
    assert viewer.post("rights:check_rest", check_id=check.id).status_code == 403


def test_lists_home_and_export_show_it(aurora):
    with bind(aurora.organisation.id):
        _check("Part")
        _check("Alike in part", verdict="conflict")
        _check("Whole", verdict="clear", cover=DONE)
    listed = _text(aurora.get("rights:checks", "?verdict=incomplete"))
    assert "Part" in listed
    assert "Alike in part" in listed
    assert "not everything compared" in listed
    assert "Whole" not in listed
    rows = aurora.get("rights:checks", "?verdict=incomplete&format=csv").content.decode()
    assert "Not everything could be compared" in rows
    home = _text(aurora.get("organisation_home"))
    assert "1 recording or work could not be compared in every way" in home
    assert "1 clear track can be registered" in home


def test_in_chinese(aurora):
    aurora.user.language = "zh-hans"
    aurora.user.save()
    with bind(aurora.organisation.id):
        check = _check()
    text = _text(aurora.get("rights:check", check_id=check.id))
    assert "未能进行全部比对" in text
    assert "补做比对" in text
    assert "Compare" not in text


def test_a_certificate_says_what_was_compared(aurora):
    with bind(aurora.organisation.id):
        check = _check(verdict="clear", cover=DONE)
        registration = Registration.objects.create(
            track=check.track, check_run=check, basis="clear", entry_number=5, registered_at=timezone.now()
        )
        certificate = Certificate(
            registration=registration, code="A", sha256="0" * 64, digest="1" * 64, duration_s=9.0,
            registrant_name="R", title="T", issued_at=timezone.now(),
        )  # fmt: skip
        with translation.override("en"):
            rows = dict(paper._rows(certificate, registration))
    assert rows["What was compared"] == "sound, music (not applicable: melody)"


def test_the_api_names_what_failed_and_compares_it(aurora):
    caller = Api(aurora.organisation)
    with bind(aurora.organisation.id):
        check = _check()
        _check("Whole", verdict="clear", cover=DONE)
    (shown,) = caller.get("checks/?verdict=incomplete").json()["results"]
    assert (shown["verdict"], shown["failed_facets"]) == ("incomplete", ["cover"])
    states = {facet["facet"]: (facet["state"], facet["problem"][:15]) for facet in shown["facets"]}
    assert states == {
        "recording": ("done", ""), "cover": ("failed", "This comparison"), "melody": ("skipped", "No lead voice w"),
    }  # fmt: skip
    refused = caller.post(f"tracks/{check.track_id}/register/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_registrable")
    started = caller.post(f"checks/{check.id}/rest/")
    assert (started.status_code, started.json()["verdict"]) == (202, "incomplete")
    assert caller.post(f"checks/{check.id}/rest/").headers["Location"] == started.headers["Location"]
    with bind(aurora.organisation.id):
        assert Track.objects.get(id=check.track_id).status == TrackStatus.INCOMPLETE
