"""Loudness against EBU Tech 3341 and 3342 (test signals as those documents describe them) and ffmpeg."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ml.audio import measure, measure_samples
from ml.audio.loudness import LoudnessMeter, channel_weights, k_weighting
from tests.unit.ml.audio.signals import noise, sine, write_wav


def steps(*levels: tuple[float, float], sample_rate: int = 48_000, channels: int = 2) -> np.ndarray:
    """1 kHz tone of (dBFS, seconds) one after the other."""
    tones = [sine(1000, s, sample_rate, level_db=db, channels=channels) for db, s in levels]
    return np.concatenate(tones, axis=1)


TECH_3341: dict[str, list[tuple[float, float]]] = {
    "1": [(-23, 20)],
    "2": [(-33, 20)],
    "3": [(-36, 10), (-23, 60), (-36, 10)],
    "4": [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
    "5": [(-26, 20), (-20, 20.1), (-26, 20)],
}


@pytest.mark.parametrize("case", TECH_3341)
def test_tech_3341_integrated_loudness(case: str) -> None:
    expected = -33.0 if case == "2" else -23.0

    loudness = measure_samples(steps(*TECH_3341[case]), 48_000)

    assert loudness.integrated_lufs == pytest.approx(expected, abs=0.1)


def test_tech_3341_case_6_five_channels() -> None:
    tones = [sine(1000, 20, 48_000, level_db=db) for db in (-28, -28, -24, -30, -30)]

    loudness = measure_samples(np.concatenate(tones), 48_000, ("FL", "FR", "FC", "BL", "BR"))

    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 44_100, 88_200, 96_000, 192_000])
def test_any_sample_rate(sample_rate: int) -> None:
    loudness = measure_samples(steps((-23, 20), sample_rate=sample_rate), sample_rate)

    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_k_weighting_is_the_table_of_bs_1770() -> None:
    # ITU-R BS.1770-5, annex 1, tables 1 and 2 (48 kHz).
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585]
    highpass = [1, -2, 1, 1, -1.99004745483398, 0.99007225036621]

    np.testing.assert_allclose(k_weighting(48_000), [shelf, highpass], atol=2e-9)


def test_channel_weights_of_bs_1770() -> None:
    names_51 = ("FL", "FR", "FC", "LFE", "BL", "BR")
    names_71 = ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")

    assert channel_weights(("FC",)).tolist() == [1]
    assert channel_weights(names_51).tolist() == [1, 1, 1, 0, 1.41, 1.41]
    assert channel_weights(names_71).tolist() == [1, 1, 1, 0, 1, 1, 1.41, 1.41]


def test_a_mono_tone_is_3_db_below_a_stereo_one() -> None:
    mono = measure_samples(steps((-23, 10), channels=1), 48_000)

    assert mono.integrated_lufs == pytest.approx(-26.01, abs=0.1)


TECH_3342 = [
    ([(-20, 20), (-30, 20)], 10),
    ([(-20, 20), (-15, 20)], 5),
    ([(-40, 20), (-20, 20)], 20),
    ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
]


@pytest.mark.parametrize(("levels", "expected"), TECH_3342)
def test_tech_3342_loudness_range(levels: list[tuple[float, float]], expected: float) -> None:
    assert measure_samples(steps(*levels), 48_000).range_lu == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize(
    ("divisor", "phase", "level", "expected"),
    [
        (4, 0.0, 0.50, -6.0),  # Tech 3341, cases 15–19: tolerance +0.2/−0.4 dB
        (4, 45.0, 0.50, -6.0),
        (6, 60.0, 0.50, -6.0),
        (8, 67.5, 0.50, -6.0),
        (4, 45.0, 1.41, 3.0),
    ],
)
def test_tech_3341_true_peak(divisor: int, phase: float, level: float, expected: float) -> None:
    at = np.arange(48_000)
    tone = level * np.sin(2 * np.pi * at / divisor + np.deg2rad(phase))
    fade = np.minimum(1, np.minimum(at, at[::-1]) / 480)

    loudness = measure_samples((tone * fade).astype(np.float32), 48_000)

    assert loudness.true_peak_dbtp is not None
    assert expected - 0.4 <= loudness.true_peak_dbtp <= expected + 0.2


def test_true_peak_of_the_very_first_and_last_samples() -> None:
    samples = np.zeros(4_800, np.float32)
    samples[:2] = samples[-2:] = 0.5  # between two equal impulses a band-limited signal is higher

    first = measure_samples(samples[:2_400], 48_000)
    last = measure_samples(samples[2_400:], 48_000)

    # sinc(1/2) + sinc(−1/2) = 4/π, a little less by the window
    assert first.true_peak_dbtp == pytest.approx(20 * np.log10(0.5 * 4 / np.pi), abs=0.1)
    assert last.true_peak_dbtp == pytest.approx(first.true_peak_dbtp, abs=1e-4)


def test_blocks_of_any_size_give_the_same() -> None:
    samples = noise(7.3, 44_100, channels=2)
    whole = measure_samples(samples, 44_100)
    meter = LoudnessMeter(44_100, ("FL", "FR"))

    for block in np.array_split(samples, 97, axis=1):
        meter.add(block)

    result = meter.result()
    assert result.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-4)
    assert result.range_lu == pytest.approx(whole.range_lu, abs=1e-4)
    assert result.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-4)


def test_nothing_to_measure() -> None:
    silent = measure_samples(np.zeros(96_000, np.float32), 48_000)
    short = measure_samples(sine(1000, 0.3, 48_000), 48_000)

    assert (silent.integrated_lufs, silent.true_peak_dbtp, silent.range_lu) == (None, None, None)
    assert (short.integrated_lufs, short.range_lu) == (None, None)
    assert short.sample_peak_dbfs == pytest.approx(-12.0, abs=0.01)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(("channels", "sample_rate"), [(1, 44_100), (2, 48_000), (2, 22_050), (6, 48_000)])
def test_ffmpeg_agrees(tmp_path: Path, channels: int, sample_rate: int) -> None:
    samples = 3 * noise(12.0, sample_rate, channels=channels, seed=5)
    samples[:, : 4 * sample_rate] *= 0.2
    path = write_wav(tmp_path / "a.wav", samples, sample_rate, subtype="FLOAT")
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary")[2]
    theirs = [float(re.findall(rf"{name}:\s+(-?[\d.]+)", report)[0]) for name in ("I", "LRA", "Peak")]

    ours = measure(path)

    assert ours.integrated_lufs == pytest.approx(theirs[0], abs=0.11)  # it prints one decimal
    assert ours.range_lu == pytest.approx(theirs[1], abs=0.15)
    assert ours.true_peak_dbtp == pytest.approx(theirs[2], abs=0.15)


def test_silence_after_music_leaves_no_denormal_numbers() -> None:
    # Denormal filter memory made digital silence twenty times slower than music.
    meter = LoudnessMeter(48_000, ("FL", "FR"))
    meter.add(noise(1.0, 48_000, channels=2))

    for _ in range(2):
        meter.add(np.zeros((2, 240_000), np.float32))

    assert not meter._state.any()
