"""From samples to the activity of pitches: what notes sound when, whatever instruments play them.

Method: a log-frequency spectrogram, corrected for the recording's tuning and whitened along frequency, is explained
as a non-negative sum of idealised notes with harmonics (Mauch and Dixon, "Approximate note transcription for the
improved identification of difficult chords", ISMIR 2010), here by multiplicative updates.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, sparse

SAMPLE_RATE_HZ = 22_050
WINDOW = 8_192
HOP = 2_205
"""Samples from frame to frame: 0.1 s."""
FRAMES_PER_SECOND = SAMPLE_RATE_HZ / HOP
LOWEST_PITCH, HIGHEST_BIN_PITCH = 33, 108
"""MIDI pitches that the spectrogram spans."""
PITCHES = np.arange(36, 96)
"""MIDI pitches whose activity is estimated."""
STEPS = 3
"""Bands a semitone."""
BANDS = (HIGHEST_BIN_PITCH - LOWEST_PITCH) * STEPS
HARMONICS, DECAY = 8, 0.7
ITERATIONS = 25
CHUNK_FRAMES = 512
FLOOR = 1e-3
"""Magnitude (Hann window sum) that dither reaches: nothing below it counts."""

Float32 = NDArray[np.float32]


def band_hz(pitch: float | NDArray[np.float64], tuning: float = 0.0) -> NDArray[np.float64]:
    """Frequency of a MIDI pitch when A4 lies `tuning` semitones from 440 Hz."""
    return np.asarray(440.0 * 2.0 ** ((np.asarray(pitch, np.float64) + tuning - 69) / 12))


@cache
def _bands(tuning: float) -> sparse.csr_matrix:
    """(BANDS, bins) triangular bands around every third of a semitone."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
    centres = band_hz(LOWEST_PITCH + np.arange(BANDS) / STEPS, tuning)
    rows = []
    for centre in centres:
        width = max(centre * (2 ** (1 / (12 * STEPS)) - 1), SAMPLE_RATE_HZ / WINDOW)
        row = np.maximum(0, 1 - np.abs(frequencies - centre) / width)
        rows.append(sparse.csr_matrix(row / row.sum(), dtype=np.float32))
    return sparse.vstack(rows).tocsr()


@cache
def _notes() -> Float32:
    """(BANDS, pitches): spectrum of an idealised note of each pitch, as the window and the bands show it."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
    out = np.zeros((BANDS, len(PITCHES)))
    for k, pitch in enumerate(PITCHES):
        spectrum = np.zeros(len(frequencies))
        for h in range(1, HARMONICS + 1):
            distance = (frequencies - h * float(band_hz(float(pitch)))) * WINDOW / SAMPLE_RATE_HZ
            spectrum += DECAY ** (h - 1) * _hann_lobe(distance)
        out[:, k] = _bands(0.0) @ spectrum
    return np.asarray(out / np.linalg.norm(out, axis=0), np.float32)


def _hann_lobe(bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Magnitude of a Hann window's spectrum at a distance in bins."""
    inside = np.abs(bins) < 2
    x = np.where(inside, bins, 0.25)
    near = np.abs(np.sinc(x) / np.maximum(np.abs(1 - x * x), 1e-9))
    near = np.where(np.abs(np.abs(x) - 1) < 1e-6, 0.5, near)
    return np.where(inside, near, 0.0)


def spectra(samples: Float32) -> Float32:
    """(frames, bins) magnitudes, a frame every 0.1 s, centred; the recording is padded by half a window."""
    padded = np.pad(samples, WINDOW // 2)
    count = 1 + (len(padded) - WINDOW) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    window = np.hanning(WINDOW).astype(np.float32)
    out = np.empty((count, WINDOW // 2 + 1), np.float32)
    for start in range(0, count, CHUNK_FRAMES):
        out[start : start + CHUNK_FRAMES] = np.abs(fft.rfft(frames[start : start + CHUNK_FRAMES] * window, axis=1))
    return out


def tuning_of(magnitudes: Float32) -> float:
    """Semitones (−0.5 to 0.5) that the recording lies above A4 = 440 Hz: the circular mean over spectral peaks."""
    step = max(1, len(magnitudes) // 400)
    low, high = (round(f * WINDOW / SAMPLE_RATE_HZ) for f in (110.0, 1760.0))
    m = magnitudes[::step, low - 1 : high + 1].astype(np.float64)
    left, centre, right = m[:, :-2], m[:, 1:-1], m[:, 2:]
    peak = (centre > left) & (centre >= right) & (centre > 0.1 * m.max(axis=1, keepdims=True)) & (centre > 10 * FLOOR)
    if not peak.any():
        return 0.0
    a, b, c = (np.log(np.maximum(x[peak], 1e-9)) for x in (left, centre, right))
    shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
    frequency = (np.nonzero(peak)[1] + low + np.clip(shift, -0.5, 0.5)) * SAMPLE_RATE_HZ / WINDOW
    pitch = 69 + 12 * np.log2(frequency / 440)
    total = np.sum(np.sqrt(centre[peak]) * np.exp(2j * np.pi * pitch))
    return float(np.angle(total) / (2 * np.pi))


def pitch_activity(samples: Float32) -> tuple[Float32, float]:
    """How strongly each pitch sounds: ((frames, pitches) activity from 0 up, tuning in semitones).

    samples: (n,) mono at 22,050 Hz. Activities are relative to each frame's own spectrum, so loudness hardly counts;
    frames without a tone have none.
    """
    magnitudes = spectra(samples)
    tuning = tuning_of(magnitudes)
    level = np.asarray(_bands(round(tuning, 2)) @ magnitudes.T, np.float32).T
    return _explain(_whitened(level)), tuning


def _whitened(level: Float32) -> Float32:
    """Magnitudes over the running mean of an octave, in units of its standard deviation; nothing below it."""
    reach = 12 * STEPS
    mean = ndimage.uniform_filter1d(level, reach, axis=1, mode="nearest")
    square = ndimage.uniform_filter1d(level * level, reach, axis=1, mode="nearest")
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    loudest = deviation.max(axis=1, keepdims=True)
    return np.maximum(level - mean, 0.0) / (deviation + 0.05 * loudest + FLOOR)


def _explain(level: Float32) -> Float32:
    """Non-negative least squares of each frame by the notes, by multiplicative updates."""
    notes = _notes()
    gram = notes.T @ notes
    target = level @ notes
    found = np.maximum(target, 1e-6)
    for _ in range(ITERATIONS):
        found *= target / (found @ gram + 1e-6)
    return np.asarray(found, np.float32)
