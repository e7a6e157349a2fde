import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from ml.fingerprint.benchmark import Cue, Query, waveform_correlation
from ml.fingerprint.cli import main
from ml.fingerprint.evaluate import Outcome, alignment_error, score_mix, summarise, threshold_at
from ml.fingerprint.results import Segment
from ml.fingerprint.verify import Alignment
from tests.unit.ml.fingerprint.synth import RATE, noise, piece


def write_csv(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    """Four registered pieces, one of which contains another's middle; two unknown ones; four queries; a mix."""
    at = tmp_path_factory.mktemp("bench")
    for name in ("corpus", "queries", "mixes"):
        (at / name).mkdir()
    audio = {f"t{n}": piece(400 + n, 24) for n in range(6)}
    audio["t3"] = np.concatenate([piece(403, 9), audio["t0"][8 * RATE : 15 * RATE], piece(403, 8, start_s=9)])
    for name, samples in audio.items():
        soundfile.write(at / "corpus" / f"{name}.flac", samples, RATE)
    header = "track,path,duration_s"
    write_csv(at / "registry.csv", header, [[f"t{n}", f"corpus/t{n}.flac", 24] for n in range(4)])
    write_csv(at / "unknown.csv", header, [[f"t{n}", f"corpus/t{n}.flac", 24] for n in (4, 5)])
    queries = {
        "clean_r00": (piece(401, 6, start_s=3), "clean", 1, "t1", 3.0, 1.0),
        "clean_u00": (piece(404, 6, start_s=3), "clean", 0, "t4", 3.0, 1.0),
        "fast_r00": (piece(402, 6, tempo=1.05, start_s=5), "fast", 1, "t2", 5.0, 1.05),
        "fast_u00": (piece(405, 6, tempo=1.05, start_s=5), "fast", 0, "t5", 5.0, 1.05),
    }
    for name, (samples, *_) in queries.items():
        soundfile.write(at / "queries" / f"{name}.wav", samples, RATE)
    write_csv(
        at / "queries.csv",
        "query,path,condition,registered,track,offset_s,rate",
        [[name, f"queries/{name}.wav", *truth] for name, (_, *truth) in queries.items()],
    )
    mix = np.concatenate([audio["t1"][: 15 * RATE], audio["t4"][: 15 * RATE], audio["t2"][: 15 * RATE]])
    soundfile.write(at / "mixes" / "mix1.wav", mix, RATE)
    write_csv(
        at / "cues.csv",
        "mix,registered,track,start_s,end_s,reference_start_s,rate",
        [["mix1", 1, "t1", 0, 15, 0, 1], ["mix1", 0, "t4", 15, 30, 0, 1], ["mix1", 1, "t2", 30, 45, 0, 1]],
    )
    return at


def test_evaluate_a_small_benchmark(layout, tmp_path, capsys):
    assert main(["evaluate", str(layout), "--lengths", "3,6", "--json", str(tmp_path / "out.json")]) == 0
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["registered_tracks"] == 4
    assert figures["hours"] == pytest.approx(4 * 24 / 3600, rel=0.02)
    assert figures["shared_audio"] == {"t0": ["t3"], "t3": ["t0"]}
    row = figures["lengths"]["6"]
    assert (row["registered"], row["unknown"], row["false_positives"]) == (2, 2, 0)
    assert (row["right_first"], row["right_first_at_default"], row["aligned"]) == (1.0, 1.0, 1.0)
    assert set(row["conditions"]) == {"clean", "fast"}
    assert set(figures["lengths"]) == {"3", "6"}
    mix = figures["mixes"]["mix1"]
    assert (mix["registered"], mix["found"], mix["windows_right"]) == (2, 2, 1.0)
    assert mix["start_error_s"] <= 0.6
    out = capsys.readouterr().out
    assert "| 6 | 100.0% | 100.0% | 100.0% | 0 of 2 | 100.0% |" in out
    assert "| mix1 | 2 of 2 | 100.0% |" in out


def test_folder_that_is_no_benchmark(tmp_path, capsys):
    assert main(["evaluate", str(tmp_path)]) == 2
    assert "is no benchmark folder" in capsys.readouterr().err


def outcome(registered, right, chance, error=None, known=None):
    return Outcome("clean", registered, registered if known is None else known, right, chance, error, 0.01)


def test_summary_counts():
    outcomes = [
        outcome(True, True, 1e-9, 0.1),
        outcome(True, True, 1e-3, 0.9),
        outcome(True, True, 0.2, 0.1),
        outcome(True, False, 1e-4),
        outcome(False, False, 0.5),
        outcome(False, False, 5e-4),
        outcome(False, True, 1e-9, known=True),
    ]
    row = summarise(outcomes, 0.01)
    assert (row["registered"], row["unknown"]) == (4, 2)
    assert row["right_first"] == 0.75
    assert row["right_first_at_default"] == 0.5
    assert row["threshold_at_1_percent"] == 5e-4
    assert row["right_first_at_1_percent"] == 0.25
    assert (row["false_positives"], row["wrong_first_at_default"]) == (1, 1)
    assert row["aligned"] == 0.5


def test_threshold_lets_only_the_share_pass():
    chances = [k / 200 for k in range(200)]
    strict = threshold_at(chances, 0.01)
    assert sum(c < strict for c in chances) == 2
    assert threshold_at([], 0.01) == 1.0


def test_alignment_error_at_the_middle():
    query = Query("q", None, "speed_+5", True, "t", 10.0, 1.05)  # type: ignore[arg-type]
    segment = Segment(2.0, 8.0, 12.4, 18.7, 1.05, 0.84, 50.0, 0.0)
    assert alignment_error(query, segment) == pytest.approx(abs(15.55 - 15.25))


def segment(start, end, reference):
    return Segment(start, end, reference, reference + end - start, 1.0, 0.0, 50.0, 0.0)


def test_mix_score():
    cues = [
        Cue("m", True, "a", 0, 20, 5, 1.0),
        Cue("m", False, "x", 20, 40, 0, 1.0),
        Cue("m", True, "b", 40, 60, 0, 1.0),
    ]
    known = SimpleNamespace(accepted=lambda track: {track})
    segments = [("a", segment(1, 19.5, 6)), ("b", segment(40, 45, 0)), ("c", segment(30, 34, 0))]
    score = score_mix(cues, segments, known, 60.0)  # type: ignore[arg-type]
    assert (score["registered"], score["found"]) == (2, 1)
    assert (score["start_error_s"], score["end_error_s"]) == (1, 0.5)
    # Windows at 2.5, 7.5, …: right are 4 of a, 3 of x (the one at 32.5 says c), the first of b.
    assert score["windows"] == 11
    assert score["windows_right"] == pytest.approx(8 / 11)


def test_shared_audio_correlates_and_strangers_do_not():
    one = piece(450, 12)
    other = np.concatenate([noise(1, 4, 0.01), one * np.float32(0.5) + noise(2, 12, 0.01)])
    shift = 4 * RATE / 512
    true = Alignment(0, 1.0, shift, 0.0, 100.0, 20.0, 480.0, 100.0, 300)
    assert waveform_correlation(one, other, true) > 0.9
    assert waveform_correlation(one, piece(451, 16), true) < 0.3
