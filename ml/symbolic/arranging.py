"""Arrange a score for General MIDI instruments: passes, accompaniment and a human touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ml.symbolic.render import NoteEvent, Voice
from ml.symbolic.scores import Bar, Score, ScoreNote

_DEGREES = (0, 3, 4, 5, 1)
"""Triads on these degrees of the scale are tried, the tonic first."""
_TONIC_BONUS = 0.3
_JITTER_SECONDS = 0.007
_BASS_LOW, _CHORD_LOW = 36, 52


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a score is played.

    Attributes
    ----------
    tempo_bpm : float
        Counted beats a minute.
    seconds : float
        About how long; ends with the bar.
    programs : tuple of tuple of int
        For each pass in turn, a General MIDI program for each part (both repeat cyclically).
    backing : str
        ``none``, ``drone``, ``offbeat``, ``arpeggio`` or ``block``, on `backing_program`.
    bass_program : int or None
    drums : tuple of int
        General MIDI percussion keys: on the beats, and between them.
    transpose : int
        Semitones.
    start, end : float
        The stretch of the score in quarter notes that is used; 0 is its end.
    """

    tempo_bpm: float
    seconds: float
    programs: tuple[tuple[int, ...], ...]
    backing: str = "none"
    backing_program: int = 24
    bass_program: int | None = None
    drums: tuple[int, ...] = ()
    transpose: int = 0
    start: float = 0.0
    end: float = 0.0


def arrange(score: Score, plan: Arrangement, *, seed: int) -> list[Voice]:
    """Voices of `score` played as `plan` says; the same seed gives the same performance.

    Repeated passes change instruments and are never identical: the tempo breathes slowly, and
    each note has its own small delay and weight.
    """
    rng = np.random.default_rng(seed)
    used = _stretch(score, plan.start, plan.end or score.length)
    seconds_per_quarter = 60 / plan.tempo_bpm / used.pulse
    clock = _clock(rng, seconds_per_quarter)
    passes = max(1, int(np.ceil(plan.seconds / (used.length * seconds_per_quarter))))
    limit = plan.seconds / seconds_per_quarter
    voices: dict[tuple[str, int], Voice] = {}
    for turn in range(passes):
        base = turn * used.length
        lines = _lines(used, plan, turn)
        for name, program, notes in lines:
            voice = voices.setdefault((name, program), _voice(name, program, len(voices)))
            shifted = (ScoreNote(n.onset + base, n.length, n.pitch) for n in notes)
            kept = (n for n in shifted if n.onset < limit)
            voice.notes += _performed(kept, clock, rng, accent=_weight(name))
    return [voice for voice in voices.values() if voice.notes]


def _lines(score: Score, plan: Arrangement, turn: int) -> Iterator[tuple[str, int, Iterable[ScoreNote]]]:
    """(role, program, notes) of one pass; the backing comes in with the second bar of the first."""
    programs = plan.programs[turn % len(plan.programs)]
    for index, part in enumerate(score.parts):
        notes = [ScoreNote(n.onset, n.length, n.pitch + plan.transpose) for n in part]
        yield f"part {index}", programs[index % len(programs)], notes
    if plan.backing == "none":
        return
    skip = 1 if turn == 0 else 0
    chords = list(_chords(score, plan.transpose))[skip:]
    yield "backing", plan.backing_program, _backing(chords, plan.backing, score.pulse)
    if plan.bass_program is not None:
        yield "bass", plan.bass_program, _bass(chords, score.pulse)
    if plan.drums and turn > 0:
        yield "drums", 0, _drums(chords, plan.drums, score.pulse)


def _stretch(score: Score, start: float, end: float) -> Score:
    """The part of a score between two places, moved to its beginning."""
    parts = tuple(
        tuple(ScoreNote(n.onset - start, n.length, n.pitch) for n in part if start <= n.onset < end)
        for part in score.parts
    )
    bars = tuple(Bar(b.onset - start, b.length) for b in score.bars if start <= b.onset < end)
    return Score(parts, bars, end - start, score.pulse, score.scale)


def _chords(score: Score, transpose: int) -> Iterator[tuple[Bar, tuple[int, ...]]]:
    """The triad (pitch classes, root first) that covers most of the tune in each bar."""
    notes = [n for part in score.parts for n in part]
    for bar in score.bars:
        inside = [n for n in notes if bar.onset <= n.onset < bar.onset + bar.length]
        best = max(_DEGREES, key=lambda degree: _fit(score.scale, degree, inside))
        yield bar, tuple((pitch + transpose) % 12 for pitch in _triad(score.scale, best))


def _triad(scale: Sequence[int], degree: int) -> tuple[int, ...]:
    return tuple(scale[(degree + step) % 7] for step in (0, 2, 4))


def _fit(scale: Sequence[int], degree: int, notes: Sequence[ScoreNote]) -> float:
    triad = _triad(scale, degree)
    covered = sum(n.length for n in notes if n.pitch % 12 in triad)
    return covered + (_TONIC_BONUS if degree == 0 else 0.0)


Chord = tuple[Bar, tuple[int, ...]]


def _backing(chords: Sequence[Chord], style: str, pulse: float) -> Iterator[ScoreNote]:
    players: dict[str, Callable[[Bar, list[int], float], Iterator[ScoreNote]]] = {
        "drone": _drone,
        "offbeat": _offbeat,
        "arpeggio": _arpeggio,
        "block": _block,
    }
    for bar, triad in chords:
        yield from players[style](bar, [_above(_CHORD_LOW, p) for p in triad], pulse)


def _drone(bar: Bar, pitches: list[int], pulse: float) -> Iterator[ScoreNote]:
    for pitch in (pitches[0], pitches[2]):
        yield ScoreNote(bar.onset, bar.length, pitch)


def _block(bar: Bar, pitches: list[int], pulse: float) -> Iterator[ScoreNote]:
    for pitch in pitches:
        yield ScoreNote(bar.onset, bar.length * 0.95, pitch)


def _offbeat(bar: Bar, pitches: list[int], pulse: float) -> Iterator[ScoreNote]:
    for beat in _steps(bar, pulse):
        for pitch in pitches:
            yield ScoreNote(beat + pulse * (2 / 3 if pulse % 1.5 == 0 else 1 / 2), pulse / 3, pitch)


def _arpeggio(bar: Bar, pitches: list[int], pulse: float) -> Iterator[ScoreNote]:
    step = pulse / (3 if pulse % 1.5 == 0 else 2)
    order = [*sorted(pitches), sorted(pitches)[1]]
    for index, onset in enumerate(_steps(bar, step)):
        yield ScoreNote(onset, step * 1.5, order[index % len(order)])


def _bass(chords: Sequence[Chord], pulse: float) -> Iterator[ScoreNote]:
    for bar, triad in chords:
        for index, beat in enumerate(_steps(bar, pulse)):
            yield ScoreNote(beat, pulse * 0.8, _above(_BASS_LOW, triad[0 if index % 2 == 0 else 2]))


def _drums(chords: Sequence[Chord], keys: tuple[int, ...], pulse: float) -> Iterator[ScoreNote]:
    for bar, _ in chords:
        for beat in _steps(bar, pulse):
            yield ScoreNote(beat, 0.1, keys[0])
            if len(keys) > 1:
                yield ScoreNote(beat + pulse * (2 / 3 if pulse % 1.5 == 0 else 1 / 2), 0.1, keys[1])


def _steps(bar: Bar, step: float) -> Iterator[float]:
    """Onsets of a bar; a short bar (an upbeat) gets none."""
    count = int(bar.length / step + 1e-6)
    return (bar.onset + index * step for index in range(count))


def _above(low: int, pitch_class: int) -> int:
    """The lowest pitch of a class from `low` up."""
    return low + (pitch_class - low) % 12


def _clock(rng: np.random.Generator, seconds_per_quarter: float) -> Callable[[float], float]:
    """Seconds of a place in the score: steady, with two slow breaths of about 60 ms."""
    periods, phases = rng.uniform(9, 23, 2), rng.uniform(0, 2 * np.pi, 2)

    def at(quarters: float) -> float:
        steady = quarters * seconds_per_quarter
        breath = np.sin(2 * np.pi * steady / periods + phases) - np.sin(phases)
        return 0.15 + steady + 0.06 * float(breath.sum())

    return at


def _performed(
    notes: Iterable[ScoreNote], clock: Callable[[float], float], rng: np.random.Generator, accent: int
) -> list[NoteEvent]:
    events = []
    for note in notes:
        start = max(0.0, clock(note.onset) + float(rng.normal(0, _JITTER_SECONDS)))
        end = clock(note.onset + note.length)
        velocity = int(np.clip(accent + rng.normal(0, 6), 20, 124))
        events.append(NoteEvent(note.pitch, start, max(0.05, end - start), velocity))
    return events


def _voice(name: str, program: int, index: int) -> Voice:
    pan = (64, 40, 88, 52, 76, 30, 98)[index % 7]
    return Voice(program, is_drum=name == "drums", pan=64 if name == "bass" else pan)


def _weight(name: str) -> int:
    if name == "part 0":
        return 98
    return 84 if name.startswith("part") else {"bass": 82, "drums": 60}.get(name, 66)
