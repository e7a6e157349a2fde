"""A long recording as a row of overlapping chunks of peaks, decoded once and in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio.channels import mono_weights, to_mono
from ml.audio.decoding import FINGERPRINT_RATE_HZ, BlockResampler
from ml.audio.reading import AudioReader
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks, extract

Samples = NDArray[np.float32]

CHUNK_FRAMES = round(300.0 / grid.FRAME_SECONDS)
OVERLAP_FRAMES = round(15.0 / grid.FRAME_SECONDS)
"""Chunks are searched with so much of their neighbours, so that nothing is missed at a border."""
MARGIN_FRAMES = round(10.0 / grid.FRAME_SECONDS)
"""A peak depends on sound at most 5 s away (levelling reaches 3.5 s, ranking half a second)."""
MOST_POINTS = 12_000
POINTS_PER_SECOND = 20.0
SILENT_BELOW = 1e-4
"""−80 dBFS."""
_FULL_SCALE = 127


@dataclass(frozen=True, slots=True)
class HeardChunk:
    """Seconds ``start_s`` to ``end_s`` of the recording.

    peaks: of the chunk and its overlaps; second 0 of them is ``offset_s`` of the recording. outline: lowest and highest
    sample of each stretch, as pairs of int8.
    """

    index: int
    start_s: float
    end_s: float
    offset_s: float
    peaks: Peaks
    outline: bytes
    silent: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What the header tells before anything is heard. ``expected_s`` is None where no header tells."""

    container: str
    expected_s: float | None

    @property
    def points_per_second(self) -> float:
        """Points of the outline; so few for long recordings that the whole stays small."""
        return POINTS_PER_SECOND if not self.expected_s else min(POINTS_PER_SECOND, MOST_POINTS / self.expected_s)

    @property
    def chunks(self) -> int:
        """About how many chunks there will be."""
        return max(1, -(-int((self.expected_s or 0) / grid.FRAME_SECONDS) // CHUNK_FRAMES))


def chunk_seconds() -> float:
    """Length of a chunk without its overlaps."""
    return CHUNK_FRAMES * grid.FRAME_SECONDS


def plan(path: Path, longest_s: float) -> Plan:
    """Open a recording and tell how long it will be. Raises AudioError."""
    with AudioReader(path, longest_s=longest_s) as reader:
        return Plan(reader.kind.name, reader.expected_s)


def hear(path: Path, *, longest_s: float, points_per_second: float, first: int = 0) -> Iterator[HeardChunk]:
    """Chunks from number ``first`` on, in order; those before are passed over (by seeking where that is exact).

    Raises AudioError as ``ml.audio.decode``.
    """
    begin = max(0, first * CHUNK_FRAMES - OVERLAP_FRAMES - MARGIN_FRAMES)
    window = _Window(begin * grid.HOP)
    index = first
    for block in _mono(path, begin * grid.HOP / FINGERPRINT_RATE_HZ, longest_s):
        window.add(block)
        while window.end >= ((index + 1) * CHUNK_FRAMES + OVERLAP_FRAMES + MARGIN_FRAMES) * grid.HOP:
            yield _chunk(window, index, points_per_second, last=False)
            index += 1
            window.drop(max(0, index * CHUNK_FRAMES - OVERLAP_FRAMES - MARGIN_FRAMES) * grid.HOP)
    while window.end > index * CHUNK_FRAMES * grid.HOP:
        last = window.end <= (index + 1) * CHUNK_FRAMES * grid.HOP
        yield _chunk(window, index, points_per_second, last=last)
        index += 1


class _Window:
    """The samples that are still needed; positions count from the recording's start."""

    def __init__(self, start: int) -> None:
        self.start = start
        self._parts: list[Samples] = []
        self._length = 0

    @property
    def end(self) -> int:
        return self.start + self._length

    def add(self, block: Samples) -> None:
        self._parts.append(block)
        self._length += len(block)

    def between(self, low: int, high: int) -> Samples:
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        whole = self._parts[0] if self._parts else np.zeros(0, np.float32)
        return whole[max(0, low - self.start) : max(0, high - self.start)]

    def drop(self, before: int) -> None:
        rest = self.between(before, self.end).copy()
        self.start, self._parts, self._length = before, [rest], len(rest)


def _mono(path: Path, start_s: float, longest_s: float) -> Iterator[Samples]:
    """Blocks of mono samples at 22,050 Hz from a second on."""
    with AudioReader(path, longest_s=longest_s) as reader:
        weights = mono_weights(reader.speakers)
        resampler = BlockResampler(reader.sample_rate_hz, FINGERPRINT_RATE_HZ, 1)
        for block in reader.blocks(start_s):
            yield resampler.add(to_mono(block, weights)[np.newaxis, :])[0]
        yield resampler.add(np.zeros((1, 0), np.float32), last=True)[0]


def _chunk(window: _Window, index: int, points_per_second: float, *, last: bool) -> HeardChunk:
    core = (index * CHUNK_FRAMES, (index + 1) * CHUNK_FRAMES)
    low, high = max(0, core[0] - OVERLAP_FRAMES), core[1] + OVERLAP_FRAMES
    first = max(0, low - MARGIN_FRAMES)
    found = extract(window.between(first * grid.HOP, (high + MARGIN_FRAMES) * grid.HOP))
    kept = found.between(low - first, high - first)
    frames = min(high, first + found.frames) - low
    peaks = Peaks(kept.frame - np.float32(low - first), kept.band, kept.rank, max(frames, 0))
    end = window.end if last else core[1] * grid.HOP
    sound = window.between(core[0] * grid.HOP, min(end, core[1] * grid.HOP))
    return HeardChunk(
        index=index,
        start_s=core[0] * grid.FRAME_SECONDS,
        end_s=min(end, core[1] * grid.HOP) / FINGERPRINT_RATE_HZ,
        offset_s=low * grid.FRAME_SECONDS,
        peaks=peaks,
        outline=_outline(sound, points_per_second),
        silent=bool(len(sound) == 0 or np.max(np.abs(sound)) < SILENT_BELOW),
    )


def _outline(samples: Samples, points_per_second: float) -> bytes:
    """Every chunk has the same number of points a second, so that outlines can be put one after another."""
    count = max(1, round(len(samples) / FINGERPRINT_RATE_HZ * points_per_second))
    if not len(samples):
        return b""
    edges = np.linspace(0, len(samples), count, endpoint=False).astype(np.int64)
    points = np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], axis=1)
    return np.clip(np.rint(points * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype(np.int8).tobytes()
