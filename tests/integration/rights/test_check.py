"""From an upload to a verdict: what a check finds, writes and tells."""

import json

import pytest
from django.core.files.storage import default_storage

from apps.accounts.models import Notification
from apps.catalog.models import TrackStatus
from apps.jobs.models import Job
from apps.registry.selectors import entry_of
from apps.rights import services
from apps.rights.models import Direction, EvidenceKind, Match, Registration
from apps.rights.selectors import landmarks
from apps.tenancy.context import bind
from ml.fingerprint.versions import MATCHER_VERSION
from tests.integration.rights.helpers import check, draft, joined, label, registered, run_job, song

pytestmark = pytest.mark.django_db


def _span(segment):
    return segment.own_start_s, segment.own_end_s, segment.other_start_s, segment.other_end_s


def test_unknown_recording_is_clear_and_can_be_registered():
    ours = label()
    checked = check(ours, draft(ours, song(1)))
    assert (checked.check.state, checked.check.verdict, checked.track.status) == ("done", "clear", TrackStatus.CLEAR)
    assert checked.matches == []
    with bind(ours.id):
        registration = services.register(track_id=checked.track.id)
        assert entry_of(checked.track.id).state == "active"
        assert Notification.objects.filter(kind="check.clear").count() == 1
    assert registration.entry_number == checked.check.entry_number
    assert registration.basis == "clear"


def test_the_same_recording_of_another_label_is_a_conflict():
    theirs, ours = label(), label()
    registered(theirs, song(1), "Night train")
    checked = check(ours, draft(ours, song(1), "My demo"))
    assert checked.track.status == TrackStatus.CONFLICT
    (match,) = checked.matches
    assert (match.kind, match.alterations, match.other_title) == ("same_recording", [], "Night train")
    assert match.chance_probability < 1e-6
    assert match.own_share == pytest.approx(1.0, abs=0.1)
    assert match.other_share == pytest.approx(1.0, abs=0.1)


def test_ten_seconds_inside_a_longer_track_are_found_and_aligned():
    theirs, ours = label(), label()
    registered(theirs, song(1, 45.0))
    sample = song(1, 45.0)[int(30.0 * 22_050) : int(40.0 * 22_050)]
    track = draft(ours, joined([song(2, 30.0), sample, song(3, 10.0)]))
    (match,) = check(ours, track).matches
    assert match.kind == "excerpt"
    with bind(ours.id):
        assert _span(match.segments.get(position=0)) == pytest.approx((30.0, 40.0, 30.0, 40.0), abs=0.6)


def test_registered_tracks_inside_a_long_mix_are_all_found():
    first, second, ours = label(), label(), label()
    registered(first, song(1), "One")
    registered(second, song(2), "Two")
    mix = draft(ours, joined([song(9, 15.0), song(1), song(2), song(8, 15.0)]))
    found = {match.other_title: match for match in check(ours, mix).matches}
    assert set(found) == {"One", "Two"}
    with bind(ours.id):
        assert _span(found["One"].segments.get(position=0)) == pytest.approx((15.0, 27.0, 0.0, 12.0), abs=0.6)
        assert _span(found["Two"].segments.get(position=0)) == pytest.approx((27.0, 39.0, 0.0, 12.0), abs=0.6)


def test_a_transposed_recording_says_by_how_much():
    theirs, ours = label(), label()
    registered(theirs, song(1))
    (match,) = check(ours, draft(ours, song(1, semitones=2.0))).matches
    assert (match.kind, match.alterations) == ("altered", ["higher"])
    assert match.pitch_semitones == pytest.approx(2.0, abs=0.15)
    with bind(theirs.id):
        incoming = Match.objects.get(direction=Direction.INCOMING)
    assert incoming.alterations == ["lower"]
    assert incoming.pitch_semitones == pytest.approx(-match.pitch_semitones)


def test_a_faster_recording_says_by_how_much_to_both_sides():
    theirs, ours = label(), label()
    registered(theirs, song(1))
    (match,) = check(ours, draft(ours, song(1, tempo=1.06))).matches
    assert match.alterations == ["faster"]
    assert match.tempo_ratio == pytest.approx(1.06, abs=0.01)
    with bind(theirs.id):
        incoming = Match.objects.get(direction=Direction.INCOMING)
        own, other = incoming.segments.get(position=0), incoming
    assert other.alterations == ["slower"]
    assert own.tempo_ratio == pytest.approx(1 / 1.06, abs=0.01)


def test_evidence_is_made_of_our_side_and_only_what_the_other_side_shares():
    quiet, open_, ours = label(), label(share_excerpts=True), label()
    registered(quiet, song(1), "Quiet")
    registered(open_, song(2), "Open")
    checked = check(ours, draft(ours, joined([song(1), song(2)])))
    found = {match.other_title: match for match in checked.matches}
    own = {EvidenceKind.OWN_SPECTROGRAM, EvidenceKind.LANDMARKS}
    with bind(ours.id):
        assert {file.kind for file in found["Quiet"].evidence.all()} == own
        files = {file.kind: file for file in found["Open"].evidence.all()}
        assert set(files) == own | {EvidenceKind.OTHER_SPECTROGRAM, EvidenceKind.OTHER_EXCERPT}
    excerpt = files[EvidenceKind.OTHER_EXCERPT]
    assert excerpt.end_s - excerpt.start_s == pytest.approx(12.0, abs=0.6)
    content = default_storage.open(excerpt.storage_key).read()
    assert len(content) == excerpt.size_bytes
    points = landmarks(files[EvidenceKind.LANDMARKS])["points"]
    assert len(points) > 100
    for own_s, own_hz, other_s, other_hz in points:
        assert own_s - other_s == pytest.approx(12.0, abs=0.2)
        assert own_hz / other_hz == pytest.approx(1.0, abs=0.02)
        assert 180 * 0.97 <= own_hz <= 5_760


def test_both_sides_are_notified_and_the_other_side_gets_its_own_report_and_evidence():
    theirs, ours = label("Theirs"), label("Ours", public_name="Ours in public", contact_route="hello@ours.example")
    registered(theirs, song(1, 40.0), "Night train")
    sample = song(1, 40.0)[int(10.0 * 22_050) : int(25.0 * 22_050)]
    checked = check(ours, draft(ours, joined([song(2, 20.0), sample]), "My demo"))
    with bind(ours.id):
        told = Notification.objects.get(kind="check.conflict")
        assert told.link == f"/o/{ours.slug}/registry/matches/{checked.matches[0].id}/"
    with bind(theirs.id):
        incoming = Match.objects.get()
        assert (incoming.direction, incoming.other_title, incoming.other_organisation) == (
            "incoming", "My demo", "Ours in public",
        )  # fmt: skip
        assert incoming.other_contact == "hello@ours.example"
        assert incoming.other_registered is False
        assert _span(incoming.segments.get(position=0)) == pytest.approx((10.0, 25.0, 20.0, 35.0), abs=0.6)
        told = Notification.objects.get(kind="match.incoming")
        assert told.sentence == ("A check of Ours in public found that “My demo” is similar to your “Night train”.")
        assert told.link == f"/o/{theirs.slug}/registry/matches/{incoming.id}/"
        job = Job.objects.get(kind="rights.evidence")
    assert run_job(theirs, job) == "succeeded"
    with bind(theirs.id):
        kinds = {file.kind for file in incoming.evidence.all()}
        assert kinds == {EvidenceKind.OWN_SPECTROGRAM, EvidenceKind.LANDMARKS}
        points = landmarks(incoming.evidence.get(kind=EvidenceKind.LANDMARKS))["points"]
    assert len(points) > 100
    assert all(other_s - own_s == pytest.approx(10.0, abs=0.2) for own_s, _, other_s, _ in points)


def test_own_earlier_tracks_are_shown_but_are_no_conflict():
    ours = label()
    first = registered(ours, song(1), "First")
    checked = check(ours, draft(ours, joined([song(1), song(2)]), "Album medley"))
    assert checked.track.status == TrackStatus.CLEAR
    (match,) = checked.matches
    assert (match.already_ours, match.other_track_id) == (True, first.id)
    with bind(ours.id):
        assert Match.objects.filter(direction=Direction.INCOMING).count() == 0
        assert services.register(track_id=checked.track.id).basis == "clear"


def test_checking_again_keeps_the_place_and_the_rows():
    theirs, ours = label(), label()
    registered(theirs, song(1))
    track = draft(ours, song(1))
    first, second = check(ours, track), check(ours, track)
    assert second.check.id != first.check.id
    assert second.check.entry_number == first.check.entry_number
    assert [match.id for match in second.matches] == [match.id for match in first.matches]
    with bind(ours.id):
        assert Match.objects.count() == 1
    with bind(theirs.id):
        assert Match.objects.count() == 1
        assert Notification.objects.filter(kind="match.incoming").count() == 1
        assert Job.objects.filter(kind="rights.evidence").count() == 1


def test_a_match_that_is_gone_is_superseded():
    theirs, ours = label(), label()
    track = registered(theirs, song(1))
    own = draft(ours, song(1))
    (match,) = check(ours, own).matches
    with bind(theirs.id):
        services.withdraw(track_id=track.id, reason="Sold")
    checked = check(ours, own)
    assert (checked.check.verdict, checked.matches) == ("clear", [])
    with bind(ours.id):
        assert Match.objects.get(id=match.id).state == "superseded"
        assert services.register(track_id=own.id).state == "registered"
        assert Registration.objects.count() == 1


def test_starting_twice_gives_one_check():
    ours = label()
    track = draft(ours, song(1))
    with bind(ours.id):
        first = services.start_check(track_id=track.id)
        assert services.start_check(track_id=track.id).id == first.id
        assert Job.objects.filter(kind="rights.check").count() == 1


def test_figures_of_the_check_are_on_record():
    ours = label()
    registered(ours, song(5))
    checked = check(ours, draft(ours, song(1)))
    assert set(checked.check.figures) == {"listen", "hear_cover", "hear_melody", "claim", "compare", "evidence"}
    assert checked.check.compared_with == 1
    assert len(checked.check.digest) == 64
    assert checked.check.threshold > 0
    assert checked.check.matcher_version.startswith(f"votes-{MATCHER_VERSION}-index-")
    assert json.loads(json.dumps(checked.check.job.result)) == {"check_id": str(checked.check.id), "verdict": "clear"}
