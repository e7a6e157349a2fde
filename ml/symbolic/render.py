"""Render notes or MIDI to audio, with no system package.

The synthesiser is the wheel ``midirenderer`` (MIT). The General MIDI soundfont is
``TimGM6mb.sf2`` (Tim Brechbill, GPL-2) as the wheel ``pretty_midi`` carries it: it is read where
it lies and never redistributed by us. Playing it does not make a recording a derived work of it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import midirenderer
import numpy as np
import pretty_midi

from ml.audio.channels import Samples

RENDER_RATE_HZ = 48_000
"""The synthesiser's own rate."""

SOUNDFONT_NAME = "TimGM6mb.sf2"
_TAIL_SECONDS = 1.0
_TICKS_PER_QUARTER = 960


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A sounding note: MIDI pitch, start and duration in seconds, velocity 1–127."""

    pitch: int
    start_s: float
    duration_s: float
    velocity: int = 80


@dataclass(slots=True)
class Voice:
    """Notes on one General MIDI instrument; `program` is ignored for drums.

    `pan` runs from 0 (left) to 127 (right), `volume` from 0 to 127.
    """

    program: int
    notes: list[NoteEvent] = field(default_factory=list)
    is_drum: bool = False
    pan: int = 64
    volume: int = 100


def midi_bytes(voices: Sequence[Voice]) -> bytes:
    """A standard MIDI file of `voices` (at most 15 pitched ones), a second longer than its notes."""
    song = pretty_midi.PrettyMIDI(resolution=_TICKS_PER_QUARTER)
    tail = _end_s(voices) + _TAIL_SECONDS
    for voice in voices:
        instrument = pretty_midi.Instrument(voice.program, is_drum=voice.is_drum)
        instrument.control_changes = [
            pretty_midi.ControlChange(7, voice.volume, 0.0),
            pretty_midi.ControlChange(10, voice.pan, 0.0),
            pretty_midi.ControlChange(10, voice.pan, tail),  # lets the last notes ring
        ]
        instrument.notes = [
            pretty_midi.Note(n.velocity, n.pitch, n.start_s, n.start_s + n.duration_s)
            for n in sorted(voice.notes, key=lambda n: (n.start_s, n.pitch))
        ]
        song.instruments.append(instrument)
    out = io.BytesIO()
    song.write(out)
    return out.getvalue()


def render_midi(midi: bytes | str | Path) -> Samples:
    """Synthesise a MIDI file up to its last event: (2, n) float32 at ``RENDER_RATE_HZ``.

    Deterministic: the same bytes give the same samples.

    Raises
    ------
    ValueError
        Bytes that are no MIDI file.
    """
    data = midi if isinstance(midi, bytes) else Path(midi).read_bytes()
    if data[:4] != b"MThd":
        raise ValueError("not a MIDI file")
    wave = midirenderer.render_wave_from(_soundfont(), data)
    start = wave.find(b"data", 12) + 8
    pcm = np.frombuffer(wave, "<i2", offset=start, count=(len(wave) - start) // 2)
    return np.ascontiguousarray(pcm.reshape(-1, 2).T, np.float32) / np.float32(32768)


def render_voices(voices: Sequence[Voice], *, peak: float | None = 0.89) -> Samples:
    """Synthesise `voices` to (2, n) float32 at ``RENDER_RATE_HZ``.

    Parameters
    ----------
    voices : sequence of Voice
    peak : float or None
        Scale the loudest sample to this; None leaves the synthesiser's level.
    """
    samples = render_midi(midi_bytes(voices))
    samples = samples[:, : round((_end_s(voices) + _TAIL_SECONDS) * RENDER_RATE_HZ)]
    loudest = float(np.abs(samples).max()) if samples.size else 0.0
    return samples * np.float32(peak / loudest) if peak and loudest > 0 else samples


def _end_s(voices: Sequence[Voice]) -> float:
    return max((n.start_s + n.duration_s for v in voices for n in v.notes), default=0.0)


@cache
def _soundfont() -> bytes:
    return (Path(pretty_midi.__file__).parent / SOUNDFONT_NAME).read_bytes()
