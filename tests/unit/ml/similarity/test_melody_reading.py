import struct
import zlib

import numpy as np
import pytest

from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Melody, MelodyError, Note
from ml.similarity.melody.reading import read_score, score_of, skyline
from tests.unit.ml.similarity.melodies import CONTAINER, XML, archive, midi_file, tune

PITCHES = [72, 76, 79, 69]
"""The example's highest notes at sounding pitch, by hand: a clarinet sounds two semitones lower."""


def code_of(data):
    with pytest.raises(ScoreError) as caught:
        score_of(data, "x")
    assert len(caught.value.message) > 30
    return caught.value.code


def test_midi_notes_tempo_and_bars():
    melody = tune(1, 20)
    score = score_of(midi_file([("", 0, 0, melody)], tempo=400_000), "song")
    assert [n.pitch for n in score.melody.notes] == [n.pitch for n in melody.notes]
    assert [n.onset for n in score.melody.notes] == pytest.approx([n.onset for n in melody.notes], abs=1 / 480)
    assert score.seconds_per_quarter == 0.4
    assert score.bars[:3] == (0.0, 3.0, 6.0)
    assert score.title == "song"


def test_the_part_named_melody_is_taken():
    tracks = [("Piano", 0, 0, tune(2)), ("MELODY", 1, 73, tune(3)), ("Bass", 2, 33, tune(4))]
    score = score_of(midi_file(tracks))
    assert score.parts[score.melody_part].name == "MELODY"
    assert [n.pitch for n in score.melody.notes] == [n.pitch for n in tune(3).notes]


def test_without_names_the_line_is_taken_not_chords_bass_or_drums():
    line = tune(5)
    chords = Melody(tuple(Note(float(k), 1.0, 48 + c) for k in range(60) for c in (0, 4, 7)))
    bass = Melody(tuple(Note(float(k), 1.0, 33) for k in range(60)))
    drums = Melody(tuple(Note(k / 2, 0.5, 38) for k in range(120)))
    tracks = [("a", 9, 0, drums), ("b", 0, 33, bass), ("c", 1, 0, chords), ("d", 2, 0, line)]
    assert [n.pitch for n in score_of(midi_file(tracks)).melody.notes] == [n.pitch for n in line.notes]


def test_a_part_can_be_asked_for():
    data = midi_file([("Melody", 0, 0, tune(2)), ("Other", 1, 0, tune(3))])
    assert score_of(data, part=1).melody.notes[5].pitch == tune(3).notes[5].pitch
    with pytest.raises(ScoreError, match="no part 7"):
        score_of(data, part=7)


def test_the_skyline_keeps_the_top_line():
    over = [Note(0, 1, 72), Note(1, 2, 74), Note(3, 1, 76)]
    under = [Note(0, 1, 60), Note(0.5, 0.5, 57), Note(2, 1, 55), Note(3, 1, 60)]
    assert [n.pitch for n in skyline(over + under)] == [72, 74, 76]


@pytest.mark.parametrize(
    "data", [XML.encode(), XML.replace("UTF-8", "UTF-16").encode("utf-16"), archive({"score.xml": XML})]
)
def test_musicxml(data):
    score = score_of(data)
    assert [n.pitch for n in score.melody.notes] == PITCHES
    assert [n.onset for n in score.melody.notes] == [0, 1, 2, 6]
    assert score.melody.notes[2].duration == 3  # tied over the bar line
    assert list(score.bars) == [0, 4]
    assert score.seconds_per_quarter == 0.5
    assert score.title == "Three bars"
    assert len(score.notes) == 5


def test_the_container_names_the_score():
    data = archive({"META-INF/container.xml": CONTAINER, "a.xml": "<nothing/>", "score.xml": XML})
    assert [n.pitch for n in score_of(data).melody.notes] == PITCHES


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("empty", b""),
        ("empty", b"\0\0\0 \n"),
        ("not_a_score", b"RIFF....WAVE"),
        ("not_a_score", b"some text about music"),
        ("not_a_score", b"<html><body>no</body></html>"),
        ("not_a_score", archive({"readme.txt": "hello"})),
        ("unsupported", b"<score-timewise/>"),
        ("damaged", XML.encode()[:900]),
        ("damaged", archive({"score.xml": XML})[:300]),
        ("damaged", b"MThd" + struct.pack(">IHHH", 6, 0, 1, 0)),
        ("damaged", XML.replace("<duration>2<", "<duration>nan<").encode()),
        ("no_notes", b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96)),
        ("no_notes", b"<score-partwise><part id='P1'><measure/></part></score-partwise>"),
        ("drums_only", midi_file([("Kit", 9, 0, tune(1))])),
        ("unsafe", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'),
        ("unsafe", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><score-partwise>&a;</score-partwise>'),
        ("unsafe", b"<score-partwise>" + b"<a>" * 500),
    ],
)
def test_bad_files_are_told_apart(code, data):
    assert code_of(data) == code


def test_a_zip_bomb_is_not_unpacked():
    assert code_of(archive({"score.xml": b" " * (90 * 1024 * 1024)})) == "unsafe"


def test_too_large_a_file(tmp_path):
    path = tmp_path / "big.mid"
    with path.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    with pytest.raises(ScoreError, match="20 MB"):
        read_score(path)


def test_damaged_midi_never_raises_anything_else():
    data = bytearray(midi_file([("Melody", 0, 0, tune(6))]))
    rng = np.random.default_rng(1)
    codes = set()
    for _ in range(300):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), 8):
            broken[place] = rng.integers(256)
        try:
            score_of(bytes(broken[: int(rng.integers(10, len(data)))]))
        except ScoreError as error:
            codes.add(error.code)
    assert "damaged" in codes
    assert codes <= {"damaged", "no_notes", "drums_only", "not_a_score", "too_large"}


def test_bytes_hold_a_melody_in_four_bytes_a_note():
    melody = Melody(tune(7, 200).notes, bars=(0.0, 4.0, 8.0), seconds_per_quarter=0.5)
    data = melody.to_bytes()
    assert len(data) <= 4 * len(melody)
    assert Melody.from_bytes(data) == melody  # halves and quarters are whole ticks


def test_melodies_that_are_stored_stay_readable_whatever_the_search():
    """Columns of the first format, by hand: a change of the search must not ask for scores to be read again."""
    pitches, onsets = bytes([120, 8, 6, 15]), bytes([0, 0xC0, 1, 96, 0xE0, 3])
    rests, bars = bytes([0, 0, 0xC0, 1, 0xFF, 2]), bytes([0, 0x80, 6])
    header = b"DM\x01\x00" + struct.pack("<IIf", 4, 2, 0.5)
    found = Melody.from_bytes(header + zlib.compress(pitches + onsets + rests + bars))
    assert found.notes == (Note(0, 1, 60), Note(1, 0.5, 64), Note(1.5, 1.5, 67), Note(4, 2, 59))
    assert (found.bars, found.seconds_per_quarter) == ((0, 4), 0.5)


def test_times_are_kept_to_a_tick():
    melody = Melody((Note(1 / 3, 1 / 7, 60), Note(2.0, 0.001, 127), Note(7.77, 3.3, 0)), seconds_per_quarter=1.0)
    back = Melody.from_bytes(melody.to_bytes())
    for a, b in zip(melody.notes, back.notes, strict=True):
        assert b.pitch == a.pitch
        assert b.onset == pytest.approx(a.onset, abs=1 / 190)
        assert b.duration == pytest.approx(a.duration, abs=1 / 90)


def test_an_empty_melody_has_bytes():
    assert Melody.from_bytes(Melody(()).to_bytes()) == Melody(())


@pytest.mark.parametrize("data", [b"", b"DM", b"XX" + bytes(20), b"DM\x09" + bytes(20), tune(1).to_bytes()[:-20]])
def test_damaged_bytes(data):
    with pytest.raises(MelodyError, match="read the score again"):
        Melody.from_bytes(data)
