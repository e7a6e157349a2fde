"""The demo's scores: melodies of two demo works as MIDI, and a tune that follows one of them.

The third is made here: a stretch of “Jeanie with the Light Brown Hair” a fourth lower, with turns and other lengths,
as somebody writes who remembers a song and takes it for his own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml.symbolic.demo_works import CEILIDH, PARLOUR, DemoWork, LabelKey
from ml.symbolic.scores import Score, ScoreNote, corpus_path, read_score

_PIANO = 0
_TICKS_PER_QUARTER = 480
_VELOCITY = 80
REMEMBERED = "jeanie"
SEMITONES = -5
_FROM, _TO = 0.2, 0.85
_TURN_EVERY, _STRETCH_EVERY = 6, 5
_LEAST_TURN = 0.5


@dataclass(frozen=True, slots=True)
class DemoScore:
    """A made MIDI file with all that a label would type in.

    label: who uploads it. recorded_as: title of the demo track that is a recording of it, or empty. conflicts:
    whether it is similar to a work of the other label.
    """

    key: str
    label: LabelKey
    path: Path
    title: str
    composer: str
    recorded_as: str = ""
    conflicts: bool = False


def make_demo_scores(out_dir: str | Path) -> list[DemoScore]:
    """Write the demo's three scores into `out_dir`, made when missing; the same files every time."""
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    scores = [_from_work(_work(key), folder) for key in (REMEMBERED, "white-cockade")]
    return [*scores, _remembered(folder)]


def _work(key: str) -> DemoWork:
    return next(work for work in (*PARLOUR, *CEILIDH) if work.key == key)


def _read(work: DemoWork) -> Score:
    return read_score(corpus_path(work.source), number=work.number, repeats=False)


def _from_work(work: DemoWork, folder: Path) -> DemoScore:
    score = _read(work)
    path = folder / f"{work.key}.mid"
    path.write_bytes(melody_midi(score.parts[0], bar=_bar(score)))
    return DemoScore(work.key, work.label, path, work.title, work.composer, recorded_as=work.title)


def _remembered(folder: Path) -> DemoScore:
    score = _read(_work(REMEMBERED))
    path = folder / "evening-on-the-quay.mid"
    path.write_bytes(melody_midi(remembered(score.parts[0]), bar=_bar(score)))
    return DemoScore(
        "evening-on-the-quay", "ceilidh", path, "Evening on the Quay", "Quayside demo writer", conflicts=True
    )


def remembered(notes: Sequence[ScoreNote]) -> list[ScoreNote]:
    """A stretch of a melody, transposed; a turn on every sixth note, every fifth half as long again."""
    line: list[ScoreNote] = []
    at = 0.0
    for index, note in enumerate(notes[int(_FROM * len(notes)) : int(_TO * len(notes))]):
        length = note.length * (1.5 if index % _STRETCH_EVERY == _STRETCH_EVERY - 1 else 1.0)
        pitch = note.pitch + SEMITONES
        if index % _TURN_EVERY == _TURN_EVERY - 1 and length >= _LEAST_TURN:
            half = length / 2
            line += [ScoreNote(at, half, pitch + 2), ScoreNote(at + half, half, pitch)]
        else:
            line.append(ScoreNote(at, length, pitch))
        at += length
    return line


def melody_midi(notes: Sequence[ScoreNote], *, bar: float = 4.0, per_minute: float = 96.0) -> bytes:
    """A MIDI file of one line; `bar` is a bar's length in quarters, `per_minute` the quarters a minute."""
    import pretty_midi

    song = pretty_midi.PrettyMIDI(resolution=_TICKS_PER_QUARTER, initial_tempo=per_minute)
    whole = float(bar).is_integer()
    metre = pretty_midi.TimeSignature(round(bar) if whole else round(2 * bar), 4 if whole else 8, 0.0)
    song.time_signature_changes = [metre]
    melody = pretty_midi.Instrument(_PIANO, name="Melody")
    second = 60.0 / per_minute
    first = notes[0].onset
    melody.notes = [
        pretty_midi.Note(
            _VELOCITY, note.pitch, (note.onset - first) * second, (note.onset - first + note.length) * second
        )
        for note in notes
    ]
    song.instruments.append(melody)
    out = io.BytesIO()
    song.write(out)
    return out.getvalue()


def _bar(score: Score) -> float:
    """The length of most bars in quarters."""
    lengths = [bar.length for bar in score.bars]
    return max(set(lengths), key=lengths.count)
