import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.fingerprint import grid
from ml.fingerprint.plausibility import (
    Calibration,
    adjusted_score,
    alterations,
    chance_probability,
    changes,
    score_needed,
    shipped_calibration,
    weigh_all,
)
from ml.fingerprint.results import Alteration
from ml.fingerprint.verify import Alignment

CONSTANTS = Calibration(4.0, 7.0, 2.0, 10.0, 0.1, 3.0, 0.2, 5.0, 0.005)
TEN_SECONDS = round(10 / grid.FRAME_SECONDS)


def aligned(score=30.0, rate=1.0, pitch=0.0, start=0.0, end=float(TEN_SECONDS), peaks=1000, track=0):
    return Alignment(track, rate, 0.0, pitch, score, start, end, 20.0, peaks)


@given(st.floats(-50, 2000), st.floats(0.001, 500))
def test_more_evidence_is_never_likelier_to_be_chance(score, more):
    low = chance_probability(score, 10, 5 * 3600, CONSTANTS)
    high = chance_probability(score + more, 10, 5 * 3600, CONSTANTS)
    assert 0 <= high <= low <= 1


def test_probability_in_the_tail_by_hand():
    # One search of one registry: 0.1 · (1 + 0.2 · 15 / 3) ** -5
    assert chance_probability(25.0, 15, 5 * 3600, CONSTANTS) == pytest.approx(0.1 * 2.0**-5)


def test_at_the_start_of_the_tail_it_is_the_tails_share():
    assert chance_probability(10.0, 15, 5 * 3600, CONSTANTS) == pytest.approx(0.1)


def test_larger_registries_and_longer_queries_offer_more_chances():
    once = chance_probability(40.0, 15, 5 * 3600, CONSTANTS)
    assert chance_probability(40.0, 15, 50 * 3600, CONSTANTS) == pytest.approx(10 * once, rel=0.02)
    assert chance_probability(40.0, 150, 5 * 3600, CONSTANTS) == pytest.approx(10 * once, rel=0.02)


def test_strong_evidence_never_becomes_zero():
    assert chance_probability(1e5, 15, 5 * 3600, shipped_calibration()) > 0


@pytest.mark.parametrize(
    ("rate", "pitch", "expected"),
    [
        (1.0, 0.0, 0),
        (1.002, 0.1, 0),
        (1.05, 0.0, 1),
        (1.0, 3.0, 1),
        (1.05, 36 * math.log2(1.05), 1),
        (1.05, 3.6, 2),
        (1.0, 1.5, 2),
    ],
)
def test_changes(rate, pitch, expected):
    assert changes(rate, pitch) == expected


def test_altered_alignments_need_more_evidence():
    assert adjusted_score(aligned(), TEN_SECONDS, CONSTANTS) == pytest.approx(30)
    assert adjusted_score(aligned(rate=1.06), TEN_SECONDS, CONSTANTS) == pytest.approx(26)
    assert adjusted_score(aligned(rate=1.06, pitch=4.7), TEN_SECONDS, CONSTANTS) == pytest.approx(23)


def test_short_stretches_need_more_evidence():
    quarter = aligned(end=TEN_SECONDS / 4)
    assert adjusted_score(quarter, TEN_SECONDS, CONSTANTS) == pytest.approx(30 - 2 * math.log(4))


def test_a_long_query_costs_a_stretch_no_more_than_fifteen_seconds_do():
    once = adjusted_score(aligned(), round(15 / grid.FRAME_SECONDS), CONSTANTS)
    assert adjusted_score(aligned(), 100 * TEN_SECONDS, CONSTANTS) == pytest.approx(once, abs=0.01)


def test_short_queries_need_more_evidence_where_the_constants_say_so():
    constants = replace(CONSTANTS, length_penalty=3.0)
    frames = round(5 / grid.FRAME_SECONDS)
    assert adjusted_score(aligned(end=frames), frames, constants) == pytest.approx(30 - 3 * math.log(3), abs=0.05)


def test_stretches_with_few_peaks_need_more_evidence():
    # 100 peaks in ten seconds are a quarter of what the sparsest music has.
    assert adjusted_score(aligned(peaks=100), TEN_SECONDS, CONSTANTS) == pytest.approx(30 - 6 * math.log(4), abs=0.05)
    assert adjusted_score(aligned(peaks=401), TEN_SECONDS, CONSTANTS) == pytest.approx(30)


def test_a_runner_up_speaks_against_the_best():
    constants = replace(CONSTANTS, runner_up_level=-5.0, runner_up_most=8.0)
    best, same, second, third = weigh_all(
        [aligned(20, track=1), aligned(18, track=1), aligned(-1, track=2), aligned(-30, track=3)],
        TEN_SECONDS,
        constants,
    )
    assert best.runner_up.alignment == second.alignment
    assert best.adjusted == pytest.approx(20)
    assert best.net == pytest.approx(16)
    assert same.net == pytest.approx(14)
    assert second.runner_up.alignment == third.alignment
    assert second.net == pytest.approx(-1)
    assert third.runner_up is None
    twins = weigh_all([aligned(60, track=1), aligned(59, track=2)], TEN_SECONDS, constants)
    assert [w.net for w in twins] == [pytest.approx(52), pytest.approx(59)]


def test_music_elsewhere_in_the_query_is_no_runner_up():
    early, late = aligned(20, track=1, end=200), aligned(15, track=2, start=200)
    assert [w.runner_up for w in weigh_all([early, late], TEN_SECONDS, CONSTANTS)] == [None, None]


def test_a_track_that_fits_in_several_keys_at_once_was_not_recognised():
    constants = replace(CONSTANTS, runner_up_level=-5.0, runner_up_most=8.0)
    # An altered key costs 4, a third of a semitone more or less 7: 50, 44 and 38 are left.
    found = [aligned(50, track=1), aligned(48, track=1, pitch=3.0), aligned(45, track=1, pitch=1.0)]
    plain, higher, between = weigh_all(found, TEN_SECONDS, constants)
    assert plain.other_key.alignment == found[1]
    assert [w.net for w in (plain, higher)] == [pytest.approx(50 - 49 * (1 + 44 / 50)), pytest.approx(44 - 2 * 55)]
    # One band from the first is the same key; from the second it is another.
    assert between.net == pytest.approx(38 - 2 * 49)
    repeated = weigh_all([aligned(50, track=1), aligned(50, track=1, pitch=0.3)], TEN_SECONDS, constants)
    assert [w.net for w in repeated] == [pytest.approx(50), pytest.approx(50)]


def test_another_key_elsewhere_in_the_query_is_no_rival():
    early, late = aligned(50, track=1, end=200), aligned(48, track=1, pitch=3.0, start=200)
    assert [w.other_key for w in weigh_all([early, late], TEN_SECONDS, CONSTANTS)] == [None, None]


@given(st.floats(1e-9, 0.9), st.floats(1, 300), st.floats(0.1, 5000))
def test_score_needed_is_the_inverse(chance, query_s, hours):
    needed = score_needed(chance, query_s, hours * 3600, CONSTANTS)
    assert chance_probability(needed, query_s, hours * 3600, CONSTANTS) == pytest.approx(chance, rel=1e-3)


def test_words_for_alterations():
    assert alterations(1.0, 0.0) == ()
    assert alterations(0.95, -3.0) == (Alteration.SLOWER, Alteration.LOWER)
    assert alterations(1.03, 0.1) == (Alteration.FASTER,)


def test_constants_survive_saving(tmp_path):
    import json

    CONSTANTS.save(tmp_path / "c.json")
    assert Calibration(**json.loads((tmp_path / "c.json").read_text())) == CONSTANTS
