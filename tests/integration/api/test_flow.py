"""The main job through the API alone: upload, check, report, decide, register, verify."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Notification
from apps.jobs import runner
from apps.rights.models import Certificate
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes
from tests.integration.rights.helpers import joined, label, song

pytestmark = pytest.mark.django_db


def _upload(caller, samples, name, *, check=True):
    content = audio_bytes(samples)
    file = SimpleUploadedFile(name, content, content_type="audio/wav")
    return caller.post("uploads/", {"check": "true" if check else "false"}, files={"file": file}), content


def _run(caller, answer):
    job = answer.json()["job"]
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}/"
    assert str(runner.run(job["id"], caller.organisation.id)) == "succeeded"
    done = caller.get(answer.headers["Location"]).json()
    assert (done["state"], done["progress"], done["error"]) == ("succeeded", 1.0, None)


def test_two_labels_from_upload_to_certificate_and_decision(api):
    first = api(label("Aurora", public_name="Aurora Records", contact_route="rights@aurora.example"))
    second = api(label("Borealis", public_name="Borealis", contact_route="legal@borealis.example"))

    answer, content = _upload(first, song(11, 60.0), "Night train.wav")
    assert answer.status_code == 202
    body = answer.json()
    assert body["duplicate"] is False
    assert body["recording"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert body["track"]["title"] == "Night train"
    assert body["check"]["state"] == "queued"
    _run(first, answer)
    check = first.get(body["check"]["url"]).json()
    assert (check["state"], check["verdict"], check["track"]["status"]) == ("done", "clear", "clear")

    registered = first.post(f"tracks/{body['track']['id']}/register/")
    assert registered.status_code == 201
    registration = registered.json()
    assert (registration["state"], registration["basis"]) == ("registered", "clear")
    code = registration["certificate"]["code"]

    excerpt = song(11, 60.0)[(20 * 22_050) : (32 * 22_050)]
    answer, _content = _upload(second, joined([song(77, 15.0), excerpt, song(78, 10.0)]), "Demo.wav")
    _run(second, answer)
    check = second.get(answer.json()["check"]["url"]).json()
    assert (check["verdict"], check["track"]["status"]) == ("conflict", "conflict")

    matches = second.get(f"matches/?track={check['track']['id']}").json()
    assert matches["next"] is None
    (match,) = matches["results"]
    assert (match["kind"], match["direction"], match["state"], match["sureness"]) == (
        "excerpt",
        "outgoing",
        "open",
        "likely",
    )
    assert match["other"] == {
        "kind": "recording",
        "title": "Night train",
        "artist": "",
        "organisation": "Aurora Records",
        "contact": "rights@aurora.example",
        "registered": True,
        "shares_excerpts": False,
        "duration_s": pytest.approx(60.0, abs=0.1),
    }
    report = second.get(match["url"]).json()
    (segment,) = report["segments"]
    spans = [segment[name] for name in ("own_start_s", "own_end_s", "other_start_s", "other_end_s")]
    assert spans == pytest.approx([15.0, 27.0, 20.0, 32.0], abs=0.6)
    assert segment["tempo_ratio"] == pytest.approx(1.0, abs=0.01)
    assert segment["other_excerpt"] is None
    assert report["shown"]["organisation"] == "Borealis"
    picture = second.get(segment["own_spectrogram"], Accept="image/png")
    assert b"".join(picture.streaming_content).startswith(b"\x89PNG")
    assert second.get(report["pdf"], Accept="application/pdf").content.startswith(b"%PDF-")

    refused = second.post(f"tracks/{check['track']['id']}/register/")
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"

    decided = second.post(
        f"{match['url']}decisions/", {"kind": "own_or_licensed", "reason": "Licensed, contract 2026-114."}
    )
    assert decided.status_code == 201
    assert (decided.json()["kind"], decided.json()["undone_at"]) == ("own_or_licensed", None)
    assert second.get(match["url"]).json()["match"]["state"] == "own_or_licensed"
    incoming = first.get("matches/?direction=incoming").json()["results"]
    assert [(found["other"]["organisation"], found["other_state"]) for found in incoming] == [
        ("Borealis", "own_or_licensed")
    ]
    with bind(first.organisation.id):
        kinds = set(Notification.objects.values_list("kind", flat=True))
    assert {"check.clear", "match.incoming", "match.own_or_licensed"} <= kinds

    undone = second.post(f"decisions/{decided.json()['id']}/undo/")
    assert undone.json()["undone_at"] is not None
    assert second.get(match["url"]).json()["match"]["state"] == "open"

    public = first.client.get(f"/api/v1/verify/{code}/").json()
    assert public["sha256"] == hashlib.sha256(content).hexdigest()
    assert (public["registrant"], public["state"], public["title"]) == ("Aurora Records", "registered", "Night train")
    with bind(first.organisation.id):
        assert public["fingerprint_digest"] == Certificate.objects.get(code=code).digest

    withdrawn = first.post(f"tracks/{body['track']['id']}/withdraw/", {"reason": "Sold."})
    assert withdrawn.json()["status"] == "withdrawn"
    assert first.client.get(f"/api/v1/verify/{code}/").json()["state"] == "withdrawn"


def test_the_same_content_twice_is_pointed_out_and_not_stored_again(api):
    caller = api(label())
    samples = song(12)
    first, _content = _upload(caller, samples, "One.wav", check=False)
    second, _content = _upload(caller, samples, "Two.wav", check=False)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["duplicate"] is True
    assert second.json()["track"]["id"] == first.json()["track"]["id"]
    assert second.json()["message"] == "You have this recording already: “One”. It was not stored again."
    assert len(caller.get("tracks/").json()["results"]) == 1


def test_an_empty_file_is_kept_with_the_reason(api):
    caller = api(label())
    answer = caller.post(
        "uploads/", {"check": "true"}, files={"file": SimpleUploadedFile("Silence.wav", b"", "audio/wav")}
    )
    assert answer.status_code == 201
    recording = answer.json()["recording"]
    assert (recording["state"], recording["error_code"]) == ("rejected", "empty")
    assert (
        recording["error_message"] == "This file is empty: it holds no sound. Export it again and upload the new file."
    )
    assert answer.json()["check"] is None


def test_a_file_that_is_no_audio_fails_its_check_with_the_reason(api):
    caller = api(label())
    file = SimpleUploadedFile("Notes.wav", b"These are words, not sound. " * 100, "audio/wav")
    answer = caller.post("uploads/", {"check": "true"}, files={"file": file})
    job = answer.json()["job"]
    assert str(runner.run(job["id"], caller.organisation.id)) == "failed"
    after = caller.get(f"jobs/{job['id']}/").json()
    assert (after["state"], after["error"]["code"]) == ("failed", "not_audio")
    assert after["error"]["message"].startswith("This file is not audio that we can read.")
    assert caller.get(answer.json()["check"]["url"]).json()["state"] == "failed"


def test_a_decision_needs_a_known_kind_and_a_reason(api):
    theirs, ours = api(label()), api(label())
    answer, _content = _upload(theirs, song(13), "A.wav")
    _run(theirs, answer)
    theirs.post(f"tracks/{answer.json()['track']['id']}/register/")
    answer, _content = _upload(ours, song(13), "B.wav")
    _run(ours, answer)
    (match,) = ours.get("matches/").json()["results"]
    wrong = ours.post(f"{match['url']}decisions/", {"kind": "burn", "reason": ""})
    assert wrong.status_code == 422
    assert set(wrong.json()["errors"]) == {"kind", "reason"}
    stranger = theirs.post(f"{match['url']}decisions/", {"kind": "dispute", "reason": "Not mine"})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
