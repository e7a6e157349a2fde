"""Works and thresholds through the API."""

import json
from typing import Any

import pytest

from apps.catalog.models import Work
from apps.jobs import runner
from apps.tenancy.context import bind
from tests.factories_works import midi_bytes, score_upload
from tests.integration.rights.helpers import label

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(api: Any) -> Any:
    return api(label("Aurora", public_name="Aurora Records"))


def _patch(caller: Any, path: str, body: Any) -> Any:
    return caller.client.patch(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=caller.headers
    )


def test_a_work_is_made_read_changed_deleted_and_restored(caller: Any):
    body = {"title": "Harbour Waltz", "iswc": "T-034.524.680-1", "credits": [{"name": "Clara Weiss"}]}
    made = caller.post("works/", body)
    assert made.status_code == 201
    work = made.json()
    assert made["Location"] == work["url"] == f"/api/v1/works/{work['id']}/"
    assert (work["iswc"], work["composer"], work["score"]) == ("T0345246801", "Clara Weiss", None)
    assert [(credit["name"], credit["role"]) for credit in work["credits"]] == [("Clara Weiss", "composer")]
    changed = _patch(caller, f"works/{work['id']}/", {"subtitle": "for two"})
    assert (changed.json()["title"], changed.json()["subtitle"]) == ("Harbour Waltz", "for two")
    wrong = _patch(caller, f"works/{work['id']}/", {"iswc": "T-034.524.680-2"})
    assert wrong.status_code == 422
    assert "last digit" in wrong.json()["errors"]["iswc"][0]
    for query, count in (("q=clara", 1), ("iswc=T-034.524.680-1", 1), ("q=nobody", 0), ("status=registered", 0)):
        assert len(caller.get(f"works/?{query}").json()["results"]) == count, query
    assert caller.get("works/?status=nonsense").status_code == 422
    assert caller.client.delete(f"/api/v1/works/{work['id']}/", headers=caller.headers).status_code == 204
    assert caller.get(f"works/{work['id']}/").status_code == 404
    assert caller.post(f"works/{work['id']}/restore/").json()["id"] == work["id"]


def test_a_score_is_uploaded_checked_and_registered(caller: Any):
    content = midi_bytes(title="Nachtlied", marker="the same")
    files = {"file": score_upload(content)}
    first = caller.post("works/uploads/", {"check": "true"}, files=files, Idempotency_Key="one")
    assert first.status_code == 202
    document = first.json()
    assert first["Location"].endswith(f"/jobs/{document['job_id']}/")
    again = caller.post(
        "works/uploads/", {"check": "true"}, files={"file": score_upload(content)}, Idempotency_Key="one"
    )
    assert (again.status_code, again["Idempotent-Replayed"]) == (202, "true")
    assert again.json()["work"]["id"] == document["work"]["id"]
    twice = caller.post("works/uploads/", files={"file": score_upload(content)})
    assert (twice.status_code, twice.json()["duplicate"]) == (200, True)

    assert runner.run(document["job_id"], caller.organisation.id) == "succeeded"
    work = caller.get(f"works/{document['work']['id']}/").json()
    assert (work["title"], work["status"], work["score"]["note_count"]) == ("Nachtlied", "clear", 8)
    notes = caller.get(work["score"]["notes_url"]).json()
    assert notes["notes"][0] == [0.0, 1.0, 60.0, 0.0]
    assert caller.get(work["score"]["file_url"]).getvalue() == content
    check = caller.get(f"checks/{document['check']['id']}/").json()
    assert (check["verdict"], check["state"]) == ("clear", "done")

    registered = caller.post(f"works/{work['id']}/register/")
    assert registered.status_code == 201
    assert caller.post(f"works/{work['id']}/register/").json()["id"] == registered.json()["id"]
    assert caller.post(f"works/{work['id']}/check/").status_code == 202
    refused = caller.client.delete(f"/api/v1/works/{work['id']}/", headers=caller.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "work_in_registry")


def test_a_work_is_withdrawn(caller: Any):
    done = caller.post("works/uploads/", {"check": "true"}, files={"file": score_upload()}).json()
    runner.run(done["job_id"], caller.organisation.id)
    path = f"works/{done['work']['id']}"
    caller.post(f"{path}/register/")
    assert caller.post(f"{path}/withdraw/", {"reason": "Sold"}).json()["status"] == "withdrawn"


def test_a_score_is_replaced(caller: Any):
    work = caller.post("works/", {"title": "Harbour Waltz"}).json()
    answer = caller.post(f"works/{work['id']}/score/", files={"file": score_upload()})
    assert answer.status_code == 201
    assert answer.json()["work"]["score"]["state"] == "uploaded"
    assert answer.json()["job_id"]
    with bind(caller.organisation.id):
        assert Work.objects.count() == 1


def test_keys_do_what_their_scopes_say(api: Any):
    organisation = label("Aurora")
    reader = api(organisation, ["tracks:read"])
    assert reader.get("works/").status_code == 200
    assert reader.post("works/", {"title": "X"}).status_code == 403
    assert reader.get("thresholds/").status_code == 403
    assert reader.post("works/uploads/", files={"file": score_upload()}).status_code == 403
    registrar = api(organisation, ["registrations:read"])
    assert registrar.get("thresholds/").status_code == 200
    assert _patch(registrar, "thresholds/", {"recording": None}).status_code == 403


def test_thresholds_say_what_was_measured(caller: Any):
    found = {entry["facet"]: entry for entry in caller.get("thresholds/").json()["thresholds"]}
    assert set(found) == {"recording", "cover", "melody"}
    for entry in found.values():
        assert entry["strictest"] <= entry["threshold"] == entry["default"] <= entry["loosest"]
        assert entry["is_default"] is True
    beyond = _patch(caller, "thresholds/", {"recording": 0.99})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "threshold_outside_limits")
    loosest = found["melody"]["loosest"]
    chosen = _patch(caller, "thresholds/", {"melody": loosest}).json()["thresholds"]
    assert {entry["facet"]: entry["threshold"] for entry in chosen}["melody"] == loosest
