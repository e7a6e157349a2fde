"""Cut a stretch of a recording into a small file that every browser plays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ml.audio.channels import Samples, stereo_matrix
from ml.audio.decoding import BlockResampler
from ml.audio.reading import AudioReader
from ml.audio.writing import AudioWriter

EXCERPT_SUFFIX = ".mp3"
EXCERPT_MEDIA_TYPE = "audio/mpeg"
"""MP3 at a constant bit rate: the one lossy format that Chromium without proprietary codecs,
Firefox and Safari all play and seek in exactly."""

EXCERPT_BIT_RATE = 160_000
FADE_SECONDS = 0.02
_RATES = (32_000, 44_100, 48_000)


def encode_excerpt(path: str | Path, start_s: float, end_s: float, out_path: str | Path) -> float:
    """Write seconds `start_s` to `end_s` of a recording to `out_path` as MP3, faded 20 ms at both ends.

    Parameters
    ----------
    path, out_path : str or Path
        `out_path` ends in ``.mp3``.
    start_s, end_s : float
        Clipped to the recording.

    Returns
    -------
    float
        Seconds written.

    Raises
    ------
    ValueError
        An empty stretch, or one after the recording's end.
    AudioError
        As `ml.audio.decode`.
    """
    start_s = max(0.0, start_s)
    if end_s <= start_s:
        raise ValueError("the excerpt ends before it starts")
    with AudioReader(path) as reader:
        matrix = stereo_matrix(reader.speakers)
        rate = reader.sample_rate_hz if reader.sample_rate_hz in _RATES else 44_100
        resampler = BlockResampler(reader.sample_rate_hz, rate, len(matrix))
        parts = [
            resampler.add(np.asarray(matrix @ block, np.float32)) for block in reader.blocks(start_s, end_s - start_s)
        ]
    parts.append(resampler.add(np.zeros((len(matrix), 0), np.float32), last=True))
    samples = faded(np.concatenate(parts, axis=1), rate)
    if not samples.shape[1]:
        raise ValueError("the excerpt lies after the end of the recording")
    with AudioWriter(out_path, rate, len(samples), bit_rate=EXCERPT_BIT_RATE) as writer:
        writer.write(samples)
    return samples.shape[1] / rate


def faded(samples: Samples, sample_rate: int, seconds: float = FADE_SECONDS) -> Samples:
    """(channels, n) samples with a raised-cosine fade at both ends."""
    length = min(round(seconds * sample_rate), samples.shape[1] // 2)
    if length == 0:
        return samples
    ramp = np.asarray(0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length), np.float32)
    out = samples.copy()
    out[:, :length] *= ramp
    out[:, -length:] *= ramp[::-1]
    return out
