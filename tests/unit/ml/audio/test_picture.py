"""The spectrum's picture has its lines where the frequency axis says."""

import io

import numpy as np
import pytest
from PIL import Image

from ml.audio import spectrogram_png
from ml.audio.picture import row_of
from tests.unit.ml.audio.signals import noise, sine


def opacity(png: bytes) -> np.ndarray:
    """(height, width) alpha of a picture."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[:, :, 3]


@pytest.mark.parametrize("hz", [220.0, 440.0, 1000.0, 3520.0])
def test_a_tone_is_a_line_at_its_row(hz: float) -> None:
    picture = opacity(spectrogram_png(sine(hz, 4.0, 22_050)[0]))

    assert picture.shape == (180, 100)
    assert np.argmax(picture[:, 50]) == pytest.approx(row_of(hz) - 0.5, abs=1.0)
    assert (picture[:, 50] > 20).sum() < 25  # a line, not a smear


def test_the_axis_is_the_fingerprint_s() -> None:
    assert (row_of(180), row_of(360), row_of(5_760)) == (180, 144, 0)


def test_an_onset_is_at_its_column() -> None:
    samples = np.concatenate([np.zeros(2 * 22_050), noise(2.0, 22_050)[0]]).astype(np.float32)

    columns = opacity(spectrogram_png(samples, pixels_per_second=25)).mean(axis=0)

    assert columns[:48].max() < 10
    assert columns[52:].min() > 60


def test_height_and_width_can_be_chosen() -> None:
    wide = Image.open(io.BytesIO(spectrogram_png(sine(440, 10.0, 22_050)[0], pixels_per_second=40, height=90)))

    assert wide.size == (400, 90)


def test_other_rates_draw_the_same_line() -> None:
    picture = opacity(spectrogram_png(sine(440, 4.0)[0], sample_rate=44_100))

    assert np.argmax(picture[:, 50]) == pytest.approx(row_of(440) - 0.5, abs=1.0)


def test_silence_and_almost_nothing_are_empty_pictures() -> None:
    assert opacity(spectrogram_png(np.zeros(22_050, np.float32))).max() == 0
    assert opacity(spectrogram_png(np.zeros(0, np.float32))).shape == (180, 1)


def test_a_long_recording_has_a_bounded_picture() -> None:
    png = spectrogram_png(noise(600.0, 8_000)[0], sample_rate=8_000)

    assert Image.open(io.BytesIO(png)).size == (6_000, 180)
    assert len(png) < 1_500_000
