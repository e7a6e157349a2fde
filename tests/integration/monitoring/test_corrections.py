"""What people do to cue sheets: kept, undone, counted."""

from datetime import date

import pytest

from apps.core.errors import Conflict, InvalidInput
from apps.monitoring import services
from apps.monitoring.models import Alert, Cue, CueCorrection, CueState, DayCount
from apps.monitoring.selectors import PlayFilters, play_counts, plays_by_source, plays_by_track, series
from apps.monitoring.services import CueDetails, counting
from apps.tenancy.context import bind

pytestmark = pytest.mark.django_db
JULY = PlayFilters(date(2026, 7, 1), date(2026, 7, 3))


@pytest.fixture(autouse=True)
def _bound(sheet):
    with bind(sheet.organisation.id, user_id=sheet.desk.user.id):
        counting.recount(sheet.recording)
        yield


def days():
    return {(row.day.day, row.title): (row.plays, row.seconds) for row in DayCount.objects.all()}


def test_plays_are_counted_on_the_stations_own_days(sheet):
    assert days() == {(1, "Own song"): (1, 45.0), (2, "Night train"): (1, 50.0)}


def test_a_confirmed_cue_stays_what_it_is(sheet):
    services.confirm_cue(cue_id=sheet.own.id)
    services.confirm_cue(cue_id=sheet.own.id)
    cue = Cue.objects.get(id=sheet.own.id)
    assert (cue.state, cue.changed_by) == (CueState.CONFIRMED, sheet.desk.user)
    assert CueCorrection.objects.count() == 1


def test_an_edit_moves_the_edges_on_both_sides_and_keeps_what_was_found(sheet):
    services.edit_cue(cue_id=sheet.other.id, details=CueDetails(120.0, 160.0, "Night train", "Ben feat. Cy"))
    cue = Cue.objects.get(id=sheet.other.id)
    assert (cue.start_s, cue.end_s, cue.ref_start_s, cue.ref_end_s) == (120.0, 160.0, 5.0, 45.0)
    assert (cue.state, cue.entry_number, cue.registered) == (CueState.CORRECTED, 2, True)
    assert cue.original == {"title": "Night train", "start_s": 115.0, "end_s": 165.0}
    assert days()[2, "Night train"] == (1, 40.0)


def test_another_name_is_another_track(sheet):
    services.edit_cue(cue_id=sheet.other.id, details=CueDetails(115.0, 165.0, "Day bus", "Ben"))
    cue = Cue.objects.get(id=sheet.other.id)
    assert (cue.title, cue.entry_number, cue.pair_id, cue.registered, cue.ref_start_s) == (
        "Day bus", None, None, False, None,
    )  # fmt: skip
    # How sure the recogniser was of the other track says nothing about this one; undoing brings it back.
    assert (cue.chance_probability, cue.tempo_ratio) == (None, None)
    back = services.undo_correction(cue_id=cue.id)
    assert (back.chance_probability, back.tempo_ratio, back.entry_number) == (1e-9, 1.0, 2)
    services.edit_cue(cue_id=sheet.other.id, details=CueDetails(115.0, 165.0, "Day bus", "Ben"))
    assert days() == {(1, "Own song"): (1, 45.0), (2, "Day bus"): (1, 50.0)}


def test_one_of_our_own_tracks_tells_the_rest(sheet):
    details = CueDetails(200.0, 230.0, track_id=sheet.own.track_id)
    cue = services.add_cue(recording_id=sheet.recording.id, details=details)
    assert (cue.state, cue.title, cue.already_ours, cue.original) == (CueState.ADDED, "Own song", True, {})


def test_undo_goes_back_step_by_step(sheet):
    services.confirm_cue(cue_id=sheet.own.id)
    services.edit_cue(cue_id=sheet.own.id, details=CueDetails(40.0, 75.0, "Own song", "Anna"))
    services.remove_cue(cue_id=sheet.own.id)
    assert (1, "Own song") not in days()
    services.undo_correction(cue_id=sheet.own.id)
    assert days()[1, "Own song"] == (1, 35.0)
    services.undo_correction(cue_id=sheet.own.id)
    cue = services.undo_correction(cue_id=sheet.own.id)
    assert (cue.state, cue.start_s, cue.ref_start_s) == (CueState.FOUND, 30.0, 0.0)
    with pytest.raises(Conflict, match="Nothing is left"):
        services.undo_correction(cue_id=sheet.own.id)
    assert CueCorrection.objects.filter(undone_by=sheet.desk.user).count() == 3


def test_undoing_an_added_cue_takes_it_off(sheet):
    cue = services.add_cue(recording_id=sheet.recording.id, details=CueDetails(200.0, 230.0, "Jingle"))
    assert services.undo_correction(cue_id=cue.id).state == CueState.REMOVED


@pytest.mark.parametrize(
    "details", [CueDetails(50, 50, "X"), CueDetails(-1, 5, "X"), CueDetails(0, 700, "X"), CueDetails(0, 5, "  ")]
)
def test_what_does_not_fit_is_refused(sheet, details):
    with pytest.raises(InvalidInput):
        services.add_cue(recording_id=sheet.recording.id, details=details)
    assert Cue.objects.count() == 2


def test_a_removed_cue_is_not_edited(sheet):
    services.remove_cue(cue_id=sheet.own.id)
    with pytest.raises(Conflict):
        services.edit_cue(cue_id=sheet.own.id, details=CueDetails(1, 2, "X"))


def test_a_deleted_recording_counts_no_more_until_it_is_back(sheet):
    services.delete_recording(recording_id=sheet.recording.id)
    assert days() == {}
    services.restore_recording(recording_id=sheet.recording.id)
    assert len(days()) == 2


def test_another_time_on_air_moves_the_plays(sheet):
    services.update_recording(
        recording_id=sheet.recording.id,
        title="Evening show",
        source=None,
        started_at=sheet.recording.started_at.replace(day=5),
    )
    # Without a source, days are those of UTC.
    assert days() == {(5, "Own song"): (1, 45.0), (5, "Night train"): (1, 50.0)}


def test_another_time_zone_of_the_source_moves_the_plays(sheet):
    services.save_source(source_id=sheet.source.id, name="Radio North", kind="radio", time_zone="UTC")
    assert days() == {(1, "Own song"): (1, 45.0), (1, "Night train"): (1, 50.0)}


def test_plays_by_track_by_source_and_over_time(sheet):
    services.add_cue(recording_id=sheet.recording.id, details=CueDetails(300.0, 330.0, track_id=sheet.own.track_id))
    assert [(t.title, t.plays, t.already_ours) for t in plays_by_track(JULY)] == [
        ("Own song", 2, True),
        ("Night train", 1, False),
    ]
    assert plays_by_source(JULY) == [
        {"source_id": sheet.source.id, "name": "Radio North", "plays": 3, "seconds": 125.0, "tracks": 2}
    ]
    by_day = series(JULY, "day")
    assert (list(by_day.plays), list(by_day.seconds)) == ([1, 2, 0], [45.0, 80.0, 0.0])
    assert list(series(JULY, "week").plays) == [3]
    assert play_counts(PlayFilters(JULY.since, JULY.until, ours=True)).count() == 2


def test_the_own_list_is_there_and_tells_once(sheet):
    services.raise_alerts(sheet.recording, [sheet.own, sheet.other])
    services.raise_alerts(sheet.recording, [sheet.own, sheet.other])
    assert [alert.cue_id for alert in Alert.objects.all()] == [sheet.own.id]
