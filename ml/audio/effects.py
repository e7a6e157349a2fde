"""What happens to recordings out there: faster, transposed, through a phone, through a codec.

For the demo and for tests; time stretching is libav's WSOLA filter (``atempo``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.error import BlockingIOError as NoFrameYet
from av.error import EOFError as NoMoreFrames
from av.filter import Graph

from ml.audio.channels import Samples
from ml.audio.decoding import decode
from ml.audio.writing import write_audio

PHONE_RATE_HZ = 8_000
PHONE_BAND_HZ = (300.0, 3_400.0)


def change_tempo(samples: Samples, sample_rate: int, factor: float) -> Samples:
    """Play (n,) samples `factor` times as fast (0.5–2) at the same pitch."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="fltp", layout="mono")
    tempo = graph.add("atempo", f"{factor:.6f}")
    sink = graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(samples[np.newaxis, :], np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate = sample_rate
    frame.pts = 0
    graph.push(frame)
    graph.push(None)
    return np.concatenate(_pulled(graph))


def change_speed(samples: Samples, factor: float) -> Samples:
    """Play (n,) samples `factor` times as fast, pitch and all, as a turntable does."""
    base = 44_100
    return np.asarray(soxr.resample(samples, base * factor, base), np.float32)


def transpose(samples: Samples, sample_rate: int, semitones: float) -> Samples:
    """Shift the pitch of (n,) samples at the same tempo."""
    ratio = 2 ** (semitones / 12)
    return change_tempo(change_speed(samples, ratio), sample_rate, 1 / ratio)


def phone_quality(samples: Samples, sample_rate: int, *, clipped_share: float = 0.03) -> Samples:
    """(n,) samples as heard over a telephone: 8 kHz, 300–3,400 Hz, the loudest share clipped.

    Returns samples at ``PHONE_RATE_HZ``.
    """
    from scipy.signal import butter, sosfilt  # slow to import

    narrow = soxr.resample(samples, sample_rate, PHONE_RATE_HZ)
    band = butter(4, PHONE_BAND_HZ, "bandpass", fs=PHONE_RATE_HZ, output="sos")
    narrow = sosfilt(band, narrow)
    limit = float(np.quantile(np.abs(narrow), 1 - clipped_share)) or 1.0
    return np.asarray(0.5 * np.clip(narrow / limit, -1, 1), np.float32)


def through_codec(samples: Samples, sample_rate: int, suffix: str = ".mp3", *, bit_rate: int = 64_000) -> Samples:
    """(n,) samples after a lossy codec (``.mp3``, ``.m4a``, ``.aac``, ``.opus``) and back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"coded{suffix}"
        write_audio(path, samples, sample_rate, bit_rate=bit_rate)
        return decode(path, sample_rate=sample_rate)[: len(samples)]


def _pulled(graph: Graph) -> list[Samples]:
    parts: list[Samples] = []
    while True:
        try:
            frame: Any = graph.pull()
        except (NoFrameYet, NoMoreFrames):
            return parts
        parts.append(frame.to_ndarray()[0])
