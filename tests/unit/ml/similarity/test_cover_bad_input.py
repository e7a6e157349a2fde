"""What is no music, or hardly any, must not come out as a cover: 108 queries."""

import numpy as np
import pytest
from scipy import signal

from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import extract
from ml.similarity.cover.search import CoverIndex
from tests.unit.ml.similarity.cover_synth import RATE, Song, play

SECONDS = 6.0
T = np.arange(int(SECONDS * RATE)) / RATE
QUERIES_A_KIND = 12


@pytest.fixture(scope="module")
def index():
    made = CoverIndex()
    for number in range(6):
        made.add(number, extract(play(Song(number, bars=12))))
    return made


def silence(g: np.random.Generator) -> np.ndarray:
    return np.full(len(T), g.normal() * 1e-5)


def noise(g: np.random.Generator) -> np.ndarray:
    return signal.lfilter([0.1], [1, -g.uniform(0, 0.97)], g.standard_normal(len(T)))


def tone(g: np.random.Generator) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * g.uniform(80, 1500) * T + g.uniform(0, 6) * np.sin(2 * np.pi * 6 * T))


def chord(g: np.random.Generator) -> np.ndarray:
    lowest = g.uniform(100, 300)
    notes = lowest * 2 ** (g.choice(12, 3, False) / 12)
    return 0.08 * sum(np.sin(2 * np.pi * f * h * T) / h for f in notes for h in (1, 2, 3, 4))


def vamp(g: np.random.Generator) -> np.ndarray:
    return np.where((T // g.uniform(0.8, 2.1)) % 2 == 0, chord(g), chord(g))


def clicks(g: np.random.Generator) -> np.ndarray:
    return (np.arange(len(T)) % int(RATE * g.uniform(0.2, 0.8)) < 150) * g.standard_normal(len(T)) * 0.5


def drum_loop(g: np.random.Generator) -> np.ndarray:
    bar = np.zeros(int(RATE * g.uniform(1.4, 2.4)))
    for at in np.linspace(0, len(bar), 16, endpoint=False).astype(int).tolist():
        t = np.arange(min(6000, len(bar) - at)) / RATE
        kick = np.sin(2 * np.pi * (50 + 80 * np.exp(-30 * t)) * t) * np.exp(-9 * t)
        snare = g.standard_normal(len(t)) * np.exp(-18 * t) + 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-14 * t)
        bar[at : at + len(t)] += (g.random() < 0.4) * 0.7 * kick + (g.random() < 0.3) * 0.4 * snare
    return np.resize(bar, len(T))


def speech_like(g: np.random.Generator) -> np.ndarray:
    """Syllables of a gliding voice or of noise, through three formants."""
    out, at = np.zeros(len(T)), 0
    while at < len(T) - RATE // 2:
        t = np.arange(int(RATE * g.uniform(0.12, 0.35))) / RATE
        glide = g.uniform(90, 220) * (1 + 3 * g.uniform(-0.2, 0.2) * t)
        voiced = signal.sawtooth(2 * np.pi * np.cumsum(glide) / RATE)
        sound = voiced if g.random() < 0.75 else g.standard_normal(len(t))
        for formant in (g.uniform(300, 800), g.uniform(900, 2300), g.uniform(2400, 3200)):
            sound = sound + 3 * signal.lfilter(*signal.iirpeak(formant / (RATE / 2), 8), sound)
        out[at : at + len(t)] += 0.05 * sound * np.hanning(len(t))
        at += len(t) + int(RATE * g.uniform(0.02, 0.3))
    return out


def sweep(g: np.random.Generator) -> np.ndarray:
    return 0.3 * signal.chirp(T, g.uniform(60, 200), SECONDS, g.uniform(800, 4000))


KINDS = (silence, noise, tone, chord, vamp, clicks, drum_loop, speech_like, sweep)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nothing_is_found(index, kind):
    for seed in range(QUERIES_A_KIND):
        samples = kind(np.random.default_rng([seed, KINDS.index(kind)])).astype(np.float32)
        assert index.search(extract(samples)) == [], f"{kind.__name__}, seed {seed}"


def test_one_second_is_refused():
    with pytest.raises(CoverError, match="at least 5 s"):
        extract(tone(np.random.default_rng(1)).astype(np.float32)[:RATE])
