"""Made-up songs of a tune over chords, played by additive synthesis at any tempo, key, timbre and arrangement."""

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
SCALE = (0, 2, 4, 5, 7, 9, 11)
BARS = 20
BEAT_S = 0.5


class Song:
    """Twenty bars: a chord a bar, a tune of quarters and eighths; the seed decides."""

    def __init__(self, seed: int, bars: int = BARS) -> None:
        g = np.random.default_rng(seed)
        self.degrees = g.integers(0, 7, bars)
        step = int(g.integers(7, 12))
        self.tune: list[tuple[float, float, int]] = []
        for bar in range(bars):
            at = 0.0
            while at < 4:
                length = float(g.choice([0.5, 1.0, 1.0, 2.0]))
                step = int(np.clip(step + g.choice([-3, -2, -1, 1, 2, 3]), 5, 16))
                self.tune.append((4 * bar + at, min(length, 4 - at), step))
                at += length


def pitch(step: int) -> int:
    return 48 + 12 * (step // 7) + SCALE[step % 7]


def play(
    song: Song,
    *,
    tempo: float = 1.0,
    semitones: int = 0,
    colours: tuple[float, ...] = (1.0, 0.5, 0.3, 0.2),
    arpeggio: bool = False,
    bars: list[int] | None = None,
    tune: bool = True,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Samples of a version; `bars` says which bars are played in which order."""
    order = list(range(len(song.degrees))) if bars is None else bars
    beat = BEAT_S / tempo
    out = np.zeros(int((4 * len(order) * beat + 1) * RATE), np.float64)
    g = np.random.default_rng(seed)
    for place, bar in enumerate(order):
        start = 4 * place * beat
        chord = [pitch(int(song.degrees[bar]) + k) for k in (0, 2, 4)]
        for k in range(8 if arpeggio else 1):
            notes = [chord[k % 3]] if arpeggio else chord
            for note in notes:
                _add(out, start + k * beat / 2, (0.6 if arpeggio else 4) * beat, note + semitones, 0.25, colours)
        for onset, length, step in song.tune if tune else ():
            if 4 * bar <= onset < 4 * bar + 4:
                at = start + (onset - 4 * bar) * beat + g.normal(0, 0.008)
                _add(out, max(0.0, at), length * beat, pitch(step) + 12 + semitones, 0.5, colours)
    return (0.3 * out).astype(np.float32)


def _add(
    out: NDArray[np.float64], at: float, length: float, note: int, level: float, colours: tuple[float, ...]
) -> None:
    begin = int(at * RATE)
    t = np.arange(min(int(length * RATE), len(out) - begin)) / RATE
    frequency = 440.0 * 2 ** ((note - 69) / 12)
    tone = sum(c * np.sin(2 * np.pi * frequency * (k + 1) * t) for k, c in enumerate(colours))
    out[begin : begin + len(t)] += level * tone * np.exp(-1.5 * t) * np.minimum(1, (length - t) * 50)


def noise(seed: int, seconds: float) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)
