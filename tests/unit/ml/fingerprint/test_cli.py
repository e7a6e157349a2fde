import json

import pytest
import soundfile

from ml.cli import main as ml_main
from ml.fingerprint.cli import main
from tests.unit.ml.fingerprint.synth import RATE, piece

KEYS = {
    "track",
    "kind",
    "query_start_s",
    "query_end_s",
    "reference_start_s",
    "reference_end_s",
    "tempo_ratio",
    "pitch_semitones",
    "score",
    "chance_probability",
    "repeats",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("recordings")
    for seed in (300, 301, 302):
        soundfile.write(at / f"Stück {seed}.wav", piece(seed, 20), RATE)
    soundfile.write(at / "excerpt.flac", piece(301, 12, start_s=6), RATE)
    soundfile.write(at / "stranger.wav", piece(390, 8), RATE)
    (at / "broken.mp3").write_bytes(b"this is no audio at all" * 20)
    assert main(["index", "--out", str(at / "index"), *(str(at / f"Stück {n}.wav") for n in (300, 301, 302))]) == 0
    return at


def lines(capsys):
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


def test_one_json_line_a_query(folder, capsys):
    capsys.readouterr()
    queries = [str(folder / "excerpt.flac"), str(folder / "stranger.wav")]
    assert main(["match", "--index", str(folder / "index"), "--json", *queries]) == 0
    (first, second), err = lines(capsys)
    assert first["query"] == queries[0]
    (found,) = first["matches"]
    assert set(found) == KEYS
    assert found["track"] == "Stück 301"
    assert found["reference_start_s"] - found["query_start_s"] == pytest.approx(6.0, abs=0.11)
    assert found["chance_probability"] < 1e-4
    assert second == {"query": queries[1], "matches": []}
    assert "[2/2] stranger.wav" in err


def test_only_the_first_seconds(folder, capsys):
    capsys.readouterr()
    query = str(folder / "excerpt.flac")
    assert main(["match", "--index", str(folder / "index"), "--json", "--seconds", "5", query]) == 0
    (found,) = lines(capsys)[0][0]["matches"]
    assert 4.0 < found["query_end_s"] <= 5.0


def test_text_for_people(folder, capsys):
    capsys.readouterr()
    assert main(["match", "--index", str(folder / "index"), str(folder / "excerpt.flac")]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{folder / 'excerpt.flac'}:\n  Stück 301: excerpt, ")


def test_a_bad_file_does_not_stop_the_others(folder, capsys, tmp_path):
    capsys.readouterr()
    missing, broken = str(folder / "missing.wav"), str(folder / "broken.mp3")
    good = str(folder / "excerpt.flac")
    assert main(["match", "--index", str(folder / "index"), "--json", missing, broken, good]) == 1
    found, err = lines(capsys)
    assert [line["query"] for line in found] == [missing, broken, good]
    assert [sorted(line) for line in found] == [["error", "query"], ["error", "query"], ["matches", "query"]]
    assert all(line["error"] for line in found[:2])
    assert f"error: {missing}: " in err
    assert f"error: {broken}: " in err
    assert main(["index", "--out", str(tmp_path / "i"), broken, good]) == 1
    assert json.loads((tmp_path / "i" / "index.json").read_text())["tracks"][0]["name"] == "excerpt"


def test_nothing_to_index(folder, capsys, tmp_path):
    assert main(["index", "--out", str(tmp_path / "i"), str(folder / "broken.mp3")]) == 1
    assert not (tmp_path / "i").exists()
    assert "no index was written" in capsys.readouterr().err


def test_folder_that_is_no_index(folder, capsys, tmp_path):
    assert main(["match", "--index", str(tmp_path), str(folder / "excerpt.flac")]) == 2
    assert "holds no fingerprint index" in capsys.readouterr().err


def test_capabilities_are_listed(capsys):
    assert ml_main([]) == 2
    assert "fingerprint" in capsys.readouterr().err
    assert ml_main(["--help"]) == 0
    assert "fingerprint" in capsys.readouterr().out
