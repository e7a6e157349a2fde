import json
from dataclasses import replace

import numpy as np
import pytest

from ml.cli import main as ml_main
from ml.similarity.melody.badinput import KINDS, bad_query
from ml.similarity.melody.calibrate import backwards
from ml.similarity.melody.calibration import OPERATING_POINTS, shipped_calibration
from ml.similarity.melody.copies import GRADES, Grade, altered, copy_of
from ml.similarity.melody.line import line_of
from ml.similarity.melody.notes import Melody, MelodyError, Note
from ml.similarity.melody.scan import THOROUGH, pack, scan
from ml.similarity.melody.search import VERSION, MelodyIndex
from tests.unit.ml.similarity.melodies import midi_file, tune

SONGS = 300


@pytest.fixture(scope="module")
def index():
    made = MelodyIndex()
    for number in range(SONGS):
        made.add(1000 + number, tune(number, 80))
    return made


def cut(melody, first, last):
    return Melody(melody.notes[first:last])


def moved(melody, semitones):
    return Melody(tuple(Note(n.onset, n.duration, n.pitch + semitones) for n in melody.notes))


def test_a_transposed_excerpt_is_found_note_by_note(index):
    (found, *rest) = index.search(moved(cut(tune(17, 80), 20, 52), -5))
    assert rest == []
    assert found.number == 1017
    assert found.transposition_semitones == 5
    assert found.aligned_notes == tuple((k, k + 20) for k in range(32))
    assert (found.query_span, found.reference_span) == ((0, 31), (20, 51))
    assert found.reference_start_s == tune(17, 80).notes[20].onset
    assert found.chance_probability < 1e-6
    assert sum(found.gains) == pytest.approx(found.score, abs=0.2)
    assert found.score_needed < found.score


def test_an_inserted_a_dropped_and_a_changed_note(index):
    notes = list(cut(tune(40, 80), 10, 40).notes)
    notes[5] = replace(notes[5], pitch=notes[5].pitch + 6)
    del notes[15]
    notes.insert(22, Note(notes[22].onset - 0.1, 0.1, notes[22].pitch + 2))
    found = index.search(Melody(tuple(notes)))[0]
    assert found.number == 1040
    # Query 5 differs, reference 25 was dropped, query 22 was put in.
    expected = [(k, k + 10) for k in range(15) if k != 5] + [(k, k + 11) for k in range(15, 22)]
    expected += [(k, k + 10) for k in range(23, 30)]
    assert list(found.aligned_notes) == expected


def test_hard_copies_come_first(index):
    rng = np.random.default_rng(5)
    grade = next(g for g in GRADES if g.name == "hard")
    right = 0
    for number in range(0, 120, 3):
        found = index.search(copy_of(tune(number, 80), grade, rng), threshold=1.0)
        right += found[0].number == 1000 + number
    assert right >= 39  # of 40


def test_unrelated_queries_find_nothing_or_nearly_so(index):
    alarms = sum(bool(index.search(tune(seed, 40))) for seed in range(5000, 5100))
    assert alarms <= 8  # the threshold is set on real tunes; these walks are alike in other ways


@pytest.mark.parametrize("kind", KINDS)
def test_what_says_nothing_finds_nothing(index, kind):
    rng = np.random.default_rng(9)
    assert [index.search(bad_query(kind, rng)) for _ in range(30)] == [[]] * 30


@pytest.mark.parametrize("notes", [0, 1, 5])
def test_queries_of_a_few_notes_find_nothing(index, notes):
    assert index.search(cut(tune(3, 80), 0, notes), threshold=1.0) == []


def test_excluded_melodies_are_left_out(index):
    query = cut(tune(17, 80), 20, 52)
    assert index.search(query, exclude=[1017]) == []


def test_bytes_serve_as_well_and_the_result_is_always_the_same(index):
    other = MelodyIndex()
    for number in range(SONGS):
        other.add(1000 + number, tune(number, 80).to_bytes())
    query = moved(cut(tune(8, 80), 3, 40), 4)
    assert other.search(query) == index.search(query) == index.search(query)


def test_melodies_added_after_a_search_are_found():
    small = MelodyIndex()
    small.add(1, tune(1, 80))
    assert [m.number for m in small.search(cut(tune(2, 80), 0, 40))] == []
    small.add(2, tune(2, 80))
    small.add(3, Melody(()))
    assert [m.number for m in small.search(cut(tune(2, 80), 0, 40))] == [2]
    assert 2 in small
    assert len(small) == 3


def test_a_number_is_used_once_and_bytes_must_be_sound(index):
    with pytest.raises(ValueError, match="1017 is in the index"):
        index.add(1017, tune(1))
    with pytest.raises(MelodyError):
        index.add(1, b"nonsense")


def test_progress_runs_to_one(index):
    seen: list[float] = []
    index.search(cut(tune(17, 80), 20, 52), progress=seen.append)
    assert seen == [0.5, 1.0]


def chains_in_steps(query, other, costs, scale, coarser):
    """The scan's definition, written out: the best chain in whole steps."""
    skips = {(1, 1): 0, (2, 1): costs.own_skip, (1, 2): costs.their_skip, (2, 2): costs.change}
    skips |= {(3, 1): 2 * costs.own_skip, (1, 3): 2 * costs.their_skip}
    if len(query) <= THOROUGH:
        skips |= {(3, 2): costs.change + costs.own_skip, (2, 3): costs.change + costs.their_skip}
    own_bits = [round(float(b) * scale) for b in query.bits]
    their_bits = [round(float(b) * 16) >> coarser for b in other.bits]
    table: dict[tuple[int, int], float] = {}
    for i in range(len(query)):
        for j in range(len(other)):
            best = 0.0
            for (a, b), cost in skips.items():
                if (i - a, j - b) in table:
                    off = abs((query.pitch[i] - query.pitch[i - a]) - (other.pitch[j] - other.pitch[j - b]))
                    best = max(best, table[i - a, j - b] - scale * (cost + costs.semitone * off))
            table[i, j] = best + min(own_bits[i], their_bits[j])
    return max(table.values()) / scale


@pytest.mark.parametrize(("notes", "scale", "coarser"), [(30, 16, 0), (110, 16, 0), (700, 4, 2)])
def test_the_scan_in_lanes_equals_its_definition(notes, scale, coarser):
    costs = shipped_calibration().scan
    loud = Grade("x", 0, ornaments=0.3, edits=0.2)
    query = line_of(cut(altered(tune(3, notes), loud, np.random.default_rng(1)), 0, notes))
    lines = [line_of(tune(k, 40)) for k in range(150)]
    found = scan(query, pack(lines), costs)
    for k in (3, 0, 149):
        assert found[k] == chains_in_steps(query, lines[k], costs, scale, coarser)


def test_scales_and_repetition_tell_less():
    scale = Melody(tuple(Note(k, 1, 48 + 12 * (k // 7) + (0, 2, 4, 5, 7, 9, 11)[k % 7]) for k in range(24)))
    same = Melody(tuple(Note(k, 1, 60) for k in range(24)))
    assert line_of(same).fresh.sum() < line_of(scale).fresh.sum() < 0.5 * line_of(tune(1, 24)).fresh.sum()


def test_backwards_keeps_intervals_in_reverse_order():
    melody = Melody((Note(0, 1, 60), Note(1, 2, 64), Note(3, 1, 62)))
    turned = backwards(melody)
    assert [n.pitch for n in turned.notes] == [60, 58, 62]  # up 4, down 2 becomes down 2, up 4
    assert [(n.onset, n.duration) for n in turned.notes] == [(0, 1), (1, 2), (3, 1)]


def test_copies_are_as_defined():
    rng = np.random.default_rng(3)
    plain = tune(1, 40)
    shifted = altered(plain, Grade("t", 40), rng)
    steps = {b.pitch - a.pitch for a, b in zip(plain.notes, shifted.notes, strict=True)}
    assert len(steps) == 1
    assert steps != {0}
    assert len(altered(plain, Grade("o", 40, ornaments=1.0), rng)) >= 80
    again = altered(plain, GRADES[-1], np.random.default_rng(4))
    assert again == altered(plain, GRADES[-1], np.random.default_rng(4))


def test_operating_points_are_those_of_this_version():
    points = json.loads(OPERATING_POINTS.read_text())
    assert points["version"] == VERSION
    assert points["default"] == shipped_calibration().threshold
    low, high = points["limits"]
    assert low <= points["default"] <= high
    rates = [p["false_alarm_rate"] for p in points["points"]]
    assert rates == sorted(rates)
    assert next(p for p in points["points"] if p["threshold"] == points["default"])["false_alarm_rate"] <= 0.05


def test_the_command_line_indexes_and_matches(tmp_path, capsys):
    paths = []
    for number in range(3):
        path = tmp_path / f"Lied {number}.mid"
        path.write_bytes(midi_file([("Melody", 0, 0, tune(number, 80))]))
        paths.append(str(path))
    query, bad = tmp_path / "query.mid", tmp_path / "bad.mid"
    query.write_bytes(midi_file([("Melody", 0, 0, moved(cut(tune(1, 80), 10, 50), 3))]))
    bad.write_bytes(b"no score")
    folder = str(tmp_path / "index")
    assert ml_main(["melody", "index", "--out", folder, *paths, str(bad)]) == 1
    assert "neither MIDI nor MusicXML" in capsys.readouterr().err
    assert ml_main(["melody", "match", "--index", folder, "--json", str(query), str(bad)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    answer = json.loads(line)
    assert answer["query"] == str(query)
    assert [m["melody"] for m in answer["matches"]] == ["Lied 1"]
    assert answer["matches"][0]["transposition_semitones"] == -3
    assert answer["matches"][0]["aligned_notes"] == [[k, k + 10] for k in range(40)]
    assert ml_main(["melody", "match", "--index", str(tmp_path / "none"), str(query)]) == 2
