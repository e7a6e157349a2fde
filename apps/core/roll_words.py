"""Notes of a piano roll in words."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.formats import clock
from apps.core.roll_shapes import Mark
from apps.core.scores import DrawnNote, ScoreNotes, pitch_name


def bar_of(bars: Sequence[float], onset: float) -> int:
    """The number of the bar, from 1, that holds a place; 0 where no bars are known."""
    return max(1, bisect_right(bars, onset + 1e-6)) if bars else 0


def bars_in_words(side: Mapping[str, Any]) -> str:
    """“bars 5–12” of a stretch that says ``first_bar`` and ``last_bar``; empty when no bars are known."""
    first, last = side.get("first_bar"), side.get("last_bar")
    if not first or not last:
        return ""
    if first == last:
        return _("bar %(number)s") % {"number": first}
    return _("bars %(first)s–%(last)s") % {"first": first, "last": last}


def place_name(score: ScoreNotes, onset: float) -> str:
    """Where a note lies: its bar, or the time where no bars are known."""
    if score.bars:
        return _("bar %(number)d") % {"number": bar_of(score.bars, onset)}
    return clock(onset * score.pace, decimals=1)


def note_label(score: ScoreNotes, note: DrawnNote, mark: Mark | None = None) -> str:
    """What one reads of a note on hover: pitch, place, and what it is to the other side."""
    where = place_name(score, note.onset)
    words = {
        "same": _("the same on both sides"),
        "differs": _("another pitch on the other side"),
        "alone": _("only on this side"),
    }.get(mark or "", "")
    return " · ".join(part for part in (pitch_name(note.pitch), where, words) if part)


def told(score: ScoreNotes, note: DrawnNote) -> str:
    """A note in a cell of the table."""
    return f"{pitch_name(note.pitch)}, {place_name(score, note.onset)}"


def summary_of(melody: Sequence[DrawnNote], notes: Sequence[DrawnNote]) -> str:
    """A drawn stretch of one score in a line."""
    if not notes:
        return _("No notes here.")
    low, high = min(note.pitch for note in notes), max(note.pitch for note in notes)
    count = ngettext("%(count)d note", "%(count)d notes", len(notes)) % {"count": len(notes)}
    line = ngettext("%(count)d of them the melody", "%(count)d of them the melody", len(melody)) % {
        "count": len(melody)
    }
    return f"{count}, {line}, {pitch_name(low)}–{pitch_name(high)}"
