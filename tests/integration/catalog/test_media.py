"""Sound and outlines go to their own organisation only, whole or in ranges (RFC 9110)."""

from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from apps.catalog import services
from apps.core.serving import StoredFile, serve
from tests.factories import make_member, make_organisation, make_user, signed_in
from tests.factories_catalog import make_asset, make_recording

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(label: Any, media: Any) -> tuple[Any, bytes]:
    asset = make_recording(filename='夜行列车 "1".wav')
    return asset, (media / asset.storage_key).read_bytes()


def _ask(label: Any, asset: Any, method: str = "get", **headers: str) -> Any:
    return getattr(label.client, method)(label.path(f"recordings/{asset.id}/audio/"), headers=headers)


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_whole_file(label: Any, heard: Any):
    asset, content = heard
    response = _ask(label, asset)
    assert (response.status_code, _body(response)) == (200, content)
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == "audio/wav"
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{asset.sha256[:40]}"'
    assert response["Cache-Control"] == "private, max-age=3600"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''%E5%A4%9C")


def test_saving_names_the_file_in_any_script(label: Any, heard: Any):
    asset, content = heard
    response = label.get(f"recordings/{asset.id}/audio/?download=1")
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E5%A4%9C%E8%A1%8C%E5%88%97%E8%BD%A6%20%221%22.wav"
    )
    assert _body(response) == content


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=88000-", 88_000, None),
        ("bytes=-44", -44, None),
        ("bytes=88000-999999", 88_000, None),
        ("bytes=10-19,50-59", 10, 20),
        ("Bytes = 10 - 19", 10, 20),
        ("bytes=-999999", 0, None),
    ],
)
def test_ranges(label: Any, heard: Any, wanted: str, start: int, end: int | None):
    asset, content = heard
    response = _ask(label, asset, Range=wanted)
    part = content[start:end]
    first = start % len(content)
    assert (response.status_code, _body(response)) == (206, part)
    assert response["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    assert response["Content-Length"] == str(len(part))


@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=88244-", "bytes=-0"])
def test_ranges_outside_of_the_file(label: Any, heard: Any, wanted: str):
    asset, content = heard
    response = _ask(label, asset, Range=wanted)
    assert (response.status_code, _body(response)) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=a-b", "bytes=-", "items=0-4", "bytes", "bytes=1-2-3"])
def test_ranges_that_make_no_sense_give_the_whole(label: Any, heard: Any, wanted: str):
    asset, content = heard
    response = _ask(label, asset, Range=wanted)
    assert (response.status_code, len(_body(response))) == (200, len(content))


def test_a_range_of_another_version_gives_the_whole(label: Any, heard: Any):
    asset, _content = heard
    etag = _ask(label, asset)["ETag"]
    assert _ask(label, asset, Range="bytes=0-9", **{"If-Range": etag}).status_code == 206
    assert _ask(label, asset, Range="bytes=0-9", **{"If-Range": '"other"'}).status_code == 200
    assert _ask(label, asset, Range="bytes=0-9", **{"If-Range": f"W/{etag}"}).status_code == 200


def test_a_copy_that_is_still_right_is_not_sent_again(label: Any, heard: Any):
    asset, _content = heard
    etag = _ask(label, asset)["ETag"]
    response = _ask(label, asset, **{"If-None-Match": f'"x", W/{etag}'})
    assert (response.status_code, _body(response)) == (304, b"")


def test_head_tells_the_size(label: Any, heard: Any):
    asset, content = heard
    response = _ask(label, asset, "head")
    assert (response.status_code, _body(response)) == (200, b"")
    assert response["Content-Length"] == str(len(content))


def test_the_file_is_closed_when_the_client_goes_away(heard: Any, rf: Any, monkeypatch: Any):
    asset, _content = heard
    opened: list[Any] = []
    open_file = FileSystemStorage.open

    def remember(storage: Any, *arguments: Any) -> Any:
        opened.append(open_file(storage, *arguments))
        return opened[-1]

    monkeypatch.setattr(FileSystemStorage, "open", remember)
    response = serve(rf.get("/"), StoredFile(asset.storage_key, "audio/wav", "a.wav", "1"))
    assert [file.closed for file in opened] == [False]
    response.close()
    assert [file.closed for file in opened] == [True]


def test_what_was_never_analysed_is_offered_for_saving_only(label: Any):
    asset = make_asset(b"<script>alert(1)</script>", filename="evil.html", ingest=False)
    response = _ask(label, asset)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="evil.bin"'


def test_others_hear_nothing(label: Any, heard: Any):
    asset, _content = heard
    stranger = make_user()
    theirs = make_organisation(owner=stranger)
    for client, slug in (
        (signed_in(stranger), theirs.slug),
        (signed_in(stranger), label.organisation.slug),
    ):
        for what in ("audio", "waveform"):
            assert client.get(f"/o/{slug}/catalogue/recordings/{asset.id}/{what}/").status_code == 404
    assert Client().get(label.path(f"recordings/{asset.id}/audio/")).status_code == 302


def test_viewers_hear_and_may_not_change(label: Any, heard: Any):
    asset, content = heard
    viewer = make_member(label.organisation, role="viewer")
    client = signed_in(viewer.user)
    assert _body(client.get(label.path(f"recordings/{asset.id}/audio/"))) == content
    page = client.get(label.path(f"tracks/{asset.track_id}/"))
    assert page.status_code == 200
    assert "/edit/" not in page.content.decode()
    for path in (f"tracks/{asset.track_id}/edit/", f"tracks/{asset.track_id}/delete/", "tracks/bulk/", "releases/new/"):
        assert client.post(label.path(path)).status_code == 403
    assert client.get(label.path("tracks/")).content.decode().count('name="selected"') == 0


def test_a_deleted_recording_is_silent(label: Any, heard: Any):
    asset, _content = heard
    services.delete_track(track_id=asset.track_id)
    assert _ask(label, asset).status_code == 404
    assert label.get(f"recordings/{asset.id}/waveform/").status_code == 404


def test_an_object_store_is_asked_by_a_signed_address(label: Any, heard: Any, monkeypatch: Any):
    asset, content = heard
    signed: dict[str, Any] = {}

    def url(self: Any, key: str, parameters: Any = None, expire: int = 0) -> str:
        signed.update(key=key, parameters=parameters, expire=expire)
        return "https://store.example/signed"

    def no_path(self: Any, name: str) -> str:
        raise NotImplementedError

    real_size = len(content)
    monkeypatch.setattr(FileSystemStorage, "url", url)
    monkeypatch.setattr(FileSystemStorage, "size", lambda self, name: real_size)
    monkeypatch.setattr(FileSystemStorage, "path", no_path)
    response = _ask(label, asset, Range="bytes=0-9")
    assert (response.status_code, response["Location"]) == (302, "https://store.example/signed")
    assert response["Cache-Control"] == "private, no-store"
    assert (signed["key"], signed["expire"]) == (asset.storage_key, 300)
    assert signed["parameters"]["ResponseContentType"] == "audio/wav"
    assert signed["parameters"]["ResponseContentDisposition"].startswith("inline; filename*=utf-8''")
    assert _ask(label, asset, "head")["Content-Length"] == str(real_size)
