import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest

from ml.fingerprint import grid
from ml.fingerprint.extract import FingerprintError, Peaks, check_of, digest, extract, landmarks, pair_hash
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
    gap = Peaks(np.array([1.0, 5000.25], np.float32), np.array([3.0, 7.5], np.float32), np.zeros(2, np.uint8), 6000)
    assert Peaks.from_bytes(gap.to_bytes()).frame.tolist() == [1.0, 5000.25]


def test_stored_peaks_cost_about_twenty_bits(peaks):
    stored = replace(peaks.strongest(30), print=None)
    assert len(stored.to_bytes()) <= 2.7 * len(stored) + 12


def test_a_day_of_peaks_keeps_its_times():
    frames = 24 * 3600 * 22_050 // 512
    late = Peaks(
        np.array([0.25, frames - 1.25, frames - 0.75], np.float32),
        np.array([0, 7.125, 179], np.float32),
        np.array([0, 29, 3], np.uint8),
        frames,
    )
    back = Peaks.from_bytes(late.to_bytes())
    assert back.frame.tolist() == [0.25, frames - 1.25, frames - 0.75]
    assert back.band.tolist() == [0, 7.125, 179]
    assert back.rank.tolist() == [0, 29, 3]


def test_forty_hours_of_peaks_keep_their_times():
    frames = 40 * 3600 * 22_050 // 512
    times = [0.25, frames // 2 + 0.25, frames - 1.25, frames - 0.75]
    late = Peaks(np.array(times), np.array([0, 7, 8, 179], np.float32), np.array([0, 1, 29, 3], np.uint8), frames)
    assert np.array(times, np.float32).tolist() != times, "single precision would not do"
    back = Peaks.from_bytes(late.to_bytes())
    assert back.frame.tolist() == times
    assert back.frames == frames


@pytest.mark.parametrize(("frame", "band"), [(700.0, 20.0), (20.0, 200.0)])
def test_peaks_outside_of_their_recording_are_not_read(frame, band):
    wrong = Peaks(np.array([frame], np.float32), np.array([band], np.float32), np.array([0], np.uint8), 600)
    with pytest.raises(FingerprintError, match="outside"):
        Peaks.from_bytes(wrong.to_bytes())


def test_peaks_stored_by_the_version_before_can_be_read():
    """Two peaks, at 1 and 5,000.125 frames (a step over 254 eighths stands behind the peaks)."""
    head = b"DP" + bytes([1, 0]) + (2).to_bytes(4, "little") + (6000).to_bytes(4, "little")
    body = bytes([8, 48, 0, 5]) + bytes([255, 120, 0, 9]) + (39_993).to_bytes(4, "little")
    old = Peaks.from_bytes(head + body)
    assert (old.frame.tolist(), old.band.tolist(), old.rank.tolist(), old.frames) == (
        [1.0, 5000.125],
        [3.0, 7.5],
        [5, 9],
        6000,
    )
    with pytest.raises(FingerprintError, match="cut short"):
        Peaks.from_bytes(head + body[:-1])


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
    assert pair_hash(100.2, -5.1, 17.4) == (100 << 13) | ((-5 + 64) << 6) | 17
    assert pair_hash(100.2, -5.1, 2.4) == -1
    assert pair_hash(100.2, -5.1, 56.6) == -1


def test_check_holds_the_third_peak_coarsely():
    assert check_of(0.2, 9.0) == (16 << 4) | 2
    assert check_of(-40.0, 62.9) == (2 << 4) | 15


def test_landmarks_pair_each_peak_with_its_two_or_three_strongest_followers(peaks):
    marks = landmarks(peaks)
    stored = peaks.strongest(30)
    assert marks.hash.max() < 1 << 30
    assert 2 * len(stored) < len(marks) <= 3 * len(stored)
    steps = (marks.hash >> 9) & 63
    assert steps.min() >= 3
    assert steps.max() <= 56
    assert marks.cell.max() <= stored.frame.max() / 8


def test_the_partners_are_the_strongest_in_reach_and_the_check_is_the_strongest_of_the_others():
    made = Peaks(
        np.array([0, 2, 10, 20, 30, 40, 60], np.float32),
        np.array([50, 51, 52, 53, 54, 95, 58], np.float32),
        np.array([0, 1, 9, 3, 2, 0, 1], np.uint8),
        100,
    )
    marks = landmarks(made)
    first = (marks.hash[marks.cell == 0] >> 9).tolist()
    assert first[:3] == [pair_hash(50, 4, 30), pair_hash(50, 3, 20), pair_hash(50, 2, 10)]
    assert (marks.hash[:3] & 511).tolist() == [check_of(3.0, 20.0), check_of(4.0, 30.0), check_of(4.0, 30.0)]


def test_digest_is_of_the_stored_peaks(peaks):
    stored = replace(peaks.strongest(30), print=None)
    assert digest(peaks) == hashlib.sha256(stored.to_bytes()).hexdigest()
    assert digest(peaks) == digest(peaks.strongest(30))
    assert digest(peaks) != digest(extract(piece(2, 12)))


def test_between_keeps_times(peaks):
    part = peaks.between(100, 200)
    assert part.frame.min() >= 100
    assert part.frame.max() < 200
    assert len(part) == np.count_nonzero((peaks.frame >= 100) & (peaks.frame < 200))
