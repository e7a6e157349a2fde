"""Scores are read as written; arrangements play them."""

from pathlib import Path

import pytest

from ml.symbolic.arranging import Arrangement, arrange
from ml.symbolic.scores import Bar, Score, ScoreNote, read_score

TUNE = """X:1
T:First
M:2/4
L:1/8
K:D
|: D2 F2 | A4- | A2 d2 :|

X:2
T:Second
M:6/8
L:1/8
K:A dorian
A | e3 c3 |
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.abc"
    path.write_text(TUNE)
    return path


def test_repeats_are_written_out_and_ties_joined(book: Path) -> None:
    score = read_score(book, number=1)

    once = [(0, 1, 62), (1, 1, 66), (2, 3, 69), (5, 1, 74)]
    assert [(n.onset, n.length, n.pitch) for n in score.parts[0]] == once + [
        (onset + 6, length, pitch) for onset, length, pitch in once
    ]
    assert (score.length, score.pulse) == (12, 1)
    assert score.scale == (2, 4, 6, 7, 9, 11, 1)  # D major
    assert [bar.onset for bar in score.bars] == [0, 2, 4, 6, 8, 10]


def test_a_tune_of_a_book_in_compound_time_and_a_mode(book: Path) -> None:
    score = read_score(book, number=2)

    assert [(n.onset, n.length, n.pitch) for n in score.parts[0]] == [
        (0, 0.5, 69), (0.5, 1.5, 76), (2, 1.5, 72)
    ]  # fmt: skip
    assert score.pulse == 1.5
    assert score.scale == (9, 11, 0, 2, 4, 6, 7)  # A dorian


def test_a_transposing_instrument_is_read_at_sounding_pitch(tmp_path: Path) -> None:
    from music21 import instrument, note, stream

    part = stream.Part([instrument.Clarinet(), note.Note("C5", quarterLength=4)])
    path = tmp_path / "a.musicxml"
    stream.Score([part]).write("musicxml", path)

    assert [n.pitch for n in read_score(path).parts[0]] == [70]  # B-flat clarinet


def test_a_score_without_notes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.abc"
    path.write_text("X:1\nT:Rest\nM:4/4\nL:1/4\nK:C\nz4|\n")

    with pytest.raises(ValueError, match="no notes"):
        read_score(path)


C_MAJOR = (0, 2, 4, 5, 7, 9, 11)
SCORE = Score(
    parts=(tuple(ScoreNote(float(k), 1.0, pitch) for k, pitch in enumerate([60, 64, 67, 72, 65, 69, 72, 69])),),
    bars=(Bar(0, 4), Bar(4, 4)),
    length=8,
    pulse=1,
    scale=C_MAJOR,
)  # fmt: skip


def test_a_performance_keeps_pitch_and_about_time() -> None:
    (voice,) = arrange(SCORE, Arrangement(120, 4, ((73,),)), seed=1)

    assert voice.program == 73
    assert [n.pitch for n in voice.notes] == [60, 64, 67, 72, 65, 69, 72, 69]
    for index, note in enumerate(voice.notes):
        assert note.start_s == pytest.approx(0.15 + 0.5 * index, abs=0.15)


def test_passes_change_instruments_and_are_never_identical() -> None:
    voices = arrange(SCORE, Arrangement(120, 8, ((73,), (40,))), seed=1)

    assert [v.program for v in voices] == [73, 40]
    first, second = ([n.start_s - v.notes[0].start_s for n in v.notes] for v in voices)
    assert max(abs(a - b) for a, b in zip(first, second, strict=True)) > 0.003


def test_the_seed_decides_the_performance() -> None:
    plan = Arrangement(120, 4, ((73,),))

    assert arrange(SCORE, plan, seed=7) == arrange(SCORE, plan, seed=7)
    assert arrange(SCORE, plan, seed=7) != arrange(SCORE, plan, seed=8)


def test_the_backing_fits_the_tune() -> None:
    voices = arrange(SCORE, Arrangement(120, 4, ((73,),), "block", 48, 32), seed=1)

    by_program = {v.program: [n.pitch % 12 for n in v.notes] for v in voices}
    assert set(by_program[48]) == {5, 9, 0}  # enters in the second bar, whose notes spell F major
    assert by_program[32] == [5, 0, 5, 0]  # root and fifth


def test_a_stretch_and_a_transposition() -> None:
    plan = Arrangement(120, 2, ((73,),), transpose=2, start=4, end=8)

    (voice,) = arrange(SCORE, plan, seed=1)

    assert [n.pitch for n in voice.notes] == [67, 71, 74, 71]
