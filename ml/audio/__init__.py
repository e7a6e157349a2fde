"""Audio in and out: decoding, facts, loudness, peaks, tags, pictures and excerpts (Django-free)."""

from ml.audio.analysis import SILENCE_DBFS, AudioAnalysis, analyse
from ml.audio.decoding import FINGERPRINT_RATE_HZ, decode, probe, stream
from ml.audio.errors import (
    MAX_DURATION_S,
    MIN_DURATION_S,
    AudioError,
    BadSamples,
    EmptyAudio,
    EncryptedAudio,
    NotAudio,
    SilentAudio,
    TooLong,
    TooShort,
    TruncatedAudio,
    UnsupportedAudio,
)
from ml.audio.excerpt import EXCERPT_MEDIA_TYPE, EXCERPT_SUFFIX, encode_excerpt
from ml.audio.facts import AudioFacts
from ml.audio.loudness import Loudness, LoudnessMeter, measure, measure_samples
from ml.audio.peaks import WaveformPeaks, waveform_peaks
from ml.audio.picture import spectrogram_png
from ml.audio.tags import Tags, read_tags
from ml.audio.writing import AudioWriter, write_audio

__all__ = [
    "EXCERPT_MEDIA_TYPE",
    "EXCERPT_SUFFIX",
    "FINGERPRINT_RATE_HZ",
    "MAX_DURATION_S",
    "MIN_DURATION_S",
    "SILENCE_DBFS",
    "AudioAnalysis",
    "AudioError",
    "AudioFacts",
    "AudioWriter",
    "BadSamples",
    "EmptyAudio",
    "EncryptedAudio",
    "Loudness",
    "LoudnessMeter",
    "NotAudio",
    "SilentAudio",
    "Tags",
    "TooLong",
    "TooShort",
    "TruncatedAudio",
    "UnsupportedAudio",
    "WaveformPeaks",
    "analyse",
    "decode",
    "encode_excerpt",
    "measure",
    "measure_samples",
    "probe",
    "read_tags",
    "spectrogram_png",
    "stream",
    "waveform_peaks",
    "write_audio",
]
