"""Effects change what they say, by as much as they say, and nothing else."""

import numpy as np
import pytest

from ml.audio.effects import (
    PHONE_RATE_HZ,
    change_speed,
    change_tempo,
    phone_quality,
    through_codec,
    transpose,
)
from tests.unit.ml.audio.signals import lag_of, main_frequency, noise, sine

RATE = 22_050


@pytest.mark.parametrize("factor", [0.9, 0.96, 1.04, 1.1])
def test_tempo_changes_length_alone(factor: float) -> None:
    samples = change_tempo(sine(440, 10.0, RATE)[0], RATE, factor)

    assert len(samples) / RATE == pytest.approx(10.0 / factor, abs=0.05)
    assert main_frequency(samples, RATE) == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize("semitones", [-2, 1])
def test_transposing_changes_pitch_alone(semitones: int) -> None:
    samples = transpose(sine(440, 10.0, RATE)[0], RATE, semitones)

    assert len(samples) / RATE == pytest.approx(10.0, abs=0.05)
    assert main_frequency(samples, RATE) == pytest.approx(440 * 2 ** (semitones / 12), abs=0.5)


def test_speed_changes_both() -> None:
    samples = change_speed(sine(440, 10.0, RATE)[0], 1.05)

    assert len(samples) / RATE == pytest.approx(10.0 / 1.05, abs=0.001)
    assert main_frequency(samples, RATE) == pytest.approx(462, abs=0.5)


def test_tempo_keeps_events_in_their_places() -> None:
    samples = np.zeros(10 * RATE, np.float32)
    for second in (2, 5, 8):
        samples[second * RATE : second * RATE + RATE // 5] = sine(880, 0.2, RATE)[0]

    loud = np.abs(change_tempo(samples, RATE, 1.04)) > 0.1

    for second in (2, 5, 8):
        expected = second / 1.04
        window = loud[round((expected - 0.1) * RATE) :]
        assert np.argmax(window) / RATE == pytest.approx(0.1, abs=0.04)


def test_a_phone_passes_300_to_3400_hz() -> None:
    def level(hz: float) -> float:
        low_tone_and_test_tone = sine(1000, 4.0, RATE)[0] + sine(hz, 4.0, RATE)[0]
        heard = phone_quality(low_tone_and_test_tone, RATE, clipped_share=0.0)
        lines = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        at = round(hz * len(heard) / PHONE_RATE_HZ)
        return float(20 * np.log10(lines[at] / lines[round(1000 * len(heard) / PHONE_RATE_HZ)]))

    assert level(500) == pytest.approx(0, abs=1)
    assert level(3_000) == pytest.approx(0, abs=1)
    assert level(80) < -40
    assert level(3_900) < -12


def test_a_phone_clips_the_loudest() -> None:
    heard = phone_quality(noise(4.0, RATE)[0], RATE, clipped_share=0.05)

    assert float(np.abs(heard).max()) == 0.5
    assert float((np.abs(heard) >= 0.4999).mean()) == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(("suffix", "bit_rate"), [(".mp3", 64_000), (".m4a", 32_000), (".opus", 24_000)])
def test_a_codec_keeps_place_and_loses_detail(suffix: str, bit_rate: int) -> None:
    source = noise(4.0, 24_000)[0]

    coded = through_codec(source, 24_000, suffix, bit_rate=bit_rate)

    assert len(coded) == len(source)
    assert lag_of(coded, source) == 0
    assert 0.001 < float(np.abs(coded - source).mean()) < 0.05
