"""Peaks of a recording of any length in bounded memory."""

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.dense import ROW_FRAMES, Bits
from ml.fingerprint.extract import Peaks, extract
from ml.fingerprint.packing import as_frames

Samples = NDArray[np.float32]

CHUNK_FRAMES = round(300.0 / grid.FRAME_SECONDS)
MARGIN_FRAMES = round(10.0 / grid.FRAME_SECONDS)
"""A peak depends on sound at most 5 s away (levelling reaches 3.5 s, ranking half a second)."""
KEPT_SAMPLES = 20 * 60 * grid.SAMPLE_RATE_HZ


class PeakExtractor:
    """Takes a recording block by block, of any size; its peaks are those of the whole, to a rounding step of a few.

    ``samples`` keeps the sound itself of recordings up to 20 minutes and is None for longer ones: three hours would be
    950 MB, and their spectrogram as much again.
    """

    def __init__(self) -> None:
        self._waiting: list[Samples] = []
        self._waiting_length = 0
        self._first_frame = 0
        self._kept_from = 0
        self._parts: list[Peaks] = []
        self._prints: list[Bits] = []
        self._all: list[Samples] | None = []
        self._length = 0

    def add(self, block: Samples) -> None:
        """The next block, (n,) float32 mono at 22,050 Hz."""
        self._length += len(block)
        if self._all is not None:
            self._all.append(block)
            if self._length > KEPT_SAMPLES:
                self._all = None
        self._waiting.append(block)
        self._waiting_length += len(block)
        while self._waiting_length >= self._chunk_length:
            self._extract(last=False)

    @property
    def _chunk_length(self) -> int:
        """Pieces are cut at the same places however the recording comes in: the digest depends on it."""
        return (CHUNK_FRAMES + 2 * MARGIN_FRAMES) * grid.HOP

    @property
    def samples(self) -> Samples | None:
        """All samples, or None for a long recording."""
        return None if self._all is None else np.concatenate([np.zeros(0, np.float32), *self._all])

    @property
    def duration_s(self) -> float:
        return self._length / grid.SAMPLE_RATE_HZ

    def finish(self) -> Peaks:
        """The peaks of everything that was added."""
        self._extract(last=True)
        frames = sum(part.frames for part in self._parts)
        return Peaks(
            as_frames(np.concatenate([part.frame.astype(np.float64) for part in self._parts]), frames),
            np.concatenate([part.band for part in self._parts]),
            np.concatenate([part.rank for part in self._parts]),
            frames,
            np.concatenate(self._prints),
            self._parts[0].levels if len(self._parts) == 1 else None,
        )

    def _extract(self, *, last: bool) -> None:
        samples = np.concatenate([np.zeros(0, np.float32), *self._waiting])
        first_row = -self._first_frame % ROW_FRAMES
        found = extract(samples if last else samples[: self._chunk_length], first_row=first_row)
        end = self._first_frame + (found.frames if last else found.frames - MARGIN_FRAMES)
        frame = found.frame + np.float64(self._first_frame)
        low, high = np.searchsorted(frame, [self._kept_from, np.inf if last else end])
        part = Peaks(
            frame[low:high], found.band[low:high], found.rank[low:high], end - self._kept_from, levels=found.levels
        )
        self._parts.append(part)
        if found.print is not None:
            row = self._first_frame + first_row + ROW_FRAMES * np.arange(len(found.print))
            self._prints.append(found.print[(row >= self._kept_from) & (row < end)])
        next_first = max(0, end - MARGIN_FRAMES)
        rest = samples[(next_first - self._first_frame) * grid.HOP :]
        self._waiting, self._waiting_length = [rest], len(rest)
        self._first_frame, self._kept_from = next_first, end
