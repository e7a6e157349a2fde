"""Works on the pages of the registry: the wizard, the steps of a work, and the thresholds."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.catalog.models import Work
from apps.rights.models import Certificate, Check, Match, Thresholds
from apps.tenancy.context import bind
from tests.factories_works import midi_bytes, score_upload
from tests.integration.rights_pages.conftest import make_desk

pytestmark = pytest.mark.django_db

# Forty notes that wander: a tune as short as a bar is in every song.
PITCHES = (67, 69, 64, 66, 71, 62, 74, 72, 69, 70, 65, 67, 62, 64, 59, 76, 74, 71, 73, 66)
TUNE = tuple((index * 1.5, 1.0, pitch) for index, pitch in enumerate(PITCHES * 2))


def _upload(desk: Any, content: bytes, name: str, *, check: bool = True) -> Any:
    sent = {"files": [score_upload(content, name)], **({"check_now": "on"} if check else {})}
    return desk.post("rights:register_work", sent)


def _work(desk: Any) -> Work:
    with bind(desk.organisation.id):
        return Work.objects.get()


def test_a_score_goes_from_file_to_certificate(aurora: Any):
    answer = _upload(aurora, midi_bytes(TUNE, title="Harbour Waltz"), "harbour.mid")
    progress = answer.headers["Location"]
    assert progress.startswith(aurora.url("rights:register_works_progress") + "?since=")
    waiting = aurora.client.get(progress)
    assert waiting.context["step"] == 2
    assert aurora.work() == ["succeeded"]
    done = aurora.client.get(progress)
    assert done.context["step"] == 3
    work = _work(aurora)
    assert (work.title, work.status) == ("Harbour Waltz", "clear")
    assert aurora.url("rights:work_register", work_id=work.id) in done.content.decode()

    aurora.post("rights:work_register", work_id=work.id)
    aurora.post("rights:work_register", work_id=work.id)
    with bind(aurora.organisation.id):
        certificate = Certificate.objects.get()
    assert (certificate.title, certificate.subject_kind) == ("Harbour Waltz", "work")
    assert certificate.code in aurora.get("rights:registrations").content.decode()
    assert certificate.code in aurora.get("rights:work_panel", work_id=work.id).content.decode()
    assert aurora.get("rights:certificate", certificate_id=certificate.id).content.startswith(b"%PDF-")
    public = Client().get(f"/verify/{certificate.code}/").content.decode()
    for said in ("Harbour Waltz", "registered a score with exactly the hash below", "SHA-256 of the score"):
        assert said in public
    assert "registered recording" not in public

    assert aurora.get("rights:work_withdraw", work_id=work.id).status_code == 200
    aurora.post("rights:work_withdraw", {"reason": "Sold"}, work_id=work.id)
    assert _work(aurora).status == "withdrawn"


def test_the_steps_move_with_the_answer(aurora: Any):
    """The marker is part of the fragment that asks again, so it does not stay where it was."""
    _upload(aurora, midi_bytes(TUNE), "harbour.mid")
    address = aurora.url("rights:register_works_progress")
    fragment = aurora.client.get(address, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="register-steps" hx-swap-oob="true"' in fragment
    assert fragment.count('aria-current="step"') == 1
    aurora.work()
    after = aurora.client.get(address, HTTP_HX_REQUEST="true").content.decode()
    current = after.split('aria-current="step"')[1]
    assert "Read the answers and register" in current.split("</li>")[0]


def test_a_similar_work_of_another_label_is_a_conflict(aurora: Any, borealis: Any):
    _upload(aurora, midi_bytes(TUNE, title="Harbour Waltz"), "harbour.mid")
    aurora.work()
    aurora.post("rights:work_register", work_id=_work(aurora).id)
    answer = _upload(borealis, midi_bytes(TUNE, shift=-4), "lantern.mid")
    assert borealis.work() == ["succeeded"]
    page = borealis.client.get(answer.headers["Location"]).content.decode()
    assert "Similar to “Harbour Waltz” of Aurora Records" in page
    with bind(borealis.organisation.id):
        match = Match.objects.get()
        assert (match.facet, match.other_title) == ("melody", "Harbour Waltz")
    report = borealis.get("rights:match", match_id=match.id).content.decode()
    assert 'data-component="score-player"' in report
    assert "4 semitones" in report
    assert _work(borealis).status == "conflict"


def test_what_cannot_be_read_is_told_in_the_wizard(aurora: Any):
    answer = _upload(aurora, b"Dear Sir or Madam", "letter.mid")
    assert aurora.work() == ["failed"]
    page = aurora.client.get(answer.headers["Location"]).content.decode()
    assert "This file is no score that we can read" in page
    assert _work(aurora).status == "draft"


def test_the_uploader_is_answered_in_json(aurora: Any):
    content = midi_bytes(TUNE)
    sent = {"files": [score_upload(content)], "check_now": "on"}
    url = aurora.url("rights:register_work")
    first = aurora.client.post(url, sent, HTTP_ACCEPT="application/json")
    assert (first.status_code, first.json()["status"]) == (201, "created")
    assert first.json()["message"] == "Received. The check has started."
    again = aurora.client.post(url, {"files": [score_upload(content)]}, HTTP_ACCEPT="application/json")
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    with bind(aurora.organisation.id):
        assert Check.objects.count() == 1
    assert aurora.client.post(url, {}, HTTP_ACCEPT="application/json").status_code == 422
    assert aurora.post("rights:register_work", {}).status_code == 422


def test_works_are_checked_from_the_list(aurora: Any):
    for name in ("one.mid", "two.mid"):
        _upload(aurora, midi_bytes(TUNE, shift=len(name)), name, check=False)
    aurora.work()
    with bind(aurora.organisation.id):
        ids = list(Work.objects.values_list("id", flat=True))
    aurora.post("rights:check_selected_works", {"selected": [*ids, "nonsense"]})
    with bind(aurora.organisation.id):
        assert Check.objects.count() == 2


@pytest.fixture
def measured(settings: Any, tmp_path: Any) -> None:
    """Operating points for recordings only."""
    points = [
        {"threshold": 0.0001, "false_alarm_rate": 0.0, "hit_rate": 0.5, "queries": 500},
        {"threshold": 0.001, "false_alarm_rate": 0.01, "hit_rate": 0.8, "queries": 400},
        {"threshold": 0.01, "false_alarm_rate": 0.04, "hit_rate": 0.9, "queries": 500},
    ]
    for folder in ("fingerprint", "similarity/cover", "similarity/melody"):
        home = tmp_path / "ml" / folder
        home.mkdir(parents=True)
        (home / "calibration.json").write_text(json.dumps({"threshold": 0.02}))
    stored = {"version": "7", "default": 0.001, "limits": [0.0001, 0.01], "points": points, "source": "evaluate"}
    (tmp_path / "ml/fingerprint/operating_points.json").write_text(json.dumps(stored))
    settings.BASE_DIR = tmp_path


def test_an_administrator_chooses_thresholds(measured: None, aurora: Any):
    boss = make_desk(aurora.organisation, "admin", "Ada Admin")
    assert aurora.get("rights:thresholds").status_code == 403
    page = boss.get("rights:thresholds").content.decode()
    for shown in ("1 in 10,000", "1 in 1,000", "4.0 %", "90.0 %", "(default)", "Measured for version 7."):
        assert shown in page.replace("\xa0", " "), shown
    assert "has no measured figures yet" in page
    assert boss.post("rights:thresholds", {"recording": "0.01"}).status_code == 302
    with bind(aurora.organisation.id):
        assert Thresholds.objects.get().recording == 0.01
    assert "4.0 % of unrelated queries are reported" in boss.get("rights:thresholds").content.decode()
    assert boss.post("rights:thresholds", {"recording": "0.5"}).status_code == 422
    assert boss.get("rights:thresholds_reset").status_code == 200
    boss.post("rights:thresholds_reset")
    with bind(aurora.organisation.id):
        assert Thresholds.objects.get().recording is None
