import hashlib
import math

import numpy as np
import pytest

from ml.fingerprint import grid
from ml.fingerprint.extract import FingerprintError, Peaks, digest, extract, hash_pairs, landmarks
from tests.unit.ml.fingerprint.synth import RATE, piece


@pytest.fixture(scope="module")
def peaks():
    return extract(piece(1, 12))


def test_tone_burst_peaks_at_its_frequency_and_time():
    samples = np.zeros(4 * RATE, np.float32)
    t = np.arange(int(0.2 * RATE)) / RATE
    samples[2 * RATE : 2 * RATE + len(t)] = 0.5 * np.hanning(len(t)) * np.sin(2 * np.pi * 1000 * t)
    found = extract(samples)
    first = int(np.argmin(found.rank))
    assert found.band[first] == pytest.approx(36 * math.log2(1000 / 180), abs=0.25)
    assert grid.frame_to_seconds(float(found.frame[first])) == pytest.approx(2.1, abs=0.03)


def test_equal_samples_give_equal_peaks(peaks):
    again = extract(piece(1, 12))
    assert again.to_bytes() == peaks.to_bytes()


def test_loudness_moves_few_peaks(peaks):
    quiet = extract(piece(1, 12) * np.float32(0.2)).strongest(30)
    loud = peaks.strongest(30)
    same = set(zip(np.rint(loud.frame).tolist(), np.rint(loud.band).tolist(), strict=True)) & set(
        zip(np.rint(quiet.frame).tolist(), np.rint(quiet.band).tolist(), strict=True)
    )
    assert len(same) > 0.9 * len(loud)


def test_stored_density_is_about_thirty_a_second(peaks):
    assert 20 <= len(peaks.strongest(30)) / peaks.duration_s <= 36
    assert len(peaks) > len(peaks.strongest(30))


def test_bytes_round_trip(peaks):
    back = Peaks.from_bytes(peaks.to_bytes())
    assert back.frames == peaks.frames
    for name in ("frame", "band", "rank"):
        assert np.array_equal(getattr(back, name), getattr(peaks, name))


def test_bytes_round_trip_over_a_long_gap():
    gap = Peaks(np.array([1.0, 5000.125], np.float32), np.array([3.0, 7.5], np.float32), np.zeros(2, np.uint8), 6000)
    assert Peaks.from_bytes(gap.to_bytes()).frame.tolist() == [1.0, 5000.125]


def test_stored_peaks_cost_about_four_bytes(peaks):
    stored = peaks.strongest(30)
    assert len(stored.to_bytes()) <= 4 * len(stored) + 64


@pytest.mark.parametrize("cut", [0, 5, 40, -1])
def test_damaged_bytes_are_refused(peaks, cut):
    with pytest.raises(FingerprintError):
        Peaks.from_bytes(peaks.to_bytes()[:cut])


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(500), np.zeros(3 * RATE)])
def test_silence_and_scraps_have_no_peaks(samples):
    assert len(extract(samples.astype(np.float32))) == 0


def test_samples_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="not numbers"):
        extract(np.array([0.1, np.nan, 0.2], np.float32))


def test_stereo_is_refused():
    with pytest.raises(ValueError, match="mono"):
        extract(np.zeros((2, RATE), np.float32))


def test_hash_holds_band_step_and_time():
    value = int(hash_pairs(np.array([100.2]), np.array([-5.1]), np.array([17.4]))[0])
    assert value == (100 << 14) | ((-5 + 64) << 7) | 17


def test_landmarks_pair_each_peak_with_at_most_six(peaks):
    marks = landmarks(peaks)
    stored = peaks.strongest(30)
    assert marks.hash.max() < 1 << 22
    assert 4 * len(stored) < len(marks) <= 6 * len(stored)
    steps = marks.hash & 127
    assert steps.min() >= 3
    assert steps.max() <= 64


def test_digest_is_of_the_stored_peaks(peaks):
    assert digest(peaks) == hashlib.sha256(peaks.strongest(30).to_bytes()).hexdigest()
    assert digest(peaks) == digest(peaks.strongest(30))
    assert digest(peaks) != digest(extract(piece(2, 12)))


def test_between_keeps_times(peaks):
    part = peaks.between(100, 200)
    assert part.frame.min() >= 100
    assert part.frame.max() < 200
    assert len(part) == np.count_nonzero((peaks.frame >= 100) & (peaks.frame < 200))
