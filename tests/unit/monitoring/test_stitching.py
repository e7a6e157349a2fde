"""Stretches of chunks become cues: joined along their line, cut where a stronger reading stands."""

from dataclasses import replace

import pytest

from apps.monitoring.stitching import Stretch, chunk_limit, stitch, whole_chance


def stretch(start: float, end: float, ref: float, *, entry: int = 1, rate: float = 1.0, score: float = 100.0, **more):
    return Stretch(
        entry=entry,
        start_s=start,
        end_s=end,
        ref_start_s=ref,
        ref_end_s=ref + rate * (end - start),
        tempo_ratio=rate,
        pitch_semitones=more.get("pitch", 0.0),
        score=score,
        chance_probability=more.get("chance", 1e-9),
    )


def spans(cues):
    return [(c.entry, c.start_s, c.end_s, c.ref_start_s, c.ref_end_s) for c in cues]


def test_two_halves_of_one_play_on_both_sides_of_a_border_are_one_cue():
    cues = stitch([stretch(290.0, 315.0, 0.0), stretch(290.1, 480.0, 0.1, score=300.0)])
    assert spans(cues) == [(1, 290.0, 480.0, 0.0, pytest.approx(190.0))]
    assert cues[0].score == 300.0


def test_a_short_gap_on_the_same_line_does_not_end_a_cue():
    assert spans(stitch([stretch(10, 40, 0), stretch(46, 80, 36)])) == [(1, 10, 80, 0, 70)]


def test_a_long_gap_ends_it():
    assert len(stitch([stretch(10, 40, 0), stretch(49, 80, 39)])) == 2


def test_the_same_track_played_again_from_its_start_is_a_second_cue():
    assert spans(stitch([stretch(10, 40, 0), stretch(41, 70, 0)])) == [(1, 10, 40, 0, 30), (1, 41, 70, 0, 29)]


@pytest.mark.parametrize("other", [{"rate": 1.05}, {"pitch": 2.0}])
def test_other_tempo_or_pitch_is_another_cue(other):
    assert len(stitch([stretch(10, 40, 0), stretch(40, 70, 30, **other)])) == 2


def test_a_loop_found_at_two_places_of_the_track_keeps_the_stronger_reading():
    cues = stitch([stretch(0, 60, 0, score=500), stretch(20, 50, 120, score=80), stretch(40, 90, 200, score=90)])
    assert spans(cues) == [(1, 0, 60, 0, 60), (1, 60, 90, 220, 250)]


def test_the_echo_of_a_strong_cue_under_another_track_is_left_out():
    strong, echo = stretch(0, 60, 0, score=2000), stretch(5, 15, 40, entry=2, score=60)
    assert stitch([strong, echo]) == [strong]


def test_the_tracks_of_a_registered_mix_are_heard_beside_it():
    mix = stretch(0, 300, 0, score=11_000)
    tracks = [stretch(50 * k, 50 * k + 48, 5, entry=2 + k, score=1_500) for k in range(6)]
    assert stitch([mix, *tracks]) == sorted([mix, *tracks], key=lambda cue: (cue.start_s, cue.end_s))


def test_two_tracks_that_both_match_well_stay_both():
    one, other = stretch(0, 60, 0, score=500), stretch(0, 60, 0, entry=2, score=400)
    assert stitch([other, one]) == [one, other]


def test_a_cross_fade_keeps_both_tracks_whole():
    one, other = stretch(0, 60, 0), stretch(55, 120, 10, entry=2)
    assert stitch([one, other]) == [one, other]


def test_a_faster_play_over_three_chunks_has_the_tempo_of_its_ends():
    parts = [stretch(a, b, 1.04 * a, rate=1.04) for a, b in [(0, 315), (285, 615), (585, 700)]]
    (cue,) = stitch([replace(part, tempo_ratio=part.tempo_ratio + 0.0004) for part in parts])
    assert [cue.start_s, cue.end_s, cue.ref_end_s] == pytest.approx([0.0, 700.0, 728.0])
    assert cue.tempo_ratio == 1.04


def test_stretches_survive_being_stored():
    one = stretch(1.5, 2.5, 0.5, pitch=-0.5)
    assert Stretch.from_json(one.to_json()) == one


def test_chance_of_the_whole_grows_with_its_chunks():
    assert whole_chance(0.001, 1) == pytest.approx(0.001)
    assert whole_chance(0.001, 288) == pytest.approx(1 - 0.999**288)
    assert whole_chance(chunk_limit(0.05, 288), 288) == pytest.approx(0.05)
    assert whole_chance(0.0, 288) == 0.0
