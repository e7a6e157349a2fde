"""Cases over the API: the whole path with keys of both sides, scopes, repeating."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.cases.models import Case, Entry, Proposal
from tests.integration.api.conftest import Api
from tests.integration.cases.helpers import make_sides

pytestmark = pytest.mark.django_db


@pytest.fixture
def sides():
    return make_sides()


def test_a_case_from_the_match_to_the_agreement(sides):
    ours, theirs = Api(sides.ours.organisation), Api(sides.theirs.organisation)
    body = {"match": str(sides.ours.match.id), "text": "Can we talk?", "signed": "Bea"}
    made = ours.post("cases/", body)
    assert made.status_code == 201
    assert ours.post("cases/", body).status_code == 200
    case = made.json()
    assert (case["state"], case["side"], case["other_organisation"]) == ("open", "opener", "Aurora Records")
    (listed,) = theirs.get("cases/?needs_us=true").json()["results"]
    assert listed["reference"] == case["reference"]
    assert ours.get("cases/?needs_us=true").json()["results"] == []
    there = f"cases/{listed['id']}/"
    assert theirs.post(f"{there}messages/", {"text": "Yes."}).status_code == 201
    offer = {
        "kind": "licence", "fee_minor": 5000, "currency": "EUR", "starts_on": "2027-01-01", "territory": "worldwide",
        "answer_by": "2028-01-01T12:00:00Z",
    }  # fmt: skip
    proposal = ours.post(f"cases/{case['id']}/proposals/", offer).json()
    assert proposal["terms"] == {
        "fee_minor": 5000, "currency": "EUR", "starts_on": "2027-01-01", "ends_on": None, "territory": "worldwide",
    }  # fmt: skip
    report = theirs.get(there).json()
    (offered,) = report["proposals"]
    assert (offered["item"], offered["by"], offered["state"]) == (proposal["item"], "them", "open")
    assert report["deadlines"][0]["due_at"] == "2028-01-01T12:00:00Z"
    assert report["may"] == ["close", "decline", "propose", "talk"]
    answer = f"{there}proposals/{offered['id']}/answer/"
    assert theirs.post(answer, {"answer": "accept"}).json()["state"] == "accepted"
    again = theirs.post(answer, {"answer": "decline"})
    assert (again.status_code, again.json()["code"]) == (409, "answered")
    report = ours.get(f"cases/{case['id']}/").json()
    assert report["case"]["state"] == "agreed"
    assert [(entry["sequence"], entry["kind"], entry["by"]) for entry in report["entries"]] == [
        (1, "opened", "us"), (2, "message", "them"), (3, "proposal", "us"), (4, "accepted", "them"),
    ]  # fmt: skip
    closed = ours.post(f"cases/{case['id']}/steps/", {"step": "close", "reason": "Signed."})
    assert closed.json()["state"] == "closed"
    refused = theirs.post(f"{there}messages/", {"text": "But"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


def test_repeating_with_a_key_has_one_effect(sides):
    ours = Api(sides.ours.organisation)
    case = ours.post("cases/", {"match": str(sides.ours.match.id), "text": "Hello"}).json()
    key = uuid.uuid4().hex
    first = ours.post(f"cases/{case['id']}/messages/", {"text": "Once"}, Idempotency_Key=key)
    second = ours.post(f"cases/{case['id']}/messages/", {"text": "Once"}, Idempotency_Key=key)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    with sides.theirs.bound():
        assert Entry.objects.filter(kind="message").count() == 1


def test_files_over_the_api(sides):
    ours, theirs = Api(sides.ours.organisation), Api(sides.theirs.organisation)
    case = ours.post("cases/", {"match": str(sides.ours.match.id), "text": "Hello"}).json()
    files = f"cases/{case['id']}/files/"
    kept = ours.post(files, files={"file": SimpleUploadedFile("note.txt", b"Only ours.")})
    assert (kept.status_code, kept.json()["shared_at"]) == (201, None)
    refused = ours.post(files, files={"file": SimpleUploadedFile("x.exe", b"MZ\x00")})
    assert (refused.status_code, refused.json()["code"]) == (422, "file_type")
    shared = ours.post(f"{files}{kept.json()['id']}/share/").json()
    assert shared["shared_at"] is not None
    sides.theirs.work()
    (there,) = theirs.get("cases/").json()["results"]
    (arrived,) = theirs.get(f"cases/{there['id']}/").json()["files"]
    assert (arrived["state"], arrived["sha256"]) == ("stored", shared["sha256"])
    assert b"".join(theirs.get(arrived["url"]).streaming_content) == b"Only ours."


def test_scopes_and_bad_terms(sides):
    reading = Api(sides.ours.organisation, ["cases:read"])
    assert reading.get("cases/").status_code == 200
    assert reading.post("cases/", {"match": str(sides.ours.match.id), "text": "x"}).status_code == 403
    other = Api(sides.ours.organisation, ["tracks:read", "tracks:write"])
    assert other.get("cases/").status_code == 403
    ours = Api(sides.ours.organisation)
    case = ours.post("cases/", {"match": str(sides.ours.match.id), "text": "Hello"}).json()
    bad = ours.post(f"cases/{case['id']}/proposals/", {"kind": "licence"})
    assert bad.status_code == 422
    assert set(bad.json()["errors"]) == {"fee", "currency", "starts_on", "territory"}
    exported = ours.post(f"cases/{case['id']}/exports/", {"kind": "zip"})
    assert exported.status_code == 202
    sides.ours.work()
    assert b"".join(ours.get(exported.json()["url"]).streaming_content).startswith(b"PK")
    with sides.ours.bound():
        assert Proposal.objects.count() == 0


def test_who_is_in_charge_stays_on_one_side(sides):
    ours, theirs = Api(sides.ours.organisation), Api(sides.theirs.organisation)
    case = ours.post("cases/", {"match": str(sides.ours.match.id), "text": "Hello"}).json()
    here = f"cases/{case['id']}/assign/"
    assert ours.post(here, {"assigned_to": str(sides.ours.user.id)}).status_code == 200
    assert sides.ours.case.assigned_to_id == sides.ours.user.id
    assert sides.theirs.case.assigned_to_id is None
    refused = ours.post(here, {"assigned_to": str(sides.theirs.user.id)})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["assigned_to"])
    assert ours.post(here, {"assigned_to": None}).status_code == 200
    assert sides.ours.case.assigned_to_id is None
    kinds = [entry["kind"] for entry in theirs.get(f"cases/{sides.theirs.case.id}/").json()["entries"]]
    assert kinds == ["opened"]


def test_the_frozen_evidence_is_verified_over_the_api(sides):
    ours = Api(sides.ours.organisation)
    case = ours.post("cases/", {"match": str(sides.ours.match.id), "text": "Hello"}).json()
    found = ours.post(f"cases/{case['id']}/verify/", {}).json()
    assert (found["unchanged"], found["problems"], found["digest"]) == (True, [], sides.ours.case.digest)
    with sides.ours.bound():
        Case.objects.update(evidence=sides.ours.case.evidence.replace("Night", "Light"))
    found = ours.post(f"cases/{case['id']}/verify/", {}).json()
    assert found["unchanged"] is False
    assert found["problems"][0] == "The findings are not what was frozen."
