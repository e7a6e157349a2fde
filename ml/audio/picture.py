"""A picture of a recording's spectrum on the fingerprint's own frequency axis."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.audio.channels import Samples

MIN_HZ = 180.0
OCTAVES = 5
MAX_HZ = MIN_HZ * 2**OCTAVES
BINS_PER_OCTAVE = 36
PIXELS_PER_SECOND = 25.0
MAX_WIDTH = 6_000

_WINDOW = 2048
_RANGE_DB = 60.0
_BATCH = 1024
_COOL, _WARM = (98, 120, 160), (214, 84, 44)
"""Both ends read on paper and on ink; loudness is carried by opacity."""


def row_of(frequency_hz: float, height: int = OCTAVES * BINS_PER_OCTAVE) -> float:
    """Pixel row (0 at the top) of a frequency in a picture of that height."""
    return height * (1 - float(np.log2(frequency_hz / MIN_HZ)) / OCTAVES)


def spectrogram_png(
    samples: Samples,
    *,
    sample_rate: int = 22_050,
    pixels_per_second: float = PIXELS_PER_SECOND,
    height: int = OCTAVES * BINS_PER_OCTAVE,
) -> bytes:
    """Draw mono samples as a PNG: time to the right, 180–5,760 Hz upwards by octaves.

    Parameters
    ----------
    samples : ndarray of float32, (n,)
    sample_rate : int
        In Hz.
    pixels_per_second : float
        Column ``x`` shows second ``x / pixels_per_second``; lowered where the picture would be
        wider than ``MAX_WIDTH``.
    height : int
        In pixels.

    Returns
    -------
    bytes
        A palette PNG whose background is transparent, so that it fits a light and a dark page.
    """
    seconds = max(len(samples), 1) / sample_rate
    width = max(1, min(MAX_WIDTH, round(seconds * pixels_per_second)))
    levels = _log_spectrum(np.asarray(samples, np.float32), sample_rate, width)
    top = float(levels.max())
    shade = np.clip((levels - top) / _RANGE_DB + 1, 0, 1) if top > -100 else np.zeros_like(levels)
    image = Image.fromarray(np.rint(255 * shade[::-1]).astype(np.uint8), mode="L")
    if image.height != height:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    palette, opacity = _ramp()
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette(palette)
    out = io.BytesIO()
    image.save(out, "PNG", transparency=opacity, optimize=False, compress_level=6)
    return out.getvalue()


def _log_spectrum(samples: Samples, sample_rate: int, width: int) -> Samples:
    """(bins, width) levels in dB of one spectrum a column, centred on the column's middle."""
    size = _window_size(sample_rate)
    padded = np.pad(samples, size // 2 + 1)
    middles = (np.arange(width) + 0.5) * len(samples) / width
    starts = np.minimum(middles.astype(int), len(padded) - size)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)
    window = np.hanning(size).astype(np.float32)
    bands = _bands(sample_rate)
    out = np.empty((len(bands), width), np.float32)
    for at in range(0, width, _BATCH):
        spectrum = np.abs(np.fft.rfft(frames[starts[at : at + _BATCH]] * window, axis=1))
        out[:, at : at + _BATCH] = bands @ spectrum.astype(np.float32).T
    return np.asarray(20 * np.log10(out * (2 / window.sum()) + 1e-6), dtype=np.float32)


def _window_size(sample_rate: int) -> int:
    return int(_WINDOW * 2 ** round(np.log2(sample_rate / 22_050)))


@lru_cache(maxsize=4)
def _bands(sample_rate: int) -> Samples:
    """(180, window / 2 + 1) triangular filters, 36 an octave, of unit sum."""
    size = _window_size(sample_rate)
    line = np.fft.rfftfreq(size, 1 / sample_rate)
    centres = MIN_HZ * 2 ** ((np.arange(OCTAVES * BINS_PER_OCTAVE) + 0.5) / BINS_PER_OCTAVE)
    widths = np.maximum(centres * (2 ** (1 / BINS_PER_OCTAVE) - 1), sample_rate / size)
    weights = np.maximum(0, 1 - np.abs(line - centres[:, None]) / widths[:, None])
    return np.asarray(weights / np.maximum(weights.sum(1, keepdims=True), 1e-9), dtype=np.float32)


def _ramp() -> tuple[bytes, bytes]:
    """Palette and opacity of the 256 levels."""
    level = np.linspace(0, 1, 256)[:, None]
    colours = np.array(_COOL) * (1 - level) + np.array(_WARM) * level
    opacity: NDArray[np.float64] = 255 * level[:, 0] ** 1.3
    return np.rint(colours).astype(np.uint8).tobytes(), np.rint(opacity).astype(np.uint8).tobytes()
