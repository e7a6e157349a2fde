"""The catalogue over the API, as a program with a key uses it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.services.api_keys import create_api_key
from apps.catalog import selectors, services
from apps.catalog.services import CreditInput
from tests.factories_catalog import audio_bytes, make_asset, make_recording, make_track, upload

pytestmark = pytest.mark.django_db
JSON = "application/json"


class Program:
    """A client with a key."""

    def __init__(self, scopes: list[str]) -> None:
        _key, secret = create_api_key(name="Test", scopes=scopes)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", **options)

    def send(self, method: str, path: str, data: Any = None, **options: Any) -> Any:
        return getattr(self.client, method)(f"/api/v1/{path}", data=data or {}, content_type=JSON, **options)

    def post_file(self, path: str, **fields: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", fields)


@pytest.fixture
def program(label: Any) -> Program:
    return Program(["tracks:read", "tracks:write"])


def test_a_track_is_made_read_changed_deleted_and_restored(program: Program):
    made = program.send(
        "post",
        "tracks/",
        {
            "title": "Night train",
            "isrc": "us-s1z-99-00001",
            "release_title": "Timetable",
            "credits": [{"name": "Anna"}, {"name": "Clara", "role": "composer"}],
        },
    )
    assert made.status_code == 201
    body = made.json()
    assert made["Location"] == body["url"] == f"/api/v1/tracks/{body['id']}/"
    assert (body["isrc"], body["artist"], body["release_title"]) == ("USS1Z9900001", "Anna", "Timetable")
    assert (body["status"], body["recording"], body["public_title"]) == ("draft", None, "Night train")
    assert [(credit["name"], credit["role"]) for credit in body["credits"]] == [("Anna", "main"), ("Clara", "composer")]
    path = f"tracks/{body['id']}/"
    changed = program.send("patch", path, {"version": "live"}).json()
    assert (changed["title"], changed["version"], len(changed["credits"])) == ("Night train", "live", 2)
    assert program.send("delete", path).status_code == 204
    assert program.get(path).status_code == 404
    assert program.send("post", f"{path}restore/").json()["version"] == "live"


def test_wrong_fields_are_a_problem_document(program: Program):
    make_track("First", isrc="USS1Z9900001")
    response = program.send("post", "tracks/", {"title": "x" * 501, "isrc": "USS1Z9900001", "track_number": 0})
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    errors = response.json()["errors"]
    assert sorted(errors) == ["isrc", "title", "track_number"]
    assert errors["title"] == ["At most 500 characters fit here; this has 501."]
    assert selectors.tracks().count() == 1


def test_tracks_are_filtered_and_paged(program: Program):
    for number in range(5):
        make_track(f"T{number}", artist="Anna", status="clear" if number % 2 else "draft")
    make_track("Other", isrc="USS1Z9900001")
    first = program.get("tracks/?page_size=4").json()
    assert [row["title"] for row in first["results"]] == ["Other", "T4", "T3", "T2"]
    rest = program.client.get(first["next"]).json()
    assert [row["title"] for row in rest["results"]] == ["T1", "T0"]
    assert rest["next"] is None
    assert [row["title"] for row in program.get("tracks/?status=clear").json()["results"]] == ["T3", "T1"]
    assert [row["title"] for row in program.get("tracks/?isrc=us-s1z-99-00001").json()["results"]] == ["Other"]
    assert len(program.get("tracks/?q=anna t").json()["results"]) == 5
    for wrong in ("status=nonsense", "artist=nonsense", "isrc=nonsense"):
        assert program.get(f"tracks/?{wrong}").status_code == 422


def test_the_list_costs_the_same_queries_for_twenty_tracks_as_for_two(program: Program):
    program.get("tracks/")  # what only a first request asks for
    counts = []
    for more in (2, 18):
        for number in range(more):
            make_track(f"T{number}", artist=f"A{number}")
        with CaptureQueriesContext(connection) as queries:
            rows = program.get("tracks/").json()["results"]
        counts.append((len(rows), len(queries)))
    (few, queries_for_few), (many, queries_for_many) = counts
    assert (few, many) == (2, 20)
    assert queries_for_few == queries_for_many


def test_a_recording_with_its_facts_and_its_sound(program: Program):
    content = audio_bytes()
    asset = make_recording(content, filename="Night train.wav")
    track = program.get(f"tracks/{asset.track_id}/").json()
    recording = track["recording"]
    assert recording == program.get(f"assets/{asset.id}/").json()
    assert (recording["state"], recording["codec"], recording["duration_s"]) == ("ready", "pcm_s16le", 2.0)
    assert recording["audio_url"] == f"/api/v1/assets/{asset.id}/audio/"
    for accept in ("*/*", "audio/wav", JSON):
        sound: Any = program.client.get(recording["audio_url"], headers={"Accept": accept})
        assert (sound.status_code, b"".join(sound.streaming_content)) == (200, content)
    part: Any = program.client.get(recording["audio_url"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[4:8])


def test_a_recording_is_replaced(program: Program):
    content = audio_bytes()
    track = make_track("Planned")
    path = f"tracks/{track.id}/recording/"
    first = program.post_file(path, file=upload(content))
    assert first.status_code == 201
    assert first.json()["track"]["recording"]["state"] == "uploaded"
    assert first.json()["job_id"] is not None
    again = program.post_file(path, file=upload(content))
    assert (again.status_code, again.json()["duplicate"], again.json()["job_id"]) == (200, True, None)


def test_a_file_that_is_too_large_is_refused(program: Program, settings: Any):
    settings.UPLOAD_MAX_BYTES = 2 * 1024**2
    track = make_track()
    response = program.post_file(f"tracks/{track.id}/recording/", file=upload(b"\0" * 3 * 1024**2))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "at most 2 MB are accepted" in response.json()["detail"]
    assert selectors.current_asset(track.id) is None


def test_a_rejected_recording_says_why(program: Program):
    asset = make_recording(b"no audio" * 100)
    body = program.get(f"assets/{asset.id}/").json()
    assert (body["state"], body["error_code"]) == ("rejected", "not_audio")
    assert body["error_message"].startswith("This file is not audio that we can read.")


def test_what_was_not_kept_has_no_sound(program: Program):
    asset = make_asset(b"")
    body = program.get(f"assets/{asset.id}/").json()
    assert body["audio_url"] is None
    assert program.get(f"assets/{asset.id}/audio/").status_code == 404


def test_artists(program: Program):
    made = program.send("post", "artists/", {"name": "Ana"})
    assert made.status_code == 201
    ana = made.json()
    assert program.send("post", "artists/", {"name": "ANA"}).json()["id"] == ana["id"]
    track = services.create_track(changes={"title": "T"}, credited=[CreditInput("Anna")])
    anna = selectors.artist_named("Anna")
    assert anna is not None
    assert program.send("patch", f"artists/{ana['id']}/", {"name": "Anna"}).status_code == 409
    merged = program.send("post", f"artists/{ana['id']}/merge/", {"into": str(anna.id)}).json()
    assert (merged["id"], merged["track_count"]) == (str(anna.id), 1)
    assert program.get(f"artists/{ana['id']}/").status_code == 404
    renamed = program.send("patch", f"artists/{anna.id}/", {"name": "Anna V"}).json()
    assert renamed["name"] == "Anna V"
    assert program.get(f"tracks/{track.id}/").json()["artist"] == "Anna V"


def test_releases(program: Program):
    made = program.send("post", "releases/", {"title": "R", "artist": "Anna", "upc": "0-36000-29145-2"})
    assert made.status_code == 201
    body = made.json()
    assert (body["upc"], body["artist"], body["track_count"]) == ("036000291452", "Anna", 0)
    changed = program.send("patch", f"releases/{body['id']}/", {"release_date": "2026-03-01"}).json()
    assert (changed["title"], changed["upc"], changed["release_date"]) == ("R", "036000291452", "2026-03-01")
    wrong = program.send("patch", f"releases/{body['id']}/", {"upc": "1"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["upc"])
    assert program.send("delete", f"releases/{body['id']}/").status_code == 204
    assert program.get("releases/").json()["results"] == []


def test_a_key_that_may_only_read_changes_nothing(label: Any):
    program = Program(["tracks:read"])
    track = make_track()
    assert program.get("tracks/").status_code == 200
    assert program.send("post", "tracks/", {"title": "T"}).status_code == 403
    assert program.send("delete", f"tracks/{track.id}/").status_code == 403
    assert Client().get("/api/v1/tracks/").status_code in (401, 403)


def test_the_same_request_with_one_key_has_one_effect(program: Program):
    for _ in range(2):
        response = program.send("post", "tracks/", {"title": "Once"}, headers={"Idempotency-Key": "k-1"})
        assert response.status_code == 201
    assert selectors.tracks().count() == 1
