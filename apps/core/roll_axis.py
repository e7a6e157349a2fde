"""The time axis of piano rolls: which place of B is which of A, and how long works are cut into pictures."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.display import Text
from apps.core.formats import span
from apps.core.roll_words import bar_of
from apps.core.scores import DrawnNote, ScoreNotes

MOST_NOTES = 1500
"""Notes of one picture: more make a page slow, and are not told apart."""
MARGIN_UNITS = 4.0
EDGE_UNITS = 0.5
_SHALLOWEST, _STEEPEST = 1 / 8, 8.0


@dataclass(frozen=True)
class RollSide:
    """One score of a piano roll: whose it is and its notes. Two scores are compared by their ``melody``."""

    title: Text
    score: ScoreNotes
    by: Text = ""


@dataclass(frozen=True)
class PianoRoll:
    """What ``{% piano_roll %}`` draws.

    Attributes:
        query: the only score, or side A.
        reference: side B.
        aligned: numbers of melody notes that belong together, (A, B), from 0.
        transposition_semitones: what to add to A to get B; None: what most pairs say.
        page: which stretch of a long work to draw, from 1; beyond the last, the last.
    """

    query: RollSide
    reference: RollSide | None = None
    aligned: Sequence[tuple[int, int]] = ()
    transposition_semitones: int | None = None
    page: int = 1

    @property
    def shift(self) -> int:
        """Semitones from A to B."""
        if self.transposition_semitones is not None:
            return self.transposition_semitones
        if self.reference is None or not self.aligned:
            return 0
        ours, theirs = self.query.score.melody, self.reference.score.melody
        return Counter(theirs[b].pitch - ours[a].pitch for a, b in self.aligned).most_common(1)[0][0]


@dataclass(frozen=True)
class Page:
    """A stretch that is drawn at once: from and to, on A's axis."""

    start: float
    end: float

    @property
    def span(self) -> tuple[float, float]:
        return self.start, self.end


def chosen_page(roll: PianoRoll) -> Page:
    """What of a roll is drawn."""
    pages = pages_of(roll)
    return pages[min(max(roll.page, 1), len(pages)) - 1]


def pages_of(roll: PianoRoll) -> list[Page]:
    """The stretches of a roll, each of at most ``MOST_NOTES`` notes; one where everything fits a picture.

    They begin at bars where bars are known, else at notes. Of two scores only the aligned stretch is drawn.
    """
    start, end = _drawn_stretch(roll)
    onsets = [onset for onset in _onsets(roll) if start <= onset < end]
    cuts = [bar for bar in roll.query.score.bars if start < bar < end]
    starts, at = [start], 0
    while len(onsets) - at > MOST_NOTES:
        at = _next(onsets, cuts, at)
        if at >= len(onsets) or onsets[at] <= starts[-1]:
            break
        starts.append(_bar_before(cuts, onsets[at], starts[-1]))
    return [Page(first, last) for first, last in zip(starts, [*starts[1:], end], strict=True)]


def page_name(roll: PianoRoll, page: Page) -> str:
    """A stretch in words: its bars, or its times where no bars are known."""
    score = roll.query.score
    if not score.bars:
        return span(max(page.start, 0.0) * score.pace, page.end * score.pace)
    first, last = bar_of(score.bars, page.start), max(1, bisect_left(score.bars, page.end - 1e-6))
    if first >= last:
        return _("Bar %(number)d") % {"number": first}
    return _("Bars %(first)d–%(last)d") % {"first": first, "last": last}


def alignment(roll: PianoRoll) -> Callable[[float], float]:
    """Places of B told on A's axis: the straight line with the least squares through the aligned onsets."""
    if roll.reference is None or not roll.aligned:
        return lambda onset: onset
    ours, theirs = roll.query.score.melody, roll.reference.score.melody
    pairs = [(theirs[b].onset, ours[a].onset) for a, b in roll.aligned]
    mean_b = sum(b for b, _a in pairs) / len(pairs)
    mean_a = sum(a for _b, a in pairs) / len(pairs)
    spread = sum((b - mean_b) ** 2 for b, _a in pairs)
    slope = sum((b - mean_b) * (a - mean_a) for b, a in pairs) / spread if spread > 0 else 1.0
    slope = min(max(slope, _SHALLOWEST), _STEEPEST)
    return lambda onset: mean_a + slope * (onset - mean_b)


def inverted(line: Callable[[float], float]) -> Callable[[float], float]:
    """Places of A's axis told on B's."""
    offset, slope = line(0.0), line(1.0) - line(0.0)
    return lambda place: (place - offset) / slope


def _drawn_stretch(roll: PianoRoll) -> tuple[float, float]:
    return _common_stretch(roll, roll.reference) if roll.reference else (0.0, max(roll.query.score.end, 1.0))


def _onsets(roll: PianoRoll) -> list[float]:
    """Where the notes that may be drawn begin, in order."""
    if roll.reference is None:
        return sorted(note.onset for note in roll.query.score.notes)
    across = alignment(roll)
    theirs = [across(note.onset) for note in roll.reference.score.melody]
    return sorted([*(note.onset for note in roll.query.score.melody), *theirs])


def _next(onsets: Sequence[float], cuts: Sequence[float], at: int) -> int:
    """The number of the note that begins the picture after the one that begins with note ``at``."""
    full = onsets[at + MOST_NOTES]
    bar = _bar_before(cuts, full, onsets[at])
    found = bisect_left(onsets, bar - 1e-6)
    # A bar that alone is too full is cut at a note.
    return found if found > at else bisect_left(onsets, full)


def _bar_before(cuts: Sequence[float], place: float, after: float) -> float:
    """The last bar that begins at or before a place and after another; the place itself where there is none."""
    number = bisect_left(cuts, place + 1e-6) - 1
    return cuts[number] if number >= 0 and cuts[number] > after else place


def _common_stretch(roll: PianoRoll, reference: RollSide) -> tuple[float, float]:
    """The aligned stretch of both sides on A's axis, with a margin that shows what surrounds it."""
    across = alignment(roll)
    ours, theirs = roll.query.score, reference.score
    a: Sequence[DrawnNote] = [ours.melody[index] for index, _other in roll.aligned] or list(ours.melody)
    b: Sequence[DrawnNote] = [theirs.melody[index] for _own, index in roll.aligned] or list(theirs.melody)
    margin = MARGIN_UNITS * (0.5 / ours.pace if ours.pace > 0.9 else 1.0)
    first = min(min((note.onset for note in a), default=0.0), min((across(note.onset) for note in b), default=0.0))
    last = max(max((note.end for note in a), default=1.0), max((across(note.end) for note in b), default=1.0))
    begin = min((note.onset for note in ours.melody), default=0.0)
    finish = max(ours.end, first + 1.0)
    low = max(first - margin, min(begin, first) - EDGE_UNITS)
    high = min(last + margin, max(finish, last) + EDGE_UNITS)
    return low, max(high, low + 1.0)
