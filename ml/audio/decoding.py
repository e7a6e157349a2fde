"""Decode a recording to float32 at any rate, whole or in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from ml.audio.channels import Samples, mono_weights, to_mono
from ml.audio.errors import MIN_DURATION_S, EmptyAudio, TooShort, TruncatedAudio
from ml.audio.facts import AudioFacts
from ml.audio.reading import BLOCK_SECONDS, TRUNCATION_TOLERANCE_S, AudioReader, Progress

FINGERPRINT_RATE_HZ = 22_050


class BlockResampler:
    """Streaming resampler (soxr, high quality) of (channels, n) float32 blocks, delay-free."""

    def __init__(self, from_hz: int, to_hz: int, channels: int) -> None:
        self._channels = channels
        self._soxr = soxr.ResampleStream(from_hz, to_hz, channels) if from_hz != to_hz else None

    def add(self, block: Samples, *, last: bool = False) -> Samples:
        """The next block's output; `last` flushes (an empty block will do)."""
        if self._soxr is None:
            return block
        rows = np.ascontiguousarray(block.T) if self._channels > 1 else np.ascontiguousarray(block[0])
        out = self._soxr.resample_chunk(rows, last=last)
        return np.asarray(out.T if self._channels > 1 else out[np.newaxis, :], dtype=np.float32)


def probe(path: str | Path) -> AudioFacts:
    """Technical facts of a recording, without decoding all of it.

    Silence and bad samples show only in `analyse`. A truncated file is accepted, with
    ``truncated=True`` and the readable duration, when at least a second can be read.

    Raises
    ------
    EmptyAudio, NotAudio, TruncatedAudio, TooShort, TooLong, EncryptedAudio, UnsupportedAudio
    """
    with AudioReader(path) as reader:
        readable = reader.scan_s()
        declared = reader.declared_s
        if declared is not None and abs(declared - readable) < TRUNCATION_TOLERANCE_S:
            readable = declared  # packet times include codec padding
        facts = reader.facts(readable_s=readable)
    check_duration(facts)
    return facts


def check_duration(facts: AudioFacts) -> None:
    """Raise for a recording that is empty, too short, or cut off before its first second."""
    if facts.duration_s >= MIN_DURATION_S:
        return
    if facts.truncated:
        raise TruncatedAudio(facts.container, facts.duration_s, facts.declared_duration_s)
    if facts.duration_s <= 0:
        raise EmptyAudio
    raise TooShort(facts.duration_s)


def stream(
    path: str | Path,
    *,
    sample_rate: int | None = FINGERPRINT_RATE_HZ,
    mono: bool = True,
    start_s: float = 0.0,
    seconds: float | None = None,
    block_s: float = BLOCK_SECONDS,
    progress: Progress | None = None,
) -> Iterator[Samples]:
    """Yield float32 blocks of about `block_s` seconds: (n,) when `mono`, else (channels, n).

    Memory stays at a few blocks, whatever the length. Arguments and errors as in `decode`.
    """
    with AudioReader(path) as reader:
        rate = sample_rate or reader.sample_rate_hz
        weights = mono_weights(reader.speakers)
        width = 1 if mono else reader.channels
        resampler = BlockResampler(reader.sample_rate_hz, rate, width)
        expected = (seconds or max(0.0, (reader.expected_s or 0.0) - start_s)) * reader.sample_rate_hz
        done = 0
        for block in reader.blocks(start_s, seconds, block_s=block_s):
            done += block.shape[1]
            out = resampler.add(to_mono(block, weights)[np.newaxis, :] if mono else block)
            if out.shape[1]:
                yield out[0] if mono else out
            if progress and expected:
                progress(min(1.0, done / expected))
        if reader.reached_end_s is not None:
            check_duration(reader.facts(readable_s=reader.reached_end_s))
        rest = resampler.add(np.zeros((width, 0), np.float32), last=True)
        if rest.shape[1]:
            yield rest[0] if mono else rest
        if progress:
            progress(1.0)


def decode(
    path: str | Path,
    *,
    sample_rate: int | None = FINGERPRINT_RATE_HZ,
    mono: bool = True,
    start_s: float = 0.0,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Samples:
    """Decode a recording, or a part of it, to float32 in about −1…1.

    Parameters
    ----------
    path : str or Path
        WAV, FLAC, AIFF, MP3, AAC/M4A (ADTS too), Ogg Vorbis, Opus and what else libav's wheel
        reads; a video's sound track. The content decides, never the extension.
    sample_rate : int or None
        Wanted rate in Hz; None keeps the file's.
    mono : bool
        Mix down (see `ml.audio.channels.mono_weights`), else every channel.
    start_s, seconds : float
        The part, exact to a sample of the file; encoder delay is skipped where the container
        tells it.
    progress : callable or None
        Called with the fraction done.

    Returns
    -------
    ndarray of float32
        (n,) when `mono`, else (channels, n). Empty when the part lies after the end.

    Raises
    ------
    EmptyAudio, NotAudio, TruncatedAudio, TooShort, TooLong, BadSamples, EncryptedAudio,
    UnsupportedAudio
        Silence is no error here (`analyse` raises it).
    """
    parts = list(
        stream(
            path,
            sample_rate=sample_rate,
            mono=mono,
            start_s=start_s,
            seconds=seconds,
            progress=progress,
        )
    )
    if not parts:
        return np.zeros(0, np.float32) if mono else np.zeros((0, 0), np.float32)
    return np.concatenate(parts, axis=-1)
