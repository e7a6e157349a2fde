"""Loudness and true peak by ITU-R BS.1770-5, loudness range by EBU Tech 3342, in one streaming pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio.channels import Samples
from ml.audio.reading import AudioReader, Progress

Float64 = NDArray[np.float64]

STEP_SECONDS = 0.1
GATING_STEPS = 4
"""Gating blocks of 400 ms, overlapping by 75 % (BS.1770-5, annex 1)."""
SHORT_TERM_STEPS = 30
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_RELATIVE_GATE_LU = -20.0
_OFFSET_LU = -0.691
_INAUDIBLE = 1e-15
"""Filter memory below this is dropped: in silence it would decay to denormal numbers, 20 times slower."""
_SURROUND_WEIGHT = 1.41

_TRUE_PEAK_TAPS = 32
_TRUE_PEAK_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Loudness:
    """Levels of a recording; None where it is too short or too quiet for the measure.

    Attributes
    ----------
    integrated_lufs : float or None
        Gated programme loudness (BS.1770-5).
    range_lu : float or None
        Loudness range (EBU Tech 3342).
    true_peak_dbtp : float or None
        Highest level between the samples (BS.1770-5, annex 2).
    sample_peak_dbfs : float or None
        Highest sample.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None


class LoudnessMeter:
    """Feed (channels, n) float32 blocks, then read `result`.

    Parameters
    ----------
    sample_rate : int
        In Hz, any.
    speakers : sequence of str
        Speaker of each channel (``FL``, ``FR``, ``FC``, ``LFE``, ``BL``, …).
    """

    def __init__(self, sample_rate: int, speakers: Sequence[str]) -> None:
        self._rate = sample_rate
        from scipy.signal import sosfilt  # 1.5 s to import: only who measures pays for it

        self._filter = sosfilt
        self._weights = channel_weights(speakers)
        self._heard = np.flatnonzero(self._weights)
        self._sos = k_weighting(sample_rate)
        self._state = np.zeros((2, len(self._heard), 2))
        self._steps: list[Float64] = []
        self._step_count = 0
        self._rest = np.zeros(0)
        self._summed = 0  # samples already in whole steps
        self._peak = TruePeakMeter(sample_rate, len(speakers))

    def add(self, block: Samples) -> None:
        """Take the next block."""
        self._peak.add(block)
        heard = block if len(self._heard) == len(block) else block[self._heard]
        weighted, self._state = self._filter(self._sos, heard, zi=self._state)
        self._state[np.abs(self._state) < _INAUDIBLE] = 0.0
        np.square(weighted, out=weighted)
        self._add_power(self._weights[self._heard] @ weighted)

    def result(self) -> Loudness:
        """Levels of everything added so far."""
        steps = np.concatenate(self._steps) if self._steps else np.zeros(0)
        return Loudness(
            integrated_lufs=integrated(steps),
            range_lu=loudness_range(steps),
            true_peak_dbtp=_decibels(self._peak.true_peak),
            sample_peak_dbfs=_decibels(self._peak.sample_peak),
        )

    def _add_power(self, power: Float64) -> None:
        """Mean power of every whole 100 ms step; the rest waits."""
        power = np.concatenate([self._rest, power])
        step = self._rate * STEP_SECONDS
        last = int((self._summed + len(power)) / step)
        edges = np.rint(np.arange(self._step_count, last + 1) * step).astype(int) - self._summed
        edges = edges[edges <= len(power)]
        if len(edges) < 2:
            self._rest = power
            return
        sums = np.add.reduceat(power[: edges[-1]], edges[:-1])
        self._steps.append(sums / np.diff(edges))
        self._step_count += len(sums)
        self._summed += int(edges[-1])
        self._rest = power[edges[-1] :]


class TruePeakMeter:
    """Highest absolute value of samples and of the signal interpolated four times (annex 2).

    At 96 kHz and above two times, and at 192 kHz and above the samples alone, reach the same rate.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._matrix = _interpolation_matrix(4 if sample_rate < 96_000 else 2)
        self._plain = sample_rate >= 192_000
        # Half a filter of silence first, so that the very first samples are interpolated too.
        self._tail = np.zeros((channels, _TRUE_PEAK_TAPS - 1), np.float32)
        self.sample_peak = 0.0
        self._between = 0.0

    @property
    def true_peak(self) -> float:
        """Linear true peak so far."""
        self._interpolate(np.pad(self._tail, ((0, 0), (0, _TRUE_PEAK_TAPS + _TRUE_PEAK_BLOCK))))
        return max(self.sample_peak, self._between)

    def add(self, block: Samples) -> None:
        """Take the next (channels, n) block."""
        if not block.shape[1]:
            return
        self.sample_peak = max(self.sample_peak, float(block.max()), -float(block.min()))
        if self._plain:
            return
        data = np.concatenate([self._tail, block], axis=1)
        used = self._interpolate(data)
        self._tail = data[:, used:]

    def _interpolate(self, data: Samples) -> int:
        """Interpolate whole blocks of 32 samples by one matrix product; returns samples used up."""
        rows = (data.shape[1] - _TRUE_PEAK_TAPS + 1) // _TRUE_PEAK_BLOCK
        if rows < 1 or self._plain:
            return 0
        width = _TRUE_PEAK_BLOCK + _TRUE_PEAK_TAPS - 1
        for channel in data:
            windows = np.lib.stride_tricks.sliding_window_view(channel, width)
            between = windows[: rows * _TRUE_PEAK_BLOCK : _TRUE_PEAK_BLOCK] @ self._matrix
            self._between = max(self._between, float(between.max()), -float(between.min()))
        return rows * _TRUE_PEAK_BLOCK


def measure(path: str | Path, *, progress: Progress | None = None) -> Loudness:
    """Loudness of a recording. Errors as in `ml.audio.decode`."""
    with AudioReader(path) as reader:
        meter = LoudnessMeter(reader.sample_rate_hz, reader.speakers)
        done, expected = 0, reader.expected_s
        for block in reader.blocks():
            meter.add(block)
            done += block.shape[1]
            if progress and expected:
                progress(min(1.0, done / reader.sample_rate_hz / expected))
    return meter.result()


def measure_samples(samples: Samples, sample_rate: int, speakers: Sequence[str] | None = None) -> Loudness:
    """Loudness of (channels, n) or (n,) samples; `speakers` defaults to mono or stereo."""
    samples = np.atleast_2d(samples)
    meter = LoudnessMeter(sample_rate, speakers or (("FC",), ("FL", "FR"))[len(samples) - 1])
    meter.add(samples)
    return meter.result()


def channel_weights(speakers: Sequence[str]) -> Float64:
    """Weight of each channel (BS.1770-5, tables 3 and 4).

    LFE is left out; surrounds between 60° and 120° count 1.41; all others 1. In 5.1, back
    speakers are the ±110° surrounds; in 7.1 the side ones are, and the back ones (±135°) count 1.
    """
    sides = {"SL", "SR"} if "SL" in speakers else {"BL", "BR"}
    weights = [0.0 if name.startswith("LFE") else _SURROUND_WEIGHT if name in sides else 1.0 for name in speakers]
    return np.array(weights)


@lru_cache(maxsize=32)
def k_weighting(sample_rate: int) -> Float64:
    """The two K-weighting stages as second-order sections for any rate.

    BS.1770 tabulates them at 48 kHz only; these analogue parameters reproduce that table under
    the bilinear transform (Brecht De Man, "Evaluation of implementations of the EBU R128
    loudness measurement", AES 145, 2018).
    """
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    ]
    k, q = math.tan(math.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    highpass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, highpass])


def integrated(steps: Float64) -> float | None:
    """Gated loudness in LUFS of the weighted mean powers of 100 ms steps."""
    powers = _sliding_mean(steps, GATING_STEPS)
    powers = powers[_lufs(powers) > ABSOLUTE_GATE_LUFS]
    if not len(powers):
        return None
    gate = _lufs(powers.mean()) + RELATIVE_GATE_LU
    return float(_lufs(powers[_lufs(powers) > gate].mean()))


def loudness_range(steps: Float64) -> float | None:
    """Loudness range in LU: 10th to 95th percentile of gated 3 s loudness (EBU Tech 3342)."""
    powers = _sliding_mean(steps, SHORT_TERM_STEPS)
    powers = powers[_lufs(powers) >= ABSOLUTE_GATE_LUFS]
    if not len(powers):
        return None
    levels = _lufs(powers)
    levels = levels[levels >= _lufs(powers.mean()) + RANGE_RELATIVE_GATE_LU]
    low, high = np.percentile(levels, [10, 95])
    return float(high - low)


def _sliding_mean(steps: Float64, width: int) -> Float64:
    if len(steps) < width:
        return np.zeros(0)
    return np.lib.stride_tricks.sliding_window_view(steps, width).mean(axis=1)


def _lufs(power: Float64 | float) -> Float64:
    return np.asarray(_OFFSET_LU + 10 * np.log10(np.maximum(power, 1e-20)))


def _decibels(level: float) -> float | None:
    return 20 * math.log10(level) if level > 0 else None


@lru_cache(maxsize=2)
def _interpolation_matrix(factor: int) -> Samples:
    """(32 + taps − 1, 32 × (factor − 1)): the values between 32 samples, by a windowed sinc.

    A product with this banded matrix costs more arithmetic than a polyphase filter, and less time.
    """
    half = _TRUE_PEAK_TAPS // 2
    taps = np.arange(-half + 1, half + 1)
    matrix = np.zeros((_TRUE_PEAK_BLOCK + _TRUE_PEAK_TAPS - 1, _TRUE_PEAK_BLOCK, factor - 1))
    for phase in range(1, factor):
        distance = taps - phase / factor
        window = np.i0(8.0 * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2))) / np.i0(8.0)
        kernel = np.sinc(distance) * window
        for at in range(_TRUE_PEAK_BLOCK):
            matrix[at : at + _TRUE_PEAK_TAPS, at, phase - 1] = kernel / kernel.sum()
    return np.asarray(matrix.reshape(len(matrix), -1), dtype=np.float32)
