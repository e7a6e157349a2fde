import json

import numpy as np
import pytest
import soundfile

from ml.similarity.melody.cli import main
from ml.similarity.melody.notes import Note
from ml.similarity.melody.search import MelodyIndex
from ml.similarity.melody.transcribe import SAMPLE_RATE_HZ, transcribe
from tests.unit.ml.similarity.melodies import tune


def sung(notes, seconds_per_quarter=0.4):
    """Tones of six harmonics with a soft start and end."""
    end = max(n.onset + n.duration for n in notes) * seconds_per_quarter
    out = np.zeros(round((end + 0.5) * SAMPLE_RATE_HZ), np.float32)
    for note in notes:
        count = round(note.duration * seconds_per_quarter * 0.9 * SAMPLE_RATE_HZ)
        t = np.arange(count) / SAMPLE_RATE_HZ
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hz * h * t) / h for h in range(1, 7))
        fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.02)
        start = round(note.onset * seconds_per_quarter * SAMPLE_RATE_HZ)
        out[start : start + count] += (0.2 * tone * fade).astype(np.float32)
    return out


def found_share(melody, notes, pace):
    hits = sum(any(abs(m.onset - n.onset * pace) < 0.1 and m.pitch == n.pitch for m in melody.notes) for n in notes)
    return hits / len(notes)


def test_a_sung_line_is_written_down():
    notes = tune(1, 30).notes
    melody = transcribe(sung(notes))
    assert melody.seconds_per_quarter == 1.0
    assert found_share(melody, notes, 0.4) >= 0.9
    assert len(melody) <= 36


def test_the_line_is_heard_over_chords():
    line = tune(2, 30).notes
    chords = [Note(4 * k, 4, p) for k in range(8) for p in (48, 52, 55)]
    samples = sung(line)
    backing = sung(chords)[: len(samples)]
    samples[: len(backing)] += 0.3 * backing
    assert found_share(transcribe(samples), line, 0.4) >= 0.75


def test_a_transcription_finds_its_tune():
    index = MelodyIndex()
    for seed in range(50):
        index.add(seed, tune(seed, 60))
    found = index.search(transcribe(sung(tune(7, 60).notes)))[0]
    assert found.number == 7
    assert found.chance_probability < 1e-6


@pytest.mark.parametrize("seconds", [0, 0.01, 3])
def test_silence_has_no_melody(seconds):
    assert len(transcribe(np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32))) == 0


def test_progress_runs_to_one():
    seen: list[float] = []
    transcribe(sung(tune(1, 10).notes), seen.append)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_the_command_line_takes_recordings(tmp_path, capsys):
    for seed in (1, 2):
        soundfile.write(tmp_path / f"{seed}.wav", sung(tune(seed, 40).notes), SAMPLE_RATE_HZ)
    index = str(tmp_path / "index")
    assert main(["index", "--out", index, str(tmp_path / "1.wav"), str(tmp_path / "2.wav")]) == 0
    capsys.readouterr()
    assert main(["match", "--index", index, "--json", str(tmp_path / "2.wav")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [m["melody"] for m in answer["matches"]] == ["2"]
