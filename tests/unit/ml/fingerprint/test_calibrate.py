import numpy as np
import pytest

from ml.fingerprint import grid
from ml.fingerprint.calibrate import Sample, describe, fit
from ml.fingerprint.plausibility import adjusted_score, chance_probability
from ml.fingerprint.verify import Alignment

FRAMES = round(10 / grid.FRAME_SECONDS)


def aligned(score, rate):
    return Alignment(0, rate, 0.0, 0.0, score, 0.0, float(FRAMES), 20.0, 100)


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


def test_probability_is_the_share_of_chance_searches(samples):
    constants = fit(samples)
    best = np.array([max(adjusted_score(a, FRAMES, constants) for a in s.chance) for s in samples])
    for quantile in (0.95, 0.98, 0.99):
        score = float(np.quantile(best, quantile))
        assert chance_probability(score, 10.0, 5 * 3600, constants) == pytest.approx(1 - quantile, rel=0.35)


def test_default_threshold_lets_half_a_percent_pass(samples):
    constants = fit(samples)
    passing = [
        chance_probability(max(adjusted_score(a, FRAMES, constants) for a in s.chance), 10.0, 5 * 3600, constants)
        <= constants.threshold
        for s in samples
    ]
    assert np.mean(passing) <= 0.005
    assert "10 s, threshold" in describe(samples, constants)
