"""Read the notes of a score (MusicXML or ABC) by music21, as plain data."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
_MODE_OFFSET = {"major": 0, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "minor": 9}


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A notated note at sounding pitch; onset and length in quarter notes."""

    onset: float
    length: float
    pitch: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar's place and length in quarter notes."""

    onset: float
    length: float


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its repeats written out.

    Attributes
    ----------
    parts : tuple of tuple of ScoreNote
        From the top staff down, each in order of onset.
    bars : tuple of Bar
    length : float
        In quarter notes.
    pulse : float
        Length of a counted beat in quarter notes (a dotted quarter in 6/8).
    scale : tuple of int
        Seven pitch classes from the tonic up.
    """

    parts: tuple[tuple[ScoreNote, ...], ...]
    bars: tuple[Bar, ...]
    length: float
    pulse: float
    scale: tuple[int, ...]


def corpus_path(name: str) -> Path:
    """Where a file of music21's corpus lies."""
    import music21  # a second to import: only who reads scores pays for it

    return Path(music21.__file__).parent / "corpus" / name


def read_score(path: str | Path, *, number: int | None = None, repeats: bool = True) -> Score:
    """Read one score.

    Parameters
    ----------
    path : str or Path
    number : int or None
        Picks a tune of an ABC book.
    repeats : bool
        Write repeats out; without, the score is read straight through (much faster).

    Raises
    ------
    ValueError
        A file without notes.
    """
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "measure is overfull" and the like: harmless here
        parsed: Any = converter.parse(Path(path), number=number, forceSource=True, storePickle=False)
        parts = [_expanded(part) if repeats else part for part in parsed.parts]
        notes = tuple(_notes(part) for part in parts)
    if not any(notes):
        raise ValueError(f"no notes in {Path(path).name}")
    flat = parts[0].flatten()
    return Score(
        parts=notes,
        bars=_bars(parts[0]),
        length=max(n.onset + n.length for part in notes for n in part),
        pulse=_pulse(flat),
        scale=_scale(flat),
    )


def _expanded(part: Any) -> Any:
    from music21.repeat import ExpanderException

    marks = part.recurse().getElementsByClass(["RepeatMark", "RepeatBracket"])
    if not marks:
        return part  # expanding copies everything: slow
    try:
        return part.expandRepeats()
    except ExpanderException:  # unbalanced repeat marks: play it once through
        return part


def _notes(part: Any) -> tuple[ScoreNote, ...]:
    """Sounding notes of a part, tied ones joined.

    Done here: music21's own `stripTies` and `toSoundingPitch` copy the score, which takes ten
    times as long as this.
    """
    shift = _transposition(part)
    sounding: dict[int, ScoreNote] = {}
    found: list[ScoreNote] = []
    for element in part.flatten().notes:
        if element.duration.isGrace or "Harmony" in element.classes or not element.quarterLength:
            continue
        onset, length = float(element.offset), float(element.quarterLength)
        for head in element.notes if element.isChord else [element]:
            pitch = head.pitch.midi + shift
            before = sounding.get(pitch)
            if before and head.tie and head.tie.type != "start" and _meets(before, onset):
                found.remove(before)
                note = ScoreNote(before.onset, onset + length - before.onset, pitch)
            else:
                note = ScoreNote(onset, length, pitch)
            sounding[pitch] = note
            found.append(note)
    return tuple(sorted(found, key=lambda n: (n.onset, n.pitch)))


def _meets(note: ScoreNote, onset: float) -> bool:
    return abs(note.onset + note.length - onset) < 1e-3


def _transposition(part: Any) -> int:
    """Semitones from written to sounding pitch (−2 for a clarinet in B-flat)."""
    interval = part.getInstrument(returnDefault=True).transposition
    return int(interval.semitones) if interval else 0


def _bars(part: Any) -> tuple[Bar, ...]:
    return tuple(
        Bar(float(measure.offset), float(measure.highestTime))
        for measure in part.getElementsByClass("Measure")
        if measure.highestTime > 0
    )


def _pulse(flat: Any) -> float:
    signatures = flat.getElementsByClass("TimeSignature")
    if not signatures:
        return 1.0
    beats, unit = signatures[0].numerator, 4 / signatures[0].denominator
    return float(3 * unit if beats % 3 == 0 and beats > 3 else unit)


def _scale(flat: Any) -> tuple[int, ...]:
    signatures = flat.getElementsByClass("KeySignature")
    fifths = signatures[0].sharps if signatures else 0
    mode = getattr(signatures[0], "mode", "major") if signatures else "major"
    major_tonic = 7 * fifths % 12
    steps = sorted((major_tonic + step) % 12 for step in _MAJOR_STEPS)
    tonic = (major_tonic + _MODE_OFFSET.get(mode, 0)) % 12
    at = steps.index(tonic)
    return tuple(steps[at:] + steps[:at])
