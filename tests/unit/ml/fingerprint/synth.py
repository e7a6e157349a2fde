"""Small made-up pieces: random notes whose tempo and pitch are set when they are rendered, so the truth is exact."""

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
NOTES_A_SECOND = 7
NOTES = 800


def piece(
    seed: int, seconds: float, *, tempo: float = 1.0, semitones: float = 0.0, start_s: float = 0.0
) -> NDArray[np.float32]:
    """`seconds` of the endless piece `seed`, from `start_s` of the original, played at a tempo and transposed."""
    g = np.random.default_rng(seed)
    onsets = np.cumsum(g.exponential(1 / NOTES_A_SECOND, NOTES))
    steps = g.choice([0, 2, 3, 5, 7, 8, 10], NOTES) + 12 * g.integers(0, 4, NOTES)
    loudness = g.uniform(0.3, 1.0, NOTES)
    colours = g.uniform(0.2, 0.9, (NOTES, 5))
    out = np.zeros(int(seconds * RATE) + RATE)
    for onset, step, level, colour in zip(onsets, steps, loudness, colours, strict=True):
        at = (onset - start_s) / tempo
        if not -0.4 < at < seconds:
            continue
        frequency = 220.0 * 2 ** ((step + semitones) / 12)
        begin = int(at * RATE)
        t = np.arange(max(begin, 0), begin + int(0.4 * RATE)) / RATE - at
        tone = sum(c / (k + 1) * np.sin(2 * np.pi * frequency * (k + 1) * t) for k, c in enumerate(colour))
        out[max(begin, 0) : begin + int(0.4 * RATE)] += level * tone * np.exp(-6 * t)
    return (0.2 * out[: int(seconds * RATE)]).astype(np.float32)


def noise(seed: int, seconds: float, level: float = 0.1) -> NDArray[np.float32]:
    """White noise."""
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)
