"""Covers and melodies in a check: what is found, folded, told to the other side, and what happens when one fails."""

import pytest

from apps.accounts.models import Notification
from apps.catalog.models import TrackStatus, Work
from apps.catalog.services import delete_work
from apps.registry.selectors import entry_of_work
from apps.rights import services
from apps.rights.models import Certificate, Direction, Facet, Match
from apps.rights.selectors import verify_certificate
from apps.tenancy.context import bind
from tests.integration.rights.helpers import check, draft, label, registered, song
from tests.integration.rights.scores import changed, check_work, played, registered_work, tune, work_of

pytestmark = pytest.mark.django_db
LONG = 110
"""Notes of a tune of about a minute: enough to tell music apart."""


def test_a_rendering_in_another_key_and_tempo_is_a_cover_and_no_recording():
    theirs, ours = label("Theirs"), label("Ours", public_name="Ours in public")
    registered(theirs, played(tune(3, LONG)), "Night train")
    other_version = played(changed(tune(3, LONG), semitones=6, tempo=1.15), bright=0.4, player=6)
    checked = check(ours, draft(ours, other_version, "Morning bus"))
    (match,) = checked.matches
    assert (match.facet, match.kind, match.other_title) == ("cover", "cover", "Night train")
    assert match.pitch_semitones == 6
    assert match.tempo_ratio == pytest.approx(1.15, abs=0.02)
    assert "higher" in match.alterations
    assert "faster" in match.alterations
    assert match.chance_probability <= match.threshold
    assert checked.track.status == TrackStatus.CONFLICT
    strip = match.detail["strips"][0]
    assert len(strip["own"]["harmony"]) == 12
    assert len(strip["path"]) > 5
    why = match.detail["why"]
    assert why["score"] == pytest.approx(match.score)
    assert why["needed"] < why["score"]
    with bind(theirs.id):
        incoming = Match.objects.get()
        told = Notification.objects.get(kind="match.incoming")
    assert (incoming.facet, incoming.direction, incoming.pitch_semitones) == ("cover", "incoming", -6)
    assert incoming.detail["transposition"] == -6
    assert incoming.detail["strips"][0]["own"] == strip["other"]
    assert incoming.detail["strips"][0]["path"][0] == strip["path"][0][::-1]
    assert told.sentence == (
        "A check of Ours in public found that the music of “Morning bus” is similar to that of your “Night train”."
    )


def test_what_the_recording_says_already_is_folded_under_it():
    theirs, ours = label(), label()
    registered(theirs, played(tune(3, LONG)), "Night train")
    (match,) = check(ours, draft(ours, played(tune(3, LONG)), "Copy")).matches
    assert match.facet == Facet.RECORDING
    assert set(match.detail["folded"]) == {"cover"}
    assert match.detail["folded"]["cover"]["chance"] < 1e-3
    why = match.detail["why"]
    assert why["parts"][0][0] == "landmarks"
    assert sum(value for _name, value in why["parts"]) == pytest.approx(match.score, abs=0.05)
    assert 12 < why["agreeing_peaks"] <= why["peaks"]


def test_unrelated_music_is_clear_in_every_facet_and_says_how_near_the_nearest_came():
    theirs, ours = label(), label()
    registered(theirs, played(tune(3, LONG)))
    checked = check(ours, draft(ours, played(tune(24, LONG), player=24, seconds_a_quarter=0.37)))
    assert checked.check.verdict == "clear"
    facets = checked.check.facets
    assert {name: facet["state"] for name, facet in facets.items()} == {
        "recording": "done", "cover": "done", "melody": "done",
    }  # fmt: skip
    for name in ("recording", "cover"):
        nearest = facets[name]["nearest"]
        assert facets[name]["compared_with"] == 1
        assert nearest["score"] < nearest["needed"]
        assert nearest["chance"] > facets[name]["threshold"]
        assert set(nearest) == {"score", "chance", "needed"}


def test_a_work_is_checked_registered_certified_and_withdrawn():
    ours = label("Ours", public_name="Ours in public")
    work = registered_work(ours, tune(5), "Nocturne", composer="Ada Keys")
    with bind(ours.id):
        assert entry_of_work(work.id).state == "active"
        certificate = Certificate.objects.get()
        assert Notification.objects.filter(kind="work.registered").count() == 1
        public = verify_certificate(certificate.code)
    assert (public.subject_kind, public.title, public.artist, public.state) == (
        "work", "Nocturne", "Ada Keys", "registered",
    )  # fmt: skip
    with bind(ours.id):
        services.withdraw_work(work_id=work.id, reason="Sold")
        assert entry_of_work(work.id) is None
        assert Work.objects.get(id=work.id).status == "withdrawn"
    assert verify_certificate(certificate.code).state == "withdrawn"


def test_a_transposed_melody_of_another_labels_work_is_a_conflict_on_both_sides():
    theirs, ours = label("Theirs"), label("Ours", public_name="Ours in public")
    registered_work(theirs, tune(5), "Nocturne", composer="Ada Keys")
    checked = check_work(ours, work_of(ours, changed(tune(5), semitones=-4), "Lullaby"))
    (match,) = checked.matches
    assert (match.facet, match.other_kind, match.other_title, match.other_artist) == (
        "melody", "work", "Nocturne", "Ada Keys",
    )  # fmt: skip
    assert match.pitch_semitones == -4
    assert match.detail["transposition"] == -4
    assert checked.track.status == TrackStatus.CONFLICT
    pairs, own, other = match.detail["pairs"], match.detail["own"], match.detail["other"]
    assert len(pairs) >= 40
    assert all(own["notes"][a][2] - other["notes"][b][2] == -4 for a, b in pairs)
    assert own["first_bar"] == 1
    with bind(theirs.id):
        incoming = Match.objects.get(direction=Direction.INCOMING)
        assert incoming.work_id is not None
    assert incoming.detail["own"] == other
    assert incoming.detail["pairs"] == [[b, a] for a, b in pairs]
    with bind(ours.id):
        services.decide_match(match_id=match.id, kind="own_or_licensed", reason="Licence 12")
        assert services.register_work(work_id=checked.track.id).basis == "own_or_licensed"


def test_a_recording_of_a_registered_works_tune_is_found_by_its_melody():
    theirs, ours = label("Theirs"), label("Ours", public_name="Ours in public")
    registered_work(theirs, tune(5, LONG), "Nocturne", composer="Ada Keys")
    checked = check(ours, draft(ours, played(changed(tune(5, LONG), semitones=2)), "Evening song"))
    (match,) = checked.matches
    assert (match.facet, match.other_kind, match.other_title) == ("melody", "work", "Nocturne")
    assert match.pitch_semitones == 2
    assert len(match.detail["pairs"]) > 60
    with bind(theirs.id):
        incoming = Match.objects.get()
        told = Notification.objects.get(kind="match.incoming")
    assert (incoming.other_kind, incoming.work_id is not None) == ("recording", True)
    assert told.sentence == (
        "A check of Ours in public found that the melody of “Evening song” is similar to that of your “Nocturne”."
    )


def test_an_own_work_is_shown_and_is_no_conflict():
    ours = label()
    first = registered_work(ours, tune(5), "Nocturne")
    checked = check_work(ours, work_of(ours, changed(tune(5), semitones=2), "Nocturne in D"))
    (match,) = checked.matches
    assert (match.already_ours, match.other_work_id, checked.check.verdict) == (True, first.id, "clear")


def test_a_deleted_or_withdrawn_work_is_found_no_more():
    theirs, ours = label(), label()
    checked = check_work(theirs, work_of(theirs, tune(5), "Nocturne"))
    with bind(theirs.id):
        delete_work(work_id=checked.track.id)
        assert entry_of_work(checked.track.id) is None
    assert check_work(ours, work_of(ours, tune(5), "Lullaby")).check.verdict == "clear"


def test_works_do_not_disturb_the_comparison_of_recordings():
    ours, others = label(), label()
    registered_work(ours, tune(5), "Nocturne")
    checked = check(others, draft(others, song(1)))
    assert checked.check.facets["recording"]["compared_with"] == 0
    assert checked.check.verdict == "clear"
