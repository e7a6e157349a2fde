"""What a match says about itself: how its score came about, the runner-up, what it was made with."""

import pytest

from ml.fingerprint import versions
from ml.fingerprint.extract import extract
from ml.fingerprint.match import match, survey
from ml.fingerprint.plausibility import chance_probability, shipped_calibration
from ml.fingerprint.store import Index
from tests.unit.ml.fingerprint.synth import piece


@pytest.fixture(scope="module")
def index():
    made = Index()
    for seed in range(901, 905):
        made.add(f"piece {seed}", extract(piece(seed, 30)))
    return made


def test_the_parts_add_up(index):
    query = extract(piece(902, 6, tempo=1.08, start_s=4))
    (found,) = match(query, index)
    e = found.evidence
    assert e is found.best.evidence
    assert e.alteration_penalty == shipped_calibration().altered_penalty
    costs = (e.alteration_penalty, e.stretch_penalty, e.length_penalty, e.sparse_penalty, e.runner_up_penalty)
    assert e.adjusted_score == pytest.approx(e.score + e.dense_gain - sum(costs), abs=0.05)
    assert e.adjusted_score == pytest.approx(found.score, abs=0.01)
    assert (e.chance_probability, e.threshold) == (found.chance_probability, shipped_calibration().threshold)
    assert e.margin == pytest.approx(e.adjusted_score - e.score_needed)
    assert e.agreeing_peaks > 40
    registry_s = sum(index.durations.values())
    at_needed = chance_probability(e.score_needed, query.duration_s, registry_s, shipped_calibration())
    assert at_needed == pytest.approx(e.threshold, rel=0.02)


def test_the_runner_up_is_another_weaker_track(index):
    found = match(piece(903, 6, start_s=5), index, threshold=1.0)
    best = found[0]
    assert best.evidence.runner_up_track not in (None, best.track)
    assert best.evidence.runner_up_score < best.score
    assert best.evidence.runner_up_chance_probability > 0.01


def test_an_empty_answer_says_how_near_the_nearest_came(index):
    query = extract(piece(902, 6, start_s=4))
    (found,) = match(query, index)
    stricter = survey(query, index, threshold=1e-12, exclude=[found.track])
    assert stricter.matches == ()
    assert stricter.nearest.score < stricter.nearest.score_needed
    assert stricter.nearest.chance_probability > 1e-12
    loose = match(query, index, threshold=1.0, exclude=[found.track])
    assert stricter.nearest.score == loose[0].score
    assert survey(query, Index()).nearest is None


def test_versions_name_index_and_constants():
    assert versions.MATCHER_VERSION == "3"
    assert versions.INDEX_VERSION
    assert len(versions.calibration_digest()) == 12
