"""The outline of a recording for a waveform player, computed once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio.channels import Samples
from ml.audio.reading import AudioReader

POINTS_PER_SECOND = 20.0
MAX_POINTS = 8_000
"""Longer recordings get fewer points a second, so that the outline stays below about 60 KB."""


@dataclass(frozen=True, slots=True)
class WaveformPeaks:
    """Lowest and highest sample of each stretch, over all channels.

    Attributes
    ----------
    sample_rate : int
        Of the recording, in Hz.
    samples_per_point : int
        Length of a stretch.
    low, high : ndarray of int8
        One value a stretch; 127 is full scale.
    """

    sample_rate: int
    samples_per_point: int
    low: NDArray[np.int8]
    high: NDArray[np.int8]

    @property
    def points_per_second(self) -> float:
        """How many stretches make a second."""
        return self.sample_rate / self.samples_per_point

    def to_json(self) -> dict[str, int | list[int]]:
        """The layout of BBC audiowaveform's JSON: ``data`` is min, max, min, max, …, by 127."""
        return {
            "version": 2,
            "channels": 1,
            "sample_rate": self.sample_rate,
            "samples_per_pixel": self.samples_per_point,
            "bits": 8,
            "length": len(self.low),
            "data": np.stack([self.low, self.high], axis=1).ravel().tolist(),
        }


class PeaksMeter:
    """Feed (channels, n) blocks, then read `result`.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    duration_s : float or None
        About how long it will be; long recordings get fewer points a second.
    """

    def __init__(
        self,
        sample_rate: int,
        duration_s: float | None = None,
        points_per_second: float = POINTS_PER_SECOND,
    ) -> None:
        if duration_s:
            points_per_second = min(points_per_second, MAX_POINTS / duration_s)
        self._rate = sample_rate
        self._size = max(1, math.ceil(sample_rate / points_per_second))
        self._rest: Samples = np.zeros((2, 0), np.float32)
        self._parts: list[Samples] = []

    def add(self, block: Samples) -> None:
        """Take the next block."""
        edges = np.stack([block.min(axis=0), block.max(axis=0)]) if len(block) > 1 else block[[0, 0]]
        edges = np.concatenate([self._rest, edges], axis=1)
        whole = edges.shape[1] // self._size * self._size
        self._reduce(edges[:, :whole])
        self._rest = edges[:, whole:]

    def result(self) -> WaveformPeaks:
        """The outline of everything added."""
        if self._rest.shape[1]:
            self._parts.append(np.array([[self._rest[0].min()], [self._rest[1].max()]]))
            self._rest = self._rest[:, :0]
        points = np.concatenate([np.zeros((2, 0)), *self._parts], axis=1)
        scaled = np.clip(np.rint(points * 127), -127, 127).astype(np.int8)
        return WaveformPeaks(self._rate, self._size, scaled[0], scaled[1])

    def _reduce(self, edges: Samples) -> None:
        if edges.shape[1]:
            low = edges[0].reshape(-1, self._size).min(axis=1)
            high = edges[1].reshape(-1, self._size).max(axis=1)
            self._parts.append(np.stack([low, high]))


def waveform_peaks(
    source: str | Path | Samples,
    *,
    sample_rate: int | None = None,
    points_per_second: float = POINTS_PER_SECOND,
) -> WaveformPeaks:
    """Outline of a file, or of (n,) or (channels, n) samples with their `sample_rate`.

    Errors as in `ml.audio.decode`; `ValueError` for samples without a rate.
    """
    if isinstance(source, np.ndarray):
        if sample_rate is None:
            raise ValueError("samples need their sample_rate")
        block = np.atleast_2d(source)
        meter = PeaksMeter(sample_rate, block.shape[1] / sample_rate, points_per_second)
        meter.add(block)
        return meter.result()
    with AudioReader(source) as reader:
        meter = PeaksMeter(reader.sample_rate_hz, reader.expected_s, points_per_second)
        for block in reader.blocks():
            meter.add(block)
    return meter.result()
