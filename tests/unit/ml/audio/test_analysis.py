"""One pass gives the same as each measure alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from ml.audio import analyse, decode, measure, probe, waveform_peaks
from tests.unit.ml.audio.signals import encode, noise, sine, write_wav


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "a.wav", noise(12.0, channels=2))


def test_one_pass_agrees_with_each_measure(recording: Path) -> None:
    result = analyse(recording)

    assert result.facts == probe(recording)
    assert result.loudness == measure(recording)
    assert result.peaks.to_json() == waveform_peaks(recording).to_json()
    np.testing.assert_array_equal(result.samples, decode(recording))


def test_progress_rises_to_one(recording: Path) -> None:
    seen: list[float] = []

    analyse(recording, seen.append)

    assert seen == sorted(seen)
    assert (len(seen) > 2, seen[-1]) == (True, 1.0)


def test_blocks_can_be_taken_instead_of_kept(recording: Path) -> None:
    taken: list[np.ndarray] = []

    result = analyse(recording, consume=taken.append)

    assert len(result.samples) == 0
    np.testing.assert_array_equal(np.concatenate(taken), decode(recording))


def test_a_lossy_recording_has_the_decoded_duration(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.mp3", noise(5.0), 44_100,
        muxer="mp3", encoder="libmp3lame", layout="mono", muxer_options={"write_xing": "0"},
    )  # fmt: skip

    facts = analyse(path).facts

    assert facts.duration_s == pytest.approx(5.0, abs=0.08)
    assert facts.duration_s == len(decode(path, sample_rate=None)) / 44_100


def test_the_outline_is_low_and_high_of_each_stretch(tmp_path: Path) -> None:
    samples = np.zeros((2, 44_100), np.float32)
    samples[0, 100], samples[1, 200] = 0.5, -1.0  # first stretch: both channels count
    samples[0, 44_099] = 0.25  # last stretch
    path = write_wav(tmp_path / "a.wav", samples, subtype="FLOAT")

    outline = waveform_peaks(path).to_json()

    assert (outline["sample_rate"], outline["samples_per_pixel"], outline["length"]) == (44_100, 2_205, 20)
    assert outline["data"] == [-127, 64] + [0, 0] * 18 + [0, 32]


def test_an_outline_of_samples() -> None:
    outline = waveform_peaks(sine(440, 2.0, level_db=0), sample_rate=44_100, points_per_second=10)

    assert (outline.low.tolist(), outline.high.tolist()) == ([-127] * 20, [127] * 20)
    assert outline.points_per_second == 10
    with pytest.raises(ValueError, match="sample_rate"):
        waveform_peaks(sine(440, 2.0))


def test_an_unfinished_stretch_is_drawn() -> None:
    assert len(waveform_peaks(sine(440, 2.03), sample_rate=44_100).low) == 41


def test_an_outline_stays_small(tmp_path: Path) -> None:
    three_minutes = waveform_peaks(3.9 * noise(180.0, 8_000), sample_rate=8_000).to_json()
    three_hours = waveform_peaks(3.9 * noise(10_800.0, 100), sample_rate=100).to_json()

    assert 2_000 < len(json.dumps(three_minutes, separators=(",", ":"))) < 60_000
    assert 2 * int(str(three_hours["length"])) <= 2 * 8_000
    assert len(json.dumps(three_hours, separators=(",", ":"))) < 80_000


def test_peaks_above_full_scale_are_held() -> None:
    outline = waveform_peaks(sine(440, 1.0, level_db=6), sample_rate=44_100)

    assert (int(outline.low.min()), int(outline.high.max())) == (-127, 127)
