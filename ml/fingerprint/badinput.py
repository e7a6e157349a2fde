"""Sounds that are nobody's music, or everybody's, and must not be found: made by code, so that anyone can try them.

Silence, noise, tones, chords, scales, sweeps, clicks, speech-like syllables, drum loops, sequences of one-shots as
sample packs have them, clips of a second. `examine` searches an index for all of them and says what came nearest.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ml.fingerprint.extract import extract
from ml.fingerprint.grid import SAMPLE_RATE_HZ as RATE
from ml.fingerprint.match import match
from ml.fingerprint.store import PostingStore

Samples = NDArray[np.float32]
Generator = np.random.Generator
Maker = Callable[[Generator, float], NDArray[np.float64]]

LONGEST_S = 15.0
COUNT = 520
"""Queries of one examination."""


@dataclass(frozen=True, slots=True)
class BadQuery:
    """A sound that belongs to no recording: mono samples at 22,050 Hz."""

    kind: str
    number: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best match of one query; chance_probability is 1 when nothing was found at all."""

    kind: str
    number: int
    chance_probability: float
    track: int | None


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * RATE)) / RATE


def _silence(g: Generator, seconds: float) -> NDArray[np.float64]:
    return np.rint(g.standard_normal(round(seconds * RATE)) * g.integers(0, 3)) / 32_768


def _coloured(slope: float) -> Maker:
    """Noise whose power falls with frequency to the power of `slope`."""

    def make(g: Generator, seconds: float) -> NDArray[np.float64]:
        n = round(seconds * RATE)
        spectrum = np.fft.rfft(g.standard_normal(n))
        frequency = np.maximum(np.arange(len(spectrum)), 20.0)
        return np.fft.irfft(spectrum * frequency ** (-slope / 2), n)

    return make


def _tone(g: Generator, seconds: float) -> NDArray[np.float64]:
    t, hz = _time(seconds), float(np.exp(g.uniform(np.log(110), np.log(4_000))))
    wave = np.sin(2 * np.pi * hz * t + g.uniform(0, 2) * np.sin(2 * np.pi * g.uniform(3, 7) * t) * g.integers(0, 2))
    return np.sign(wave) if g.random() < 0.25 else wave


def _hum(g: Generator, seconds: float) -> NDArray[np.float64]:
    t, base = _time(seconds), float(g.choice([50.0, 60.0]))
    return sum((np.sin(2 * np.pi * base * k * t) * g.uniform(0.1, 1) / k for k in range(1, 40)), np.zeros(len(t)))


def _note(hz: float, seconds: float, decay: float, partials: int = 8) -> NDArray[np.float64]:
    t = _time(seconds)
    rise = np.minimum(1.0, t / 0.01)
    waves = (np.sin(2 * np.pi * hz * k * t) * np.exp(-decay * k**0.5 * t) / k for k in range(1, partials + 1))
    return rise * sum(waves, np.zeros(len(t)))


def _hertz(key: float) -> float:
    return float(440.0 * 2 ** ((key - 69) / 12))


CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 7, 12), (0, 4, 7, 12, 16))
PROGRESSIONS = ((0, 7, 9, 5), (0, 5, 7, 0), (0, 9, 5, 7), (9, 5, 0, 7), (0, 10, 5, 0), (2, 7, 0, 0))
SCALES = ((0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 10, 12), (0, 2, 4, 7, 9, 12), tuple(range(13)))


def _held_chord(g: Generator, seconds: float) -> NDArray[np.float64]:
    root, shape = 48 + int(g.integers(0, 24)), CHORDS[int(g.integers(len(CHORDS)))]
    decay = float(g.choice([0.0, 0.0, 0.3, 1.0]))
    return sum((_note(_hertz(root + k), seconds, decay, int(g.integers(1, 12))) for k in shape), np.zeros(1))


def _sequence(seconds: float, step_s: float, sounds: Iterator[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One sound after the other, `step_s` apart, ringing on."""
    out = np.zeros(round(seconds * RATE) + 4 * RATE)
    for at in np.arange(0.0, seconds, step_s):
        sound, start = next(sounds), round(at * RATE)
        sound = sound[: len(out) - start]
        out[start : start + len(sound)] += sound
    return out[: round(seconds * RATE)]


def _progression(g: Generator, seconds: float) -> NDArray[np.float64]:
    root, roots = 48 + int(g.integers(12)), PROGRESSIONS[int(g.integers(len(PROGRESSIONS)))]
    beat, decay, partials = 60 / g.uniform(70, 150), g.uniform(0.5, 3), int(g.integers(3, 10))

    def chords() -> Iterator[NDArray[np.float64]]:
        while True:
            for step in roots:
                minor = 3 if step in (2, 9) else 4
                notes = (_note(_hertz(root + step + k), 4 * beat, decay, partials) for k in (0, minor, 7))
                yield sum(notes, np.zeros(1))

    return _sequence(seconds, float(g.choice([1, 2, 4])) * beat, chords())


def _scale(g: Generator, seconds: float) -> NDArray[np.float64]:
    root, steps = 48 + int(g.integers(24)), SCALES[int(g.integers(len(SCALES)))]
    both = (*steps, *steps[-2:0:-1])
    decay, partials = g.uniform(1, 6), int(g.integers(2, 10))

    def notes() -> Iterator[NDArray[np.float64]]:
        while True:
            for step in both:
                yield _note(_hertz(root + step), 1.0, decay, partials)

    return _sequence(seconds, g.uniform(0.12, 0.5), notes())


def _sweep(g: Generator, seconds: float) -> NDArray[np.float64]:
    low, high = g.uniform(80, 400), g.uniform(2_000, 9_000)
    method = str(g.choice(["linear", "logarithmic"]))
    wave: NDArray[np.float64] = signal.chirp(_time(seconds), low, seconds / int(g.integers(1, 4)), high, method)
    return wave[::-1] if g.random() < 0.5 else wave


def _clicks(g: Generator, seconds: float) -> NDArray[np.float64]:
    hz = g.uniform(600, 3_000)

    def click() -> Iterator[NDArray[np.float64]]:
        beat = 0
        while True:
            t = _time(0.05)
            accent = 1.5 if beat % 4 == 0 else 1.0
            beat += 1
            yield np.sin(2 * np.pi * hz * accent * t) * np.exp(-80 * t)

    return _sequence(seconds, 60 / g.uniform(50, 200), click())


def _siren(g: Generator, seconds: float) -> NDArray[np.float64]:
    t = _time(seconds)
    low, high, pace = g.uniform(400, 800), g.uniform(900, 1_600), g.uniform(0.3, 3)
    hz = (
        np.where(np.sin(2 * np.pi * pace * t) > 0, high, low)
        if g.random() < 0.5
        else low + (high - low) * (0.5 + 0.5 * np.sin(2 * np.pi * pace * t))
    )
    return np.sin(2 * np.pi * np.cumsum(hz) / RATE)


def _keypad(g: Generator, seconds: float) -> NDArray[np.float64]:
    rows, columns = (697, 770, 852, 941), (1_209, 1_336, 1_477)

    def digits() -> Iterator[NDArray[np.float64]]:
        while True:
            t = _time(0.1)
            yield np.sin(2 * np.pi * g.choice(rows) * t) + np.sin(2 * np.pi * g.choice(columns) * t)

    return _sequence(seconds, 0.2, digits())


VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (530, 1840, 2480),
    (570, 840, 2410),
    (300, 870, 2240),
    (490, 1350, 1690),
)


def _speech(g: Generator, seconds: float) -> NDArray[np.float64]:
    """Syllables: a gliding pulse train or breath through the formants of vowels (Peterson & Barney, 1952)."""
    pitch = g.uniform(85, 240)

    def syllables() -> Iterator[NDArray[np.float64]]:
        while True:
            if g.random() < 0.15:
                yield np.zeros(1)
                continue
            t = _time(g.uniform(0.1, 0.28))
            hz = pitch * (1 + g.uniform(-0.2, 0.2) + g.uniform(-0.4, 0.4) * t)
            source = np.diff(np.floor(np.cumsum(hz) / RATE), prepend=0) + 0.02 * g.standard_normal(len(t))
            if g.random() < 0.2:
                source = g.standard_normal(len(t)) * 0.2
            voice = np.zeros(len(t))
            for formant in VOWELS[int(g.integers(len(VOWELS)))]:
                radius, angle = np.exp(-np.pi * 90 / RATE), 2 * np.pi * formant * g.uniform(0.95, 1.05) / RATE
                voice += signal.lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], source)
            yield voice * np.hanning(len(t))

    return _sequence(seconds, g.uniform(0.14, 0.25), syllables())


def _kick(g: Generator) -> NDArray[np.float64]:
    t = _time(0.35)
    hz = g.uniform(45, 60) + g.uniform(80, 220) * np.exp(-t * g.uniform(25, 60))
    return 1.5 * np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-t * g.uniform(7, 14))


def _snare(g: Generator) -> NDArray[np.float64]:
    t = _time(0.25)
    rattle = signal.lfilter([1, -0.9], [1], g.standard_normal(len(t))) * np.exp(-t * g.uniform(14, 28))
    return 0.5 * rattle + 0.6 * np.sin(2 * np.pi * g.uniform(170, 240) * t) * np.exp(-22 * t)


def _hat(g: Generator) -> NDArray[np.float64]:
    t = _time(0.2)
    noise = signal.lfilter([1, -1.8, 0.85], [1], g.standard_normal(len(t)))
    return 0.15 * noise * np.exp(-t * g.uniform(25, 90))


def _bell(g: Generator) -> NDArray[np.float64]:
    t, hz = _time(0.4), g.uniform(400, 900)
    return 0.3 * (np.sign(np.sin(2 * np.pi * hz * t)) + np.sign(np.sin(3.01 * np.pi * hz * t))) * np.exp(-12 * t)


def _stab(g: Generator) -> NDArray[np.float64]:
    root = 48 + int(g.integers(24))
    notes = (_note(_hertz(root + k), 0.5, 5.0, 10) for k in CHORDS[int(g.integers(len(CHORDS)))])
    return 0.3 * sum(notes, np.zeros(1))


def _low(g: Generator) -> NDArray[np.float64]:
    return _note(_hertz(28 + int(g.integers(20))), 0.6, 3.0, 4)


def _drums(g: Generator, seconds: float) -> NDArray[np.float64]:
    """A loop of sixteen steps from one kit, always the same hits."""
    kit = [_kick(g), _snare(g), _hat(g), _bell(g)]
    steps = np.zeros((4, 16), bool)
    steps[0, ::4] = True
    steps[0] |= g.random(16) < 0.15
    steps[1, [4, 12]] = True
    steps[2, :: int(g.choice([1, 2]))] = True
    steps[3] = g.random(16) < 0.1 * g.integers(0, 2)

    def hits() -> Iterator[NDArray[np.float64]]:
        step = 0
        while True:
            out = np.zeros(RATE // 2)
            for sound, row in zip(kit, steps, strict=True):
                if row[step % 16]:
                    out[: len(sound)] += sound[: len(out)]
            step += 1
            yield out

    return _sequence(seconds, 60 / g.uniform(78, 176) / 4, hits())


def _one_shots(g: Generator, seconds: float) -> NDArray[np.float64]:
    """Single hits, one after the other, as when somebody goes through a sample pack."""
    makers = (_kick, _snare, _hat, _bell, _stab, _low)

    def shots() -> Iterator[NDArray[np.float64]]:
        while True:
            yield makers[int(g.integers(len(makers)))](g)

    return _sequence(seconds, float(g.choice([0.25, 0.5, 0.6])), shots())


MAKERS: dict[str, Maker] = {
    "silence": _silence,
    "white noise": _coloured(0.0),
    "pink noise": _coloured(1.0),
    "brown noise": _coloured(2.0),
    "hum": _hum,
    "tone": _tone,
    "held chord": _held_chord,
    "chord progression": _progression,
    "scale": _scale,
    "sweep": _sweep,
    "clicks": _clicks,
    "siren": _siren,
    "keypad": _keypad,
    "speech-like": _speech,
    "drum loop": _drums,
    "one-shots": _one_shots,
}
OFTEN = ("held chord", "chord progression", "speech-like", "drum loop", "one-shots", "scale")
"""The kinds that are most like music are tried twice as often."""


def bad_queries(count: int = COUNT, *, seed: int = 1, longest_s: float = LONGEST_S) -> Iterator[BadQuery]:
    """`count` sounds of all kinds in turn, of 1 to `longest_s` seconds: every sixth is a clip of one second."""
    kinds = [*MAKERS, *OFTEN]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        g = np.random.default_rng((seed, number))
        seconds = 1.0 if number % 6 == 5 else float(g.uniform(3.0, longest_s))
        samples = MAKERS[kind](g, seconds)
        peak = float(np.max(np.abs(samples), initial=0.0))
        level = g.uniform(0.1, 0.9) / peak if peak > 0.001 else 1.0
        yield BadQuery(kind, number, (level * samples).astype(np.float32))


_store: PostingStore | None = None


def _nearest(query: BadQuery) -> Nearest:
    if _store is None:
        raise RuntimeError("no registry is being examined")
    found = match(extract(query.samples), _store, threshold=1.0)
    if not found:
        return Nearest(query.kind, query.number, 1.0, None)
    return Nearest(query.kind, query.number, found[0].chance_probability, found[0].track)


def examine(
    store: PostingStore, queries: Iterator[BadQuery] | Sequence[BadQuery], *, processes: int | None = None
) -> list[Nearest]:
    """The best match in a registry of each query, in order of the queries."""
    global _store
    _store = store
    if processes == 1:
        return [_nearest(query) for query in queries]
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("fork")) as pool:
        return list(pool.map(_nearest, queries, chunksize=4))


def as_text(found: Sequence[Nearest], threshold: float, names: Sequence[str]) -> str:
    """A Markdown table: for each kind how many, how many are significant, and the nearest."""
    lines = [
        f"{len(found)} queries; {sum(n.chance_probability <= threshold for n in found)} significant at {threshold:g}",
        "",
        "| kind | queries | significant | smallest chance probability | track |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for kind in MAKERS:
        own = [n for n in found if n.kind == kind]
        if not own:
            continue
        best = min(own, key=lambda n: n.chance_probability)
        name = names[best.track] if best.track is not None else "–"
        hits = sum(n.chance_probability <= threshold for n in own)
        lines.append(f"| {kind} | {len(own)} | {hits} | {best.chance_probability:.2g} | {name} |")
    return "\n".join(lines)
