"""What a benchmark fills the registry with: entries put together from short pieces of real recordings.

Each piece is transposed beyond what a search forgives, so that densities are real and nothing is like a query.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio import decode
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks, extract
from ml.similarity.cover.features import PRINT_RATE_HZ, CoverPrint
from ml.similarity.cover.features import extract as cover_print
from ml.similarity.melody.notes import Melody, Note
from ml.similarity.melody.transcribe import transcribe

PIECE_SECONDS = 3.0
TUNE_SECONDS = 6.0
LEAST_SHIFT, MOST_SHIFT = 9, 30
"""Bands by which pieces of sound are transposed: farther than any query is warped."""
SHORTEST_S, LONGEST_S = 150.0, 240.0
SEMITONES = 12


@dataclass(frozen=True)
class Filler:
    """One entry: what a recording brings to the registry, and the melody of a work beside it."""

    peaks: Peaks
    music: CoverPrint
    voice: Melody
    work: Melody


class Pool:
    """Real recordings, heard once, and entries made of them at random."""

    def __init__(self, paths: Sequence[Path], random: np.random.Generator) -> None:
        self._random = random
        self.whole = [self._heard(decode(path)) for path in paths]
        self._tunes = [heard for heard in self.whole if heard.voice.notes]

    def synthetic(self) -> Filler:
        """An entry like none of the recordings."""
        seconds = float(self._random.uniform(SHORTEST_S, LONGEST_S))
        return Filler(self._peaks(seconds), self._music(seconds), self._melody(seconds), self._melody(seconds))

    def _heard(self, samples: NDArray[np.float32]) -> Filler:
        voice = transcribe(samples)
        peaks = extract(samples).strongest(grid.STORED_PEAKS_PER_SECOND)
        return Filler(peaks, cover_print(samples), voice, voice)

    def _peaks(self, seconds: float) -> Peaks:
        frames = round(PIECE_SECONDS / grid.FRAME_SECONDS)
        pieces = list(self._stretches(round(seconds / PIECE_SECONDS), frames))
        frame = np.concatenate([piece.frame + at * frames for at, piece in enumerate(pieces)])
        band = np.concatenate([piece.band for piece in pieces])
        rank = np.concatenate([piece.rank for piece in pieces])
        return Peaks(frame, band, rank, frames * len(pieces))

    def _stretches(self, count: int, length: int) -> Iterator[Peaks]:
        for _ in range(count):
            source = self._one(self.whole).peaks
            start = int(self._random.integers(0, source.frames - length))
            piece = source.between(start, start + length)
            shift = self._random.integers(LEAST_SHIFT, MOST_SHIFT) * self._random.choice([-1, 1])
            band: NDArray[np.float32] = piece.band + np.float32(shift)
            inside = (band >= 0) & (band < grid.BINS)
            yield Peaks(piece.frame[inside] - start, band[inside], piece.rank[inside], length)

    def _music(self, seconds: float) -> CoverPrint:
        length, harmony, melody = round(PIECE_SECONDS * PRINT_RATE_HZ), [], []
        for _ in range(round(seconds / PIECE_SECONDS)):
            source = self._one(self.whole).music
            start, shift = int(self._random.integers(0, len(source) - length)), int(self._random.integers(SEMITONES))
            harmony.append(np.roll(source.harmony[start : start + length], shift, axis=1))
            melody.append(np.roll(source.melody[start : start + length], shift, axis=1))
        return CoverPrint(np.concatenate(harmony), np.concatenate(melody))

    def _melody(self, seconds: float) -> Melody:
        notes: list[Note] = []
        for at in range(round(seconds / TUNE_SECONDS)):
            source, shift = self._one(self._tunes).voice.notes, int(self._random.integers(-5, 7))
            start = float(self._random.uniform(0, max(source[-1].onset - TUNE_SECONDS, 0.1)))
            notes += [
                Note(note.onset - start + at * TUNE_SECONDS, note.duration, note.pitch + shift)
                for note in source
                if start <= note.onset < start + TUNE_SECONDS
            ]
        return Melody(tuple(sorted(notes, key=lambda note: note.onset)), seconds_per_quarter=1.0)

    def _one(self, among: Sequence[Filler]) -> Filler:
        return among[int(self._random.integers(len(among)))]
