import json

import numpy as np
import pytest
import soundfile

from ml.cli import main as ml_main
from ml.similarity.cover.cli import main
from tests.unit.ml.similarity.cover_synth import RATE, Song, noise, play


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("recordings")
    for seed in (20, 21, 22):
        soundfile.write(at / f"Stück {seed}.wav", play(Song(seed)), RATE)
    soundfile.write(at / "cover.flac", play(Song(21), tempo=0.85, semitones=3, arpeggio=True), RATE)
    soundfile.write(at / "stranger.wav", play(Song(80)), RATE)
    soundfile.write(at / "short.wav", noise(1, 2.0), RATE)
    (at / "broken.mp3").write_bytes(b"this is no audio at all" * 20)
    assert main(["index", "--out", str(at / "index"), *(str(at / f"Stück {n}.wav") for n in (20, 21, 22))]) == 0
    return at


def lines(capsys):
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


def test_one_json_line_a_query(folder, capsys):
    capsys.readouterr()
    queries = [str(folder / "cover.flac"), str(folder / "stranger.wav")]
    assert main(["match", "--index", str(folder / "index"), "--json", "--explain", *queries]) == 0
    (first, second), err = lines(capsys)
    assert first["query"] == queries[0]
    (found,) = first["matches"]
    assert (found["track"], found["transposition_semitones"]) == ("Stück 21", 3)
    assert found["chance_probability"] < 1e-3
    (segment,) = found["segments"]
    assert segment["tempo_ratio"] == pytest.approx(0.85, abs=0.03)
    assert {"query_start_s", "query_end_s", "reference_start_s", "reference_end_s"} < set(segment)
    assert all(np.diff(np.array(found["path"]), axis=0).min(axis=0) > 0)
    assert found["explanation"]["margin"] > 0
    assert second == {"query": queries[1], "matches": []}
    assert "[2/2] stranger.wav" in err


def test_text_for_people(folder, capsys):
    capsys.readouterr()
    assert main(["match", "--index", str(folder / "index"), str(folder / "cover.flac")]) == 0
    out = capsys.readouterr().out
    assert "Stück 21: " in out
    assert "transposed +3 semitones" in out


def test_bad_files_do_not_stop_the_others(folder, capsys):
    capsys.readouterr()
    files = [str(folder / name) for name in ("missing.wav", "broken.mp3", "short.wav", "cover.flac")]
    assert main(["match", "--index", str(folder / "index"), "--json", *files]) == 1
    found, err = lines(capsys)
    assert [line["query"] for line in found] == files[3:]
    assert "covers need at least 5 s" in err
    assert f"error: {files[1]}: " in err


def test_nothing_to_index_and_no_index(folder, capsys, tmp_path):
    assert main(["index", "--out", str(tmp_path / "i"), str(folder / "short.wav")]) == 1
    assert not (tmp_path / "i").exists()
    assert main(["match", "--index", str(tmp_path), str(folder / "cover.flac")]) == 2
    assert "holds no cover index" in capsys.readouterr().err


def test_cover_is_among_the_capabilities(capsys):
    assert ml_main([]) == 2
    assert "cover" in capsys.readouterr().err


def test_recordings_are_looked_for_among_each_other(folder, tmp_path, capsys):
    files = ["Stück 20.wav", "Stück 21.wav", "stranger.wav", "cover.flac"]
    assert main(["index", "--out", str(tmp_path / "all"), *(str(folder / f) for f in files)]) == 0
    capsys.readouterr()
    assert main(["pairs", "--index", str(tmp_path / "all")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[2] == "2 of 4 recordings find another at 0.01"
    assert {tuple(line.split("  ")[-1].split(" | ")) for line in out[6:8]} == {
        ("Stück 21", "cover"),
        ("cover", "Stück 21"),
    }
