"""Every bad file keeps its draft and what was typed, and says what to do."""

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.catalog import selectors, services
from apps.catalog.models import AssetState, AudioAsset, EventKind, TrackStatus
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import runner
from apps.jobs.models import JobState
from tests.factories_catalog import RATE_HZ, audio_bytes, make_asset, make_recording, make_track, tone
from tests.integration.catalog.conftest import stored_files

pytestmark = pytest.mark.django_db


def _three_hours() -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8000, 1, format="FLAC") as file:
        minute = np.zeros(8000 * 60, np.int16)
        for _ in range(181):
            file.write(minute)
    return buffer.getvalue()


def _nan() -> bytes:
    samples = tone()
    samples[RATE_HZ] = np.nan
    return audio_bytes(samples, subtype="FLOAT")


BAD = {
    "text": (lambda: b"Dear label, please find our song attached. " * 40, "not_audio", "is not audio"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>" * 40, "not_audio", "is not audio"),
    "cut off": (lambda: audio_bytes(tone(10.0))[:100_000], "truncated", "only 2.3 s of it could be read"),
    "cut off at once": (lambda: audio_bytes(tone(10.0))[:2000], "truncated", "could be read"),
    "silence": (lambda: audio_bytes(np.zeros((RATE_HZ * 2, 1), np.float32)), "silent", "This recording is silent"),
    "one sample": (lambda: audio_bytes(np.full((1, 1), 0.5, np.float32)), "too_short", "lasts 0.000 s; at least 1 s"),
    "three hours": (_three_hours, "too_long", "about 181 minutes; at most 180 minutes"),
    "no numbers": (_nan, "bad_samples", "samples that are not numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_recording_is_rejected_and_nothing_is_lost(label: Any, media: Any, name: str):
    content, code, says = BAD[name]
    asset = make_asset(
        content(), filename="Night train.wav", changes={"title": "夜行列车", "isrc": "us-s1z-99-00001"}, ingest=False
    )
    job = services.submit_ingest(asset)
    assert runner.run(job.id, job.organisation_id) == JobState.FAILED
    asset.refresh_from_db()
    job.refresh_from_db()
    assert (asset.state, asset.error_code) == (AssetState.REJECTED, code)
    assert says in asset.error_message
    assert (job.error_code, job.error_message) == (code, asset.error_message)
    track = selectors.get_track(asset.track_id)
    assert (track.title, track.isrc, track.status) == ("夜行列车", "USS1Z9900001", TrackStatus.DRAFT)
    assert stored_files(media) == [asset.storage_key]
    kinds = [event.kind for event in selectors.history_of(track.id)]
    assert kinds == [EventKind.REJECTED, EventKind.EDITED, EventKind.UPLOADED, EventKind.CREATED]
    page = label.get(f"tracks/{track.id}/").content.decode()
    assert "This recording can’t be used" in page
    assert f"/catalogue/tracks/{track.id}/recording/" in page


def test_a_job_that_is_repeated_rejects_once(label: Any):
    asset = make_recording(b"no audio" * 100)
    job = services.submit_ingest(asset)
    from apps.jobs.services import retry

    retry(job_id=job.id)
    assert runner.run(job.id, job.organisation_id) == JobState.FAILED
    kinds = [event.kind for event in selectors.history_of(asset.track_id)]
    assert kinds.count(EventKind.REJECTED) == 2  # each attempt tells its outcome


def test_zero_bytes_are_rejected_at_once_and_never_taken_for_one_another(label: Any, media: Any):
    first, second = make_asset(b"", filename="a.wav"), make_asset(b"", filename="b.wav")
    assert first.track_id != second.track_id
    for asset, title in ((first, "a"), (second, "b")):
        assert (asset.state, asset.error_code, asset.storage_key, asset.sha256) == ("rejected", "empty", "", "")
        assert asset.track.title == title
        assert asset.error_message.startswith("This file is empty: it holds no sound.")
    assert stored_files(media) == []


def test_a_file_that_is_too_large_keeps_the_draft(label: Any, settings: Any, media: Any):
    settings.UPLOAD_MAX_BYTES = 3 * 1024**2
    file = SimpleUploadedFile("huge.wav", b"\0" * (4 * 1024**2))
    track = make_track("Planned")
    response = label.post(f"tracks/{track.id}/recording/", {"file": file})
    assert response.status_code == 302
    asset = selectors.current_asset(track.id)
    assert asset is not None
    assert (asset.error_code, asset.size_bytes, asset.filename) == ("too_large", 4 * 1024**2, "huge.wav")
    assert asset.error_message.startswith("This file has 4 MB; at most 3 MB are accepted.")
    assert selectors.get_track(track.id).title == "Planned"
    assert stored_files(media) == []


def test_the_uploader_hears_of_a_file_that_is_too_large(label: Any, settings: Any):
    settings.UPLOAD_MAX_BYTES = 2 * 1024**2
    track = make_track("Planned")
    file = SimpleUploadedFile("huge.wav", b"\0" * (3 * 1024**2))
    response = label.post(f"tracks/{track.id}/recording/", {"file": file}, headers={"Accept": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"] == "too_large"
    assert "at most 2 MB are accepted" in response.json()["message"]


@pytest.mark.parametrize("name", ["song.mp3", "song.html", "song", "song.wav.exe", "song.flac"])
def test_a_wrong_extension_does_not_matter(label: Any, name: str):
    asset = make_recording(audio_bytes(form="WAV"), filename=name)
    assert (asset.state, asset.container, asset.codec) == ("ready", "wav", "pcm_s16le")
    response = label.get(f"recordings/{asset.id}/audio/?download=1")
    assert response["Content-Type"] == "audio/wav"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].endswith('.wav"')


def test_a_rejected_file_is_replaced(label: Any):
    asset = make_recording(b"no audio" * 100, changes={"title": "Typed title"})
    response = label.post(f"tracks/{asset.track_id}/recording/", {"file": _file(audio_bytes())})
    assert response.status_code == 302
    new = selectors.current_asset(asset.track_id)
    assert new is not None
    assert (new.state, new.track_id, new.id == asset.id) == ("uploaded", asset.track_id, False)
    assert selectors.get_track(asset.track_id).title == "Typed title"
    assert AudioAsset.objects.get(id=asset.id).deleted_at is not None


def test_a_missing_file_is_told(label: Any, media: Any):
    asset = make_asset(ingest=False)
    (media / asset.storage_key).unlink()
    job = services.submit_ingest(asset)
    assert runner.run(job.id, job.organisation_id) == JobState.FAILED
    asset.refresh_from_db()
    assert asset.error_code == "file_missing"
    assert label.get(f"recordings/{asset.id}/audio/").status_code == 404


def _file(content: bytes, name: str = "new.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


TITLES = [
    "夜行列车",
    "قطار الليل",
    "🚂👩‍👩‍👧🏳️‍🌈",
    "x" * 500,
    "<b>bold</b><script>alert('1')</script>",
    'O\'Neil & "Sons" \\ %s {{ title }} {% now %}',
]


@pytest.mark.parametrize("title", TITLES, ids=["chinese", "arabic", "emoji", "500", "markup", "template"])
def test_any_title_is_kept_and_shown_as_it_is(label: Any, title: str):
    from html import escape

    track = make_track()
    response = label.post(f"tracks/{track.id}/edit/", _form(title=title))
    assert response.status_code == 302
    assert selectors.get_track(track.id).title == title
    for page in (f"tracks/{track.id}/", "tracks/", f"tracks/{track.id}/edit/"):
        text = label.get(page).content.decode()
        assert escape(title) in text
        assert "<script>alert" not in text
        assert "<b>bold" not in text


def test_a_title_of_501_characters_is_refused_and_kept_in_the_form(label: Any):
    track = make_track("Old")
    response = label.post(f"tracks/{track.id}/edit/", _form(title="y" * 501, notes="typed notes"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "At most 500 characters fit here; this has 501." in text
    assert "y" * 501 in text
    assert "typed notes" in text
    assert selectors.get_track(track.id).title == "Old"


def test_a_title_of_nothing_but_spaces_is_refused(label: Any):
    track = make_track("Old")
    response = label.post(f"tracks/{track.id}/edit/", _form(title=" \u202e "))
    assert response.status_code == 422
    assert "Give the track a title." in response.content.decode()


def test_an_isrc_is_normalised_and_a_wrong_one_named_beside_its_field(label: Any):
    track = make_track()
    assert label.post(f"tracks/{track.id}/edit/", _form(isrc="us-s1z-99-00001")).status_code == 302
    assert selectors.get_track(track.id).isrc == "USS1Z9900001"
    response = label.post(f"tracks/{track.id}/edit/", _form(isrc="USS1Z99", version="live"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "An ISRC has 12 characters, for example QZ-ABC-26-00001; this one has 7." in text
    assert 'value="USS1Z99"' in text
    assert 'value="live"' in text
    assert selectors.get_track(track.id).isrc == "USS1Z9900001"


def test_an_isrc_belongs_to_one_track(label: Any):
    make_track("First", isrc="USS1Z9900001")
    track = make_track("Second")
    response = label.post(f"tracks/{track.id}/edit/", _form(isrc="USS1Z9900001"))
    assert response.status_code == 422
    says = "US-S1Z-99-00001 belongs to another track of yours, “First”. One recording has one ISRC."
    assert says in response.content.decode()


def test_the_race_for_an_isrc_ends_in_the_same_message(label: Any, monkeypatch: Any):
    from apps.catalog.services import tracks

    make_track("First", isrc="USS1Z9900001")
    track = make_track("Second")
    monkeypatch.setattr(tracks, "other_track_with", lambda isrc, than: None)
    with pytest.raises(Conflict, match="belongs to another track of yours"):
        services.update_track(track_id=track.id, changes={"isrc": "USS1Z9900001"})


def test_all_wrong_fields_are_named_at_once(label: Any):
    track = make_track()
    with pytest.raises(InvalidInput) as caught:
        services.update_track(
            track_id=track.id, changes={"title": "", "isrc": "?", "track_number": 0, "version": "v" * 201}
        )
    assert sorted(caught.value.fields) == ["isrc", "title", "track_number", "version"]


def test_more_lines_keep_what_was_typed(label: Any):
    track = make_track()
    response = label.post(f"tracks/{track.id}/edit/", {**_form(title="Typed", credits=["Anna"]), "more": "1"})
    text = response.content.decode()
    assert response.status_code == 200
    assert 'value="Typed"' in text
    assert 'value="Anna"' in text
    assert 'name="form-6-name"' in text
    assert selectors.get_track(track.id).title == "Night train"


def _form(credits: list[str] | None = None, **values: str) -> dict[str, str]:  # noqa: A002
    lines = credits or []
    data = {"title": "Night train", "form-TOTAL_FORMS": str(len(lines) + 1), "form-INITIAL_FORMS": "0", **values}
    for index, name in enumerate(lines):
        data[f"form-{index}-name"], data[f"form-{index}-role"] = name, "main"
    return data
