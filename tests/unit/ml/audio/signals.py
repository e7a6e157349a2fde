"""Signals and files made for the tests."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def sine(
    hz: float, seconds: float, sample_rate: int = 44_100, *, level_db: float = -12.0, channels: int = 1
) -> Samples:
    """(channels, n) sine with its peak at `level_db` dBFS."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * time)
    return np.tile(wave, (channels, 1)).astype(np.float32)


def noise(seconds: float, sample_rate: int = 44_100, *, channels: int = 1, seed: int = 0) -> Samples:
    """(channels, n) low-passed noise, about −12 dBFS at its peaks: every stretch is unlike any other."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((channels, round(seconds * sample_rate) + 7))
    smooth = sum(white[:, k : white.shape[1] - 7 + k] for k in range(8)) / 8
    return (0.25 * smooth / np.abs(smooth).max()).astype(np.float32)


def write_wav(path: Path, samples: Samples, sample_rate: int = 44_100, subtype: str = "PCM_16") -> Path:
    """Write (channels, n) samples as WAV (or what the suffix says) by libsndfile."""
    soundfile.write(path, samples.T, sample_rate, subtype=subtype)
    return path


def encode(
    path: Path,
    samples: Samples,
    sample_rate: int,
    *,
    muxer: str,
    encoder: str,
    layout: str,
    bit_rate: int | None = None,
    options: dict[str, str] | None = None,
    muxer_options: dict[str, str] | None = None,
    picture: bool = False,
) -> Path:
    """Write samples through libav, independently of `ml.audio.writing`; optionally with a video stream."""
    with av.open(str(path), "w", format=muxer, options=muxer_options or {}) as out:
        video: Any = None
        if picture:
            video = out.add_stream("mpeg4", rate=10)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        stream: Any = out.add_stream(encoder, rate=sample_rate, layout=layout, options=options or {})
        if bit_rate:
            stream.bit_rate = bit_rate
        if encoder in {"flac", "alac"}:
            stream.format = {"flac": "s16", "alac": "s16p"}[encoder]
        if video is not None:
            for _ in range(int(10 * samples.shape[1] / sample_rate)):
                frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        audio = AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        audio.sample_rate, audio.pts, audio.time_base = sample_rate, 0, Fraction(1, sample_rate)
        out.mux(stream.encode(audio))
        out.mux(stream.encode(None))
    return path


def lag_of(samples: Samples, reference: Samples) -> int:
    """How many samples later than `reference` the (n,) `samples` are."""
    size = 1 << int(np.ceil(np.log2(len(samples) + len(reference))))
    product = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(reference, size))
    lag = int(np.argmax(np.fft.irfft(product, size)))
    return lag - size if lag > size // 2 else lag


def main_frequency(samples: Samples, sample_rate: int) -> float:
    """Frequency of the strongest line of (n,) samples, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * sample_rate / len(samples))
