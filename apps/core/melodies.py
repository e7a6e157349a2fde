"""Both melodies of a finding as one piano roll, from what a match or a case keeps of it."""

from collections.abc import Mapping
from typing import Any

from apps.core.display import Text
from apps.core.piano_roll import PianoRoll, RollSide
from apps.core.scores import DrawnNote, ScoreNotes


def melodies(
    detail: Mapping[str, Any], *, own: Text, other: Text, own_by: Text = "", other_by: Text = ""
) -> PianoRoll | None:
    """The roll of a melody finding, ours above theirs; None where the finding has no notes.

    ``own`` and ``other`` are titles; the detail's ``pairs`` are numbers of notes that belong together, (own, other).
    """
    if not detail.get("pairs"):
        return None
    return PianoRoll(
        query=RollSide(own, _notes(detail["own"]), by=own_by),
        reference=RollSide(other, _notes(detail["other"]), by=other_by),
        aligned=[(first, second) for first, second in detail["pairs"]],
        transposition_semitones=-int(detail.get("transposition", 0)),
    )


def is_untimed(detail: Mapping[str, Any]) -> bool:
    """Whether a side is a score without a tempo, so that its times are assumed."""
    return any(detail.get(side, {}).get("has_tempo") is False for side in ("own", "other"))


def _notes(side: Mapping[str, Any]) -> ScoreNotes:
    notes = [DrawnNote(onset, duration, pitch) for onset, duration, pitch in side["notes"]]
    return ScoreNotes(notes=notes, melody=notes, bars=side.get("bars", ()), seconds_per_unit=1.0)
