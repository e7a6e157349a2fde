"""A re-check after an upgrade hears the recording anew: new prints in the old place, and what changed is said."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.files.storage import default_storage

from apps.registry.selectors import entry_of, print_versions
from apps.registry.tasks import claims, merge, prints
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights import services
from apps.rights.models import Check, Registration
from apps.rights.tasks import covers, tracks, works
from apps.rights.views.facets import changes_shown
from apps.tenancy.context import bind
from ml.fingerprint.extract import Peaks
from tests.integration.rights.helpers import check, draft, label, registered, run_job, song
from tests.integration.rights.scores import check_work, registered_work, tune

pytestmark = pytest.mark.django_db

COVERS, TRANSCRIPTIONS = replace(prints.COVERS, version="cover-9"), replace(prints.TRANSCRIPTIONS, version="voice-9")


def upgrade(patch: Any) -> None:
    """Another release: a fingerprint of fewer peaks, and prints of other versions."""
    prepare = claims.prepare

    def heard_otherwise(track_id: Any, asset_id: Any, sha256: str, peaks: Peaks) -> claims.Claim:
        return prepare(track_id, asset_id, sha256, peaks.strongest(25))

    patch.setattr(claims, "EXTRACTOR_VERSION", "landmarks-9")
    patch.setattr(claims, "prepare", heard_otherwise)
    for module in (tracks, covers):
        patch.setattr(module, "COVERS", COVERS)
    patch.setattr(tracks, "TRANSCRIPTIONS", TRANSCRIPTIONS)


def _entry(organisation: Any, track: Any) -> Any:
    with bind(organisation.id):
        found = entry_of(track.id)
        return found, print_versions(found.number)


def test_a_recheck_after_an_upgrade_renews_the_prints_in_their_place(monkeypatch):
    ours, others = label(), label()
    track = registered(ours, song(1), "First")
    registered(ours, song(2), "Second")
    before, versions = _entry(ours, track)
    was = {"fingerprint": claims.EXTRACTOR_VERSION, "cover": "cover-1", "transcription": "transcription-1"}
    assert versions == was
    with monkeypatch.context() as patch:
        upgrade(patch)
        again = check(ours, track)
        after, versions = _entry(ours, track)
        assert versions == {"fingerprint": "landmarks-9", "cover": "cover-9", "transcription": "voice-9"}
        assert (after.number, after.state, after.asset_id) == (before.number, before.state, before.asset_id)
        assert after.digest != before.digest
        assert again.check.digest == after.digest
        assert again.check.changes["prints"] == {
            "recording": [was["fingerprint"], "landmarks-9"],
            "cover": ["cover-1", "cover-9"],
            "melody": ["transcription-1", "voice-9"],
        }
        with bind(ours.id):
            shown = changes_shown(ours.slug, Check.objects.get(id=again.check.id))
            assert [row.after for row in shown.prints] == ["landmarks-9", "cover-9", "voice-9"]
            assert Registration.objects.get(track_id=track.id).entry_number == before.number
        once_more = check(ours, track)
        assert once_more.check.changes["prints"] == {}
        assert _entry(ours, track)[0].digest == after.digest
    (match,) = check(others, draft(others, song(1))).matches
    assert (match.facet, match.other_title) == ("recording", "First")


def test_an_older_worker_takes_nothing_back(monkeypatch):
    ours = label()
    track = registered(ours, song(1))
    with monkeypatch.context() as patch:
        upgrade(patch)
        check(ours, track)
        newest = _entry(ours, track)[0].digest
    again = check(ours, track)
    found, versions = _entry(ours, track)
    assert (found.digest, versions["fingerprint"]) == (newest, "landmarks-9")
    assert "recording" not in again.check.changes["prints"]


def test_upkeep_makes_the_postings_of_what_was_renewed(monkeypatch):
    ours = label()
    track = registered(ours, song(1))
    registered(ours, song(2))
    asker = draft(ours, song(3))
    monkeypatch.setattr(merge, "FRESH_A_PART", 1)
    merge.maintain(grace_s=-1)
    number = check(ours, asker).check.entry_number
    assert number is not None

    with monkeypatch.context() as patch:
        upgrade(patch)
        check(ours, track)
    with bind(ours.id):
        first = entry_of(track.id)
    assert merge.maintain(grace_s=-1) > 0, "The segment is made anew"
    with bind(ours.id):
        assert entry_of(track.id) == first
    store = PostgresPostingStore(ours.id, number)
    assert len(store.peaks(first.number)) < len(store.peaks(first.number + 1))


def test_a_work_is_read_anew_too(monkeypatch):
    ours = label()
    work = registered_work(ours, tune(5), "Nocturne")
    newer = replace(prints.MELODIES, version="melody-9")
    monkeypatch.setattr(works, "MELODIES", newer)
    monkeypatch.setattr(works.WorkCheck, "KINDS", (newer,))
    again = check_work(ours, work)
    assert again.check.changes["prints"] == {"melody": ["melody-1", "melody-9"]}


def test_everything_heard_by_an_older_version_is_found_and_heard_anew(monkeypatch):
    ours = label()
    track = registered(ours, song(1))
    upgrade(monkeypatch)
    with bind(ours.id):
        recheck = services.start_recheck(scope="older")
    assert run_job(ours, recheck.job) == "succeeded"
    assert _entry(ours, track)[1]["fingerprint"] == "landmarks-9"
    with bind(ours.id):
        nothing = services.start_recheck(scope="older")
    assert run_job(ours, nothing.job) == "succeeded"
    with bind(ours.id):
        nothing.refresh_from_db()
        assert nothing.subjects == []


def test_a_recording_that_is_gone_leaves_the_fingerprint_that_stands(monkeypatch):
    ours = label()
    track = registered(ours, song(1))
    before = _entry(ours, track)
    with bind(ours.id):
        started = services.start_check(track_id=track.id)
        default_storage.delete(started.asset.storage_key)
    upgrade(monkeypatch)
    assert run_job(ours, started.job) == "failed"
    with bind(ours.id):
        failed = Check.objects.get(id=started.id)
        assert failed.error_code == "file_missing"
        assert failed.track.status == "registered"
    assert _entry(ours, track) == before
