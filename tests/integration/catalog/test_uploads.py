"""Receiving recordings: stored once, under opaque keys, whatever happens around it."""

import hashlib
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.catalog import selectors, services
from apps.catalog.models import AudioAsset, EventKind, Track, TrackStatus
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from tests.factories import make_organisation, make_user, signed_in
from tests.factories_catalog import audio_bytes, make_asset, make_recording, make_track, upload
from tests.integration.catalog.conftest import stored_files


@pytest.mark.django_db
def test_an_upload_becomes_a_draft_with_a_job(label: Any, media: Any):
    content = audio_bytes()
    result = services.receive_upload(file=ContentFile(content), filename="../Night_train.wav")
    assert (result.track.title, result.track.status, result.duplicate) == ("Night train", "draft", False)
    asset = result.asset
    assert asset.sha256 == hashlib.sha256(content).hexdigest()
    assert (asset.size_bytes, asset.filename, asset.state) == (len(content), "Night_train.wav", "uploaded")
    assert asset.storage_key == f"recordings/{label.organisation.id}/{asset.id}"
    assert (media / asset.storage_key).read_bytes() == content
    assert result.job is not None
    assert (result.job.kind, result.job.args) == ("catalog.ingest", {"asset_id": str(asset.id)})
    assert AuditEvent.objects.filter(action="recording.uploaded", actor=label.owner).count() == 1


@pytest.mark.django_db
def test_the_same_content_twice_is_pointed_out_and_stored_once(label: Any, media: Any):
    content = audio_bytes()
    first = make_asset(content, filename="one.wav")
    second = services.receive_upload(file=ContentFile(content), filename="two.wav", title="Another title")
    assert (second.duplicate, second.asset.id, second.track.title, second.job) == (True, first.id, "one", None)
    assert (Track.objects.count(), Job.objects.count(), len(stored_files(media))) == (1, 1, 1)


@pytest.mark.django_db
def test_two_organisations_may_have_the_same_content(label: Any):
    content = audio_bytes()
    ours = make_asset(content)
    with bind(make_organisation().id):
        theirs = make_asset(content)
    assert ours.id != theirs.id
    assert ours.sha256 == theirs.sha256


def test_files_of_one_request_are_taken_in_the_order_of_their_content():
    files = [ContentFile(content) for content in (b"b", b"c", b"a")]
    # SHA-256: "b" 3e23e816…, "c" 2e7d2c03…, "a" ca978112…
    assert services.content_order(files) == [1, 0, 2]
    assert files[0].read() == b"b"


@pytest.mark.django_db
def test_wrong_typed_values_keep_nothing(label: Any, media: Any):
    with pytest.raises(InvalidInput, match="An ISRC has 12 characters"):
        make_asset(changes={"isrc": "X"})
    assert (Track.objects.count(), AudioAsset.objects.count(), stored_files(media)) == (0, 0, [])


@pytest.mark.django_db
def test_replacing_keeps_history_and_asks_for_a_new_check(label: Any, media: Any):
    asset = make_recording(filename="first.wav")
    services.transition_track(track=asset.track_id, to="checking")
    services.transition_track(track=asset.track_id, to="clear")
    result = services.receive_upload(file=upload(), filename="second.wav", track_id=asset.track_id)
    assert (result.track.id, result.track.status) == (asset.track_id, TrackStatus.DRAFT)
    assert selectors.current_asset(asset.track_id) == result.asset
    kinds = [event.kind for event in selectors.history_of(asset.track_id)][:2]
    assert kinds == [EventKind.REPLACED, EventKind.STATUS]
    assert len(stored_files(media)) == 2  # the old one is kept for a while


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["checking", "registered", "disputed"])
def test_what_the_registry_knows_is_not_replaced(label: Any, media: Any, status: str):
    track = make_track(status=status)
    with pytest.raises(Conflict) as caught:
        services.receive_upload(file=upload(), filename="x.wav", track_id=track.id)
    assert caught.value.code == "recording_in_registry"
    assert stored_files(media) == []


@pytest.mark.django_db
def test_the_recording_of_another_track_is_pointed_out(label: Any):
    content = audio_bytes()
    first, track = make_asset(content, filename="First.wav"), make_track("Second")
    response = label.post(
        f"tracks/{track.id}/recording/", {"file": upload(content)}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 200
    assert response.json() == {
        "title": "First",
        "url": label.path(f"tracks/{first.track_id}/"),
        "status": "duplicate",
        "message": "Your organisation has exactly this recording already, as “First”; nothing was stored twice.",
    }
    assert selectors.current_asset(track.id) is None


@pytest.mark.django_db
def test_a_deleted_recording_may_be_uploaded_anew_and_then_not_restored(label: Any):
    content = audio_bytes()
    old = make_asset(content)
    services.delete_track(track_id=old.track_id)
    new = make_asset(content)
    assert new.track_id != old.track_id
    with pytest.raises(Conflict) as caught:
        services.restore_track(track_id=old.track_id)
    assert caught.value.code == "restore_conflict"


@pytest.mark.django_db
def test_the_broker_is_down_and_the_upload_succeeds(
    label: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
):
    from celery import current_app

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", refuse)
    track = make_track()
    with django_capture_on_commit_callbacks(execute=True):
        response = label.post(f"tracks/{track.id}/recording/", {"file": upload()})
    assert response.status_code == 302
    job = Job.objects.get(kind="catalog.ingest")
    assert (job.state, job.published_at) == (JobState.QUEUED, None)
    assert "Waiting for a free worker" in label.get(f"tracks/{track.id}/").content.decode()
    assert runner.run(job.id, job.organisation_id) == JobState.SUCCEEDED
    asset = selectors.current_asset(track.id)
    assert asset is not None
    assert asset.is_ready


def test_two_uploads_of_one_file_at_once_make_one_recording(committed: None, media: Any):
    owner = make_user()
    organisation = make_organisation(owner=owner)
    content = audio_bytes()
    start, answers = threading.Barrier(4), []

    def send(client: Client, track_id: str) -> None:
        start.wait()
        try:
            url = f"/o/{organisation.slug}/catalogue/tracks/{track_id}/recording/"
            answers.append(client.post(url, {"file": upload(content)}, headers={"Accept": "application/json"}))
        finally:
            connections.close_all()

    with bind(organisation.id, user_id=owner.id):
        tracks = [make_track(f"Track {number}") for number in range(4)]
    threads = [threading.Thread(target=send, args=(signed_in(owner), str(track.id))) for track in tracks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["url"] for answer in answers}) == 1
    with bind(organisation.id):
        assert AudioAsset.objects.count() == 1
        assert Job.objects.filter(kind="catalog.ingest").count() == 1
        assert stored_files(media) == [AudioAsset.objects.get().storage_key]


@pytest.mark.django_db
def test_cleaning_removes_orphans_old_enough_and_nothing_else(label: Any, media: Any):
    import os

    kept = make_asset()
    folder = media / f"recordings/{label.organisation.id}"
    for name, age_h in (("old", 25), ("young", 1)):
        (folder / name).write_bytes(b"x")
        then = time.time() - age_h * 3600
        os.utime(folder / name, (then, then))
    long_ago = time.time() - 100 * 3600
    os.utime(media / kept.storage_key, (long_ago, long_ago))
    assert label.organisation.id in services.purgeable_organisations()
    assert services.clean_organisation() == 1
    assert stored_files(media) == sorted([kept.storage_key, f"recordings/{label.organisation.id}/young"])


@pytest.mark.django_db
def test_purging_ends_deleted_tracks_but_not_what_was_registered(label: Any, media: Any):
    draft, registered = make_asset(), make_asset()
    for status in ("checking", "clear", "registered", "withdrawn"):
        services.transition_track(track=registered.track_id, to=status)
    for asset in (draft, registered):
        services.delete_track(track_id=asset.track_id)
    assert services.clean_organisation() == 0
    then = timezone.now() - timedelta(days=31)
    Track.objects.update(deleted_at=then)
    AudioAsset.objects.update(deleted_at=then)
    assert services.clean_organisation() == 2
    assert stored_files(media) == []
    assert list(Track.objects.values_list("id", flat=True)) == [registered.track_id]
    assert AudioAsset.objects.get().sha256 == registered.sha256


@pytest.mark.django_db
def test_the_cleaning_task_visits_every_organisation(label: Any, media: Any):
    from apps.catalog.tasks import clean

    asset = make_asset()
    services.delete_track(track_id=asset.track_id)
    then = timezone.now() - timedelta(days=31)
    Track.objects.update(deleted_at=then)
    AudioAsset.objects.update(deleted_at=then)
    assert clean() == 1
    with pytest.raises(NotFound):
        selectors.get_track(asset.track_id, deleted=True)
