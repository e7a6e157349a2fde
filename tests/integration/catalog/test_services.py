"""Statuses, details, artists, releases: rules, history and the audit trail."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import selectors, services
from apps.catalog.models import Artist, EventKind, TrackStatus
from apps.catalog.services import CreditInput, ReleaseDetails
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.tenancy.context import bind
from tests.factories import make_organisation, make_user
from tests.factories_catalog import make_asset, make_track

pytestmark = pytest.mark.django_db


def _last(track: Any) -> Any:
    return selectors.history_of(track.id)[0]


def test_a_transition_has_its_line_and_its_audit_row(label: Any):
    track = make_track()
    services.transition_track(track=track, to="checking", reason="first check", data={"check": "1"})
    assert track.status == selectors.get_track(track.id).status == TrackStatus.CHECKING
    event = _last(track)
    assert (event.kind, event.from_status, event.to_status) == (EventKind.STATUS, "draft", "checking")
    assert (event.reason, event.actor, event.data) == ("first check", label.owner, {"check": "1"})
    audit = AuditEvent.objects.get(action="track.status")
    assert audit.data == {"from": "draft", "to": "checking", "reason": "first check"}


def test_an_actor_can_be_named(label: Any):
    other = make_user()
    track = make_track()
    services.transition_track(track=track.id, to="checking", actor=other)
    assert _last(track).actor == other


def test_the_same_status_again_changes_nothing(label: Any):
    track = make_track()
    for _ in range(2):
        services.transition_track(track=track, to="checking")
    assert selectors.history_of(track.id).count() == 1


def test_a_transition_that_is_not_allowed(label: Any):
    track = make_track()
    with pytest.raises(Conflict) as caught:
        services.transition_track(track=track, to="registered")
    assert caught.value.code == "transition_not_allowed"
    assert str(caught.value.message) == "A track that is “Draft” can't become “Registered”."
    assert track.status == "draft"


def test_a_track_of_another_organisation_is_not_found(label: Any):
    with bind(make_organisation().id):
        theirs = make_track()
    with pytest.raises(NotFound):
        services.transition_track(track=theirs.id, to="checking")
    with pytest.raises(NotFound):
        services.update_track(track_id=theirs.id, changes={"title": "Mine"})


def test_changes_are_told_in_the_history(label: Any):
    track = make_track("Old")
    services.update_track(track_id=track.id, changes={"title": "New", "version": ""}, credited=[CreditInput("Anna")])
    event = _last(track)
    assert event.kind == EventKind.EDITED
    assert event.data == {
        "title": {"from": "Old", "to": "New"},
        "credits": {"from": [], "to": ["Anna (main)"]},
    }
    text = label.get(f"tracks/{track.id}/").content.decode()
    assert "title: Old → New; credits: – → Anna (Main artist)" in text


def test_saving_the_same_again_changes_nothing(label: Any):
    track = make_track("Same", artist="Anna")
    before = selectors.history_of(track.id).count()
    services.update_track(track_id=track.id, changes={"title": " Same "}, credited=[CreditInput("anna")])
    assert selectors.history_of(track.id).count() == before


def test_the_artist_line_joins_main_and_featured(label: Any):
    credited = [CreditInput("Anna"), CreditInput("Ben"), CreditInput("Cy", "featured"), CreditInput("Di", "producer")]
    track = services.create_track(changes={"title": "T"}, credited=credited)
    assert track.artist_line == "Anna, Ben feat. Cy"


def test_what_others_see_defaults_to_what_is(label: Any):
    track = services.create_track(changes={"title": "T", "version": "live"}, credited=[CreditInput("Anna")])
    assert (track.shown_title, track.shown_artist) == ("T (live)", "Anna")
    track = services.update_track(track_id=track.id, changes={"public_title": "P", "public_artist": "Q"})
    assert (track.shown_title, track.shown_artist) == ("P", "Q")


def test_a_role_that_does_not_exist(label: Any):
    with pytest.raises(InvalidInput, match="“singer” is no role of a credit"):
        services.create_track(changes={"title": "T"}, credited=[CreditInput("Anna", "singer")])


def test_deleting_and_restoring(label: Any):
    asset = make_asset()
    services.delete_track(track_id=asset.track_id)
    with pytest.raises(NotFound):
        selectors.get_track(asset.track_id)
    assert selectors.current_asset(asset.track_id) is None
    services.delete_track(track_id=asset.track_id)  # again: no error, no second line
    track = services.restore_track(track_id=asset.track_id)
    assert selectors.current_asset(track.id) == asset
    kinds = [event.kind for event in selectors.history_of(track.id)]
    assert kinds == [EventKind.RESTORED, EventKind.DELETED, EventKind.UPLOADED, EventKind.CREATED]
    services.restore_track(track_id=track.id)
    assert selectors.history_of(track.id).count() == 4


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("checking", "A check of this track is running. Cancel it first."),
        ("registered", "The registry knows this track. Withdraw it first."),
        ("disputed", "The registry knows this track. Withdraw it first."),
    ],
)
def test_what_may_not_be_deleted(label: Any, status: str, says: str):
    track = make_track(status=status)
    with pytest.raises(Conflict, match=says):
        services.delete_track(track_id=track.id)


def test_an_artist_is_one_whatever_the_letter_case(label: Any):
    first = services.create_artist(name="Björk")
    assert services.create_artist(name=" BJÖRK ") == first
    assert services.create_artist(name="Bjork") != first
    assert Artist.objects.count() == 2


def test_renaming_shows_everywhere(label: Any):
    track = make_track("T", artist="Ana Vogel")
    artist = selectors.artist_named("ana vogel")
    assert artist is not None
    release = services.create_release(details=ReleaseDetails("R", artist="Ana Vogel"))
    services.rename_artist(artist_id=artist.id, name="Anna Vogel")
    assert selectors.get_track(track.id).artist_line == "Anna Vogel"
    found = selectors.search("anna vogel")
    assert ([row.id for row in found.tracks], [row.id for row in found.releases]) == ([track.id], [release.id])
    assert selectors.search("ana vogel", limit=0).is_empty


def test_renaming_to_a_name_that_exists_points_to_merging(label: Any):
    artist = services.create_artist(name="Ana")
    services.create_artist(name="Anna")
    with pytest.raises(Conflict) as caught:
        services.rename_artist(artist_id=artist.id, name="ANNA")
    assert caught.value.code == "artist_exists"


def test_merging_moves_credits_once(label: Any):
    both = services.create_track(changes={"title": "Both"}, credited=[CreditInput("Ana"), CreditInput("Anna")])
    one = make_track("One", artist="Ana")
    release = services.create_release(details=ReleaseDetails("R", artist="Ana"))
    source, target = selectors.artist_named("ana"), selectors.artist_named("anna")
    assert source is not None
    assert target is not None
    for _ in range(2):
        services.merge_artists(source_id=source.id, target_id=target.id)
    assert [credit.artist.name for credit in selectors.credits_of(both.id)] == ["Anna"]
    assert selectors.get_track(one.id).artist_line == "Anna"
    assert selectors.get_release(release.id).artist == target
    assert selectors.artist_named("ana") is None
    assert AuditEvent.objects.filter(action="artist.merged").count() == 1


def test_an_artist_is_not_merged_into_itself(label: Any):
    artist = services.create_artist(name="Ana")
    with pytest.raises(InvalidInput, match="can't be merged into itself"):
        services.merge_artists(source_id=artist.id, target_id=artist.id)


def test_a_release_title_finds_the_release_that_is_there(label: Any):
    release = services.create_release(details=ReleaseDetails("Timetable", artist="Anna"))
    track = services.create_track(changes={"title": "T", "release_title": "timetable"})
    assert track.release == release
    other = services.create_track(changes={"title": "U", "release_title": "New one"}, credited=[CreditInput("Ben")])
    assert other.release is not None
    assert other.release.title == "New one"


def test_one_bar_code_one_release(label: Any):
    services.create_release(details=ReleaseDetails("One", upc="036000291452"))
    with pytest.raises(Conflict) as caught:
        services.create_release(details=ReleaseDetails("Two", upc="0 36000 29145 2"))
    assert caught.value.fields == {"upc": "Another release of yours has this UPC."}


def test_deleting_a_release_keeps_its_tracks(label: Any):
    track = services.create_track(changes={"title": "T", "release_title": "Gone"})
    assert track.release_id is not None
    services.delete_release(release_id=track.release_id)
    assert selectors.get_track(track.id).release is None
    assert selectors.search("gone").is_empty


def test_a_release_of_another_organisation_can_not_be_chosen(label: Any):
    with bind(make_organisation().id):
        theirs = services.create_release(details=ReleaseDetails("Theirs"))
    track = make_track()
    with pytest.raises(InvalidInput) as caught:
        services.update_track(track_id=track.id, changes={"release": theirs.id})
    assert caught.value.fields == {"release": "There is no such release."}


def test_several_tracks_get_one_release(label: Any):
    release = services.create_release(details=ReleaseDetails("R"))
    tracks = [make_track(f"T{number}") for number in range(3)]
    assert services.assign_release(track_ids=[track.id for track in tracks], release_id=release.id) == 3
    assert services.assign_release(track_ids=[tracks[0].id], release_id=release.id) == 0
    assert [row.track_count for row in selectors.releases()] == [3]
