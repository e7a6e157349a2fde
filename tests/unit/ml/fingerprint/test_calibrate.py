import json

import numpy as np
import pytest

from ml.fingerprint import grid
from ml.fingerprint.calibrate import Sample, describe, fit, operating_points, without_kin
from ml.fingerprint.plausibility import CALIBRATION_FILE, adjusted_score, chance_probability, shipped_calibration
from ml.fingerprint.verify import Alignment
from ml.fingerprint.versions import MATCHER_VERSION

FRAMES = round(10 / grid.FRAME_SECONDS)


def aligned(score, rate):
    return Alignment(0, rate, 0.0, 0.0, score, 0.0, float(FRAMES), 20.0, 1000)


@pytest.fixture(scope="module")
def samples():
    """Chance reaches more where many warps are tried; true alignments are mostly unaltered."""
    g = np.random.default_rng(7)
    made = []
    for number in range(2000):
        chance = (aligned(6 + g.exponential(2), 1.0), aligned(10 + g.exponential(2), 1.05))
        true = (aligned(g.uniform(8, 120), 1.05 if number % 3 == 0 else 1.0),) if number % 2 else ()
        made.append(Sample(10.0, FRAMES, 10.0, 5 * 3600.0, chance, true))
    return made


def test_altered_alignments_get_a_penalty(samples):
    assert 2 < fit(samples).altered_penalty <= 6


def test_probability_is_the_share_of_chance_searches_with_caution(samples):
    constants = fit(samples)
    best = np.array([max(adjusted_score(a, FRAMES, constants) for a in s.chance) for s in samples])
    assert chance_probability(float(np.quantile(best, 0.9)), 10.0, 5 * 3600, constants) == pytest.approx(0.1, rel=0.05)
    for quantile in (0.95, 0.98, 0.99):
        stated = chance_probability(float(np.quantile(best, quantile)), 10.0, 5 * 3600, constants)
        assert 1 - quantile <= stated <= 4 * (1 - quantile)


def test_default_threshold_lets_half_a_percent_pass(samples):
    constants = fit(samples)
    passing = [
        chance_probability(max(adjusted_score(a, FRAMES, constants) for a in s.chance), 10.0, 5 * 3600, constants)
        <= constants.threshold
        for s in samples
    ]
    assert np.mean(passing) <= 0.005
    assert "10 s, threshold" in describe(samples, constants)


def test_operating_points_fall_and_rise_together(samples):
    constants = fit(samples)
    points = operating_points(samples, constants, "made up")
    assert points["default"] == constants.threshold
    assert points["limits"] == [points["points"][0]["threshold"], points["points"][-1]["threshold"]]
    for name in ("threshold", "false_alarm_rate", "hit_rate"):
        values = [point[name] for point in points["points"]]
        assert values == sorted(values)
    at_default = next(p for p in points["points"] if p["threshold"] == constants.threshold)
    assert at_default["false_alarm_rate"] <= 0.005 < 0.5 < at_default["hit_rate"]
    assert at_default["queries"] == 3000


def test_shipped_operating_points_belong_to_the_shipped_constants():
    points = json.loads(CALIBRATION_FILE.with_name("operating_points.json").read_text())
    assert points["version"] == MATCHER_VERSION
    assert points["default"] == shipped_calibration().threshold
    assert all(p["false_alarm_rate"] <= 0.005 for p in points["points"] if p["threshold"] <= points["default"])


def test_queries_of_altered_copies_teach_nothing_about_chance():
    def sample(query, score):
        return Sample(10.0, FRAMES, 10.0, 5 * 3600.0, (aligned(score, 1.05),), (), query)

    kept = without_kin([sample("a", 90), sample("a", 12), sample("b", 14), sample("", 90)])
    assert [s.query for s in kept] == ["b", ""]
