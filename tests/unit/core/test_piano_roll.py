"""Where notes are drawn, what they are to each other, and what is played."""

from dataclasses import replace
from typing import Any

import pytest

from apps.core.piano_roll import PianoRoll, RollSide, draw
from apps.core.roll_axis import page_name, pages_of
from apps.core.roll_words import bar_of
from apps.core.scores import DrawnNote, ScoreNotes, pitch_name

BARS = (0.0, 4.0, 8.0)


def _score(*pitches: int, start: float = 0.0, step: float = 1.0, **fields: Any) -> ScoreNotes:
    notes = tuple(DrawnNote(start + index * step, step, pitch) for index, pitch in enumerate(pitches))
    options: dict[str, Any] = {"bars": BARS, "seconds_per_unit": 0.5, **fields}
    return ScoreNotes(notes=notes, melody=notes, **options)


def _pair(ours: ScoreNotes, theirs: ScoreNotes, aligned: list[tuple[int, int]], **fields: Any) -> PianoRoll:
    return PianoRoll(RollSide("Ours", ours), RollSide("Theirs", theirs), aligned, **fields)


@pytest.mark.parametrize(("pitch", "name"), [(60, "C4"), (69, "A4"), (21, "A0"), (108, "C8"), (61, "C♯4")])
def test_pitches_have_the_names_of_the_keyboard(pitch, name):
    assert pitch_name(pitch) == name


def test_bars_count_from_one():
    assert [bar_of(BARS, onset) for onset in (0.0, 3.99, 4.0, 100.0)] == [1, 1, 2, 3]
    assert bar_of((), 5.0) == 0


def test_one_score_is_drawn_to_scale():
    drawing = draw(PianoRoll(RollSide("Ours", _score(60, 64, 67, 60))))
    assert [(note.x, note.width, note.mark) for note in drawing.notes] == [
        ("0.000%", "25.000%", "melody"),
        ("25.000%", "25.000%", "melody"),
        ("50.000%", "25.000%", "melody"),
        ("75.000%", "25.000%", "melody"),
    ]
    # Seven semitones between the lowest and the highest row of notes, nine pixels each.
    assert drawing.notes[0].y - drawing.notes[2].y == 7 * 9
    assert drawing.notes[0].y == drawing.notes[3].y
    assert [(line.cells[0], line.cells[1]) for line in drawing.table] == [("1", "C4 E4 G4 C4")]
    assert drawing.sounds["modes"][0] == {"key": "all", "sets": ["all"], "seconds": 2.0}
    assert drawing.sounds["sets"]["melody"][1] == [0.25, 0.25, 64]


def test_what_accompanies_is_told_from_the_melody():
    melody = (DrawnNote(0, 2, 72), DrawnNote(2, 2, 74))
    score = ScoreNotes(notes=(*melody, DrawnNote(0, 4, 48, 1)), melody=melody, bars=(0.0,), seconds_per_unit=0.5)
    drawing = draw(PianoRoll(RollSide("Ours", score)))
    assert [(note.mark, bool(note.label)) for note in drawing.notes] == [
        ("other", False),
        ("melody", True),
        ("melody", True),
    ]
    assert drawing.counts == {"melody": 2, "other": 1}
    assert len(drawing.sounds["sets"]["all"]) == 3


def test_a_pair_is_joined_note_by_note():
    # B is A a third lower and twice as slow, but for its third note; A's last note has no partner.
    ours = _score(60, 62, 64, 65, 67)
    theirs = _score(57, 59, 60, 62, step=2.0)
    drawing = draw(_pair(ours, theirs, [(0, 0), (1, 1), (2, 2), (3, 3)]))
    marks = [note.mark for note in drawing.notes]
    assert marks == ["same", "same", "differs", "same", "alone", "same", "same", "differs", "same"]
    assert drawing.counts == {"same": 3, "differs": 1, "alone": 1}
    # On the shared axis what belongs together stands exactly below: the tempo is a straight line here.
    assert [line.x1 for line in drawing.links] == [line.x2 for line in drawing.links]
    assert [line.mark for line in drawing.links] == ["same", "same", "differs", "same"]
    assert all(line.y1 < line.y2 for line in drawing.links)
    assert drawing.sounds["shift"] == -3
    seconds = {mode["key"]: mode["seconds"] for mode in drawing.sounds["modes"]}
    assert seconds["b"] == pytest.approx(2 * seconds["a"])
    assert [line.cells for line in drawing.table] == [
        ("C4, bar 1", "A3, bar 1", "the same"),
        ("D4, bar 1", "B3, bar 1", "the same"),
        ("E4, bar 1", "C4, bar 2", "another pitch"),
        ("F4, bar 1", "D4, bar 2", "the same"),
        ("G4, bar 2", "", "only A"),
    ]


def test_the_given_transposition_decides_what_is_the_same():
    roll = _pair(_score(60, 62), _score(60, 62), [(0, 0), (1, 1)], transposition_semitones=1)
    assert [note.mark for note in draw(roll).notes] == ["differs"] * 4


def test_only_the_stretch_that_is_alike_is_drawn():
    ours = _score(*range(40, 90))
    theirs = _score(70, 71, 72, 73)
    drawing = draw(_pair(ours, theirs, [(30, 0), (31, 1), (32, 2), (33, 3)]))
    # Four quarters before and after the stretch of four.
    assert drawing.sounds["modes"][0]["seconds"] == pytest.approx(12 * 0.5)
    assert drawing.counts["same"] == 4
    assert len([note for note in drawing.notes if note.mark == "alone"]) == 8


def test_a_transcription_has_seconds_instead_of_bars():
    heard = _score(60, 62, 64, bars=(), seconds_per_unit=1.0)
    drawing = draw(_pair(heard, _score(60, 62, 64), [(0, 0), (1, 1), (2, 2)]))
    assert drawing.table[1].cells[:2] == ("D4, 0:01.0", "D4, bar 1")
    assert "0:01" in {word.text for word in drawing.words}


def test_nothing_to_draw_is_no_error():
    empty = ScoreNotes(notes=())
    assert draw(PianoRoll(RollSide("Ours", empty))).notes == []
    assert draw(_pair(empty, empty, [])).links == []


def test_a_long_score_comes_in_stretches_that_begin_at_bars(monkeypatch):
    monkeypatch.setattr("apps.core.roll_axis.MOST_NOTES", 7)
    roll = PianoRoll(RollSide("Ours", _score(*range(60, 72))), page=2)
    assert [page.span for page in pages_of(roll)] == [(0.0, 4.0), (4.0, 8.0), (8.0, 12.0)]
    assert [page_name(roll, page) for page in pages_of(roll)] == ["Bar 1", "Bar 2", "Bar 3"]
    drawing = draw(roll)
    assert [note.label for note in drawing.notes] == ["E4 · bar 2", "F4 · bar 2", "F♯4 · bar 2", "G4 · bar 2"]
    assert drawing.sounds["modes"][0]["seconds"] == 2.0


def test_stretches_without_bars_begin_at_notes_and_a_chord_stays_whole(monkeypatch):
    monkeypatch.setattr("apps.core.roll_axis.MOST_NOTES", 5)
    score = _score(*range(60, 72), bars=(), seconds_per_unit=1.0)
    roll = PianoRoll(RollSide("Ours", score))
    assert [page.span for page in pages_of(roll)] == [(0.0, 5.0), (5.0, 10.0), (10.0, 12.0)]
    assert page_name(roll, pages_of(roll)[1]) == "0:05–0:10"
    drawn = [draw(replace(roll, page=page)) for page in (1, 2, 3, 99)]
    assert [len(drawing.notes) for drawing in drawn] == [5, 5, 2, 2]
    chord = ScoreNotes(notes=tuple(DrawnNote(0.0, 1.0, pitch) for pitch in range(40, 60)))
    assert len(pages_of(PianoRoll(RollSide("Ours", chord)))) == 1


def test_two_long_melodies_come_in_stretches_and_each_pair_is_joined_once(monkeypatch):
    monkeypatch.setattr("apps.core.roll_axis.MOST_NOTES", 6)
    ours = _score(*range(60, 72), bars=(0.0, 2.0, 4.0, 6.0, 8.0, 10.0))
    roll = _pair(ours, _score(*range(60, 72)), [(n, n) for n in range(12)])
    pages = pages_of(roll)
    assert [page.start for page in pages] == [-0.5, 2.0, 4.0, 6.0, 8.0, 10.0]
    drawn = [draw(replace(roll, page=number)) for number in range(1, len(pages) + 1)]
    assert [len(drawing.links) for drawing in drawn] == [2] * 6
    assert all(drawing.counts["same"] <= 3 for drawing in drawn)
    assert drawn[2].table[0].cells[2] == "the same"


def test_notes_survive_being_stored():
    score = ScoreNotes(
        notes=(DrawnNote(0, 1.5, 60), DrawnNote(1.5, 0.333, 64, 1)),
        melody=(DrawnNote(0, 1.5, 60),),
        bars=(0.0, 4.0),
        seconds_per_unit=0.6,
        parts=("Voice", "Piano"),
    )
    assert ScoreNotes.from_json(score.to_json()) == score
    assert score.to_json()["notes"] == [[0, 1.5, 60, 0], [1.5, 0.333, 64, 1]]
