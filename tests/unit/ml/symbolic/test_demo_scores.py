"""The demo's scores: read back note for note, and the remembered tune is a variation of its model."""

import itertools

from ml.similarity.melody.reading import read_score
from ml.symbolic.demo_scores import SEMITONES, melody_midi, remembered
from ml.symbolic.scores import ScoreNote

LINE = [ScoreNote(0.5 + index, 1.0, 60 + index % 5) for index in range(20)]


def test_a_melody_is_read_back_as_it_was_written(tmp_path):
    path = tmp_path / "line.mid"
    path.write_bytes(melody_midi(LINE, bar=3.0, per_minute=96.0))
    score = read_score(path)
    assert [(note.onset, note.duration, note.pitch) for note in score.melody.notes] == [
        (index, 1.0, note.pitch) for index, note in enumerate(LINE)
    ]
    assert score.bars[:3] == (0.0, 3.0, 6.0)
    assert score.seconds_per_quarter == 0.625


def test_the_remembered_tune_is_lower_turned_and_longer():
    line = remembered(LINE)
    # Notes 4 to 16 of the model; the sixth and twelfth become a turn of two notes.
    assert [note.pitch - SEMITONES for note in line] == [64, 60, 61, 62, 63, 66, 64, 60, 61, 62, 63, 64, 62, 60, 61]
    assert [note.length for note in line[:7]] == [1.0, 1.0, 1.0, 1.0, 1.5, 0.5, 0.5]
    assert line[0].onset == 0.0
    assert all(a.onset + a.length == b.onset for a, b in itertools.pairwise(line))
