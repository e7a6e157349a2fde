"""Notes become sound at their pitch and time."""

import io
from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from ml.symbolic.render import (
    RENDER_RATE_HZ,
    NoteEvent,
    Voice,
    midi_bytes,
    render_midi,
    render_voices,
)


def _level(samples: np.ndarray, hz: float) -> float:
    """Strongest line within 2 % of a frequency (instruments have vibrato)."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    line = np.fft.rfftfreq(len(samples), 1 / RENDER_RATE_HZ)
    return float(spectrum[np.abs(line / hz - 1) < 0.02].max())


@pytest.mark.parametrize(("pitch", "hz"), [(69, 440.0), (60, 261.63), (81, 880.0)])
def test_a_note_sounds_at_its_pitch(pitch: int, hz: float) -> None:
    left, right = render_voices([Voice(73, [NoteEvent(pitch, 0.0, 2.0)])])

    for side in (left[: 2 * RENDER_RATE_HZ], right[: 2 * RENDER_RATE_HZ]):
        for neighbour in (hz / 2, hz * 2 ** (-1 / 12), hz * 2 ** (1 / 12), hz * 2 ** (7 / 12)):
            assert _level(side, hz) > 10 * _level(side, neighbour)


def test_a_note_starts_in_its_place() -> None:
    samples = render_voices([Voice(0, [NoteEvent(60, 1.5, 0.5)])])

    loud = np.abs(samples).max(axis=0) > 0.05
    assert np.argmax(loud) / RENDER_RATE_HZ == pytest.approx(1.5, abs=0.02)
    assert samples.shape[1] == pytest.approx(3.0 * RENDER_RATE_HZ, abs=2)
    assert float(np.abs(samples).max()) == pytest.approx(0.89, abs=1e-4)


def test_pan_and_volume_are_heard() -> None:
    note = [NoteEvent(60, 0.0, 1.0)]
    left = render_voices([Voice(0, note, pan=0)], peak=None)
    soft = render_voices([Voice(0, note, pan=0, volume=50)], peak=None)

    assert np.abs(left[0]).max() > 5 * np.abs(left[1]).max()
    assert np.abs(soft[0]).max() < 0.5 * np.abs(left[0]).max()


def test_the_same_notes_give_the_same_samples() -> None:
    voices = [Voice(40, [NoteEvent(60 + k, 0.2 * k, 0.3) for k in range(10)])]

    np.testing.assert_array_equal(render_voices(voices), render_voices(voices))


def test_midi_holds_what_was_asked() -> None:
    data = midi_bytes([
        Voice(21, [NoteEvent(64, 0.5, 0.25, 90), NoteEvent(60, 0.0, 0.25, 70)]),
        Voice(0, [NoteEvent(36, 0.0, 0.1, 99)], is_drum=True),
    ])  # fmt: skip

    song = pretty_midi.PrettyMIDI(io.BytesIO(data))

    melody, drums = song.instruments
    assert (melody.program, melody.is_drum, drums.is_drum) == (21, False, True)
    assert [(n.pitch, n.velocity, round(n.start, 2), round(n.end, 2)) for n in melody.notes] == [
        (60, 70, 0.0, 0.25),
        (64, 90, 0.5, 0.75),
    ]


def test_a_midi_file_is_rendered(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi_bytes([Voice(0, [NoteEvent(60, 0.0, 1.0)])]))

    np.testing.assert_array_equal(render_midi(path), render_midi(path.read_bytes()))


def test_what_is_no_midi_is_refused() -> None:
    with pytest.raises(ValueError, match="MIDI"):
        render_midi(b"RIFF....")
