"""How piano rolls are laid out: shapes of an SVG whose horizontal places are shares of its width.

One score, or two with a shared time axis: the second is stretched linearly so that the notes that belong together
stand under each other as well as may be. Pure functions; ``templates/components/piano_roll.html`` draws them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.formats import clock
from apps.core.roll_axis import PianoRoll, RollSide, alignment, chosen_page, inverted
from apps.core.roll_shapes import Drawing, Line, Mark, Rectangle, Row, TableLine, Words
from apps.core.roll_words import bar_of, note_label, summary_of, told
from apps.core.scores import BLACK_KEYS, DrawnNote, ScoreNotes, pitch_name

ROW_PX = 9
DENSE_ROW_PX = 5
DENSE_ABOVE = 40
STRIP_PX = 18
GAP_PX = 64
PX_PER_UNIT = 30
PX_PER_SECOND = 60
LEAST_WIDTH_PX = 560
MOST_WIDTH_PX = 12_000
LONGEST_TABLE = 400
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
LEAST_TICK_PX = 70
LEAST_BAR_PX = 24
LEAST_NOTE = 0.0008
# White keys with a white key right below or above them: their names would touch.
CROWDED_KEYS = frozenset({5, 11})


@dataclass(frozen=True)
class _Lane:
    """One score on the shared axis: the notes to draw with their marks, and where the lane lies."""

    side: RollSide
    notes: Sequence[tuple[DrawnNote, Mark, str]]
    place: Callable[[float], float]
    top: float
    low: int
    high: int
    row: float

    @property
    def height(self) -> float:
        return (self.high - self.low + 1) * self.row

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def y(self, pitch: int) -> float:
        return self.top + (self.high - pitch) * self.row


def draw(roll: PianoRoll) -> Drawing:
    """Lay out a piano roll."""
    return _draw_pair(roll, roll.reference) if roll.reference is not None else _draw_one(roll)


def _draw_one(roll: PianoRoll) -> Drawing:
    score = roll.query.score
    start, end = chosen_page(roll).span
    melody = {(note.onset, note.pitch) for note in score.melody}
    chosen = [note for note in score.notes if start <= note.onset < end]
    place = _scale(start, end)
    marked: list[tuple[DrawnNote, Mark, str]] = []
    # The melody is drawn last, over what accompanies it.
    for note in sorted(chosen, key=lambda note: ((note.onset, note.pitch) in melody, note.onset)):
        is_melody = (note.onset, note.pitch) in melody
        marked.append((note, "melody" if is_melody else "other", note_label(score, note) if is_melody else ""))
    drawing = Drawing(_width(end - start, score))
    lane = _lane(roll.query, marked, place, STRIP_PX)
    _draw_lane(drawing, lane, start, end, above=True)
    drawing.height = round(lane.bottom + STRIP_PX)
    _draw_ticks(drawing, lane.bottom + STRIP_PX - 5, score, start, end)
    line = [note for note in score.melody if start <= note.onset < end]
    drawing.summary = summary_of(line, chosen)
    drawing.head = (_("Bar"), _("Melody")) if score.bars else (_("Time"), _("Melody"))
    _table_of_bars(drawing, score, line)
    seconds = (end - start) * score.pace
    drawing.sounds = {
        "sets": {"melody": _sounds(line, place), "all": _sounds(chosen, place)},
        "modes": [
            {"key": "all", "sets": ["all"], "seconds": seconds},
            {"key": "melody", "sets": ["melody"], "seconds": seconds},
        ],
    }
    drawing.counts = {"melody": len(line), "other": len(chosen) - len([1 for note, m, _l in marked if m == "melody"])}
    return drawing


def _draw_pair(roll: PianoRoll, reference: RollSide) -> Drawing:
    ours, theirs = roll.query.score, reference.score
    across = alignment(roll)
    start, end = chosen_page(roll).span
    place = _scale(start, end)

    def place_b(onset: float) -> float:
        return place(across(onset))

    inverse = inverted(across)
    marks_a, marks_b = _marks(roll, reference)
    notes_a = _inside(ours, ours.melody, marks_a, start, end, lambda onset: onset)
    notes_b = _inside(theirs, theirs.melody, marks_b, start, end, across)
    drawing = Drawing(_width(end - start, ours))
    lane_a = _lane(roll.query, notes_a, place, STRIP_PX)
    lane_b = _lane(reference, notes_b, place_b, lane_a.bottom + GAP_PX, row=lane_a.row)
    _draw_lane(drawing, lane_a, start, end, above=True)
    _draw_lane(drawing, lane_b, inverse(start), inverse(end), above=False)
    for a, b in _drawn_pairs(roll, start, end):
        one, other = ours.melody[a], theirs.melody[b]
        drawing.links.append(
            Line(
                _percent(place(one.onset)),
                lane_a.y(one.pitch) + lane_a.row,
                _percent(place_b(other.onset)),
                lane_b.y(other.pitch),
                marks_a[a],
            )
        )
    drawing.height = round(lane_b.bottom + 2 * STRIP_PX)
    _draw_ticks(drawing, lane_b.bottom + 2 * STRIP_PX - 5, ours, start, end)
    _table_of_pairs(drawing, roll, reference, (lane_a, lane_b), (start, end))
    drawing.counts = dict(Counter(mark for _note, mark, _label in notes_a))
    drawing.counts["alone"] = sum(1 for _note, mark, _label in (*notes_a, *notes_b) if mark == "alone")
    drawing.summary = _pair_summary(roll, drawing.counts)
    drawing.sounds = {
        "sets": {
            "a": _sounds([note for note, _m, _l in notes_a], place),
            "b": _sounds([note for note, _m, _l in notes_b], place_b),
        },
        "shift": roll.shift,
        "modes": [
            {"key": "a", "sets": ["a"], "seconds": (end - start) * ours.pace},
            {"key": "b", "sets": ["b"], "seconds": (inverse(end) - inverse(start)) * theirs.pace},
            {"key": "both", "sets": ["a", "b"], "seconds": (end - start) * ours.pace},
        ],
    }
    return drawing


def _drawn_pairs(roll: PianoRoll, start: float, end: float) -> list[tuple[int, int]]:
    """The pairs whose note of A begins in the drawn stretch; a link belongs to one page."""
    melody = roll.query.score.melody
    return [(a, b) for a, b in roll.aligned if start <= melody[a].onset < end]


def _marks(roll: PianoRoll, reference: RollSide) -> tuple[list[Mark], list[Mark]]:
    """What each melody note of A and of B is: the same on both sides, aligned but of another pitch, or alone."""
    ours, theirs = roll.query.score.melody, reference.score.melody
    marks_a: list[Mark] = ["alone"] * len(ours)
    marks_b: list[Mark] = ["alone"] * len(theirs)
    for a, b in roll.aligned:
        same = ours[a].pitch + roll.shift == theirs[b].pitch
        marks_a[a] = marks_b[b] = "same" if same else "differs"
    return marks_a, marks_b


def _inside(
    score: ScoreNotes,
    notes: Sequence[DrawnNote],
    marks: Sequence[Mark],
    start: float,
    end: float,
    across: Callable[[float], float],
) -> list[tuple[DrawnNote, Mark, str]]:
    """The notes of a melody that lie in the drawn stretch."""
    return [
        (note, mark, note_label(score, note, mark))
        for note, mark in zip(notes, marks, strict=True)
        if across(note.end) > start and across(note.onset) < end
    ]


def _lane(
    side: RollSide,
    notes: Sequence[tuple[DrawnNote, Mark, str]],
    place: Callable[[float], float],
    top: float,
    row: float = 0.0,
) -> _Lane:
    pitches = [note.pitch for note, _mark, _label in notes] or [60]
    low, high = min(pitches) - 1, max(pitches) + 1
    height = row or (ROW_PX if high - low <= DENSE_ABOVE else DENSE_ROW_PX)
    return _Lane(side, notes, place, top, low, high, height)


def _draw_lane(drawing: Drawing, lane: _Lane, start: float, end: float, *, above: bool) -> None:
    """Rows, names, bars and notes of one lane; bar numbers above or below it."""
    drawing.lanes.append(Row(lane.top, lane.height))
    every = 1 if lane.row >= ROW_PX and lane.high - lane.low <= DENSE_ABOVE // 2 else 12
    for pitch in range(lane.low, lane.high + 1):
        if pitch % 12 in BLACK_KEYS:
            drawing.rows.append(Row(lane.y(pitch), lane.row))
        elif (every == 1 and pitch % 12 not in CROWDED_KEYS) or pitch % 12 == 0:
            drawing.names.append(Words("0", lane.y(pitch) + lane.row - 1, pitch_name(pitch)))
    score = lane.side.score
    drawn = [(number, bar) for number, bar in enumerate(score.bars, start=1) if start - 1e-6 <= bar < end]
    step = _bar_step(len(drawn), drawing.width)
    for number, bar in drawn:
        x = _percent(lane.place(bar))
        drawing.bars.append(Line(x, lane.top, x, lane.bottom))
        if (number - 1) % step == 0:
            drawing.words.append(Words(x, lane.top - 5 if above else lane.bottom + 12, str(number)))
    for note, mark, label in lane.notes:
        left, right = max(0.0, lane.place(note.onset)), min(1.0, lane.place(note.end))
        height = lane.row - 1
        drawing.notes.append(
            Rectangle(
                _percent(left), lane.y(note.pitch) + 0.5, _percent(max(right - left, 0.0008)), height, mark, label
            )
        )


def _draw_ticks(drawing: Drawing, y: float, score: ScoreNotes, start: float, end: float) -> None:
    """Minutes and seconds below the roll; nothing where the score has no tempo."""
    if score.seconds_per_unit is None:
        return
    first, last = start * score.pace, end * score.pace
    most = max(2.0, drawing.width / LEAST_TICK_PX)
    step = next((step for step in TICKS_S if (last - first) / step <= most), TICKS_S[-1])
    at = -(-first // step) * step
    while at <= last:
        drawing.words.append(Words(_percent((at - first) / (last - first)), y, clock(at)))
        at += step


def _bar_step(count: int, width: int) -> int:
    """Every how manieth bar gets its number."""
    most = max(1, width // LEAST_BAR_PX)
    return next((step for step in (1, 2, 4, 5, 10, 20, 50, 100) if count / step <= most), 200)


def _scale(start: float, end: float) -> Callable[[float], float]:
    return lambda onset: (onset - start) / (end - start)


def _width(units: float, score: ScoreNotes) -> int:
    """Natural width in pixels; the page makes it wider where there is room."""
    per_unit = PX_PER_SECOND if not score.bars and score.seconds_per_unit == 1.0 else PX_PER_UNIT
    return round(min(max(units * per_unit, LEAST_WIDTH_PX), MOST_WIDTH_PX))


def _percent(share: float) -> str:
    return f"{100 * share:.3f}%"


def _sounds(notes: Sequence[DrawnNote], place: Callable[[float], float]) -> list[list[float]]:
    """``[start, length, pitch]`` for the player, the first two as shares of the drawn stretch."""
    found = []
    for note in sorted(notes, key=lambda note: note.onset):
        start, end = max(0.0, place(note.onset)), min(1.0, place(note.end))
        if end > start:
            found.append([round(start, 5), round(end - start, 5), note.pitch])
    return found


def _pair_summary(roll: PianoRoll, counts: dict[str, int]) -> str:
    same, differs = counts.get("same", 0), counts.get("differs", 0)
    first = ngettext("%(count)d note is the same on both sides", "%(count)d notes are the same on both sides", same) % {
        "count": same
    }
    second = ngettext("%(count)d has another pitch", "%(count)d have another pitch", differs) % {"count": differs}
    third = ngettext("%(count)d is on one side only", "%(count)d are on one side only", counts["alone"]) % {
        "count": counts["alone"]
    }
    return f"{first}, {second}, {third}"


def _table_of_bars(drawing: Drawing, score: ScoreNotes, melody: Sequence[DrawnNote]) -> None:
    lines: dict[str, list[str]] = {}
    for note in melody:
        where = str(bar_of(score.bars, note.onset)) if score.bars else clock(10 * (note.onset * score.pace // 10))
        lines.setdefault(where, []).append(pitch_name(note.pitch))
    drawing.table = [TableLine((where, " ".join(names))) for where, names in lines.items()][:LONGEST_TABLE]
    drawing.table_is_cut = len(lines) > LONGEST_TABLE


def _table_of_pairs(
    drawing: Drawing,
    roll: PianoRoll,
    reference: RollSide,
    lanes: tuple[_Lane, _Lane],
    span: tuple[float, float],
) -> None:
    """Every pair and every note of one side only, in the order in which they are drawn."""
    drawing.head = ("A", "B", _("What they are to each other"))
    ours, theirs = roll.query.score, reference.score
    words = {"same": _("the same"), "differs": _("another pitch")}
    lines: list[tuple[float, tuple[str, str, str]]] = []
    for a, b in _drawn_pairs(roll, *span):
        one, other = ours.melody[a], theirs.melody[b]
        same = one.pitch + roll.shift == other.pitch
        cells = (told(ours, one), told(theirs, other), words["same" if same else "differs"])
        lines.append((lanes[0].place(one.onset), cells))
    for index, (lane, said) in enumerate(zip(lanes, (_("only A"), _("only B")), strict=True)):
        for note, mark, _label in lane.notes:
            if mark == "alone":
                cell = told(lane.side.score, note)
                lines.append((lane.place(note.onset), ("", cell, said) if index else (cell, "", said)))
    lines.sort(key=lambda line: line[0])
    drawing.table = [TableLine(cells) for _place, cells in lines[:LONGEST_TABLE]]
    drawing.table_is_cut = len(lines) > LONGEST_TABLE


__all__ = ["PianoRoll", "RollSide", "draw"]
