"""How figures are written; expected texts are by hand."""

import pytest
from django.utils import translation

from apps.core import formats


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (None, 0, "–"),
        (0, 0, "0:00"),
        (83.46, 0, "1:23"),
        (83.5, 0, "1:24"),
        (83.46, 1, "1:23.5"),
        (59.96, 1, "1:00.0"),
        (3599.6, 0, "1:00:00"),
        (3661, 0, "1:01:01"),
        (-5.0, 1, "\u22120:05.0"),
        (-0.01, 1, "0:00.0"),
    ],
)
def test_clock(seconds, decimals, text):
    assert formats.clock(seconds, decimals=decimals) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KB"),
        (44_040_192, "42 MB"),
        (1024**3, "1.0 GB"),
        (5 * 1024**5, "5120 TB"),
    ],
)
def test_file_size(size, text):
    assert formats.file_size(size) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (None, "–"),
        (1.0, "same tempo"),
        (1.0004, "same tempo"),
        (1.032, "3.2 % faster"),
        (0.94, "6.0 % slower"),
    ],
)
def test_tempo_change(ratio, text):
    assert formats.tempo_change(ratio) == text


@pytest.mark.parametrize(
    ("semitones", "text"),
    [
        (None, "–"),
        (0.04, "same pitch"),
        (1, "1 semitone higher"),
        (-1.0, "1 semitone lower"),
        (-2, "2 semitones lower"),
        (0.5, "0.5 semitones higher"),
    ],
)
def test_pitch_change(semitones, text):
    assert formats.pitch_change(semitones) == text


def test_levels_rates_shares_and_channels():
    assert formats.level(-14.23, "LUFS") == "\u221214.2 LUFS"
    assert formats.level(None, "dBTP") == "–"
    assert formats.sample_rate(44100) == "44.1 kHz"
    assert formats.sample_rate(48000) == "48 kHz"
    assert formats.sample_rate(11025) == "11.025 kHz"
    assert formats.percent(0.873) == "87 %"
    assert formats.percent(0.0312, decimals=1) == "3.1 %"
    assert [formats.channels(count) for count in (1, 2, 6, 4, None)] == ["mono", "stereo", "5.1", "4 channels", "–"]
