"""Watchlists, alerts, the digest, watched folders."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from apps.accounts.models import Notification
from apps.core.errors import Conflict, InvalidInput
from apps.monitoring import services
from apps.monitoring.models import Alert, Cue, CueState, DayCount, FetchedObject, LongRecording, WatchedFolder
from apps.monitoring.selectors import cues_of
from apps.monitoring.services import FoundCue, Outcome
from apps.monitoring.services import folders as watched
from apps.monitoring.stitching import Stretch
from apps.monitoring.tasks import folders as visiting
from apps.monitoring.tasks import send_digests
from apps.registry.selectors import Disclosed
from apps.tenancy.context import bind
from tests.factories import make_member, make_user
from tests.integration.monitoring.conftest import make_sheet
from tests.integration.rights.helpers import label

pytestmark = pytest.mark.django_db


def make_list(name="Autumn", **items):
    made = services.save_watchlist(watchlist_id=None, name=name, own_tracks=False, alert=True, digest=True)
    for kind, value in items.items():
        services.add_item(watchlist_id=made.id, kind=kind, name=value)
    return made


@pytest.mark.parametrize(
    ("kind", "name", "hit"),
    [
        ("artist", "ben", True),
        ("artist", "CY", True),
        ("artist", "Ben feat. Cy", True),
        ("artist", "Be", False),
        ("label", "northern lights", True),
        ("label", "Northern", False),
    ],
)
def test_artists_and_labels_are_watched_by_name(sheet, kind, name, hit):
    with bind(sheet.organisation.id):
        make_list(**{kind: name})
        services.raise_alerts(sheet.recording, [sheet.other])
        assert Alert.objects.filter(watchlist__name="Autumn").exists() is hit


def test_the_track_of_a_cue_is_watched_whoever_registered_it(sheet):
    with bind(sheet.organisation.id):
        watchlist = make_list()
        item = services.add_item(watchlist_id=watchlist.id, kind="track", cue_id=sheet.other.id)
        assert services.add_item(watchlist_id=watchlist.id, kind="track", cue_id=sheet.other.id) == item
        services.raise_alerts(sheet.recording, [sheet.own, sheet.other])
        assert [(a.cue_id, a.watchlist_id) for a in Alert.objects.filter(watchlist=watchlist)] == [
            (sheet.other.id, watchlist.id)
        ]
        told = Notification.objects.get(kind="monitoring.watched", params__list="Autumn")
        assert told.sentence == "“Night train” from your list “Autumn” was heard in “Morning show”."
        services.remove_item(item_id=item.id)
        assert watchlist.items.count() == 0


def test_two_lists_of_one_name_and_an_item_without_a_name_are_refused(sheet):
    with bind(sheet.organisation.id):
        watchlist = make_list()
        with pytest.raises(Conflict):
            make_list()
        with pytest.raises(InvalidInput):
            services.add_item(watchlist_id=watchlist.id, kind="artist", name=" ")
        with pytest.raises(InvalidInput):
            services.add_item(watchlist_id=watchlist.id, kind="track")


def test_the_digest_tells_every_alert_once(sheet):
    make_member(sheet.organisation, "viewer", make_user("viewer@example.org"))
    silent = make_sheet(label("Silent"))
    with bind(sheet.organisation.id):
        services.raise_alerts(sheet.recording, [sheet.own])
    assert send_digests() == 1
    assert send_digests() == 0
    with bind(sheet.organisation.id):
        owner = sheet.organisation.memberships.get(role="owner").user
        told = Notification.objects.get(kind="monitoring.digest")
    assert told.sentence == "One play of a watched track was found since the last digest."
    assert sorted(to for message in mail.outbox for to in message.to) == sorted([owner.email, sheet.desk.user.email])
    body = mail.outbox[0].body
    assert "2026-07-01 23:59:00  Own song · Anna\n  Morning show (Radio North) · Our own tracks" in body
    assert f"/o/{sheet.organisation.slug}/monitoring/watchlists/" in body
    with bind(silent.organisation.id):
        assert not Notification.objects.filter(kind="monitoring.digest").exists()


def test_the_digest_speaks_its_readers_language(sheet):
    with bind(sheet.organisation.id):
        owner = sheet.organisation.memberships.get(role="owner").user
        owner.language = "zh-hans"
        owner.save(update_fields=["language"])
        services.raise_alerts(sheet.recording, [sheet.own])
    assert send_digests() == 1
    subjects = {to: message.subject for message in mail.outbox for to in message.to}
    name = sheet.organisation.name
    assert subjects[owner.email] == f"{name}：关注列表的播放情况"
    assert subjects[sheet.desk.user.email] == f"{name}: what was heard of your watchlists"


def test_a_list_without_digest_is_not_mailed(sheet):
    with bind(sheet.organisation.id):
        services.save_watchlist(watchlist_id=None, name="Quiet", own_tracks=True, alert=False, digest=False)
        services.raise_alerts(sheet.recording, [sheet.own])
        assert Alert.objects.count() == 1
        assert not Notification.objects.filter(kind="monitoring.watched").exists()
    assert send_digests() == 0
    assert mail.outbox == []


@pytest.fixture
def storage(tmp_path, monkeypatch, settings):
    """The default storage's stand-in, with files that nobody has written to for an hour."""
    settings.MONITORING_LOCAL_FOLDER = True
    made = FileSystemStorage(location=tmp_path / "storage")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(made, "get_modified_time", lambda name: long_ago)
    monkeypatch.setattr(visiting, "default_storage", made)
    return made


def watch(sheet, **fields):
    with bind(sheet.organisation.id):
        given = {"bucket": "", "prefix": "north", "enabled": True, **fields}
        saved = watched.save_folder(folder_id=None, source_id=sheet.source.id, **given)
        return WatchedFolder.objects.select_related("organisation").get(id=saved.id)


def fetched(sheet):
    with bind(sheet.organisation.id):
        return sorted(LongRecording.objects.filter(origin="folder").values_list("title", "source__name", "state"))


def test_what_arrives_in_a_watched_folder_is_taken_once(sheet, storage):
    folder = watch(sheet)
    root = f"incoming/{sheet.organisation.id}/north"
    storage.save(f"{root}/monday.mp3", ContentFile(b"one"))
    storage.save(f"{root}/week 27/tuesday.FLAC", ContentFile(b"two"))
    storage.save(f"{root}/notes.txt", ContentFile(b"no sound"))
    storage.save(f"{root}/empty.mp3", ContentFile(b""))
    storage.save(f"incoming/{sheet.organisation.id}/south/other.mp3", ContentFile(b"elsewhere"))
    assert visiting.visit_all() == 2
    assert visiting.visit_all() == 0
    assert fetched(sheet) == [("monday", "Radio North", "queued"), ("tuesday", "Radio North", "queued")]
    storage.delete(f"{root}/monday.mp3")
    storage.save(f"{root}/monday.mp3", ContentFile(b"a newer one"))
    assert visiting.visit(folder) == 1
    with bind(sheet.organisation.id):
        assert FetchedObject.objects.count() == 4
        folder.refresh_from_db()
        assert (folder.error, folder.checked_at is not None) == ("", True)


def test_a_file_that_is_still_being_written_waits(sheet, storage, monkeypatch):
    watch(sheet)
    storage.save(f"incoming/{sheet.organisation.id}/north/live.mp3", ContentFile(b"half"))
    monkeypatch.setattr(storage, "get_modified_time", lambda name: datetime.now(UTC))
    assert visiting.visit_all() == 0


def test_a_folder_that_is_not_watched_is_left_alone(sheet, storage):
    watch(sheet, enabled=False)
    storage.save(f"incoming/{sheet.organisation.id}/north/x.mp3", ContentFile(b"x"))
    assert visiting.visit_all() == 0


class Bucket:
    """A bucket as boto3 shows it; its content is what S3 would send."""

    def __init__(self, content):
        self.bucket = SimpleNamespace(objects=self)
        self._content = content

    def filter(self, *, Prefix):  # noqa: N803 – boto3's own name
        return [
            SimpleNamespace(key=key, size=len(data), e_tag=f'"{hash(data)}"')
            for key, data in sorted(self._content.items())
            if key.startswith(Prefix)
        ]

    def open(self, key, mode):
        return ContentFile(self._content[key])


def test_a_shared_bucket_shows_each_organisation_its_own_folder_alone(sheet, settings, monkeypatch):
    settings.MONITORING_BUCKETS = ["broadcasts"]
    watch(sheet, bucket="broadcasts", prefix="")
    content = {f"{sheet.organisation.id}/a.mp3": b"ours", "b.mp3": b"root", f"{sheet.source.id}/c.mp3": b"theirs"}
    monkeypatch.setattr(visiting, "reader_of", lambda place: visiting.BucketReader(Bucket(content)))
    assert visiting.visit_all() == 1
    assert visiting.visit_all() == 0
    assert fetched(sheet) == [("a", "Radio North", "queued")]
    content[f"{sheet.organisation.id}/a.mp3"] = b"ours, longer"
    assert visiting.visit_all() == 1


def test_a_bucket_of_ones_own_is_watched_from_its_root(sheet, settings):
    settings.MONITORING_BUCKETS = [f"north={sheet.organisation.slug}", "south=somebody-else"]
    assert watched.allowed_buckets(sheet.organisation) == ["north"]
    folder = watch(sheet, bucket="north", prefix="/2026//july/")
    assert watched.place_of(folder) == watched.Place("north", "2026/july/")


@pytest.mark.parametrize("given", [{"bucket": "south"}, {"bucket": "secret"}, {"prefix": "../other"}])
def test_what_is_not_allowed_is_refused(sheet, settings, given):
    settings.MONITORING_BUCKETS = ["north", "south=somebody-else"]
    with pytest.raises(InvalidInput):
        watch(sheet, **{"bucket": "north", **given})


def test_a_place_that_fails_is_told_once(sheet, settings, monkeypatch):
    settings.MONITORING_BUCKETS = ["north"]
    folder = watch(sheet, bucket="north")

    def broken(place):
        raise ConnectionError("no route")

    monkeypatch.setattr(visiting, "reader_of", broken)
    assert visiting.visit(folder) == 0
    with bind(sheet.organisation.id):
        assert Notification.objects.filter(kind="monitoring.folder_failed").count() == 1
        folder = WatchedFolder.objects.select_related("organisation").get(id=folder.id)
    assert visiting.visit(folder) == 0
    with bind(sheet.organisation.id):
        assert Notification.objects.filter(kind="monitoring.folder_failed").count() == 1
        folder.refresh_from_db()
        assert folder.error == "ConnectionError"


def told():
    return Notification.objects.filter(kind="monitoring.watched").count()


def found_again(sheet, *cues, shift=0.0):
    """Listening to the recording of a sheet again finds these cues, so many seconds later."""
    stretches = [
        Stretch(cue.entry_number, cue.start_s + shift, cue.end_s + shift, 0.0, cue.seconds, 1.0, 0.0, 150.0, 1e-9)
        for cue in cues
    ]
    known = [
        Disclosed(c.entry_number, c.title, c.artist, c.label, "", True, False, 200.0, c.already_ours, c.track_id)
        for c in cues
    ]
    found = [FoundCue(stretch, other, uuid4()) for stretch, other in zip(stretches, known, strict=True)]
    outcome = Outcome(600.0, 2, "extractor", "matcher", 0.05, tuple(found))
    services.record_outcome(recording_id=sheet.recording.id, outcome=outcome)


def test_listening_again_tells_of_a_stretch_once(sheet):
    with bind(sheet.organisation.id):
        services.raise_alerts(sheet.recording, [sheet.own])
        first = Alert.objects.get()
        assert told() == 1
        found_again(sheet, sheet.own, sheet.other, shift=0.4)
        assert (Alert.objects.get(), told()) == (first, 1)
        assert {cue.id: cue.start_s for cue in Cue.objects.all()} == {sheet.own.id: 30.4, sheet.other.id: 115.4}
        found_again(sheet, sheet.other)
        assert Cue.objects.get(id=sheet.own.id).state == CueState.GONE
        assert [cue.title for cue in cues_of(sheet.recording.id)] == ["Night train"]
        found_again(sheet, sheet.own, sheet.other)
        assert (Alert.objects.get(), told()) == (first, 1)
        # The same track at another place of the recording is something else to tell.
        found_again(sheet, sheet.own, sheet.other, shift=60.0)
        assert (Alert.objects.count(), told()) == (2, 2)


def test_what_is_gone_counts_no_more_and_what_people_said_stays(sheet):
    with bind(sheet.organisation.id):
        services.confirm_cue(cue_id=sheet.other.id)
        found_again(sheet)
        assert [cue.title for cue in cues_of(sheet.recording.id)] == ["Night train"]
        assert [count.title for count in DayCount.objects.all()] == ["Night train"]
        with pytest.raises(Conflict, match="not heard any more"):
            services.confirm_cue(cue_id=sheet.own.id)
