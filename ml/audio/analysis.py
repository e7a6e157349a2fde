"""Everything that registration needs to know of a recording, in one decoding pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.audio.channels import Samples, mono_weights, to_mono
from ml.audio.decoding import FINGERPRINT_RATE_HZ, BlockResampler, check_duration
from ml.audio.errors import SilentAudio
from ml.audio.facts import AudioFacts
from ml.audio.loudness import Loudness, LoudnessMeter
from ml.audio.peaks import PeaksMeter, WaveformPeaks
from ml.audio.reading import AudioReader, Progress

SILENCE_DBFS = -80.0


@dataclass(frozen=True, slots=True)
class AudioAnalysis:
    """Facts, levels, outline, and the samples for the fingerprint.

    Attributes
    ----------
    facts : AudioFacts
        With the duration that was really decoded.
    loudness : Loudness
    peaks : WaveformPeaks
    samples : ndarray of float32
        Mono at ``FINGERPRINT_RATE_HZ``; empty when a `consume` callable took the blocks.
    """

    facts: AudioFacts
    loudness: Loudness
    peaks: WaveformPeaks
    samples: Samples


def analyse(
    path: str | Path,
    progress: Progress | None = None,
    *,
    consume: Callable[[Samples], None] | None = None,
) -> AudioAnalysis:
    """Decode once; measure loudness, true peak and outline; keep mono 22,050 Hz samples.

    Parameters
    ----------
    path : str or Path
    progress : callable or None
        Called with the fraction done.
    consume : callable or None
        Takes the mono blocks in order instead of collecting them (for very long recordings: three
        hours would be 950 MB).

    Raises
    ------
    AudioError
        As `ml.audio.decode`, and SilentAudio when nothing is louder than −80 dBFS.
    """
    collected: list[Samples] = []
    take = consume or collected.append
    with AudioReader(path) as reader:
        rate, expected = reader.sample_rate_hz, reader.expected_s
        weights = mono_weights(reader.speakers)
        meter, outline = LoudnessMeter(rate, reader.speakers), PeaksMeter(rate, expected)
        resampler = BlockResampler(rate, FINGERPRINT_RATE_HZ, 1)
        done = 0
        for block in reader.blocks():
            meter.add(block)
            outline.add(block)
            take(resampler.add(to_mono(block, weights)[np.newaxis, :])[0])
            done += block.shape[1]
            if progress and expected:
                progress(min(1.0, done / rate / expected))
        take(resampler.add(np.zeros((1, 0), np.float32), last=True)[0])
        facts = reader.facts(readable_s=done / rate)
    check_duration(facts)
    loudness = meter.result()
    level = loudness.sample_peak_dbfs
    if level is None or level < SILENCE_DBFS:
        raise SilentAudio(-200.0 if level is None else level)
    samples = np.concatenate(collected) if collected else np.zeros(0, np.float32)
    return AudioAnalysis(facts, loudness, outline.result(), samples)
