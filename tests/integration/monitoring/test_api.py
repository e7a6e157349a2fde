"""The same over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.monitoring.models import CueState
from apps.monitoring.services import counting
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes
from tests.integration.api.conftest import Api
from tests.integration.monitoring.helpers import listen, song

pytestmark = pytest.mark.django_db
ROOT = "monitoring/"


@pytest.fixture
def api(sheet):
    with bind(sheet.organisation.id):
        counting.recount(sheet.recording)
    return Api(sheet.organisation)


def put(api, path, body):
    return api.client.put(f"/api/v1/{path}", body, content_type="application/json", headers=api.headers)


def delete(api, path):
    return api.client.delete(f"/api/v1/{path}", headers=api.headers)


def test_submit_follow_and_read_the_cue_sheet(sheet, api):
    file = SimpleUploadedFile("set.wav", audio_bytes(song(3, 8.0)))
    values = {"title": "Set", "source": str(sheet.source.id), "started_at": "2026-07-03T10:00:00Z"}
    answer = api.post(f"{ROOT}recordings/", values, files={"file": file}, idempotency_key="one")
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["job"]["url"] == body["recording"]["job_url"]
    file.seek(0)
    again = api.post(f"{ROOT}recordings/", values, files={"file": file}, idempotency_key="one")
    assert (again.json()["recording"]["id"], again["Idempotent-Replayed"]) == (body["recording"]["id"], "true")
    from apps.monitoring.models import LongRecording

    with bind(sheet.organisation.id):
        recording = LongRecording.objects.get(id=body["recording"]["id"])
    listen(sheet.organisation, recording)
    done = api.get(f"{ROOT}recordings/{recording.id}/").json()
    assert (done["state"], done["duration_s"], done["origin"]) == ("done", pytest.approx(8.0), "api")
    assert api.get(f"{ROOT}recordings/{recording.id}/cues/").json() == []


def test_lists_and_filters(sheet, api):
    assert [r["title"] for r in api.get(f"{ROOT}recordings/").json()["results"]] == ["Morning show"]
    assert api.get(f"{ROOT}recordings/?state=failed").json()["results"] == []
    assert api.get(f"{ROOT}recordings/?source=nonsense").json()["results"] == []


def test_cues_are_read_corrected_confirmed_removed_and_undone(sheet, api):
    own, other = api.get(f"{ROOT}recordings/{sheet.recording.id}/cues/").json()
    assert (own["title"], own["from_s"], own["to_s"], own["ours"], own["sureness"]) == (
        "Own song", 30.0, 75.0, True, "likely",
    )  # fmt: skip
    assert (other["label"], other["registry_number"]) == ("Northern Lights", 2)
    address = f"{ROOT}cues/{own['id']}/"
    assert api.post(f"{address}confirm/").json()["state"] == "confirmed"
    assert put(api, address, {"from_s": 31, "to_s": 70, "title": "Own song", "artist": "Anna"}).json()["from_s"] == 31.0
    assert put(api, address, {"from_s": 31, "to_s": 5, "title": "X"}).status_code == 422
    assert delete(api, address).status_code == 204
    assert len(api.get(f"{ROOT}recordings/{sheet.recording.id}/cues/").json()) == 1
    assert api.post(f"{address}undo/").json()["state"] == CueState.CORRECTED
    added = api.post(f"{ROOT}recordings/{sheet.recording.id}/cues/", {"from_s": 200, "to_s": 230, "title": "Jingle"})
    assert (added.status_code, added.json()["state"], added.json()["sureness"]) == (201, "added", "")


def test_export(sheet, api):
    made = api.get(f"{ROOT}recordings/{sheet.recording.id}/export/?as=cue")
    assert made.content.decode().startswith("REM GENERATOR Descant\n")


def test_sources_watchlists_and_alerts(sheet, api):
    made = api.post(f"{ROOT}sources/", {"name": "Club", "kind": "venue", "time_zone": "Asia/Shanghai"})
    assert made.status_code == 201
    assert api.post(f"{ROOT}sources/", {"name": "Club"}).status_code == 409
    assert api.post(f"{ROOT}sources/", {"name": "X", "time_zone": "Moon/Base"}).status_code == 422
    source = made.json()["id"]
    assert put(api, f"{ROOT}sources/{source}/", {"name": "Club 2"}).json()["name"] == "Club 2"
    assert delete(api, f"{ROOT}sources/{source}/").status_code == 204
    watchlist = api.post(f"{ROOT}watchlists/", {"name": "Autumn"}).json()
    item = api.post(f"{ROOT}watchlists/{watchlist['id']}/items/", {"kind": "track", "cue": str(sheet.other.id)})
    assert (item.status_code, item.json()["name"]) == (201, "Night train · Ben feat. Cy")
    api.post(f"{ROOT}cues/{sheet.other.id}/confirm/")
    alerts = api.get(f"{ROOT}alerts/").json()["results"]
    assert [(a["watchlist"], a["cue"]["title"]) for a in alerts] == [(watchlist["id"], "Night train")]
    assert delete(api, f"{ROOT}watchlists/items/{item.json()['id']}/").status_code == 204
    assert put(api, f"{ROOT}watchlists/{watchlist['id']}/", {"name": "Winter"}).json()["items"] == []
    assert delete(api, f"{ROOT}watchlists/{watchlist['id']}/").status_code == 204


def test_plays(sheet, api):
    body = api.get(f"{ROOT}plays/?since=2026-07-01&until=2026-07-02&step=day").json()
    assert [(s["start"], s["plays"], s["seconds"]) for s in body["steps"]] == [
        ("2026-07-01", 1, 45.0),
        ("2026-07-02", 1, 50.0),
    ]
    assert {t["title"]: t["ours"] for t in body["tracks"]} == {"Own song": True, "Night train": False}
    assert [(s["name"], s["tracks"]) for s in body["sources"]] == [("Radio North", 2)]


def test_a_key_needs_the_scope(sheet):
    reader = Api(sheet.organisation, ["monitoring:read"])
    assert reader.get(f"{ROOT}recordings/").status_code == 200
    assert reader.post(f"{ROOT}sources/", {"name": "X"}).status_code == 403
    assert Api(sheet.organisation, ["tracks:write"]).get(f"{ROOT}recordings/").status_code == 403
